"""I2: what a device says has its effect once, however often it stands on the topic."""
from hmslab import eventually, rpc_response

KICK = ("6 CONNECTION REQUEST",)


def repeat(lab, device, **fields):
    """Puts the device's records with these values on the topic again; returns when they are consumed."""
    found = [record for record, _ in lab.event_records(device.device_id, **fields)]
    assert found
    for record in found:
        lab.produce(record.value, record.partition)
    eventually(lab.caught_up)


def settled_row(row):
    return {name: row[name] for name in ("state", "tries", "note", "ended", "fault")}


def test_i2_an_answer_that_is_recorded_twice_counts_once(lab, settled):
    """(sid, n) of an answer. Fails without the check for an ended command in prov_result_apply."""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    device.session(KICK)  # it answers with a fault: method not supported
    row = eventually(lambda: lab.is_in(command, "faulted"))
    history = lab.history(device)
    repeat(lab, device, sid=row["g_sid"], seq=2)
    assert settled_row(lab.command(command)) == settled_row(row)
    assert lab.history(device) == history


def test_i2_an_inform_with_m_reboot_that_is_recorded_twice_settles_once(lab, settled):
    """The key of M Reboot. Fails without the check for an ended command in settle()."""
    device = settled()
    command = lab.command_add(device, "Reboot")
    device.inform(KICK)
    key = device.empty().text("CommandKey")
    device.hang_up()
    device.session(("1 BOOT", ("M Reboot", key)))
    row = eventually(lambda: lab.is_in(command, "done"))
    history, sid = lab.history(device), lab.events(device.device_id)[-1]["sid"]
    repeat(lab, device, sid=sid)
    assert settled_row(lab.command(command)) == settled_row(row)
    assert lab.history(device) == history


def test_i2_the_inform_of_the_session_that_goes_on_is_recorded_twice(lab, settled):
    """The repeat does not supersede the session that it began. Fails without the check for the same sid in apply_inform."""
    device = settled()
    commands = [lab.command_add(device, "GetRPCMethods"), lab.command_add(device, "Reboot")]
    device.inform(KICK)
    sid = lab.events(device.device_id)[-1]["sid"]
    rpc = device.empty()
    repeat(lab, device, sid=sid, seq=1)
    rpcs, last = device.serve(reply=device.answer(rpc, rpc_response("GetRPCMethods")))
    assert ([each.rpc for each in rpcs], last.status) == (["Reboot"], 204)
    for command in commands:
        assert eventually(lambda: lab.is_in(command, "done", "faulted"))["tries"] == 1  # noqa: B023


def test_i2_a_dispatch_that_is_recorded_twice_leaves_an_ended_command_alone(lab, settled):
    """rpc_dispatched is evidence in every state, but of one that was answered it says nothing new."""
    device = settled()
    command = lab.command_add(device, "Reboot")
    device.inform(KICK)
    device.answer(device.empty(), rpc_response("Reboot"))
    row = eventually(lambda: lab.is_in(command, "done"))
    repeat(lab, device, sid=row["g_sid"])
    assert settled_row(lab.command(command)) == settled_row(row)
