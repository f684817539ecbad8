"""I5: an event that cannot be applied is set aside with its reason and the partition goes on; one from the future stops it."""
import contextlib

import pytest
from hmslab import eventually, partition_of
from hmslab.records import schema

KICK = ("6 CONNECTION REQUEST",)


def event(lab, device, **fields):
    """A DeviceEvent with an Inform of this device, as bytes."""
    module = schema("device_event", lab.run)
    own = lab.event_records(device.device_id)[-1][0]
    message = module.DeviceEvent.FromString(own.value)
    message.sid, message.classes = message.sid ^ 1, 1 << 4  # 4 VALUE CHANGE: not the fast path
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def is_dead(lab, device, value, partition, reason):
    offset = lab.produce(value, partition)
    row = eventually(lambda: lab.dead_event(partition, offset))
    assert (row["service"], bytes(row["payload"])) == ("provisioning", value)
    assert reason in row["reason"], row["reason"]
    # The partition goes on, and the device with it.
    eventually(lambda: lab.offsets()[partition][0] > offset)
    command = lab.command_add(device, "GetRPCMethods")
    assert [rpc.rpc for rpc in device.session(KICK)[0]] == ["GetRPCMethods"]
    eventually(lambda: lab.is_in(command, "faulted"))


@pytest.fixture
def buried(lab):
    """Other tests want no dead events."""
    yield
    lab.sql("delete from dead_event")


@pytest.mark.parametrize("value", [b"\xff\xff\xff\xff garbage", b"\x00", b"\x1a\x03abc"], ids=["garbage", "zero", "no_event"])
def test_i5_a_record_that_cannot_be_read_is_set_aside(lab, settled, buried, value):
    """Fails without set_aside() where a record cannot be unpacked."""
    device = settled()
    is_dead(lab, device, value, partition_of(device), "not a DeviceEvent")


def test_i5_a_record_with_a_short_device_id_is_set_aside(lab, settled, buried):
    device = settled()
    is_dead(lab, device, event(lab, device, device_id=b"short").SerializeToString(), partition_of(device), "not a DeviceEvent")


def test_i5_a_record_in_a_wrong_partition_is_set_aside(lab, settled, buried):
    """It would be decided by somebody who does not own the device. Fails without the check of the partition."""
    device = settled()
    is_dead(lab, device, event(lab, device).SerializeToString(), (partition_of(device) + 1) % 16, "wrong partition")


def test_i5_a_record_that_postgres_rejects_is_set_aside_and_its_batch_is_not(lab, settled, buried):
    """Invalid UTF-8 in a string: the batch fails for good, is halved, and only the culprit is set aside. Fails without
    stream_isolate()."""
    device, others = settled(), []
    message = event(lab, device, peer_addr="XXXX")
    value = message.SerializeToString()
    assert value.count(b"XXXX") == 1
    while len(others) < 2:
        other = settled()
        others += [other] if partition_of(other) == partition_of(device) else []
    informs = lab.metric("hms_prov_events_total", kind="inform")
    is_dead(lab, device, value.replace(b"XXXX", b"\xff\xfe\xc0\x80"), partition_of(device), "UTF8")
    for other in others:
        assert other.session(KICK)[1].status == 204
    eventually(lambda: lab.metric("hms_prov_events_total", kind="inform") > informs)
    assert lab.metric("hms_stream_dead_events_total", service="provisioning") >= 1


def test_i5_a_dead_event_raises_an_alarm_of_hms_itself(lab, settled, buried):
    """Contracts 5 and 6: with an internal alarm, through the outbox."""
    device = settled()
    is_dead(lab, device, b"\xff poison", partition_of(device), "not a DeviceEvent")
    eventually(lambda: [record for record in lab.records("hms.device-events") if b"dead" in record.value and b"poison" not in record.value])
    eventually(lambda: lab.sql("select count(*) from outbox") == [(0,)])


@contextlib.contextmanager
def put_right(lab, partition, topic="hms.device-events"):
    """What an operator does who gives a record up: its partition goes on behind it, for every consumer."""
    try:
        yield
    finally:
        names = [instance.name for service in ("provisioning", "alarms") for instance in lab.instances(service)]
        lab.stop_services(*names)
        lab.sql("update consumer_offset set next = %s where topic = %s and part = %s", lab.end_offsets(topic)[partition], topic, partition)
        lab.start_services(*names)
        lab.steady()


def test_i5_a_record_of_a_newer_schema_stops_its_partition_and_is_never_set_aside(lab, settled):
    """min_reader 999: not ready, and /readyz says why; other partitions go on. Fails if it is set aside as unreadable."""
    device, other = settled(), settled()
    while partition_of(other) == partition_of(device):
        other = settled()
    part = partition_of(device)
    with put_right(lab, part):
        offset = lab.produce(event(lab, device, min_reader=999).SerializeToString(), part)
        for service in ("provisioning", "alarms"):
            stopped = eventually(lambda: [each for each in lab.instances(service) if each.get("/readyz")[0] == 503])  # noqa: B023
            assert "stopped" in stopped[0].get("/readyz")[1]
        assert lab.offsets()[part][0] == offset
        command = lab.command_add(other, "GetRPCMethods")
        assert [rpc.rpc for rpc in other.session(KICK)[0]] == ["GetRPCMethods"]
        eventually(lambda: lab.is_in(command, "faulted"))
        assert lab.offsets()[part][0] == offset
        assert lab.dead_event(part, offset) is None
        # The owner does not report a lag any more: devices of this partition are told to come back (contracts 4).
        eventually(lambda: device.inform(("1 BOOT",)).status == 503, 30)
    eventually(lambda: device.inform(("1 BOOT",)).status == 200, 30)
