"""What operators do about consumers: records that were set aside are read and put back, and a consumer is moved, at work or stopped."""
import json

import pytest
from hmslab import dev, eventually, partition_of
from test_i5_poison import event

KICK = ("6 CONNECTION REQUEST",)
TOPIC = "hms.device-events"


@pytest.fixture
def buried(lab):
    yield
    lab.sql("delete from dead_event")


def bury(lab, device, value, offset, service="provisioning", reason="schema was wrong"):
    lab.sql("insert into dead_event (service, topic, part, off, reason, payload, key) values (%s, %s, %s, %s, %s, %s, %s)", service, TOPIC,
            partition_of(device), offset, reason, value, device.device_id)
    return f"{service}:{TOPIC}:{partition_of(device)}:{offset}"


def items(ctl, *options):
    assert ctl("stream", "dead", "-o", "json", *options).status == 0, ctl
    return [each["id"] for each in json.loads(ctl.out)["items"]]


def test_what_was_set_aside_is_found_by_what_it_has_in_common_and_shown_decoded(lab, ctl, settled, buried):
    device, other = settled(), settled()
    value = event(lab, device)
    value.inform.params.add(name="Device.X.Password", value="hunter2-XyZ")
    value.inform.params.add(name="Device.X.Name", value="seen")
    one = bury(lab, device, value.SerializeToString(), 900001)
    two = bury(lab, other, b"\xff rubbish", 900002, "alarms", "not a DeviceEvent")
    assert items(ctl) == sorted([one, two])
    for options, found in ((("--service", "alarms"), [two]), (("--topic", "none"), []), (("--text", "SCHEMA"), [one]), (("--device", dev(device)), [one]),
                           (("--device", dev(other)), [two]), (("--from", "2100-01-01T00:00:00Z"), []), (("--to", "2100-01-01T00:00:00Z"), sorted([one, two]))):
        assert items(ctl, *options) == found, options
    assert ctl("stream", "dead", one, "-o", "json").status == 0, ctl
    record = json.loads(ctl.out)["record"]
    assert record["device_id"] == dev(device) and record["inform"]["device"]["serial"] == device.serial
    params = {each["name"]: each["value"] for each in record["inform"]["params"]}
    assert (params["Device.X.Password"], params["Device.X.Name"]) == ("***", "seen")
    shown = json.loads(ctl("stream", "dead", two, "-o", "json").out)
    assert shown["record"] is None and shown["begins_with"] == b"\xff rubbish".hex()
    assert "seen" in ctl("stream", "dead", one).out and "hunter2" not in ctl.out
    assert ctl("stream", "dead", "a:b:1:2").status == 1


def test_i2_a_record_that_is_put_back_is_processed_once_by_its_owner(lab, ctl, settled, buried):
    """Two services had set it aside: it comes back as one record, and its effect is there once."""
    device = settled()
    value = event(lab, device)
    name = bury(lab, device, value.SerializeToString(), 900003)
    bury(lab, device, value.SerializeToString(), 900003, "alarms")
    before = len([each for each in lab.events(device.device_id) if each["sid"] == value.sid])
    assert ctl("stream", "replay", name).status == 0, ctl
    eventually(lambda: lab.device(device)["sid"] == value.sid)
    eventually(lambda: lab.sql("select count(*) from outbox") == [(0,)])
    assert len([each for each in lab.events(device.device_id) if each["sid"] == value.sid]) == before + 1
    assert items(ctl) == []
    assert lab.sql("select action, who from api_audit where action = 'stream_replay' order by id desc limit 1")[0][0] == "stream_replay"


def test_a_record_that_is_refused_again_is_set_aside_again(lab, ctl, settled, buried):
    device = settled()
    bury(lab, device, b"\xff rubbish of old", 900004)
    assert ctl("stream", "replay", "--text", "schema", "--from", "2020-01-01T00:00:00Z").status == 0, ctl
    again = eventually(lambda: [each for each in items(ctl, "--service", "provisioning") if not each.endswith(":900004")])
    assert "not a DeviceEvent" in ctl("stream", "dead", again[0]).out


def test_a_replay_says_which(ctl, api, buried):
    assert ctl("stream", "replay").status == 1 and "which records" in ctl.err
    assert api("POST", "/stream/replay", {"text": "nobody has this reason"}).status == 404


def stand(lab, device, service="provisioning"):
    return lab.offsets(service=service)[partition_of(device)]


def reset(ctl, device, offset, *more):
    return ctl("stream", "reset", "provisioning", TOPIC, str(partition_of(device)), str(offset), *more)


def test_i1_a_consumer_that_is_moved_back_applies_the_same_again_and_nothing_changes(lab, ctl, settled):
    """The owner is idle and takes the partition over again under a new epoch; what it did stays as it was."""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    device.session(KICK)
    eventually(lambda: lab.is_in(command, "faulted"))
    eventually(lab.caught_up)
    before, (end, epoch) = lab.device(device), stand(lab, device)
    assert reset(ctl, device, end - 5).status == 2 and "APPLIED AGAIN" in ctl.err and stand(lab, device) == (end, epoch)
    assert reset(ctl, device, end - 5, "--yes", "--reason", "try").status == 0, ctl
    eventually(lambda: stand(lab, device)[0] >= end and stand(lab, device)[1] >= epoch + 2)
    assert lab.is_in(command, "faulted")
    assert {name: lab.device(device)[name] for name in ("sid", "seq", "have_key", "pending")} == {name: before[name] for name in (
        "sid", "seq", "have_key", "pending")}
    again = lab.command_add(device, "GetRPCMethods")
    assert [rpc.rpc for rpc in device.session(KICK)[0]] == ["GetRPCMethods"]
    eventually(lambda: lab.is_in(again, "faulted"))


def test_a_partition_that_stopped_goes_on_behind_the_record_that_stopped_it(lab, ctl, settled):
    """One step forward, without a restart."""
    device = settled()
    offset = lab.produce(event(lab, device, min_reader=999).SerializeToString(), partition_of(device))
    try:
        eventually(lambda: [each for each in lab.instances("provisioning") if each.get("/readyz")[0] == 503])
        eventually(lambda: stand(lab, device)[0] == offset)
        assert reset(ctl, device, offset + 1).status == 2 and "1 records are SKIPPED" in ctl.err
        assert reset(ctl, device, offset + 1, "--yes").status == 0, ctl
        assert ctl("stream", "reset", "alarms", TOPIC, str(partition_of(device)), str(offset + 1), "--yes").status == 0, ctl
    finally:
        eventually(lambda: all(each.get("/readyz")[0] == 200 for service in ("provisioning", "alarms") for each in lab.instances(service)))
    lab.steady()
    command = lab.command_add(device, "GetRPCMethods")
    eventually(lambda: [rpc.rpc for rpc in device.session(KICK)[0]] == ["GetRPCMethods"] or lab.is_in(command, "faulted"))


def test_i1_a_consumer_that_is_moved_while_it_works_loses_nothing(lab, ctl, settled):
    """Its transactions are fenced; all that was said is applied, and no command is done twice."""
    device = settled()
    for _ in range(4):
        command = lab.command_add(device, "GetRPCMethods")
        assert device.inform(KICK).rpc == "InformResponse"
        next_, _epoch = stand(lab, device)
        ctl("stream", "reset", "provisioning", TOPIC, str(partition_of(device)), str(max(next_ - 3, 0)), "--yes")
        assert ctl.status in (0, 1), ctl  # 1: it has gone on since
        device.serve()
        eventually(lambda: device.session(KICK) and lab.is_in(command, "faulted"))  # noqa: B023
    eventually(lab.caught_up)


@pytest.mark.parametrize("body, status", [
    ({"service": "provisioning", "topic": TOPIC, "partition": 99, "from_offset": 0, "offset": 1}, 404),
    ({"service": "nobody", "topic": TOPIC, "partition": 0, "from_offset": 0, "offset": 1}, 404),
    ({"service": "provisioning", "topic": TOPIC, "partition": 0, "from_offset": 999999999, "offset": 1}, 409),
    ({"service": "provisioning", "topic": TOPIC, "partition": 0, "from_offset": 0, "offset": -1}, 422),
    ({"service": "provisioning", "topic": TOPIC, "partition": 0, "offset": 1}, 422),
])
def test_a_reset_that_does_not_fit_is_refused_and_moves_nothing(lab, api, body, status):
    before = lab.sql("select service, topic, part, epoch from consumer_offset order by 1, 2, 3")
    assert api("POST", "/stream/reset", body).status == status
    assert lab.sql("select service, topic, part, epoch from consumer_offset order by 1, 2, 3") == before
