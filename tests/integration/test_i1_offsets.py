"""I1: the offset advances in the transaction of the effects, under the epoch of one owner.

Guards: `where next = $old and epoch = $mine` of hms_offset_advance; offset and effects in one transaction (prov_parts_fence before the
writes); after a broken commit consumer_offset is asked, with the epoch, whether it happened.
"""
import pytest
from hmslab import STORY, eventually, partition_of

STATES = ["ALLOWED", "DISCOVERING", "ASSIGNED", "REGISTERING", "PROVISIONED"]


def owner_of(lab, device):
    """The provisioning instance that took the device's partition over last."""
    part = partition_of(device)
    lines = [(line, instance) for instance in lab.instances("provisioning") for line in instance.log().splitlines()
             if "partition taken over" in line and "topic=hms.device-events" in line and f"part={part} " in line]
    epochs = [(int(line.split("epoch=")[1].split()[0]), instance) for line, instance in lines]
    return max(epochs, key=lambda each: each[0])[1]


@pytest.fixture
def healed(lab):
    """Two owners again at the end, whatever a test has done to them."""
    yield
    for instance in lab.instances("provisioning"):
        instance.arm("")
        if not instance.alive():
            instance.start()
        instance.resume()
    lab.steady()
    eventually(lab.caught_up)


def whole_story(lab, cell):
    """A factory-new cell to the end of its first session; survives a session that ends early, as TR-069 has it (the Inform again)."""
    given = []
    for retry in range(10):
        reply = cell.inform(("0 BOOTSTRAP", "1 BOOT"), retry=retry)
        if reply.status != 200:
            continue
        rpcs, last = cell.serve()
        given += [rpc.id.split(".")[0] for rpc in rpcs]
        if last.status == 204:
            return given
    raise AssertionError("no session came to its end")


@pytest.mark.parametrize("failpoint", ["stream.write.before", "prov.commit.before_post"])
@pytest.mark.parametrize("passage", [1, 2])
def test_i1_a_provisioning_that_is_killed_loses_nothing_and_doubles_nothing(lab, henb, healed, failpoint, passage):
    """Killed before its writes or after its commit: offset and effect are both there or both not. Fails without the offset in the
    transaction of the effects."""
    cell = henb()
    eventually(lambda: lab.state(cell) == "ALLOWED" and lab.entry(cell))
    owner = owner_of(lab, cell)
    owner.arm(f"{failpoint}=kill@{passage}")
    reply = cell.inform(("0 BOOTSTRAP", "1 BOOT"))
    assert reply.rpc == "InformResponse"
    if passage == 1:
        eventually(lambda: not owner.alive())
        owner.arm("")
        owner.start()
    rpc = cell.empty()
    if passage == 2 and rpc.rpc:
        rpc = cell.answer(rpc, cell.execute(rpc))
    owner.arm("")
    if not owner.alive():
        owner.start()
    given, last = cell.serve(reply=rpc)
    assert passage == 2 or ([each.rpc for each in given], last.status) == (STORY, 204)  # it comes back within the hold: the session goes on
    if last.status != 204:
        whole_story(lab, cell)
    eventually(lambda: lab.device(cell)["unlocked"])
    assert [state for _, state in lab.history(cell, "state")] == STATES
    commands = lab.sql("select kind, purpose, state, tries from command_all where device_id = (select device_id from device where serial = %s)"
                       " and state <> 'cancelled'", cell.serial)
    assert sorted((kind, tries) for kind, _, _, tries in commands) == sorted((kind, 1) for kind in STORY)
    ends = {(purpose, state) for _, purpose, state, _ in commands}
    assert {("discovery", "done"), ("registration", "done"), ("unlock", "done")} <= ends and {state for _, state in ends} == {"done", "faulted"}
    ids = [each.id for each in given]
    assert len(ids) == len(set(ids))
    eventually(lab.caught_up)


def test_i1_a_provisioning_that_wakes_as_a_zombie_in_mid_transaction_cannot_write(lab, settled, healed):
    """It stops between its reads and its commit, for so long that its partitions are taken over, and wakes. Fails without the epoch in
    hms_offset_advance, and without the epoch where a broken commit is looked up."""
    device = settled()
    eventually(lab.caught_up)
    part, zombie = partition_of(device), owner_of(lab, device)
    next_, epoch = lab.offsets()[part]
    zombie.arm("stream.write.before=stop")
    command = lab.command_add(device, "Reboot")
    eventually(zombie.paused)
    zombie.arm("")
    eventually(lambda: lab.offsets()[part][1] > epoch, 60)
    rpcs = []
    done = eventually(lambda: rpcs.extend(device.session(("6 CONNECTION REQUEST",))[0]) or lab.is_in(command, "faulted", "done"))
    assert [rpc.rpc for rpc in rpcs] == ["Reboot"]
    eventually(lab.caught_up)
    before = lab.device(device), lab.history(device)
    zombie.resume()
    eventually(lambda: zombie.get("/readyz")[0] == 200, 40)
    eventually(lambda: zombie.metrics()["hms_stream_partitions", ()] > 0, 40)
    after = lab.device(device), lab.history(device)
    assert lab.command(command) == done
    assert after[0]["sid"] == before[0]["sid"] and after[1] == before[1]
    assert lab.offsets()[part][0] >= next_
    # It is of use again at once, with the partitions that come back to it.
    lab.steady()
    again = lab.command_add(device, "GetRPCMethods")
    assert [rpc.rpc for rpc in device.session(("6 CONNECTION REQUEST",))[0]] == ["GetRPCMethods"]
    eventually(lambda: lab.is_in(again, "faulted"))
    eventually(lab.caught_up)
    assert lab.sql("select * from dead_event") == []


def test_i1_an_owner_whose_partition_was_taken_over_cannot_write_under_its_old_epoch(lab, settled, healed):
    """Somebody else acquires the partition; the owner, which has not heard of it, is refused (HM001), takes the partition over anew, and what
    it had to do is done once. Fails without `epoch = $mine`."""
    device = settled()
    eventually(lab.caught_up)
    part, owner = partition_of(device), owner_of(lab, device)

    def refused():
        return sum(value for (name, labels), value in owner.metrics().items()
                   if name == "hms_stream_batch_failures_total" and ("reason", "HM001") in labels)

    before = refused()
    ((_, next_, epoch),) = lab.sql("select * from hms_offset_acquire('provisioning', 'hms.device-events', array[%s])", part)
    rpcs, command = [], lab.command_add(device, "Reboot")
    eventually(lambda: refused() > before)
    eventually(lambda: lab.offsets()[part][1] > epoch)
    eventually(lambda: rpcs.extend(device.session(("6 CONNECTION REQUEST",))[0]) or lab.is_in(command, "faulted", "done"))
    assert [rpc.rpc for rpc in rpcs] == ["Reboot"]
    assert lab.offsets()[part][0] > next_
    eventually(lab.caught_up)


def test_i1_offsets_of_a_batch_advance_together_or_not_at_all(stores, lab):
    """The function itself: one offset that does not match fails all."""
    with lab.pg() as connection, connection.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("select * from hms_offset_acquire('t', 'x', array[0, 1])")
        assert cursor.fetchall() == [(0, 0, 1), (1, 0, 1)]
        cursor.execute("savepoint s")
        with pytest.raises(Exception, match="taken over"):
            cursor.execute("select hms_offset_advance('t', array['x','x'], array[0,1], array[0,7]::bigint[], array[1,8]::bigint[],"
                           " array[1,1]::bigint[])")
        cursor.execute("rollback to s")
        cursor.execute("select next from consumer_offset where service = 't'")
        assert cursor.fetchall() == [(0,), (0,)]
        cursor.execute("rollback")
