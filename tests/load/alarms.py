"""Alarms a second: Informs with alarms wait on hms.device-events; from there to rows of alarm_event, and through the outbox to hms.alarms."""
import functools
import time

from hmslab.records import schema

import backlog
from report import Result, cpu_rows, number

CLASS_VALUE_CHANGE = 1 << 4
DEVICES = 10000
ROW = {"ManagedObjectInstance": "DC=op.example,SubNetwork=1,HeNB=1", "EventType": "Communications Alarm",
       "ProbableCause": "Communications Subsystem Failure", "SpecificProblem": "S1 link down", "AdditionalText": "SCTP association lost",
       "AdditionalInformation": ""}
KEPT = "select count(*) from alarm_event where transition <> 'SUPERSEDED'"  # which an alarm raised anew does to its cleared predecessor
KINDS = (("NewAlarm", "Critical"), ("ChangedAlarm", "Major"), ("ClearedAlarm", "Cleared"))


def devices(lab, prefix):
    rows = lab.sql("select device_allow('default', '0200F1', 'HeNB', %s || i) from generate_series(1, %s) i", prefix, DEVICES)
    return [bytes.fromhex(device.replace("-", "")) for (device,) in rows]


@functools.cache
def inform(folder, number_, alarms):
    """The part of a DeviceEvent that does not say which device it is. Each of its alarms is a transition: raised, changed, cleared, and so on."""
    event = schema("device_event", folder).DeviceEvent()
    event.inform.device.oui, event.inform.device.serial = "0200F1", "ALARM"
    event.inform.events.add(code="4 VALUE CHANGE")
    for name in ("Device.DeviceInfo.SoftwareVersion", "Device.ManagementServer.ConnectionRequestURL"):
        event.inform.params.add(name=name, value="http://10.1.2.3:7547/")
    kind, severity = KINDS[number_ % 3]
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1714564800 + number_))
    for index in range(alarms):
        path = f"Device.FaultMgmt.ExpeditedEvent.{(number_ * alarms + index) % 32 + 1}."
        for name, value in {"EventTime": when, "AlarmIdentifier": f"A-{index}", "NotificationType": kind, "PerceivedSeverity": severity,
                            **ROW}.items():
            event.inform.params.add(name=path + name, value=value)
    return event.SerializeToString()


def records(lab, informs, alarms):
    """(device, DeviceEvent) of all devices in turn. Parts of a protobuf message may be put one behind the other."""
    start_us, ids = time.time_ns() // 1000, devices(lab, f"ALARM{alarms}-")
    for at in range(informs):
        device, turn = ids[at % DEVICES], at // DEVICES
        head = schema("device_event", lab.run).DeviceEvent(
            schema=1, min_reader=1, device_id=device, sid=start_us + at, seq=1, recv_us=start_us + at, last=True, classes=CLASS_VALUE_CHANGE,
            tenant="default", fe="load")
        yield device, head.SerializeToString() + inform(lab.run, turn, alarms)


def run(lab, result, informs, alarms):
    """A column: so many Informs with so many alarms each."""
    lab.only()
    total, label = informs * alarms, f"{alarms} an Inform"
    rows, told = lab.sql(KEPT)[0][0], lab.topic_records("hms.alarms")
    result.must(f"Informs put on the topic, {label}", backlog.put(lab, "hms.device-events", records(lab, informs, alarms)), informs)
    seconds, spent = backlog.work_off(lab, "alarms-0", "alarms", {"rows": ("hms_stream_messages_total", informs), "told": ("hms_outbox_relayed_total", total)})
    result.must(f"rows of alarm_event, {label}", lab.sql(KEPT)[0][0] - rows, total)
    result.must(f"records of hms.alarms, {label}", lab.topic_records("hms.alarms") - told, total)
    rate = {goal: total / each for goal, each in seconds.items()}
    result.add({"label": label, "informs": informs, "alarms": total, "rate": rate, "cpu": {name: used / total for name, used in spent.items()},
                "batch": lab.metric("hms_stream_messages_total") / max(1, lab.metric("hms_stream_batches_total"))},
               f"{rate.get('rows', 0):8,.0f} alarms/s kept  {rate.get('told', 0):8,.0f}/s told")


def table(columns):
    yield "alarms sent", [number(column["alarms"], "{:,}") for column in columns]
    yield "alarms a second, in alarm_event", [number(column["rate"].get("rows"), "{:,.0f}") for column in columns]
    yield "alarms a second, on hms.alarms", [number(column["rate"].get("told"), "{:,.0f}") for column in columns]
    yield from cpu_rows(columns, "an alarm", ("alarms", "Kafka", "PostgreSQL"))
    yield "Informs a transaction", [number(column["batch"], "{:,.0f}") for column in columns]


def measure(lab, options):
    result = Result("Alarms: a backlog of Informs, worked off by one alarms service", table)
    run(lab, result, options.alarms, 1)
    run(lab, result, options.alarms // 10, 10)
    lab.check_caught_up(result, "hms.device-events", "alarms")
    lab.check_sound(result)
    return [result]
