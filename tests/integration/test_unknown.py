"""Devices that HMS does not know: refuse, hold, accept (contracts 1)."""
from hmslab import STORY, eventually


def test_an_unknown_device_is_held_answered_and_shown_and_nothing_is_provisioned(lab, henb):
    """The shipped default."""
    cell = henb(allow=False)
    rpcs, last = cell.session(("0 BOOTSTRAP", "1 BOOT"))
    assert (rpcs, last.status) == ([], 204)
    eventually(lambda: lab.state(cell) == "HELD")
    row = lab.device(cell)
    assert (row["serial"], row["manufacturer"], row["first_seen"] is not None) == (cell.serial, row["manufacturer"], True)
    assert cell.session()[0] == []
    assert lab.state(cell) == "HELD"


def test_a_held_device_that_is_allowed_is_provisioned_at_its_next_inform(lab, henb):
    """Procedures are level-triggered: it needs no 0 BOOTSTRAP any more."""
    cell = henb(allow=False)
    cell.session(("0 BOOTSTRAP", "1 BOOT"))
    eventually(lambda: lab.state(cell) == "HELD")
    lab.program("hmsadm", "allow", "--oui", cell.oui, "--product-class", cell.product_class, "--serial", cell.serial)
    eventually(lambda: lab.entry(cell).get(b"f") == b"1")
    rpcs, last = cell.session()
    assert ([rpc.rpc for rpc in rpcs], last.status) == (STORY, 204)
    eventually(lambda: lab.state(cell) == "PROVISIONED")


def test_allowing_a_device_twice_changes_nothing_the_second_time(lab, settled):
    device = settled()
    eventually(lab.caught_up)
    before = lab.device(device), lab.history(device)
    lab.sql("select device_allow(%s, %s, %s, %s)", device.tenant, device.oui, device.product_class, device.serial)
    assert (lab.device(device), lab.history(device)) == before


def test_refused_unknown_devices_get_fault_8001_and_leave_no_record(lab, henb):
    cell, known = henb(allow=False), henb()
    eventually(lambda: lab.entry(known))
    with lab.settings("cwmp-frontend-0", HMS_CWMP_FRONTEND_UNKNOWN_DEVICES="refuse"):
        reply = cell.inform(("0 BOOTSTRAP", "1 BOOT"), message_id="9")
        assert (reply.status, reply.rpc, reply.text("FaultCode"), reply.id) == (200, "Fault", "8001", "9")
        assert known.inform(("0 BOOTSTRAP", "1 BOOT")).rpc == "InformResponse"
        assert lab.events(cell.device_id) == []
        assert lab.state(cell) is None


def test_unknown_devices_are_ignored_by_a_provisioning_that_refuses_them(lab, henb):
    cell = henb(allow=False)
    with lab.settings("provisioning-0", "provisioning-1", HMS_PROVISIONING_UNKNOWN_DEVICES="refuse"):
        eventually(lambda: cell.inform(("1 BOOT",)).status == 200)
        eventually(lab.caught_up)
        assert lab.state(cell) is None
        assert lab.metric("hms_prov_unknown_ignored_total") >= 1


def test_unknown_devices_are_provisioned_at_once_by_a_provisioning_that_accepts_them(lab, henb):
    cell = henb(allow=False)
    with lab.settings("provisioning-0", "provisioning-1", HMS_PROVISIONING_UNKNOWN_DEVICES="accept"):
        eventually(lambda: all(lab.redis().exists(f"hms:lag:{part}") for part in range(16)))
        reply = eventually(lambda: (reply := cell.inform(("0 BOOTSTRAP", "1 BOOT"))).status == 200 and reply)
        assert reply.rpc == "InformResponse"
        assert [rpc.rpc for rpc in cell.serve()[0]] == STORY
        eventually(lambda: lab.state(cell) == "PROVISIONED")
