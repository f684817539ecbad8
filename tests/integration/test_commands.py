"""Commands: every kind, faults, cancellation, deadlines, replacement (contracts 7)."""
import datetime

import pytest
from hmslab import eventually, fault, rpc_response

KICK = ("6 CONNECTION REQUEST",)
VERSION = "Device.DeviceInfo.SoftwareVersion"


def executed(lab, device, kind, payload=None, body=None):
    """The command at its end, and the RPC by which the device got it. body: the answer."""
    command = lab.command_add(device, kind, payload)
    assert device.inform(KICK).rpc == "InformResponse"
    rpc = device.empty()
    last = device.answer(rpc, body or device.execute(rpc))
    assert last.status == 204, last
    return eventually(lambda: lab.is_in(command, "done", "faulted")), rpc


def test_get_rpc_methods_is_done_with_its_answer_as_result(lab, settled):
    methods = rpc_response("GetRPCMethods", '<MethodList enc:arrayType="xsd:string[2]"><string>GetRPCMethods</string><string>Reboot'
                           "</string></MethodList>")
    row, rpc = executed(lab, settled(), "GetRPCMethods", body=methods)
    assert (row["state"], row["tries"], row["fault"] or 0) == ("done", 1, 0)
    assert [value for _, value in row["result"]["fields"]] == ["GetRPCMethods", "Reboot"]
    assert rpc.rpc == "GetRPCMethods"


def test_get_parameter_values_returns_values_and_they_are_kept(lab, settled):
    device = settled()
    before = lab.one("select changed from device_param where device_id = hms_device_id(%s, %s, %s, %s)", device.tenant, device.oui,
                     device.product_class, device.serial)
    device.params[VERSION] = "2.0 <&>\u00e4"
    device.session(KICK)  # it is asked for its methods
    row, rpc = executed(lab, device, "GetParameterValues", {"ParameterNames": [VERSION]}, rpc_response("GetParameterValues", params=device.params))
    assert rpc.texts("string") == [VERSION]
    assert {"Name": VERSION, "Value": "2.0 <&>\u00e4"} in row["result"]["parameters"]
    after = lab.one("select changed from device_param where device_id = %s", row["device_id"])
    assert before is None or after["changed"] > before["changed"]


def test_set_parameter_values_leaves_the_parameter_key_that_hms_then_knows(lab, settled):
    """I8: ParameterKey ~<command id>.<try> on each write; the device is quiet again after it."""
    device = settled()
    row, rpc = executed(lab, device, "SetParameterValues",
                        {"ParameterList": [{"Name": "Device.X", "Value": "7", "Type": "xsd:unsignedInt"}, {"Name": "Device.Y", "Value": "<a>"}]})
    assert row["state"] == "done"
    assert (device.params["Device.X"], device.params["Device.Y"]) == (7, "<a>")
    key = rpc.text("ParameterKey")
    assert key.startswith("~") and key.endswith(".1") and len(key) <= 32
    eventually(lambda: (lab.entry(device).get(b"k"), lab.entry(device).get(b"f")) == (key.encode(), b"0"))
    device.session()
    assert lab.events(device.device_id)[-1]["hold_until_us"] == 0


def test_a_fault_of_set_parameter_values_keeps_the_code_of_every_parameter(lab, settled):
    body = fault(9003, "Invalid arguments", [("Device.X", 9007, "out of range"), ("Device.Y", 9008, "read-only")])
    row, _ = executed(lab, settled(), "SetParameterValues",
                      {"ParameterList": [{"Name": "Device.X", "Value": "7"}, {"Name": "Device.Y", "Value": "1"}]}, body)
    assert (row["state"], row["fault"]) == ("faulted", 9003)
    assert [(each["ParameterName"], each["FaultCode"], each["FaultString"]) for each in row["result"]["fault"]["SetParameterValuesFault"]] == [
        ("Device.X", 9007, "out of range"), ("Device.Y", 9008, "read-only")]


def test_get_parameter_names_returns_names_and_whether_they_are_writable(lab, settled):
    device = settled()
    row, rpc = executed(lab, device, "GetParameterNames", {"ParameterPath": "Device.DeviceInfo.", "NextLevel": True})
    assert (rpc.text("ParameterPath"), rpc.text("NextLevel")) == ("Device.DeviceInfo.", "1")
    assert row["result"]["parameters"] == [{"Name": VERSION, "Writable": True}]


@pytest.mark.parametrize("kind", ["Reboot", "FactoryReset"])
def test_an_unsafe_command_is_announced_on_the_topic_before_it_is_answered(lab, settled, kind):
    """I7: rpc_dispatched precedes the answer; a response is the end of the command."""
    device = settled()
    row, rpc = executed(lab, device, kind, body=rpc_response(kind))
    assert (rpc.rpc, row["state"], row["dispatched"], row["tries"]) == (kind, "done", True, 1)
    kinds = [name for event in lab.events(device.device_id, sid=row["g_sid"]) for name in event if name.startswith("rpc_")]
    assert kinds == ["rpc_dispatched", "rpc_result"]
    if kind == "Reboot":
        assert rpc.text("CommandKey").startswith("H") and rpc.text("CommandKey").endswith(".1")


@pytest.mark.parametrize("kind, code, note", [
    ("ScheduleInform", 9003, "DelaySeconds"), ("NoSuchMethod", 9000, "no such method"), ("SetParameterValues", 9003, "ParameterList"),
])
def test_a_command_that_cannot_be_sent_is_refused_and_not_given_to_the_device(lab, settled, kind, code, note):
    device = settled()
    command = lab.command_add(device, kind)
    row = eventually(lambda: lab.is_in(command, "faulted"))
    assert (row["fault"], row["tries"]) == (code, 0) and note in row["note"]
    eventually(lambda: lab.entry(device).get(b"f") == b"0")
    assert device.session(KICK)[0] == []


@pytest.mark.parametrize("key", ["ParameterKey", "CommandKey"])
def test_keys_of_hms_are_refused_in_a_payload(lab, settled, key):
    """Contracts 7: the API refuses ParameterKey and CommandKey from outside."""
    with pytest.raises(Exception, match="set by HMS"):
        lab.command_add(settled(), "Reboot", {key: "mine"})


def test_a_queued_command_that_is_cancelled_never_reaches_the_device(lab, settled):
    device = settled()
    command = lab.command_add(device, "Reboot")
    assert lab.command_cancel(device, command)
    eventually(lambda: lab.is_in(command, "cancelled"))
    assert device.session(KICK)[0] == []


def two_at_once(lab, device, second="Reboot"):
    """A session in which the device has RPC 1, and the second command is granted behind it."""
    first, other = lab.command_add(device, "GetRPCMethods", prio_=1), lab.command_add(device, second, prio_=2)
    device.inform(KICK)
    rpc = device.empty()
    assert rpc.rpc == "GetRPCMethods"
    eventually(lambda: lab.is_in(other, "granted"))
    return rpc, first, other


def test_a_granted_command_that_was_not_taken_is_revoked(lab, settled):
    """Contracts 7: "revoked" ends the command: it is not sent though the session goes on."""
    device = settled()
    rpc, first, other = two_at_once(lab, device)
    lab.command_cancel(device, other)
    row = eventually(lambda: lab.is_in(other, "cancelled"))
    assert row["dispatched"] is False
    last = device.answer(rpc, rpc_response("GetRPCMethods"))
    assert last.status == 204
    eventually(lambda: lab.is_in(first, "done"))


def test_a_granted_command_that_was_taken_is_not_cancelled_but_ends_by_its_answer(lab, settled):
    """Contracts 7: "taken": that RPC ends first."""
    device = settled()
    command = lab.command_add(device, "Reboot")
    device.inform(KICK)
    rpc = device.empty()
    lab.command_cancel(device, command)
    eventually(lambda: lab.one("select noticed from command where id = %s", command)["noticed"])
    assert lab.command(command)["state"] == "granted"
    assert device.answer(rpc, rpc_response("Reboot")).status == 204
    eventually(lambda: lab.is_in(command, "done"))


def test_a_cancelled_command_whose_mailbox_is_gone_is_not_sent_either(lab, settled):
    """Contracts 7: an unsafe one without a dispatch ends cancelled, at the newer Inform at the latest."""
    device = settled()
    _, _, other = two_at_once(lab, device)
    lab.redis().delete(f"m:{{{device.device_id.hex()}}}")
    lab.command_cancel(device, other)
    device.hang_up()
    assert "Reboot" not in [each.rpc for each in device.session(KICK)[0]]
    eventually(lambda: lab.is_in(other, "cancelled"))


def test_a_command_past_its_deadline_expires_and_is_not_sent(lab, settled):
    device = settled()
    command = lab.command_add(device, "Reboot", life="1 second")
    eventually(lambda: lab.is_in(command, "expired"))
    assert device.session(KICK)[0] == []


def test_an_overdue_command_of_a_live_session_is_looked_at_once_that_session_is_over(lab, settled):
    """Sweeps leave it alone until then: each look locks the rows of its device. Fails without device_hot in select_deadlines."""
    device, other = settled(), settled()
    command = lab.command_add(device, "GetRPCMethods")
    device.inform(KICK)
    assert device.empty().rpc == "GetRPCMethods"
    device.hang_up()
    eventually(lambda: lab.is_in(command, "granted"))
    lab.sql("update command set deadline = now() where id = %s", command)
    locked = "select xmax::text from device_hot where device_id = %s::uuid"

    def swept():
        """What the same sweeps find for another device has been worked off."""
        lab.sql("insert into device_timer (bucket, due, device_id, name) values (hms_bucket(%s::uuid), now(), %s::uuid, 'test')", other.device_id.hex(), other.device_id.hex())
        eventually(lambda: lab.sql("select count(*) from device_timer where device_id = %s::uuid and name = 'test'", other.device_id.hex()) == [(0,)])

    eventually(lab.caught_up)
    swept()  # the doorbell of the command may have come after its grant
    before = lab.sql(locked, device.device_id.hex())
    swept()
    swept()
    assert lab.sql(locked, device.device_id.hex()) == before
    assert lab.command(command)["state"] == "granted"
    assert device.session(KICK)[0] == []
    eventually(lambda: lab.is_in(command, "expired"))


def test_a_command_is_not_granted_before_its_time(lab, settled):
    device = settled()
    command = lab.command_add(device, "GetRPCMethods",
                              not_before_=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1))
    assert device.session(KICK)[0] == []
    assert lab.command(command)["state"] == "queued"


def test_a_newer_command_with_the_same_replace_key_replaces_a_queued_one(lab, settled):
    device = settled()
    first = lab.command_add(device, "GetParameterNames", {"ParameterPath": "Device.A."}, replace_key_="names")
    second = lab.command_add(device, "GetParameterNames", {"ParameterPath": "Device.B."}, replace_key_="names")
    rpcs, _ = device.session(KICK)
    assert [rpc.text("ParameterPath") for rpc in rpcs] == ["Device.B."]
    row = lab.command(first)
    assert row["state"] == "cancelled" and str(second) in row["note"]
    eventually(lambda: lab.is_in(second, "done"))


def test_commands_are_given_by_priority_then_age(lab, settled):
    device = settled()
    for number, prio in enumerate((100, 5, 100, 1)):
        lab.command_add(device, "GetParameterNames", {"ParameterPath": f"Device.{number}."}, prio_=prio)
    rpcs, _ = device.session(KICK)
    assert [rpc.text("ParameterPath") for rpc in rpcs] == ["Device.3.", "Device.1.", "Device.0.", "Device.2."]


def test_more_commands_than_one_mailbox_holds_are_all_given_in_one_session(lab, settled):
    """Contracts 3: at most 16 items are granted together; the rest follow."""
    device = settled()
    commands = [lab.command_add(device, "GetRPCMethods") for _ in range(40)]
    rpcs, last = device.session(KICK)
    assert (len(rpcs), last.status) == (40, 204)
    for command in commands:
        assert eventually(lambda: lab.is_in(command, "done", "faulted"))["tries"] == 1  # noqa: B023
