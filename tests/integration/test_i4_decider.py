"""I4: one decider; the commit of command_add() is the acceptance, all else is a hint."""
import threading

from hmslab import eventually, rpc_response

KICK = ("6 CONNECTION REQUEST",)


def test_i4_a_command_that_is_added_during_a_session_is_granted_in_it(lab, settled):
    """The sweep finds it within a second, without a doorbell. Fails without the sweep of rows not yet noticed."""
    device = settled()
    lab.command_add(device, "GetRPCMethods")
    device.inform(KICK)
    rpc = device.empty()
    assert rpc.rpc == "GetRPCMethods"
    command = lab.command_add(device, "GetParameterNames", {"ParameterPath": "Device."})
    row = eventually(lambda: lab.is_in(command, "granted"), 5)
    assert (row["g_sid"], row["g_n"]) == (lab.events(device.device_id)[-1]["sid"], 2)
    assert device.answer(rpc, rpc_response("GetRPCMethods")).rpc == "GetParameterNames"


def test_i4_a_command_counts_from_its_commit(lab, settled):
    """Not before, and not if it never comes. Fails if command_add() did something outside its transaction."""
    device = settled()
    connection = lab.pg()
    connection.autocommit = False
    cursor = connection.cursor()
    cursor.execute("select command_add((select device_id from device where serial = %s), 'GetRPCMethods')", (device.serial,))
    connection.rollback()
    assert device.session(KICK)[0] == []
    assert lab.device(device)["pending"] == 0
    connection.close()


def test_i4_the_doorbell_alone_does_nothing(lab, settled):
    """A record on hms.work that names a device without commands, and one that names nobody."""
    device = settled()
    part = device.device_id[0] >> 4
    for value in (b"\x08\x01\x12\x10" + device.device_id, b"\x08\x01\x12\x10" + bytes([part << 4]) * 16):
        lab.produce(value, part, "hms.work")
    eventually(lambda: lab.offsets("hms.work")[part][0] == lab.end_offsets("hms.work")[part])
    assert device.session(KICK)[0] == []
    assert lab.sql("select * from dead_event") == []


def test_i4_while_partitions_move_every_command_is_granted_once(lab, settled):
    """Devices at work over all partitions, and one of two owners leaves and comes back. Fails without epochs (I1) or when two grant."""
    devices = [settled() for _ in range(8)]
    commands = {device: [lab.command_add(device, kind) for kind in ("GetRPCMethods", "Reboot")] for device in devices}
    given = {device: [] for device in devices}

    def work(device):
        for _ in range(20):
            reply = device.inform(KICK)
            if reply.status == 200:
                given[device] += [rpc for rpc in device.serve()[0]]
            if all(lab.is_in(command, "done", "faulted") for command in commands[device]):
                return

    threads = [threading.Thread(target=work, args=(device,)) for device in devices]
    for thread in threads:
        thread.start()
    leaver = lab.instance("provisioning-1")
    leaver.stop()
    leaver.start()
    for thread in threads:
        thread.join(60)
    for device in devices:
        assert [rpc.rpc for rpc in given[device]].count("Reboot") == 1
        for command in commands[device]:
            row = lab.command(command)
            assert row["state"] in ("done", "faulted"), row
    eventually(lab.caught_up)
