"""The alarm list: what devices tell in FaultMgmt rows is listed, kept in history and told on hms.alarms, once (FM-03 to FM-05; contracts 6)."""
import itertools
import uuid

import pytest
from hmslab import dev, eventually, partition_of
from hmslab.records import schema

VALUE_CHANGE = ("4 VALUE CHANGE",)
ROOT = "Device.FaultMgmt."
FIELDS = ("EventTime", "AlarmIdentifier", "NotificationType", "ManagedObjectInstance", "EventType", "ProbableCause", "SpecificProblem",
          "PerceivedSeverity", "AdditionalText", "AdditionalInformation")


def row(number, minute, kind, severity="Critical", text="", identifier="A-7", table="ExpeditedEvent", root=ROOT):
    """The ten parameters of an event."""
    values = (f"2024-05-01T12:{minute:02}:00Z", identifier, kind, "DC=op.example,HeNB=1", "Communications Alarm",
              "Communications Subsystem Failure", "S1 link down", severity, text, "")
    return {f"{root}{table}.{number}.{name}": value for name, value in zip(FIELDS, values)}


def tell(device, rows, events=VALUE_CHANGE):
    """A session with these rows in its Inform."""
    rpcs, last = device.session(events, params={**device.params, **rows})
    assert last.status == 204, (rpcs, last)


def listed(lab, device):
    return lab.rows("select * from api_v1.alarms where device_id = %s order by id", dev(device))


def history(lab, device):
    return [name for (name,) in lab.sql("select transition from api_v1.alarm_history where device_id = %s order by at, alarm_id", dev(device))]


def told(lab, device):
    """AlarmEvents of hms.alarms, as one who knows repeats sees them, in the order of at_us (see alarm_event.proto)."""
    found = {}
    for record in lab.records("hms.alarms"):
        event = record.decode("alarm_event", "AlarmEvent")
        if event["device_id"] == device.device_id:
            assert record.partition == partition_of(device) and record.key == device.device_id
            found.setdefault((event["alarm_id"], event["transition"], event["event_us"], event["at_us"]), event)
    return sorted(found.values(), key=lambda event: event["at_us"])


def names(events):
    return [event["transition"] for event in events]


def caught_up(lab):
    eventually(lambda: lab.caught_up("alarms"))
    eventually(lambda: lab.sql("select count(*) from outbox") == [(0,)])


def owner_of(lab, device):
    """The alarms instance that took the device's partition over last."""
    part = partition_of(device)
    lines = [(line, instance) for instance in lab.instances("alarms") for line in instance.log().splitlines()
             if "partition taken over" in line and f"part={part} " in line]
    return max(lines, key=lambda each: int(each[0].split("epoch=")[1].split()[0]))[1]


def repeat(lab, device):
    """Everything that stands on the topic of this device, once more."""
    for record, _ in lab.event_records(device.device_id):
        lab.produce(record.value, record.partition)
    caught_up(lab)


@pytest.fixture
def healed(lab):
    """Two owners again at the end, whatever a test has done to them."""
    yield
    for instance in lab.instances("alarms"):
        instance.arm("")
        if not instance.alive():
            instance.start()
        instance.resume()
    lab.steady()
    caught_up(lab)


@pytest.fixture
def buried(lab):
    """Other tests want no dead events."""
    yield
    lab.sql("delete from dead_event")


# ---- the list ----

def test_an_alarm_is_raised_changed_and_cleared(lab, settled):
    device = settled()
    tell(device, row(3, 3, "NewAlarm", text="SCTP association lost"))
    (alarm,) = eventually(lambda: listed(lab, device))
    assert (alarm["state"], alarm["perceived_severity"], alarm["identifier"]) == ("ACTIVE_UNACK", "Critical", "A-7")
    assert (alarm["probable_cause"], alarm["additional_text"]) == ("Communications Subsystem Failure", "SCTP association lost")
    assert alarm["raised"].isoformat() == "2024-05-01T12:03:00+00:00"
    tell(device, row(4, 10, "ChangedAlarm", "Major", "one of two links back"))
    eventually(lambda: listed(lab, device)[0]["perceived_severity"] == "Major")
    tell(device, row(5, 31, "ClearedAlarm", "Cleared", "recovered"))
    (alarm,) = eventually(lambda: [each for each in listed(lab, device) if each["state"] == "CLEARED_UNACK"])
    assert alarm["cleared"].isoformat() == "2024-05-01T12:31:00+00:00"
    caught_up(lab)
    events = told(lab, device)
    assert names(events) == history(lab, device) == ["NEW", "CHANGED", "CLEARED"]
    assert {event["alarm_id"] for event in events} == {alarm["id"]}
    assert [event["perceived_severity"] for event in events] == ["Critical", "Major", "Cleared"]
    assert events[0]["event_us"] == 1714564980000000 and events[0]["event_type"] == "Communications Alarm"


def test_rows_as_a_vendor_writes_them_are_raised_and_cleared(lab, settled):
    """No EventTime, capitals, free EventType, a literal {i}, and NewAlarm with severity CLEAR for the clear. [Q11]"""
    device = settled()
    odd = {"EventTime": "", "EventType": "Radio went away", "ManagedObjectInstance": "Device.Services.FAPService.{i}.", "ProbableCause": "no idea"}
    for number, severity in ((1, "CRITICAL"), (2, "CLEAR")):
        told_row = row(number, number, "NewAlarm", severity)
        tell(device, {**told_row, **{f"{ROOT}ExpeditedEvent.{number}.{name}": value for name, value in odd.items()}})
        (alarm,) = eventually(lambda: listed(lab, device))
        if severity == "CRITICAL":
            assert (alarm["state"], alarm["perceived_severity"]) == ("ACTIVE_UNACK", "Critical")
    eventually(lambda: listed(lab, device)[0]["state"] == "CLEARED_UNACK")
    caught_up(lab)
    assert history(lab, device) == ["NEW", "CLEARED"]


def test_rows_of_tr_196_v1_below_fapservice_are_rows_too(lab, settled):
    device = settled()
    tell(device, row(1, 0, "NewAlarm", root="InternetGatewayDevice.Services.FAPService.1.FaultMgmt."))
    eventually(lambda: len(listed(lab, device)) == 1)


def test_queued_events_come_in_any_session_and_are_applied_in_the_order_of_their_times(lab, settled):
    """FM-04: passive. The ring has turned: a later event has a lower instance number."""
    device = settled()
    tell(device, {**row(1, 20, "ClearedAlarm", "Cleared", table="QueuedEvent"), **row(31, 5, "NewAlarm", table="QueuedEvent"),
                  **row(32, 10, "ChangedAlarm", "Minor", table="QueuedEvent")}, ("2 PERIODIC", "4 VALUE CHANGE"))
    eventually(lambda: history(lab, device) == ["NEW", "CHANGED", "CLEARED"])


def test_a_late_event_is_logged_and_changes_nothing(lab, settled):
    device = settled()
    tell(device, row(4, 10, "NewAlarm", "Major"))
    tell(device, row(3, 5, "ChangedAlarm", "Critical"))
    eventually(lambda: history(lab, device) == ["NEW", "LATE"])
    assert listed(lab, device)[0]["perceived_severity"] == "Major"
    caught_up(lab)
    assert names(told(lab, device)) == ["NEW"]


def test_a_raise_that_comes_after_its_clear_raises_nothing(lab, settled):
    """The clear was expedited, the raise queued. Fails without the look into history."""
    device = settled()
    tell(device, row(4, 10, "ClearedAlarm", "Cleared"))
    eventually(lambda: history(lab, device) == ["LOGGED"])
    tell(device, row(1, 5, "NewAlarm", table="QueuedEvent"))
    eventually(lambda: history(lab, device) == ["LOGGED", "LATE"])
    assert listed(lab, device) == []


# ---- once ----

def test_i2_what_is_on_the_topic_again_has_no_effect(lab, settled):
    """Natural keys. Fails without is_repeat() in alm_apply."""
    device = settled()
    tell(device, row(3, 3, "NewAlarm"))
    tell(device, row(4, 10, "ClearedAlarm", "Cleared"))
    tell(device, row(5, 20, "NewAlarm", "Minor"))
    eventually(lambda: len(history(lab, device)) == 3)
    before = listed(lab, device)
    repeat(lab, device)
    repeat(lab, device)
    assert listed(lab, device) == before
    assert history(lab, device) == names(told(lab, device)) == ["NEW", "CLEARED", "NEW"]


@pytest.mark.parametrize("failpoint", ["alarms.write.before", "alarms.commit.after"])
def test_i1_alarms_that_is_killed_loses_nothing_and_doubles_nothing(lab, settled, healed, failpoint):
    """Offset, list, history and outbox are there together or not at all."""
    device = settled()
    tell(device, row(1, 0, "NewAlarm"))
    eventually(lambda: listed(lab, device))
    owner = owner_of(lab, device)
    owner.arm(f"{failpoint}=kill@1")
    tell(device, row(2, 10, "ChangedAlarm", "Major"))
    eventually(lambda: not owner.alive())
    tell(device, row(3, 20, "ClearedAlarm", "Cleared"))
    tell(device, row(4, 30, "NewAlarm", "Minor"))
    owner.arm("")
    owner.start()
    eventually(lambda: len(history(lab, device)) == 4)
    caught_up(lab)
    assert history(lab, device) == names(told(lab, device)) == ["NEW", "CHANGED", "CLEARED", "NEW"]
    assert [alarm["state"] for alarm in listed(lab, device)] == ["CLEARED_UNACK", "ACTIVE_UNACK"]


def test_i1_an_owner_whose_partition_was_taken_over_cannot_write_under_its_old_epoch(lab, settled, healed):
    device = settled()
    eventually(lambda: lab.caught_up("alarms"))
    lab.sql("select * from hms_offset_acquire('alarms', 'hms.device-events', array[%s])", partition_of(device))
    before = lab.metric("hms_stream_batch_failures_total", service="alarms", reason="HM001")
    tell(device, row(1, 0, "NewAlarm"))
    eventually(lambda: lab.metric("hms_stream_batch_failures_total", service="alarms", reason="HM001") > before)
    eventually(lambda: history(lab, device) == ["NEW"])
    caught_up(lab)
    assert names(told(lab, device)) == ["NEW"]


def test_a_storm_of_many_devices_is_listed_once_each(lab, settled, healed):
    """Through a kill in its midst."""
    devices = [settled() for _ in range(3)]
    own = {device: lab.event_records(device.device_id)[-1][0] for device in devices}
    owner = owner_of(lab, devices[0])
    module = schema("device_event", lab.run)
    owner.arm("alarms.write.before=kill@2")
    for batch, device in itertools.product(range(5), devices):
        event = module.DeviceEvent.FromString(own[device].value)
        event.sid ^= batch + 1
        event.recv_us += batch
        event.classes = 1 << 4
        del event.inform.params[:]
        for number in range(20):
            for name, value in row(number + 1, number, "NewAlarm", identifier=f"S-{batch}-{number}").items():
                event.inform.params.add(name=name, value=value)
        lab.produce(event.SerializeToString(), partition_of(device))
    owner.arm("")
    if not owner.alive():
        owner.start()
    for device in devices:
        eventually(lambda: len(listed(lab, device)) == 100)  # noqa: B023
    caught_up(lab)
    for device in devices:
        assert names(told(lab, device)) == ["NEW"] * 100
        assert len({alarm["identifier"] for alarm in listed(lab, device)}) == 100


# ---- rows that are not as they should be ----

def test_fm05_a_bad_row_is_listed_with_a_mark_and_the_good_one_beside_it_as_ever(lab, settled):
    """The InformResponse is given all the same."""
    device = settled()
    bad = row(1, 0, "NewAlarm", "9", identifier="B-1")
    bad[ROOT + "ExpeditedEvent.1.EventTime"] = "yesterday"
    bad[ROOT + "ExpeditedEvent.1.AdditionalText"] = "x" * 5000
    tell(device, {**bad, **row(2, 0, "NewAlarm", identifier="B-2"), ROOT + "ExpeditedEvent.x.EventTime": "", ROOT + "ExpeditedEvent.": ""})
    alarms = {alarm["identifier"]: alarm for alarm in eventually(lambda: len(listed(lab, device)) == 2 and listed(lab, device))}
    assert (alarms["B-1"]["perceived_severity"], alarms["B-1"]["flags"], len(alarms["B-1"]["additional_text"])) == ("Indeterminate", 2 | 4 | 32, 1024)
    assert (alarms["B-2"]["perceived_severity"], alarms["B-2"]["flags"]) == ("Critical", 0)


def test_rows_of_the_ring_that_hold_nothing_are_no_alarms(lab, settled):
    device = settled()
    empty = {name: "" for name in row(1, 0, "")} | {ROOT + "ExpeditedEvent.1.EventTime": "0001-01-01T00:00:00Z"}
    tell(device, empty)
    tell(device, row(2, 0, "NewAlarm"))
    eventually(lambda: history(lab, device) == ["NEW"])


def test_a_partial_row_is_completed_by_what_comes_later(lab, settled):
    device = settled()
    whole = row(6, 0, "NewAlarm")
    first = {name: value for name, value in whole.items() if name.rsplit(".")[-1] in ("EventTime", "AlarmIdentifier", "NotificationType")}
    tell(device, first)
    eventually(lambda: lab.sql("select source, instance from alarm_row where device_id = %s", dev(device)) == [(1, 6)])
    assert listed(lab, device) == []
    tell(device, {name: value for name, value in whole.items() if name not in first})
    (alarm,) = eventually(lambda: listed(lab, device))
    assert (alarm["raised"].minute, alarm["perceived_severity"], alarm["flags"]) == (0, "Critical", 0)
    assert lab.sql("select count(*) from alarm_row where device_id = %s", dev(device)) == [(0,)]


def test_a_partial_row_is_completed_by_an_answer_in_the_same_session(lab, settled):
    """As the decider has it read again (contracts 7); here by a command that waits."""
    device = settled()
    device.params.update(row(6, 0, "NewAlarm"))
    lab.command_add(device, "GetParameterValues", {"ParameterNames": [ROOT + "ExpeditedEvent.6."]})
    device.inform(VALUE_CHANGE, {name: value for name, value in device.params.items() if not name.endswith(("EventType", "ProbableCause"))})
    device.serve()
    (alarm,) = eventually(lambda: listed(lab, device))
    assert (alarm["event_type"], alarm["flags"]) == ("Communications Alarm", 0)
    eventually(lambda: history(lab, device) == ["NEW"])


def test_a_partial_row_that_nobody_completes_is_taken_as_it_is(lab, settled):
    device = settled()
    with lab.settings(*[instance.name for instance in lab.instances("alarms")], HMS_ALARMS_PARTIAL_WAIT="200ms"):
        tell(device, {ROOT + "ExpeditedEvent.2.AlarmIdentifier": "P-1"})
        (alarm,) = eventually(lambda: listed(lab, device))
    assert (alarm["perceived_severity"], alarm["flags"] & 16) == ("Indeterminate", 16)


# ---- resynchronisation ----

def current(number, identifier, severity):
    names_ = {"AlarmIdentifier": identifier, "AlarmRaisedTime": "2024-05-01T11:00:00Z", "AlarmChangedTime": "2024-05-01T11:30:00Z",
              "ManagedObjectInstance": "DC=op.example,HeNB=1", "EventType": "Communications Alarm",
              "ProbableCause": "Communications Subsystem Failure", "SpecificProblem": "S1 link down", "PerceivedSeverity": severity}
    return {f"{ROOT}CurrentAlarm.{number}.{name}": value for name, value in names_.items()}


def test_the_list_is_rebuilt_from_currentalarm(lab, settled):
    """Known: updated; unknown: raised; no longer there: cleared, reason resync."""
    device = settled()
    tell(device, {**row(1, 0, "NewAlarm", identifier="A-1"), **row(2, 0, "NewAlarm", identifier="A-2")})
    eventually(lambda: len(listed(lab, device)) == 2)
    device.params.update({ROOT + "CurrentAlarmNumberOfEntries": 2, **current(1, "A-1", "Minor"), **current(9, "A-3", "Major")})
    lab.command_add(device, "GetParameterValues", {"ParameterNames": [ROOT + "CurrentAlarmNumberOfEntries", ROOT + "CurrentAlarm."]})
    device.session(("6 CONNECTION REQUEST",), params={})
    eventually(lambda: "LIST_REBUILT" in history(lab, device))
    alarms = {alarm["identifier"]: alarm for alarm in listed(lab, device)}
    assert {name: (alarm["state"], alarm["perceived_severity"]) for name, alarm in alarms.items()} == {
        "A-1": ("ACTIVE_UNACK", "Minor"), "A-2": ("CLEARED_UNACK", "Cleared"), "A-3": ("ACTIVE_UNACK", "Major")}
    assert alarms["A-3"]["raised"].hour == 11
    caught_up(lab)
    events = told(lab, device)
    assert sorted(names(events)) == ["CHANGED", "CLEARED", "LIST_REBUILT", "NEW", "NEW", "NEW"]
    assert [event["alarm_id"] for event in events if event["transition"] == "LIST_REBUILT"] == [0]
    repeat(lab, device)
    assert len(told(lab, device)) == 6


def test_a_femto_that_has_restarted_has_a_doubtful_list_until_it_is_read(lab, henb):
    cell = henb(product_class="Silent")
    cell.unsaid = {}
    cell.session(("0 BOOTSTRAP", "1 BOOT"))
    eventually(lambda: lab.sql("select potentially_faulty is not null from alarm_device where device_id = %s", dev(cell)) == [(True,)])
    cell.params[ROOT + "CurrentAlarmNumberOfEntries"] = 0
    lab.command_add(cell, "GetParameterValues", {"ParameterNames": [ROOT + "CurrentAlarmNumberOfEntries"]})
    eventually(lambda: cell.session(("6 CONNECTION REQUEST",), params={}) and history(lab, cell) == ["LIST_REBUILT"])
    assert lab.sql("select potentially_faulty from alarm_device where device_id = %s", dev(cell)) == [(None,)]


# ---- operators ----

def test_an_operator_acknowledges_comments_and_clears(lab, settled):
    """Their commit is the acceptance; the owner of the partition applies them, with history and record."""
    device = settled()
    tell(device, row(1, 0, "NewAlarm"))
    ((device_id, alarm),) = [(each["device_id"], each["id"]) for each in eventually(lambda: listed(lab, device))]
    lab.sql("select alarm_ack(%s, %s, 'ann', 'noc')", device_id, alarm)
    eventually(lambda: listed(lab, device)[0]["acknowledged"])
    assert (listed(lab, device)[0]["ack_user"], listed(lab, device)[0]["ack_system"]) == ("ann", "noc")
    lab.sql("select alarm_unack(%s, %s, 'ann'), alarm_comment(%s, %s, 'bob', 'looking into it'), alarm_clear(%s, %s, 'bob')",
            *[device_id, alarm] * 3)
    (row_,) = eventually(lambda: [each for each in listed(lab, device) if each["state"] == "CLEARED_UNACK"])
    assert (row_["comment"], row_["comment_user"], row_["clear_user"]) == ("looking into it", "bob", "bob")
    lab.sql("select alarm_ack(%s, %s, 'ann')", device_id, alarm)
    eventually(lambda: listed(lab, device) == [])
    caught_up(lab)
    events = told(lab, device)
    assert sorted(names(events)) == sorted(["NEW", "ACK_STATE", "ACK_STATE", "COMMENT", "CLEARED", "ACK_STATE"])
    assert [event["user"] for event in events if event["transition"] == "COMMENT"] == ["bob"]
    assert lab.sql("select count(*) from alarm_request") == [(0,)]
    with pytest.raises(Exception, match="no such alarm"):
        lab.sql("select alarm_ack(%s, %s, 'ann')", device_id, alarm)


# ---- whose alarms ----

def test_alarms_of_devices_that_are_nobody_yet_are_ignored(lab, cpe):
    device = cpe(allow=False, params={})
    before = lab.metric("hms_alarms_unknown_devices_total")
    device.inform(VALUE_CHANGE, row(1, 0, "NewAlarm"))
    eventually(lambda: lab.metric("hms_alarms_unknown_devices_total") > before)
    assert history(lab, device) == []


def test_a_dead_event_is_an_alarm_of_hms_itself_and_the_partition_goes_on(lab, settled, buried):
    device, zero = settled(), str(uuid.UUID(int=0))
    part = partition_of(device)
    offset = lab.produce(b"\xff\xff poison", part)
    dead = eventually(lambda: lab.dead_event(part, offset, "alarms"))
    assert bytes(dead["payload"]) == b"\xff\xff poison"
    (alarm,) = eventually(lambda: lab.rows("select * from api_v1.alarms where device_id = %s and identifier = 'dead_event'"
                                           " and state <> 'CLEARED_UNACK'", zero))
    assert alarm["internal"] and alarm["perceived_severity"] == "Major"
    tell(device, row(1, 0, "NewAlarm"))
    eventually(lambda: listed(lab, device))


def test_a_list_that_is_full_counts_what_it_does_not_take(lab, settled):
    device = settled()
    with lab.settings(*[instance.name for instance in lab.instances("alarms")], HMS_ALARMS_ALARMS_MAX="3"):
        tell(device, {name: value for number in range(1, 6) for name, value in row(number, number, "NewAlarm", identifier=f"F-{number}").items()})
        alarms = eventually(lambda: listed(lab, device))
    assert sorted(alarm["identifier"] for alarm in alarms) == ["F-1", "F-2", "F-3", "alarm_list_full"]
    assert lab.sql("select overflow from alarm_device where device_id = %s", dev(device)) == [(2,)]


def test_counts_are_there_for_a_picture_of_the_system(lab, settled):
    device = settled()
    tell(device, row(1, 0, "NewAlarm", "Warning"))
    eventually(lambda: listed(lab, device))
    counts = {(each["tenant"], each["perceived_severity"]): each for each in lab.rows("select * from api_v1.alarm_counts")}
    assert counts["default", "Warning"]["alarms"] >= counts["default", "Warning"]["unacknowledged"] >= 1
