"""How fast alarms are taken in: puts Informs with alarms on the topic while nobody consumes, starts one alarms service, and measures until it has consumed them.

usage: HMS_BIN=<release build>/bin /usr/bin/python3 -B tests/load/alarms.py [--events N] [--devices N] [--rows N] [--quiet N]

Prints alarms a second, and CPU microseconds an alarm of the service, of PostgreSQL and of Kafka. drain() is for other programs with a lab of their own."""
import argparse
import functools
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

from hmslab import Lab, eventually  # noqa: E402
from hmslab.records import schema  # noqa: E402
from hmslab.tables import PARTITIONS  # noqa: E402

from counters import tree_cpu_us  # noqa: E402

DELIMITER = b"\n-- next record --\n"
CLASS_PERIODIC, CLASS_VALUE_CHANGE = 1 << 2, 1 << 4
ROW = {"ManagedObjectInstance": "DC=op.example,SubNetwork=1,HeNB=1", "EventType": "Communications Alarm",
       "ProbableCause": "Communications Subsystem Failure", "SpecificProblem": "S1 link down", "AdditionalText": "SCTP association lost",
       "AdditionalInformation": ""}
KINDS = (("NewAlarm", "Critical"), ("ChangedAlarm", "Major"), ("ClearedAlarm", "Cleared"))


def make_devices(lab, count):
    """Their ids, as bytes."""
    rows = lab.sql("select device_allow('default', '0200F1', 'HeNB', 'ALARM' || i) from generate_series(1, %s) i", count)
    return [bytes.fromhex(device.replace("-", "")) for (device,) in rows]


@functools.cache
def make_inform(folder, number, rows):
    """The Inform of an event: some alarm events, each of which is a transition: raised, changed, cleared, and so on. Of no device in particular."""
    event = schema("device_event", folder).DeviceEvent()
    event.inform.device.oui, event.inform.device.serial = "0200F1", "ALARM"
    event.inform.events.add(code="4 VALUE CHANGE" if rows else "2 PERIODIC")
    for name in ("Device.DeviceInfo.SoftwareVersion", "Device.ManagementServer.ConnectionRequestURL"):
        event.inform.params.add(name=name, value="http://10.1.2.3:7547/")
    for index in range(rows):
        kind, severity = KINDS[number % 3]
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1714564800 + number))
        path = f"Device.FaultMgmt.ExpeditedEvent.{(number * rows + index) % 32 + 1}."
        for name, value in {"EventTime": when, "AlarmIdentifier": f"A-{index}", "NotificationType": kind, "PerceivedSeverity": severity,
                            **ROW}.items():
            event.inform.params.add(name=path + name, value=value)
    return event.SerializeToString()


def make_event(lab, device, number, rows, start_us):
    """Parts of a protobuf message may be put one behind the other."""
    head = schema("device_event", lab.run).DeviceEvent(
        schema=1, min_reader=1, device_id=device, sid=start_us + number, seq=1, recv_us=start_us + number, last=True,
        classes=CLASS_VALUE_CHANGE if rows else CLASS_PERIODIC, tenant="default", fe="load")
    return head.SerializeToString() + make_inform(lab.run, number if rows else 0, rows)


def fill(lab, devices, events, rows, quiet):
    """Puts the events on the topic, and so many quiet Informs in between for each."""
    start_us = time.time_ns() // 1000
    lists = [[] for _ in range(PARTITIONS)]
    for number in range(events):
        device = devices[number % len(devices)]
        part = lists[(device[0] << 4 | device[1] >> 4) * PARTITIONS >> 12]
        part.append(make_event(lab, device, number // len(devices), rows, start_us))
        part.extend(make_event(lab, device, events + number, 0, start_us) for _ in range(quiet))
    for part, records in enumerate(lists):
        if records:
            file = lab.run / f"load-{part}"
            file.write_bytes(DELIMITER.join(records))
            subprocess.run(["kcat", "-P", "-b", lab.env["HMS_KAFKA_BROKERS"], "-t", "hms.device-events", "-p", str(part), "-D",
                            DELIMITER.decode(), "-l", file], check=True)
            file.unlink()


def end_offsets(lab):
    """{partition: offset after its last record}, without reading them."""
    asked = [word for part in range(PARTITIONS) for word in ("-t", f"hms.device-events:{part}:-1")]
    text = subprocess.run(["kcat", "-b", lab.env["HMS_KAFKA_BROKERS"], "-Q", *asked], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {int(part): int(end) for part, end in re.findall(r"\[(\d+)\] offset (\d+)", text)}


def transitions(lab):
    return lab.sql("select count(*) from alarm_event")[0][0]


def drain(lab, events, devices, rows, quiet=0):
    """{"alarms", "seconds", "rate", "cpu": {process: us an alarm}}; alarms-0 is stopped and started."""
    ids = make_devices(lab, devices)
    lab.stop_services("alarms-0")
    before = transitions(lab)
    fill(lab, ids, events, rows, quiet)
    ends = end_offsets(lab)
    pids = {name: lab.instance(name).pid for name in ("postgres", "kafka")}
    spent = {name: tree_cpu_us(pid) for name, pid in pids.items()}
    lab.start_services("alarms-0")
    pids["alarms-0"], spent["alarms-0"] = lab.instance("alarms-0").pid, 0
    first = eventually(lambda: transitions(lab) > before and time.monotonic(), 120, 0.01)
    skipped = transitions(lab) - before
    eventually(lambda: all(lab.offsets(service="alarms").get(part, (0,))[0] >= end for part, end in ends.items()), 600, 0.05)
    seconds = max(time.monotonic() - first, 0.001)
    spent = {name: tree_cpu_us(pid) - spent[name] for name, pid in pids.items()}
    alarms = transitions(lab) - before
    return {"alarms": alarms, "seconds": seconds, "rate": (alarms - skipped) / seconds, "cpu": {name: used / alarms for name, used in spent.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=60000, help="Informs with alarms [60000]")
    parser.add_argument("--devices", type=int, default=10000, help="devices [10000]")
    parser.add_argument("--rows", type=int, default=1, help="alarm events in each [1]")
    parser.add_argument("--quiet", type=int, default=0, help="Informs without alarms beside each [0]")
    options = parser.parse_args()
    lab = Lab(replicas=1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        lab.start_stores()
        lab.start_services()
        lab.stop_services("cwmp-frontend-0", "provisioning-0")
        result = drain(lab, options.events, options.devices, options.rows, options.quiet)
    finally:
        lab.close()
    cpu = ", ".join(f"{name} {used:.1f}" for name, used in result["cpu"].items())
    print(f"{result['alarms']} alarm events in {result['seconds']:.1f} s: {result['rate']:.0f} a second; CPU us an alarm: {cpu}")


if __name__ == "__main__":
    main()
