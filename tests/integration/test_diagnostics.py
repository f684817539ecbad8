"""Diagnostics as one command, on the simulator and on devices that misbehave (PH-26, PH-27)."""
import pytest
from hmslab import dev, eventually
from hmslab.api import Api
from test_methods import ended, simulated  # noqa: F401  pylint: disable=unused-import

KICK = ("6 CONNECTION REQUEST",)
OBJECT = "Device.IP.Diagnostics.IPPing."


@pytest.fixture
def api(lab):
    return Api(lab)


def test_a_ping_of_a_simulated_device_is_one_command_with_one_result(lab, api, simulated):  # noqa: F811
    device, _, record = simulated
    command = ended(api, device, "Diagnostics", {"Test": "ping", "Values": {"Host": "192.0.2.7", "NumberOfRepetitions": 3}})
    assert command["state"] == "done", command
    values = {row["Name"]: row["Value"] for row in command["result"]["parameters"]}
    assert (values[OBJECT + "DiagnosticsState"], values[OBJECT + "SuccessCount"]) == ("Complete", "3")
    assert any(["8 DIAGNOSTICS COMPLETE", ""] in line["events"] or "8 DIAGNOSTICS COMPLETE" in str(line["events"]) for line in record() if line["ev"] == "inform")
    failed = ended(api, device, "Diagnostics", {"Object": OBJECT, "Values": {"Host": "nowhere.invalid"}})
    assert (failed["state"], failed["fault"], failed["note"]) == ("faulted", None, "DiagnosticsState is Error_CannotResolveHostName")


def begun(lab, api, settled):
    device = settled()
    device.params[OBJECT + "DiagnosticsState"] = "None"
    command = api("POST", f"/devices/{dev(device)}/commands", {"kind": "Diagnostics", "arguments": {"Object": OBJECT, "Values": {"Host": "a"}}}).json["id"]
    (rpc,) = device.session(KICK)[0]
    assert rpc.params() == {OBJECT + "Host": "a", OBJECT + "DiagnosticsState": "Requested"}
    eventually(lambda: lab.is_in(int(command), "running"))
    return device, int(command)


def test_a_device_that_restarts_meanwhile_has_failed(lab, api, settled):
    device, command = begun(lab, api, settled)
    assert device.session(("1 BOOT",))[0] == []
    assert eventually(lambda: lab.is_in(command, "faulted"))["note"] == "the device restarted before the test had ended"


def test_a_running_test_can_be_cancelled_and_its_end_changes_nothing(lab, api, settled):
    device, command = begun(lab, api, settled)
    assert api("DELETE", f"/devices/{dev(device)}/commands/{command}").status == 202
    eventually(lambda: lab.is_in(command, "cancelled"))
    assert device.session(("8 DIAGNOSTICS COMPLETE",))[0] == []
    assert lab.is_in(command, "cancelled")


def test_a_lost_answer_is_settled_by_the_key_of_the_write(lab, api, settled):
    device = settled()
    command = int(api("POST", f"/devices/{dev(device)}/commands", {"kind": "Diagnostics", "arguments": {"Object": OBJECT}}).json["id"])
    device.inform(KICK)
    device.execute(device.empty())
    device.hang_up()
    assert device.session(KICK)[0] == []
    eventually(lambda: lab.is_in(command, "running"))
    device.params[OBJECT + "DiagnosticsState"] = "Complete"
    assert [rpc.rpc for rpc in device.session(("8 DIAGNOSTICS COMPLETE",))[0]] == ["GetParameterValues"]
    eventually(lambda: lab.is_in(command, "done"))


def test_a_second_test_waits_for_the_end_of_the_first_one(lab, api, settled):
    device, first = begun(lab, api, settled)
    second = int(api("POST", f"/devices/{dev(device)}/commands", {"kind": "Diagnostics", "arguments": {"Object": OBJECT}}).json["id"])
    assert device.session(KICK)[0] == []
    device.params[OBJECT + "DiagnosticsState"] = "Complete"
    assert [rpc.rpc for rpc in device.session(("8 DIAGNOSTICS COMPLETE",))[0]] == ["GetParameterValues", "SetParameterValues"]
    eventually(lambda: lab.is_in(first, "done") and lab.is_in(second, "running"))


def test_a_test_that_never_ends_expires(lab, api, settled):
    device, command = begun(lab, api, settled)
    lab.sql("update command set deadline = now() where id = %s", command)
    eventually(lambda: lab.is_in(command, "expired"))
    assert device.session(KICK)[0] == []


@pytest.mark.parametrize("field, arguments", [
    ("Test", {}), ("Test", {"Test": "ping", "Object": OBJECT}), ("Test", {"Test": "Ping!"}), ("Object", {"Object": "Device.X"}),
    ("Values", {"Object": OBJECT, "Values": {"DiagnosticsState": "None"}}), ("Values", {"Object": OBJECT, "Values": {"Host": ["a"]}}),
    ("Values", {"Object": OBJECT, "Values": 7}), ("Host", {"Object": OBJECT, "Host": "a"}),
])
def test_bad_arguments_are_refused(api, settled, field, arguments):
    answer = api("POST", f"/devices/{dev(settled())}/commands", {"kind": "Diagnostics", "arguments": arguments})
    assert (answer.status, answer.json["field"]) == (422, f"arguments.{field}"), answer


def test_a_device_that_cannot_be_set_has_no_diagnostics(lab, api, settled):
    device = settled()
    lab.sql("update device set rpc_methods = ' GetRPCMethods Reboot ', rpc_named = ' GetRPCMethods Reboot ' where device_id = %s", dev(device))
    answer = api("POST", f"/devices/{dev(device)}/commands", {"kind": "Diagnostics", "arguments": {"Object": OBJECT}})
    assert (answer.status, answer.json["field"]) == (422, "kind")
