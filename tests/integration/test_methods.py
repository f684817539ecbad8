"""Every class of RPC of either side, on real processes: what was asked, what the device said, and where that is kept (cwmp.md 7)."""
import contextlib
import json
import os
import subprocess

import pytest
from hmslab import dev, eventually, fault, rpc_response
from hmslab.api import ROOT, Api, Ctl

KICK = ("6 CONNECTION REQUEST",)
UUID = "00000000-0000-5000-8000-00000000000a"
WINDOW = {"WindowStart": 0, "WindowEnd": 600, "WindowMode": "1 At Any Time"}


@pytest.fixture
def api(lab):
    return Api(lab)


@pytest.fixture
def modern(settled):
    """A device of CWMP 1.2."""
    return lambda: settled(cwmp="1-2")


def asked(api, device, kind, arguments=None, **more):
    answer = api("POST", f"/devices/{dev(device)}/commands", {"kind": kind, "arguments": arguments or {}, **more})
    assert answer.status == 202, answer
    return answer.json["id"]


def shown(api, device, command, wait=30):
    return api.get(f"/devices/{dev(device)}/commands/{command}?wait={wait}")


def given(device, body):
    """The session in which it takes one RPC and answers with this body."""
    assert device.inform(KICK).rpc == "InformResponse"
    rpc = device.empty()
    assert rpc.rpc, rpc
    assert device.answer(rpc, body).status == 204
    return rpc


def history(lab, device, kind):
    return [row[0] for row in lab.sql("select detail from device_history where device_id = %s::uuid and kind = %s order by at", dev(device), kind)]


# ---- what a device is asked ----

def test_lists_of_transfers_and_options_come_back_with_their_types(api, modern):
    device = modern()
    transfers = ('<TransferList enc:arrayType="cwmp:AllQueuedTransferStruct[2]"><AllQueuedTransferStruct><CommandKey>k1</CommandKey><State>2</State><IsDownload>1</IsDownload>'
                 '<FileType>1 F</FileType><FileSize>7</FileSize><TargetFileName></TargetFileName></AllQueuedTransferStruct><AllQueuedTransferStruct><CommandKey>k2</CommandKey>'
                 '<State>1</State><IsDownload>0</IsDownload><FileType>2 V</FileType><FileSize>0</FileSize><TargetFileName>t</TargetFileName></AllQueuedTransferStruct></TransferList>')
    command = asked(api, device, "GetAllQueuedTransfers")
    given(device, rpc_response("GetAllQueuedTransfers", transfers))
    assert shown(api, device, command)["result"]["answer"] == {"TransferList": [
        {"CommandKey": "k1", "State": 2, "IsDownload": True, "FileType": "1 F", "FileSize": 7, "TargetFileName": ""},
        {"CommandKey": "k2", "State": 1, "IsDownload": False, "FileType": "2 V", "FileSize": 0, "TargetFileName": "t"}]}
    command = asked(api, device, "GetQueuedTransfers")
    given(device, rpc_response("GetQueuedTransfers", '<TransferList enc:arrayType="cwmp:QueuedTransferStruct[0]"/>'))
    assert shown(api, device, command)["result"]["answer"] == {"TransferList": []}
    command = asked(api, device, "GetOptions", {"OptionName": "a"})
    rpc = given(device, rpc_response("GetOptions", '<OptionList enc:arrayType="cwmp:OptionStruct[1]"><OptionStruct><OptionName>a</OptionName><VoucherSN>9</VoucherSN><State>0</State>'
                                     '<Mode>1</Mode><StartDate>2026-01-01T00:00:00Z</StartDate><IsTransferable>0</IsTransferable></OptionStruct></OptionList>'))
    assert rpc.text("OptionName") == "a"
    assert shown(api, device, command)["result"]["answer"]["OptionList"] == [
        {"OptionName": "a", "VoucherSN": 9, "State": 0, "Mode": 1, "StartDate": "2026-01-01T00:00:00Z", "IsTransferable": False}]


def test_a_schedule_inform_whose_answer_was_lost_is_settled_by_its_event(lab, api, modern):
    """I7, I8: M ScheduleInform with the CommandKey. It is not sent again."""
    device = modern()
    command = asked(api, device, "ScheduleInform", {"DelaySeconds": 5})
    device.inform(KICK)
    rpc = device.empty()
    assert (rpc.rpc, rpc.text("DelaySeconds")) == ("ScheduleInform", "5")
    device.hang_up()
    assert device.session(("3 SCHEDULED", ("M ScheduleInform", rpc.text("CommandKey"))))[0] == []
    row = shown(api, device, command)
    assert (row["state"], row["tries"], row["note"]) == ("done", 1, "evidence: CommandKey in M ScheduleInform")


def test_a_scheduled_download_runs_until_the_device_says_its_end(lab, api, modern):
    device = modern()
    file = api("POST", "/files?kind=firmware&name=fw.bin", b"x" * 10).json["id"]
    command = asked(api, device, "ScheduleDownload", {"FileType": "1 Firmware Upgrade Image", "FileId": file, "TimeWindowList": [WINDOW]})
    rpc = given(device, rpc_response("ScheduleDownload"))
    assert rpc.text("URL").startswith(lab.env["HMS_FILES_URL"]) and (rpc.text("FileSize"), rpc.text("MaxRetries")) == ("10", "-1")
    eventually(lambda: lab.is_in(int(command), "running"))
    assert device.inform(("7 TRANSFER COMPLETE", ("M ScheduleDownload", rpc.text("CommandKey")))).rpc == "InformResponse"
    reply = device.request(device.transfer_complete(rpc.text("CommandKey"), 9020, "too late"))
    device.serve()
    row = shown(api, device, command)
    assert (row["state"], row["fault"], row["note"]) == ("faulted", 9020, "too late")
    assert row["result"]["answer"]["FaultStruct"] == {"FaultCode": 9020, "FaultString": "too late"}


def test_a_transfer_is_cancelled_on_the_device_by_its_command(lab, api, modern):
    device = modern()
    device.downloads = []
    download = asked(api, device, "Download", {"FileType": "1 F", "URL": "http://files.example/fw"})
    early = api("POST", f"/devices/{dev(device)}/commands", {"kind": "CancelTransfer", "arguments": {"Command": download}})
    assert (early.status, early.json["field"]) == (422, "arguments.Command") and "not begun" in early.json["detail"]
    assert [rpc.rpc for rpc in device.session(KICK)[0]] == ["Download"]
    eventually(lambda: lab.is_in(int(download), "running"))
    cancel = asked(api, device, "CancelTransfer", {"Command": download})
    rpc = given(device, rpc_response("CancelTransfer"))
    assert rpc.text("CommandKey") == device.downloads[0]["CommandKey"]
    assert shown(api, device, cancel)["state"] == "done"
    assert (shown(api, device, download)["state"], shown(api, device, cancel)["arguments"]) == ("cancelled", {"Command": download})
    again = api("POST", f"/devices/{dev(device)}/commands", {"kind": "CancelTransfer", "arguments": {"Command": download}})
    assert (again.status, again.json["field"]) == (422, "arguments.Command")


OPERATIONS = [{"Operation": "Install", "URL": "http://a/du", "Password": "s3cret"}, {"Operation": "Uninstall", "UUID": UUID}]


def du_results(key, *codes):
    rows = "".join(f"<Results><UUID>{UUID}</UUID><DeploymentUnitRef>Device.D.{n}</DeploymentUnitRef><Version>1</Version><CurrentState>{'Failed' if code else 'Installed'}</CurrentState>"
                   f"<Resolved>1</Resolved><ExecutionUnitRefList></ExecutionUnitRefList><StartTime>2026-01-01T00:00:00Z</StartTime><CompleteTime>2026-01-01T00:00:01Z</CompleteTime>"
                   f"<Fault><FaultCode>{code}</FaultCode><FaultString>{'no' if code else ''}</FaultString></Fault></Results>" for n, code in enumerate(codes, 1))
    return f"<cwmp:DUStateChangeComplete>{rows}<CommandKey>{key}</CommandKey></cwmp:DUStateChangeComplete>"


@pytest.mark.parametrize("codes, state", [((0, 0), "done"), ((0, 9028), "faulted")])
def test_a_change_of_deployment_units_ends_by_its_completion_once(lab, api, modern, codes, state):
    """I2: the device repeats it until it has seen the answer."""
    device = modern()
    command = asked(api, device, "ChangeDUState", {"Operations": OPERATIONS})
    rpc = given(device, rpc_response("ChangeDUState"))
    assert rpc.texts("UUID") == [UUID]
    key = rpc.text("CommandKey")
    eventually(lambda: lab.is_in(int(command), "running"))
    for _ in range(2):
        assert device.inform(("11 DU STATE CHANGE COMPLETE", ("M ChangeDUState", key))).rpc == "InformResponse"
        reply = device.request(du_results(key, *codes))
        assert reply.rpc == "DUStateChangeCompleteResponse"
        device.serve()
    row = shown(api, device, command)
    assert (row["state"], row["fault"]) == (state, codes[1] or None)
    assert [(each["DeploymentUnitRef"], each["Resolved"], each["Fault"]["FaultCode"]) for each in row["result"]["answer"]["Results"]] == [
        ("Device.D.1", True, codes[0]), ("Device.D.2", True, codes[1])]
    assert [each.get("Password") for each in row["arguments"]["Operations"]] == ["***", None]
    device.session(KICK)
    assert len(history(lab, device, "DUStateChangeComplete")) == 1
    assert "s3cret" not in str(lab.sql("select args from api_audit where action = 'command_add' and args::text like %s", f"%{UUID}%"))


@pytest.mark.parametrize("kind, arguments, inside", [
    ("SetVouchers", {"VoucherList": ["YWI="]}, "<base64>YWI=</base64>"),
    ("X_ACME_Do", {"XML": "<A xsi:type='xsd:string'>\u00e4</A>"}, '<A xsi:type="xsd:string">&#228;</A>'),
])
def test_what_is_never_repeated_ends_unknown_when_its_answer_is_lost(lab, api, modern, kind, arguments, inside):
    """Contracts 7: SetVouchers and vendors' methods."""
    device = modern()
    command = asked(api, device, kind, arguments)
    device.inform(KICK)
    rpc = device.empty()
    assert rpc.rpc == kind and inside in rpc.body.decode()
    device.hang_up()
    assert device.session(KICK)[0] == []
    row = eventually(lambda: lab.is_in(int(command), "unknown"))
    assert row["tries"] == 1 and row["dispatched"]


def test_a_vendors_method_returns_what_the_device_said(api, modern):
    device = modern()
    command = asked(api, device, "X_ACME_Do", {"XML": "<A>1</A>"})
    assert given(device, rpc_response("X_ACME_Do", "<Out><B>2</B></Out>")).text("A") == "1"
    row = shown(api, device, command)
    assert (row["state"], row["result"]["answer"]) == ("done", {"Out": {"B": "2"}})


@pytest.mark.parametrize("kind, arguments, field", [
    ("ScheduleInform", {"DelaySeconds": 0}, "arguments.DelaySeconds"),
    ("ScheduleDownload", {"FileType": "1 F", "URL": "http://a/", "TimeWindowList": [WINDOW] * 3}, "arguments.TimeWindowList"),
    ("ScheduleDownload", {"FileType": "1 F", "URL": "http://a/", "TimeWindowList": [{**WINDOW, "WindowEnd": 86401}]}, "arguments.TimeWindowList"),
    ("CancelTransfer", {"Command": "1"}, "arguments.Command"),
    ("ChangeDUState", {"Operations": [{"Operation": "Install"}]}, "arguments.Operations"),
    ("SetVouchers", {"VoucherList": ["?"]}, "arguments.VoucherList"),
    ("GetOptions", {"OptionName": "x" * 65}, "arguments.OptionName"),
    ("X_ACME_Do", {"XML": "</cwmp:X_ACME_Do><cwmp:FactoryReset>"}, "arguments.XML"),
    ("Explode", {}, "kind"),
])
def test_an_argument_beyond_its_limit_is_refused_by_name(api, modern, kind, arguments, field):
    device = modern()
    answer = api("POST", f"/devices/{dev(device)}/commands", {"kind": kind, "arguments": arguments})
    assert (answer.status, answer.json["field"]) == (422, field), answer
    assert [each["purpose"] for each in api.get(f"/devices/{dev(device)}/commands")["items"]] == ["methods"]


def test_a_method_above_the_version_of_the_session_is_not_sent(lab, settled):
    """[R3]"""
    device = settled()
    assert device.cwmp == "1-0"
    command = lab.command_add(device, "ChangeDUState", {"Operations": OPERATIONS})
    row = eventually(lambda: lab.is_in(command, "faulted"))
    assert (row["fault"], row["note"], row["tries"]) == (9000, "ChangeDUState needs CWMP 1.2, the device speaks 1.0", 0)
    assert device.session(KICK)[0] == []


# ---- what a device asks or says by itself ----

REQUESTS = [
    ("RequestDownload", '<FileType>1 Firmware Upgrade Image</FileType><FileTypeArg enc:arrayType="cwmp:ArgStruct[1]"><ArgStruct><Name>a</Name><Value>1</Value></ArgStruct></FileTypeArg>',
     {"FileType": "1 Firmware Upgrade Image", "FileTypeArg": [{"Name": "a", "Value": "1"}]}, "9 REQUEST DOWNLOAD"),
    ("Kicked", "<Command>c</Command><Referer>r</Referer><Arg>a</Arg><Next>http://portal.example/?a&amp;b</Next>",
     {"Command": "c", "Referer": "r", "Arg": "a", "Next": "http://portal.example/?a&b"}, "5 KICKED"),
    ("AutonomousDUStateChangeComplete", f"<Results><UUID>{UUID}</UUID><Fault><FaultCode>0</FaultCode><FaultString></FaultString></Fault><OperationPerformed>Install</OperationPerformed></Results>",
     {"Results": [{"UUID": UUID, "Fault": {"FaultCode": 0, "FaultString": ""}, "OperationPerformed": "Install"}]}, "12 AUTONOMOUS DU STATE CHANGE COMPLETE"),
    ("AutonomousTransferComplete", "<AnnounceURL></AnnounceURL><TransferURL>http://a/</TransferURL><IsDownload>1</IsDownload><FileSize>3</FileSize>",
     {"AnnounceURL": "", "TransferURL": "http://a/", "IsDownload": True, "FileSize": 3}, "10 AUTONOMOUS TRANSFER COMPLETE"),
]


@pytest.mark.parametrize("method, inside, kept, event", REQUESTS)
def test_a_request_of_a_device_is_answered_and_kept_where_an_operator_sees_it_once(lab, api, modern, method, inside, kept, event):
    """I2: said three times, in two sessions; it is one row of the history. Fails without device_request."""
    device = modern()
    for times in (1, 2):
        device.inform((event,))
        for _ in range(times):
            reply = device.request(f"<cwmp:{method}>{inside}</cwmp:{method}>")
            assert (reply.rpc, reply.id) == (f"{method}Response", "r1")
        device.serve()
    eventually(lambda: lab.sql("select times from device_request where device_id = %s::uuid and method = %s", dev(device), method) == [(3,)])
    assert history(lab, device, method) == [kept]
    assert [row["detail"] for row in api.get(f"/devices/{dev(device)}/history")["items"] if row["kind"] == method] == [kept]
    if method == "Kicked":
        assert reply.text("NextURL") == "http://portal.example/?a&b"


def test_a_kicked_device_is_not_sent_where_no_browser_goes(modern):
    device = modern()
    for where in ("javascript:alert(1)", "http://" + "a" * 1024):
        device.inform(("5 KICKED",))
        reply = device.request(f"<cwmp:Kicked><Command>c</Command><Referer>r</Referer><Arg>a</Arg><Next>{where}</Next></cwmp:Kicked>")
        assert (reply.rpc, reply.text("NextURL") or "") == ("KickedResponse", "")
        device.serve()


def test_the_same_request_is_noted_again_after_a_day_and_what_has_its_own_times_never(lab, modern):
    device = modern()

    def says(method, at):
        lab.sql("select device_requests(array[%s]::uuid[], array[%s], array['{}'], array[%s]::timestamptz[], array[%s])", dev(device), method, at, method != "Kicked")
    for method in ("Kicked", "TransferComplete"):
        for at in ("2026-01-01 00:00Z", "2026-01-01 20:00Z", "2026-01-02 04:00Z"):
            says(method, at)
    assert (len(history(lab, device, "Kicked")), len(history(lab, device, "TransferComplete"))) == (2, 1)


def test_a_device_that_says_ever_new_things_keeps_its_newest(lab, modern):
    device = modern()
    lab.sql("""select device_requests(array_agg(%s::uuid), array_agg('Kicked'::text), array_agg('{"n": ' || n || '}'), array_agg('2026-01-01'::timestamptz + n * interval '1 second'),
            array_agg(false)) from generate_series(1, 100) n""", dev(device))
    assert lab.sql("select count(*), min(first_at) = '2026-01-01'::timestamptz + interval '37 seconds' from device_request where device_id = %s::uuid", dev(device)) == [(64, True)]


def test_the_answer_to_get_rpc_methods_lists_every_method_of_an_acs(modern):
    device = modern()
    device.inform(KICK)
    reply = device.request("<cwmp:GetRPCMethods/>")
    assert reply.texts("string") == ["Inform", "GetRPCMethods", "TransferComplete", "AutonomousTransferComplete", "RequestDownload", "Kicked",
                                     "DUStateChangeComplete", "AutonomousDUStateChangeComplete"]


def test_an_unknown_method_of_a_device_is_answered_with_fault_8000(modern):
    """[R6]"""
    device = modern()
    device.inform(KICK)
    reply = device.request("<cwmp:X_ACME_Tell/>")
    assert (reply.rpc, reply.text("FaultCode")) == ("Fault", "8000")


# ---- the simulator as a good CPE ----

@contextlib.contextmanager
def simulated_cell(lab, tmp_path, *options):
    """A cell of hnbsim that speaks CWMP 1.2 and comes each second: its id, a function that tells it something, and its record."""
    control, record, serial = tmp_path / "control", tmp_path / "record", os.urandom(4).hex().upper()
    os.mkfifo(control)
    env = lab.env
    process = subprocess.Popen([f"{lab._environ['HMS_BIN']}/hnbsim", "cells", "--both", env["HMS_CWMP_BOTH_URL"], "--pg", env["HMS_PG_DSN"], "--allow", "--cells", "1",
                                "--mix", "generic", "--serial-prefix", serial, "--cwmp", "1.2", "--periodic", "1s", "--username", env["HMS_CWMP_USERNAME"], "--password",
                                env["HMS_CWMP_PASSWORD"], "--control", str(control), "--record", str(record), "--quiet", *options, *(["--ca", env["HMS_CA_FILE"]] if env["HMS_CA_FILE"] else [])],
                               env=lab._environ, stdin=subprocess.DEVNULL)
    try:
        device = eventually(lambda: lab.one("select device_id::text from device where serial like %s and state = 'SETTLED'", serial + "%"))["device_id"]
        yield device, lambda line: control.write_text(f"{line} all\n"), lambda: [json.loads(line) for line in record.read_text().splitlines()]
    finally:
        process.terminate()
        assert process.wait(30) == 143  # told to end


@pytest.fixture
def simulated(lab, tmp_path):
    with simulated_cell(lab, tmp_path) as cell:
        yield cell


def ended(api, device, kind, arguments=None, **more):
    answer = api("POST", f"/devices/{device}/commands", {"kind": kind, "arguments": arguments or {}, **more})
    assert answer.status == 202, answer
    return api.get(f"/devices/{device}/commands/{answer.json['id']}?wait=30")


def test_a_simulated_cell_does_all_that_it_is_asked_and_asks_itself(lab, api, simulated):
    device, tell, record = simulated
    methods = ended(api, device, "GetRPCMethods")["result"]["answer"]["MethodList"]
    assert {"ScheduleInform", "ScheduleDownload", "CancelTransfer", "ChangeDUState", "SetVouchers", "GetOptions", "X_0200F0_Echo"} < set(methods)
    assert ended(api, device, "X_0200F0_Echo", {"XML": "<Text>hello</Text>"})["result"]["answer"] == {"Text": "hello"}
    assert ended(api, device, "SetVouchers", {"VoucherList": ["YWI="]})["state"] == "done"
    assert ended(api, device, "GetOptions")["result"]["answer"] == {"OptionList": []}
    changed = ended(api, device, "ChangeDUState", {"Operations": [{"Operation": "Install", "URL": "http://a/du"}, {"Operation": "Uninstall", "UUID": UUID}]})
    assert (changed["state"], changed["fault"]) == ("faulted", 9028)
    assert [row["CurrentState"] for row in changed["result"]["answer"]["Results"]] == ["Installed", "Failed"]
    assert ended(api, device, "ScheduleInform", {"DelaySeconds": 1})["state"] == "done"
    key = next(line["command_key"] for line in record() if line["ev"] == "rpc" and line["method"] == "ScheduleInform")
    eventually(lambda: any(["M ScheduleInform", key] in line["events"] for line in record() if line["ev"] == "inform"))
    later = [{"WindowStart": 3600, "WindowEnd": 7200, "WindowMode": "1 At Any Time"}]
    scheduled = asked_of(api, device, "ScheduleDownload", {"FileType": "1 Firmware Upgrade Image", "URL": "http://127.0.0.1:9/", "TimeWindowList": later})
    eventually(lambda: lab.is_in(int(scheduled), "running"))
    (queued,) = ended(api, device, "GetAllQueuedTransfers")["result"]["answer"]["TransferList"]
    assert (queued["State"], queued["IsDownload"], queued["FileType"]) == (1, True, "1 Firmware Upgrade Image")
    assert ended(api, device, "CancelTransfer", {"Command": scheduled})["state"] == "done"
    assert lab.is_in(int(scheduled), "cancelled")
    assert ended(api, device, "GetQueuedTransfers")["result"]["answer"] == {"TransferList": []}
    for word, method in (("kick", "Kicked"), ("request-download", "RequestDownload")):
        tell(word)
        eventually(lambda: lab.sql("select 1 from device_history where device_id = %s::uuid and kind = %s", device, method))  # noqa: B023


def asked_of(api, device, kind, arguments):
    return api("POST", f"/devices/{device}/commands", {"kind": kind, "arguments": arguments}).json["id"]


# ---- for people ----

def test_hmsctl_shows_rows_and_faults_of_parameters(lab, api, modern):
    device = modern()
    ctl = Ctl(lab)
    process = ctl.start("rpc", dev(device), "GetQueuedTransfers")
    eventually(lambda: lab.sql("select 1 from command where device_id = %s::uuid", dev(device)))
    given(device, rpc_response("GetQueuedTransfers", "<TransferList><QueuedTransferStruct><CommandKey>k1</CommandKey><State>2</State></QueuedTransferStruct>"
                               "<QueuedTransferStruct><CommandKey>k2</CommandKey><State>1</State></QueuedTransferStruct></TransferList>"))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, [line.split() for line in out.splitlines()]) == (0, [["State", "CommandKey"], ["2", "k1"], ["1", "k2"], ["done"]]), (out, err)
    process = ctl.start("set", dev(device), "Device.X=1", "Device.Y=2")
    eventually(lambda: lab.sql("select 1 from command where device_id = %s::uuid and kind = 'SetParameterValues'", dev(device)))
    given(device, fault(9003, "Invalid arguments", [("Device.X", 9007, "out of range"), ("Device.Y", 9008, "read-only")]))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "Device.X: 9007 out of range" in err and "Device.Y: 9008 read-only" in err


def test_documents_of_methods_are_those_of_the_program(lab):
    """docs/methods.md is what hmsctl methods prints: make docs."""
    ctl = Ctl(lab)("methods")
    assert ctl.status == 0, ctl
    assert (ROOT / "docs/methods.md").read_text() == ctl.out
