"""Connection requests (TR-069 3.2.2, contracts 10): who is called, how, how often, and what is shown of it."""
import socket
import uuid

import pytest
from hmslab import Callee, dev, eventually

URL = "Device.ManagementServer.ConnectionRequestURL"
CALLED = ("6 CONNECTION REQUEST",)
FAST = {"HMS_PROVISIONING_CALL_RETRY_MIN": "300ms", "HMS_PROVISIONING_CALL_RETRY_MAX": "600ms", "HMS_PROVISIONING_CALL_BUSY_WAIT": "1s",
        "HMS_PROVISIONING_CALL_INFORM_WAIT": "2s", "HMS_PROVISIONING_CALL_TRIES_MAX": "3", "HMS_PROVISIONING_CALL_DEVICE_INTERVAL": "10ms"}


@pytest.fixture(scope="module", autouse=True)
def fast(lab):
    """Waits of a test's length."""
    with lab.settings("provisioning-0", "provisioning-1", **FAST):
        yield


@pytest.fixture
def callee():
    made = []

    def make(**fields):
        made.append(Callee(**fields))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def idle(lab, settled):
    """Makes a settled device that has reported where it is called, and whose session has ended."""

    def make(url, credentials=None, methods=None):
        device = settled(methods=methods)
        if credentials:
            path = lab.run / "password"
            path.write_text(credentials[1] + "\n")
            lab.program("hmsadm", "credential", "--oui", device.oui, "--serial", device.serial, "--product-class", device.product_class, "--username",
                        credentials[0], "--password-file", str(path), "--kind", "connection")
        device.params[URL] = url
        device.session(("4 VALUE CHANGE",))
        eventually(lambda: lab.device(device)["connection_request_url"] == url)
        device.session()
        eventually(lambda: lab.device(device)["hold_until"] == 0)
        return device

    return make


def row(lab, device):
    return lab.one("select * from device_call where device_id = %s", dev(device))


def call_of(api, device):
    return api.get(f"/devices/{dev(device)}")["call"]


def command(api, device, kind="GetRPCMethods", **more):
    answer = api("POST", f"/devices/{dev(device)}/commands", {"kind": kind, "arguments": {}, **more})
    assert answer.status == 202, answer
    return answer.json["id"]


def waits(api, device, id_):
    return api.get(f"/devices/{dev(device)}/commands/{id_}")["waits"]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.mark.parametrize("scheme", ["MD5", "SHA-256", "no-qop", "basic"])
def test_a_command_for_an_idle_device_has_it_called_and_is_done_in_its_session(lab, api, idle, callee, scheme):
    """With Digest, with and without qop, MD5 and SHA-256, and with Basic."""
    server = callee(credentials=("hms", "secret"), scheme=scheme)
    device = idle(server.url, credentials=("hms", "secret"))
    id_ = command(api, device)
    eventually(lambda: server.calls)
    eventually(lambda: row(lab, device)["state"] == "accepted")
    assert waits(api, device, id_) == "called, attempt 1 of 3: the device has accepted it"
    rpcs, last = device.session(CALLED)
    assert ([rpc.rpc for rpc in rpcs], last.status) == (["GetRPCMethods"], 204)
    eventually(lambda: lab.command(int(id_))["state"] in ("done", "faulted"))
    assert eventually(lambda: row(lab, device) is None)
    assert waits(api, device, id_) is None
    assert call_of(api, device) is None
    assert server.calls == ["/" + server.url.rsplit("/", 1)[1]]


def test_a_command_of_a_device_in_session_is_granted_there_and_nobody_is_called(lab, api, settled, callee):
    """Before its empty POST, and while an RPC is with it: the session that it has is the one."""
    server = callee()
    device = settled()
    device.params[URL] = server.url
    device.inform(("4 VALUE CHANGE",))
    eventually(lambda: lab.device(device)["connection_request_url"] == server.url)
    first = command(api, device)
    eventually(lambda: lab.is_in(int(first), "granted"))
    assert waits(api, device, first) == "device in session"
    rpc = device.empty()
    second = command(api, device)
    eventually(lambda: lab.is_in(int(second), "granted"))
    rpcs, _ = device.serve(rpc)
    assert [rpc.rpc for rpc in rpcs] == ["GetRPCMethods"] * 2
    eventually(lambda: lab.is_in(int(second), "done", "faulted"))
    assert eventually(lambda: row(lab, device) is None)
    assert server.seen == []


def test_a_wrong_password_is_given_up_until_the_next_inform(lab, api, idle, callee, ctl):
    server = callee(credentials=("hms", "other"))
    device = idle(server.url, credentials=("hms", "secret"))
    id_ = command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "given_up")
    shown = call_of(api, device)
    assert (shown["outcome"], shown["tries"], shown["next"]) == ("denied", 1, None)
    assert waits(api, device, id_) == "next Inform of the device; given up to call it: the device does not accept the credentials (401)"
    assert "given up to call it" in ctl("command", dev(device), id_).out
    assert ("call_given_up", "") in lab.history(device)
    calls = len(server.seen)
    command(api, device)
    lab.sql("select device_notice(%s)", dev(device))
    eventually(lambda: not lab.sql("select 1 from device_timer where device_id = %s", dev(device)))
    assert row(lab, device)["state"] == "given_up" and len(server.seen) == calls
    assert [rpc.rpc for rpc in device.session()[0]] == ["GetRPCMethods", "GetRPCMethods"]
    assert eventually(lambda: row(lab, device) is None)


@pytest.mark.parametrize("answer, outcome", [(404, "not_found"), (403, "denied")])
def test_an_answer_that_will_not_change_is_not_asked_for_again(lab, api, idle, callee, answer, outcome):
    server = callee(answer=answer)
    device = idle(server.url)
    command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "given_up")
    assert row(lab, device)["outcome"] == outcome and len(server.calls) == 1


def test_a_device_that_is_busy_is_called_again_after_its_wait(lab, api, idle, callee):
    """503: it is in a session, or limits calls."""
    server = callee(answer=503)
    device = idle(server.url)
    id_ = command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "waiting" and row(lab, device)["outcome"] == "busy")
    assert "attempt 1 of 3: the device is busy (503); next try" in waits(api, device, id_)
    server.answer = 204
    eventually(lambda: row(lab, device)["state"] == "accepted")
    assert len(server.calls) == 2


def test_a_device_that_cannot_be_reached_is_called_so_often_and_then_given_up(lab, api, idle):
    device = idle(f"http://127.0.0.1:{free_port()}/")
    command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "given_up")
    assert (row(lab, device)["outcome"], row(lab, device)["tries"]) == ("refused", 3)


def test_a_device_that_accepts_and_does_not_come_is_called_again(lab, api, idle, callee):
    server = callee()
    device = idle(server.url)
    command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "given_up", 60)
    assert (row(lab, device)["outcome"], len(server.calls)) == ("no_inform", 3)


def test_after_an_address_change_the_newest_informs_url_is_called(lab, api, idle, callee):
    """IPC-03. Also when the Inform is a quiet one, whose session nobody waits in."""
    old, new = callee(), callee()
    device = idle(old.url)
    device.params[URL] = new.url
    device.session()
    eventually(lambda: lab.device(device)["connection_request_url"] == new.url)
    command(api, device)
    eventually(lambda: new.calls)
    assert old.seen == []


def test_a_command_that_is_not_due_yet_has_its_device_called_when_it_is(lab, api, idle, callee):
    """A retry after a fault waits in the same way."""
    server = callee()
    device = idle(server.url)
    id_ = lab.sql("select command_add(%s, 'GetRPCMethods', '{}', not_before_ => now() + interval '3 seconds')", dev(device))[0][0]
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "later")
    assert waits(api, device, id_).startswith("not before ") and server.calls == []
    eventually(lambda: server.calls)
    assert row(lab, device)["called"] >= lab.command(id_)["not_before"]


def test_a_device_without_an_address_waits_for_its_inform(lab, api, settled):
    device = settled()
    id_ = command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["outcome"] == "no_url")
    assert "has reported no ConnectionRequestURL" in waits(api, device, id_)


def test_a_device_behind_a_nat_is_not_called_and_said_to_be_there(lab, api, idle):
    """Its URL names a private address, its Informs come from a public one."""
    device = idle("http://192.168.1.2:7547/")
    lab.sql("update device set peer_addr = '192.0.2.7' where device_id = %s", dev(device))
    id_ = command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["outcome"] == "nat")
    assert "behind a NAT" in waits(api, device, id_)


@pytest.mark.parametrize("url, outcome", [("http://169.254.169.254/latest", "not_allowed"), ("http://[fe80::1]/", "not_allowed"), ("http://0.0.0.0:1/", "not_allowed"),
                                          ("http://localhost:1/", "not_allowed"), ("https://127.0.0.1/", "bad_url"), ("ftp://127.0.0.1/", "bad_url"),
                                          ("http://127.0.0.1:1/" + "a" * 1100, "bad_url"), ("nonsense", "bad_url")])
def test_a_url_that_hms_must_not_call_is_not_called(lab, api, idle, url, outcome):
    """A device says itself where it is called: it must not have HMS call what only HMS can reach."""
    device = idle(url)
    command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "given_up")
    assert row(lab, device)["outcome"] == outcome


def test_loopback_is_called_only_where_a_setting_allows_it(lab, api, idle, callee):
    server = callee()
    device = idle(server.url)
    with lab.settings("reach-0", "reach-1", HMS_REACH_ALLOW_SPECIAL=""):
        command(api, device)
        eventually(lambda: row(lab, device) and row(lab, device)["outcome"] == "not_allowed")
        assert server.seen == []


def test_a_redirect_is_not_followed(lab, api, idle, callee):
    target = callee()
    server = callee(answer=302, headers=[("Location", target.url)])
    device = idle(server.url)
    command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["outcome"] == "bad_answer")
    assert target.seen == []


def test_a_long_answer_is_not_read_and_counts_by_its_status(lab, api, idle, callee):
    server = callee(body=b"x" * 4_000_000)
    device = idle(server.url)
    command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "accepted")


def test_a_device_that_drops_the_connection_after_its_challenge_is_called_on_another_one(lab, api, idle, callee):
    server = callee(credentials=("hms", "secret"), drop_after_challenge=True)
    device = idle(server.url, credentials=("hms", "secret"))
    command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "accepted")


def test_a_device_that_takes_either_of_two_credentials_is_reached(lab, api, idle, callee):
    """The answer to the SetParameterValues that gave the new one may have been lost (contracts 9)."""
    server = callee(credentials=("hms", "new"))
    device = idle(server.url, credentials=("hms", "old"))
    lab.sql("update device_credential set kind = 3 where device_id = %s", dev(device))
    path = lab.run / "password"
    path.write_text("new\n")
    lab.program("hmsadm", "credential", "--oui", device.oui, "--serial", device.serial, "--product-class", device.product_class, "--username", "hms",
                "--password-file", str(path), "--kind", "pending")
    lab.sql("update device_credential set kind = 4 where device_id = %s and kind = 2", dev(device))
    command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "accepted")


def test_a_password_is_shown_to_nobody_but_by_digest(lab, api, idle, callee):
    """It is sealed on hms.reach; without credentials of its own a device that asks for some is given up."""
    server = callee(credentials=("hms", "a-secret-word"))
    device, bare = idle(server.url, credentials=("hms", "a-secret-word")), idle(server.url)
    command(api, device)
    command(api, bare)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "accepted")
    eventually(lambda: row(lab, bare) and row(lab, bare)["outcome"] == "denied")
    for topic in ("hms.reach", "hms.device-events"):
        assert not [record for record in lab.records(topic) if b"a-secret-word" in (record.value or b"")]
    assert "a-secret-word" not in "".join(lab.instance(f"{name}-{i}").log() for name in ("reach", "provisioning") for i in (0, 1))
    assert all("a-secret-word" not in str(seen) for seen in server.seen)


def test_old_and_unreadable_records_are_dropped_and_counted(lab):
    def dropped():
        return lab.metric("hms_reach_late_total"), lab.metric("hms_reach_rejected_records_total"), lab.metric("hms_reach_elsewhere_total")

    device, before = uuid.uuid4().bytes, dropped()
    head = b"\x08\x01\x10\x01\x1a\x10" + device
    url = b"\x3a\x13http://127.0.0.1:1/"
    lab.produce(head + b"\x30\x01" + url + b"\x60\x01", 0, "hms.reach")  # its deadline was in 1970
    lab.produce(head + b"\x30\x03" + b"\x60\xff\xff\xff\xff\xff\xff\xff\x7f", 0, "hms.reach")  # by XMPP
    lab.produce(b"\xff\xff", 0, "hms.reach")
    lab.produce(b"\x08\x01\x10\x63\x1a\x10" + device, 0, "hms.reach")  # of a newer release
    lab.produce(b"\x08\x01\x10\x01\x1a\x02ab", 0, "hms.reach")
    eventually(lambda: [a - b for a, b in zip(dropped(), before)] == [1, 3, 1])


def test_when_nobody_calls_the_device_is_called_as_soon_as_somebody_does(lab, api, idle, callee):
    """Both processes are away, and a result that is lost is found by its time limit."""
    server = callee()
    device = idle(server.url)
    with lab.settings("provisioning-0", "provisioning-1", **{**FAST, "HMS_PROVISIONING_CALL_DEADLINE": "1s", "HMS_PROVISIONING_CALL_TRIES_MAX": "100"}):
        lab.stop_services("reach-0", "reach-1")
        try:
            id_ = command(api, device)
            eventually(lambda: "no word of the front ends" in waits(api, device, id_))
        finally:
            lab.start_services("reach-0", "reach-1")
        eventually(lambda: row(lab, device)["state"] == "accepted", 60)


def test_calls_go_on_where_a_killed_process_left_them(lab, api, idle, callee):
    servers = [callee() for _ in range(6)]
    devices = [idle(server.url) for server in servers]
    lab.instance("reach-0").kill()
    try:
        for device in devices:
            command(api, device)
        eventually(lambda: all(server.calls for server in servers), 60)
    finally:
        lab.start_services("reach-0")


def test_many_commands_at_once_call_a_device_once(lab, api, idle, callee):
    server = callee()
    device = idle(server.url)
    for _ in range(10):
        command(api, device)
    eventually(lambda: row(lab, device) and row(lab, device)["state"] == "accepted")
    assert row(lab, device)["tries"] == 1 and server.calls  # a call that was decided once may be made twice when its record changes its reader
    assert len(device.session(CALLED)[0]) == 10
    eventually(lambda: row(lab, device) is None)


def test_a_device_that_is_held_is_not_called(lab, api, cpe, callee):
    server = callee()
    device = cpe(params={URL: server.url}, allow=False)
    device.session(("0 BOOTSTRAP",))
    eventually(lambda: lab.state(device) == "HELD")
    lab.command_add(device, "GetRPCMethods")
    eventually(lambda: not lab.sql("select 1 from command where device_id = %s and not noticed", dev(device)))
    assert row(lab, device) is None and server.seen == []
