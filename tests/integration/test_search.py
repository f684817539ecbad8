"""Values that devices are found by (device_attr), and devices that do not come after a change that concerns all."""
import time

from hmslab import dev, eventually
from test_desired import CHANGE, CODE, come, comes_to, desired, profile  # noqa: F401

TAC = "Device.Services.FAPService.1.CellConfig.LTE.EPC.TAC"
PROVISIONING = ("provisioning-0", "provisioning-1")


def attributes(lab, device):
    return lab.sql("select p.path, a.value from device_attr a join param_path p on p.id = a.path_id where a.device_id = %s order by 1, 2", dev(device))


def versions(lab, device):
    return lab.sql("select ctid, xmin from device_attr where device_id = %s order by 1", dev(device))


def tac(value, instance="{i}"):
    return TAC.replace(".1.", f".{instance}."), value


def test_chosen_parameters_are_written_with_the_document_and_only_when_they_change(lab, settled):
    device = settled()
    device.params.update({TAC: 4001, CODE: "one"})
    come(device, CHANGE, told=[TAC, CODE])
    eventually(lambda: attributes(lab, device) == [tac("4001")])
    before = versions(lab, device)
    device.params[CODE] = "two"  # not one of them
    come(device, CHANGE, told=[CODE])
    eventually(lambda: lab.sql("select 1 from device_param where device_id = %s and choice <> 0", dev(device)))
    eventually(lab.caught_up)
    assert versions(lab, device) == before
    device.params[TAC] = 4002
    come(device, CHANGE, told=[TAC])
    eventually(lambda: attributes(lab, device) == [tac("4002")])


def test_each_instance_has_its_value(lab, settled):
    device = settled()
    others = {tac("", n)[0]: value for n, value in ((2, 7), (3, 8), (4, 7))}
    device.params.update(others)
    come(device, CHANGE, told=list(others))
    eventually(lambda: attributes(lab, device) == [tac("7"), tac("8")])


def test_after_a_factory_reset_nothing_of_before_is_found(lab, settled):
    device = settled()
    device.params[TAC] = 4001
    come(device, CHANGE, told=[TAC])
    eventually(lambda: attributes(lab, device) == [tac("4001")])
    lab.sql("insert into profile (tenant, name, version, doc) values ('default', %s, 1, '{\"selector\": {\"serial\": [\"nobody\"]}, \"parameters\": {\"lte.tac\": 1}}')",
            device.serial)  # where nothing is managed, what was known stays
    try:
        eventually(lambda: come(device, CHANGE) is not None and desired(lab, device) is None and
                   lab.device(device)["gen"] >= lab.sql("select max(gen) from desired_generation")[0][0])
        come(device, ("0 BOOTSTRAP", "1 BOOT"))
        eventually(lambda: attributes(lab, device) == [])
    finally:
        lab.sql("delete from profile where name = %s", device.serial)


def test_a_changed_choice_is_caught_up_for_devices_that_do_not_come(lab, settled):
    device = settled()
    device.params.update({TAC: 4001, CODE: "one"})
    come(device, CHANGE, told=[TAC, CODE])
    eventually(lambda: attributes(lab, device) == [tac("4001")])
    before = lab.sql("select xmin from device_param where device_id = %s", dev(device))
    with lab.settings(*PROVISIONING, HMS_PROVISIONING_SEARCH_PARAMETERS=CODE):
        eventually(lambda: attributes(lab, device) == [(CODE, "one")])
        caught_up = lab.sql("select xmin from device_param where device_id = %s", dev(device))
        assert caught_up != before
    eventually(lambda: attributes(lab, device) == [tac("4001")])


def test_a_silent_device_is_pending_after_a_change_and_its_next_session_brings_it(lab, settled, profile):  # noqa: F811
    """Contracts 7: looked at once per generation, at its Inform or at a set rate."""
    device, other = settled(), settled()
    for each in (device, other):
        each.params[CODE] = ""
        profile(each, {"parameters": {CODE: "one"}})
        comes_to(lab, each, "in_sync")
    eventually(lambda: lab.entry(device).get(b"f") == b"0")
    row = desired(lab, other)
    profile(device, {"parameters": {CODE: "two"}})
    eventually(lambda: desired(lab, device)["state"] == "pending")
    eventually(lambda: lab.entry(device).get(b"f") == b"1")
    assert [rpc.params() for rpc in come(device)] == [{CODE: "two"}]
    eventually(lambda: desired(lab, device)["state"] == "in_sync")
    eventually(lambda: lab.device(other)["gen"] == lab.sql("select max(gen) from desired_generation")[0][0])
    assert desired(lab, other) == row


def looked(lab):
    return lab.metric("hms_prov_desired_looks_total", "provisioning", by="sweep")


def test_devices_that_do_not_come_are_looked_at_no_faster_than_the_rate(lab, settled, profile):  # noqa: F811
    devices = [settled() for _ in range(6)]
    for device in devices:
        device.params[CODE] = ""
        come(device, CHANGE, told=[CODE])
    rate = lab.sql("select count(*) from device_hot")[0][0] // 12 + 1  # all of the lab are looked at
    with lab.settings(*PROVISIONING, HMS_PROVISIONING_DESIRED_RATE=str(rate)):
        before, begun = looked(lab), time.monotonic()
        profile(devices[0], {"selector": {"serial": [each.serial for each in devices]}, "parameters": {CODE: "x"}}, name=f"all-{devices[0].serial}")
        eventually(lambda: all((desired(lab, each) or {}).get("state") == "pending" for each in devices), 120)
        # Of two processes, each of which may begin with the looks of one second.
        assert time.monotonic() - begun >= (looked(lab) - before) / (2 * rate) - 1.5
