"""Flight recorder: what an operator wants recorded is recorded whole, without a secret, and leads from each message to its record, transaction and command."""
import gzip
import json

import pytest
from hmslab import dev, eventually, fault, rpc_response
from hmslab.cpe import ENVELOPE

KICK = ("6 CONNECTION REQUEST",)
SECRET = "hunter2-XyZ-0815"


@pytest.fixture
def record(lab, ctl):
    """Starts a recording, and waits until every front end knows."""
    made = []

    def start(*options):
        ctl("trace", "start", *options, "-q", "-o", "json")
        assert ctl.status == 0, ctl
        made.append(json.loads(ctl.out)["id"])
        active(len(made))
        return made[-1]

    def active(count):
        eventually(lambda: all(each.metrics()["hms_fe_trace_recordings", ()] == count for each in lab.instances("cwmp-frontend")))

    yield start
    for each in made:
        assert ctl("trace", "stop", each).status == 0, ctl
    active(0)


def conversation(lab, ctl, device, *options):
    ctl("trace", dev(device), "-o", "json", *options)
    assert ctl.status == 0, ctl
    return json.loads(ctl.out)["messages"]


def told(lab, ctl, device, count):
    """The newest session, when all its messages are there."""
    return eventually(lambda: (lambda found: found if len(found) >= count else None)(conversation(lab, ctl, device)))


def stored(lab):
    """Every byte that is kept of what was recorded, and the logs."""
    rows = lab.sql("select coalesce(string_agg(m::text, ''), '') from trace_message m")[0][0].encode()
    return rows + b"".join(path.read_bytes() for path in (lab.run / "log").glob("*.log"))


def test_a_session_is_recorded_with_all_that_leads_on_from_it(lab, ctl, api, settled, record):
    device = settled()
    record("--device", dev(device))
    command = api("POST", f"/devices/{dev(device)}/commands",
                  {"kind": "SetParameterValues", "arguments": {"ParameterList": [{"Name": "Device.A.Count", "Value": "7"}]}}).json["id"]
    assert device.session(KICK)[0][0].rpc == "SetParameterValues"
    messages = told(lab, ctl, device, 6)
    assert [(each["from"], each["method"], each["status"]) for each in messages] == [
        ("device", "Inform", None), ("hms", "InformResponse", 200), ("device", "", None), ("hms", "SetParameterValues", 200),
        ("device", "SetParameterValuesResponse", None), ("hms", "", 204)]
    inform, _, empty, rpc, answer, end = messages
    events = {(each["partition"], each["offset"]): each for each in lab.events(device.device_id)}
    for message, body in ((inform, "inform"), (answer, "rpc_result")):
        event = events[message["record"]["partition"], message["record"]["offset"]]
        assert body in event and message["seq"] == event["seq"]
    assert (inform["seq"], answer["seq"], answer["n"], rpc["n"]) == (1, 2, 1, 1)
    assert rpc["command"]["id"] == answer["command"]["id"] == command and rpc["command"]["origin"].startswith("operator:")
    assert int(rpc["transaction"]) > 0 and empty["record"] is None and end["record"] is None
    assert ["Device.A.Count", "7"] in rpc["content"] and "<Name>Device.A.Count</Name>" in rpc["soap"]
    assert ["Event.EventCode", "6 CONNECTION REQUEST"] in inform["content"]
    assert lab.sql("select distinct sid from trace_message where device_id = %s", dev(device)) == [(events[
        inform["record"]["partition"], inform["record"]["offset"]]["sid"],)]


def test_an_rpc_that_must_not_happen_twice_leads_to_its_announcement(lab, ctl, settled, record):
    """The record before the RPC (I7)."""
    device = settled()
    record("--device", dev(device))
    lab.command_add(device, "Reboot")
    device.session(KICK)
    rpc = next(each for each in told(lab, ctl, device, 6) if each["method"] == "Reboot")
    event = next(each for each in lab.events(device.device_id) if (each["partition"], each["offset"]) == (
        rpc["dispatched"]["partition"], rpc["dispatched"]["offset"]))
    assert "rpc_dispatched" in event


def test_only_what_was_asked_for_is_recorded(lab, ctl, cpe, settled, record):
    """A device; a product class; one session in so many; and nothing when nothing is asked for."""
    device, other = settled(), settled(product_class="Traced")
    device.session()
    record("--device", dev(device))
    device.session()
    other.session()
    told(lab, ctl, device, 4)
    assert ctl("trace", dev(other)).status == 1 and "no session" in ctl.err
    assert len(json.loads(ctl("trace", "list", dev(device), "-o", "json").out)["items"]) == 1
    record("--product-class", "Traced")
    other.session()
    assert [each["method"] for each in told(lab, ctl, other, 4)] == ["Inform", "InformResponse", "", ""]
    third = settled()
    record("--sample", "1")
    third.session()
    told(lab, ctl, third, 4)


def test_a_session_goes_on_at_another_front_end_and_is_one_conversation(lab, ctl, settled, record):
    device = settled(number=0)
    record("--device", dev(device))
    lab.command_add(device, "GetRPCMethods")
    assert device.inform(KICK).rpc == "InformResponse"
    rpc = device.empty(url=lab.url("both", 1), on="other")
    assert rpc.rpc == "GetRPCMethods"
    device.serve(device.answer(rpc, fault(9000, "says " + SECRET), url=lab.url("both", 0)))
    messages = told(lab, ctl, device, 6)
    assert [each["method"] for each in messages] == ["Inform", "InformResponse", "", "GetRPCMethods", "Fault", ""]
    assert len({each["front_end"] for each in messages}) == 2
    # The front end that was answered has not seen what the device was told, so the free text is not to be trusted.
    assert ["FaultCode", "9000"] in messages[4]["content"] and SECRET.encode() not in stored(lab)


def test_a_failed_write_is_on_one_screen(lab, ctl, api, settled, record):
    """What was asked, what the device answered for each parameter, and whose will it was."""
    device = settled(product_class="Failing")
    device.params.update({"Device.Odd.Level": "1", "Device.Odd.Password": "", "Device.X_Plain.Thing": "old"})
    lab.sql("insert into profile (tenant, name, version, doc) values ('default', 'shown', 4, %s)", json.dumps(
        {"selector": {"serial": [device.serial]}, "parameters": {"Device.Odd.Level": "5", "Device.Odd.Password": {"value": SECRET, "secret": True},
                                                                  "Device.X_Plain.Thing": {"value": SECRET + "9", "secret": True}}}))
    try:
        record("--device", dev(device))
        eventually(lambda: fails(device), 90)
        messages = told(lab, ctl, device, 6)
        ctl("trace", dev(device))
        screen = ctl.out.splitlines()
        assert ctl.status == 0 and len(screen) <= 60, ctl.out
        assert any("SetParameterValues" in line and "profile shown version 4" in line for line in screen), ctl.out
        for text in ("Device.Odd.Level = 5", "Device.Odd.Password = ***", "Device.X_Plain.Thing = ***", "FaultCode = 9003",
                     "Device.Odd.Level = 9007 not 5", "Device.Odd.Password = 9008 ***"):
            assert text in ctl.out, ctl.out
        assert "***" in json.dumps(messages) and SECRET not in json.dumps(messages)
        assert SECRET not in ctl("trace", dev(device), "--raw").out and "<Name>Device.Odd.Password</Name>" in ctl.out
        assert SECRET.encode() not in stored(lab)
    finally:
        lab.sql("delete from profile where name = 'shown'")
        lab.sql("delete from profile_head where name = 'shown'")


def fails(device):
    """A session in which it refuses what the profile wants, and says the secrets in its reasons."""
    assert device.inform(KICK).rpc == "InformResponse"
    rpc = device.empty()
    while rpc.rpc and rpc.rpc != "SetParameterValues":
        rpc = device.answer(rpc, device.execute(rpc))
    if rpc.rpc != "SetParameterValues":
        return False
    assert SECRET in rpc.body.decode()
    device.serve(device.answer(rpc, fault(9003, f"Invalid arguments {SECRET}9", [("Device.Odd.Level", 9007, "not 5"),
                                                                                ("Device.Odd.Password", 9008, f"weak: {SECRET}")])))
    return True


def test_no_secret_of_any_method_is_kept(lab, ctl, settled, record):
    """Downloads and uploads with passwords, URLs that let one in, vouchers, units, vendors' methods, values read back, requests of the device."""
    device = settled(cwmp="1-2", methods=["GetRPCMethods", "SetParameterValues", "GetParameterValues", "Download", "Upload", "ChangeDUState", "X_0200F0_Login"])
    record("--device", dev(device))
    wanted = [
        ("SetParameterValues", {"ParameterList": [{"Name": "Device.WiFi.1.KeyPassphrase", "Value": SECRET}, {"Name": "Device.X_V_PreSharedKey", "Value": SECRET}]}),
        ("Download", {"FileType": "1 Firmware Upgrade Image", "URL": f"http://user:{SECRET}@127.0.0.1/x?sig={SECRET}", "Username": "u" + SECRET, "Password": SECRET}),
        ("Upload", {"FileType": "2 Vendor Log File", "URL": f"http://127.0.0.1/{SECRET}0123456789012345678901234567890/x", "Username": "u", "Password": SECRET}),
        ("ChangeDUState", {"Operations": [{"Operation": "Install", "URL": "http://127.0.0.1/u", "Username": SECRET, "Password": SECRET}]}),
        ("X_0200F0_Login", {"XML": f"<AdminPassword>{SECRET}</AdminPassword><Level>3</Level>"}),
        ("GetParameterValues", {"ParameterNames": ["Device.Users.User.1.Password"]}),
    ]
    seen = []
    for kind, arguments in wanted:
        lab.command_add(device, kind, arguments)
        assert device.inform(KICK).rpc == "InformResponse"
        rpc = device.empty()
        seen.append(rpc.rpc)
        if kind == "GetParameterValues":
            device.serve(device.answer(rpc, rpc_response(kind, params={"Device.Users.User.1.Password": SECRET})))
        else:
            device.serve(device.answer(rpc, fault(9000, f"no {SECRET}")))
    assert seen == [kind for kind, _ in wanted]
    assert device.inform(("7 TRANSFER COMPLETE",)).rpc == "InformResponse"
    device.request(f"<cwmp:RequestDownload><FileType>1</FileType><FileTypeArg><ArgStruct><Name>password</Name><Value>{SECRET}</Value></ArgStruct></FileTypeArg>"
                   "</cwmp:RequestDownload>")
    device.request(f"<cwmp:Kicked><Command>x</Command><Referer>http://a:{SECRET}@b/</Referer><Arg>a</Arg><Next>http://b/?{SECRET}</Next></cwmp:Kicked>")
    device.serve(device.empty())
    told(lab, ctl, device, 8)
    count = lab.sql("select count(distinct method) from trace_message where device_id = %s and method = any(%s)", dev(device),
                    [kind for kind, _ in wanted] + ["RequestDownload", "Kicked"])
    assert count == [(len(wanted) + 2,)]
    assert SECRET.encode() not in stored(lab)


def test_credentials_given_at_the_first_contact_are_not_kept(lab, ctl, henb, record):
    """[A5] Nor what the device authenticates itself with."""
    version, = lab.sql("insert into profile (tenant, name, version, doc) select tenant, name, version + 1, jsonb_set(doc, '{kinds,henb,credentials}', '{}')"
                       " from profile where active order by version desc limit 1 returning version")[0]
    with lab.settings("provisioning-0", "provisioning-1"):
        cell = henb(role="serving")
        record("--device", dev(cell))
        assert cell.inform(("0 BOOTSTRAP", "1 BOOT")).rpc == "InformResponse"
        rpc = cell.empty()
        given = {name: value for name, value in rpc.params().items() if name.endswith("Password")}
        assert len(given) == 2
        cell.serve(cell.answer(rpc, cell.execute(rpc)))
        messages = told(lab, ctl, cell, 6)
        shown = dict(messages[3]["content"])
        assert all(shown[name] == "***" for name in given)
        everything = stored(lab)
        for value in [*given.values(), cell.password]:
            assert value.encode() not in everything
        lab.sql("delete from profile where version = %s", version)


def test_what_cannot_be_read_leaves_its_length_and_a_digest(lab, ctl, settled, record):
    """Hostile bodies: not XML, a DOCTYPE; and packed ones are read unpacked."""
    device = settled()
    record("--device", dev(device))
    assert device.inform(KICK).rpc == "InformResponse"
    assert device.post(f"Password={SECRET}").status == 400
    messages = told(lab, ctl, device, 4)
    assert (messages[2]["soap"], messages[2]["content"], messages[2]["bytes"]) == (None, [], len(f"Password={SECRET}"))
    assert len(messages[2]["digest"]) == 64 and messages[3]["status"] == 400
    assert device.inform(KICK).rpc == "InformResponse"
    assert device.post(f'<!DOCTYPE a [<!ENTITY b "{SECRET}">]>' + ENVELOPE.format(cwmp="1-0", header="", body="<a>&b;</a>")).status == 400
    lab.command_add(device, "GetParameterValues", {"ParameterNames": ["Device.Users.User.1.Password"]})
    assert device.inform(KICK).rpc == "InformResponse"
    rpc = device.empty()
    body = ENVELOPE.format(cwmp="1-0", header=f'<cwmp:ID soap:mustUnderstand="1">{rpc.id}</cwmp:ID>', body=rpc_response(
        "GetParameterValues", params={"Device.Users.User.1.Password": SECRET, "Device.Users.User.1.Username": "seen"}))
    reply = device.post(gzip.compress(body.encode()), headers={"Content-Encoding": "gzip"})
    assert reply.status in (200, 204)
    messages = told(lab, ctl, device, 6)
    assert ["Device.Users.User.1.Username", "seen"] in messages[4]["content"]
    assert SECRET.encode() not in stored(lab)


def test_a_long_message_and_a_long_session_are_cut_and_counted(lab, ctl, settled, record):
    with lab.settings("cwmp-frontend-0", "cwmp-frontend-1", HMS_CWMP_FRONTEND_TRACE_MESSAGE_BYTES="4096", HMS_CWMP_FRONTEND_TRACE_SESSION_BYTES="8192"):
        device = settled()
        record("--device", dev(device))
        assert device.inform(KICK).rpc == "InformResponse"
        for _ in range(40):
            device.request("<cwmp:Kicked><Command>" + "x" * 5000 + "</Command><Referer/><Arg/><Next/></cwmp:Kicked>")
        device.serve(device.empty())
        messages = told(lab, ctl, device, 10)
        kicked = [each for each in messages if each["from"] == "device" and each["bytes"] > 5000]
        assert kicked[0]["cut"] and len(kicked[0]["soap"]) < 4200
        assert any("more than is kept" in each["note"] for each in messages)
        eventually(lambda: lab.metric("hms_fe_trace_dropped_total", "cwmp-frontend", why="session") > 0)


def test_an_inform_that_is_not_let_in_is_recorded_too(lab, ctl, settled, record):
    """What an operator wants to see of a device that never comes in."""
    device = settled(role="serving")
    record("--device", dev(device))
    device.password = "wrong-" + SECRET
    assert device.inform(KICK).status == 401
    messages = told(lab, ctl, device, 2)
    assert [(each["method"], each["status"]) for each in messages] == [("Inform", None), ("", 401)]
    assert SECRET.encode() not in stored(lab)


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(lab, ctl, settled):
    """By bytes when messages come, by age when northbound tidies."""
    device = settled()
    name = dev(device)
    lab.sql("delete from trace_message")
    lab.sql("update trace_total set bytes = 0")
    for number in range(30):
        lab.sql("select api_v1.trace_store(20000, jsonb_build_array(jsonb_build_object('device_id', %s::text, 'sid', %s::int, 'at_us', %s::bigint, 'ord', 1, 'fe', 'f',"
                " 'from_device', true, 'bytes', 5, 'cut', false, 'soap', repeat('x', 1000))))", name, number, 1000000 * (1700000000 + number))
    kept, = zip(*lab.sql("select sid from trace_message order by sid"))
    assert kept[-1] == 29 and kept[0] > 5 and list(kept) == list(range(kept[0], 30))
    assert lab.sql("select bytes = (select sum(trace_bytes(m)) from trace_message m) and bytes <= 20000 from trace_total") == [(True,)]
    lab.sql("select trace_forget(1000000, interval '1 day')")
    assert lab.sql("select count(*), (select bytes from trace_total) from trace_message") == [(0, 0)]


@pytest.mark.parametrize("args", [("trace", "start"), ("trace", "start", "--sample", "0"), ("trace", "start", "--sample", "5", "--for", "x"),
                                  ("trace", "start", "--sample", "5", "--product-class", "x"), ("trace", "stop"), ("trace", "a", "b"),
                                  ("trace", "a", "--last", "0")])
def test_traces_used_wrongly_are_status_2(ctl, args):
    assert ctl(*args).status == 2 and ctl.err.startswith("hmsctl: "), ctl


def test_recordings_are_listed_and_end_by_themselves_and_only_operators_start_them(lab, ctl, api, settled):
    device = settled()
    started = api("POST", "/traces", {"device": dev(device), "for_s": 1, "reason": "why"}).json
    assert started["active"] and started["reason"] == "why"
    eventually(lambda: not api.get(f"/traces/{started['id']}")["active"])
    assert started["id"] in ctl("trace", "list", "-q").out.split()
    for body in ({}, {"device": dev(device), "sample": 3}):
        assert api("POST", "/traces", body).status == 422
    assert api("POST", "/traces", {"device": "nobody-1"}).status == 404
    assert api("DELETE", "/traces/999999").status == 404
