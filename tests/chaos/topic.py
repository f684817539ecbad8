"""What a run left on a topic: the log since its beginning."""
import re
import subprocess

from hmslab.records import END, FORMAT, schema, to_dict

DEVICE_EVENTS, ALARMS, FILES = "hms.device-events", "hms.alarms", "hms.files"
MESSAGES = {DEVICE_EVENTS: ("device_event", "DeviceEvent"), ALARMS: ("alarm_event", "AlarmEvent")}


def end_offsets(lab, topic, partitions):
    """{partition: offset after its last record}, by the broker."""
    asked = [word for part in partitions for word in ("-t", f"{topic}:{part}:-1")]
    command = ["kcat", "-b", lab.env["HMS_KAFKA_BOOTSTRAP"], "-Q", *asked]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout
    return {int(part): int(end) for part, end in re.findall(r"\[(\d+)\] offset (\d+)", text)}


def events_since(lab, topic, begin):
    """Its events as dictionaries, from these offsets ({partition: offset}) on."""
    command = ["kcat", "-b", lab.env["HMS_KAFKA_BOOTSTRAP"], "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", FORMAT]
    data = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=120).stdout
    module, name = MESSAGES[topic]
    message, events, at = getattr(schema(module, lab.run), name), [], 0
    while at < len(data):
        line = data.index(b"\n", at)
        partition, offset, _, key, value = (int(number) for number in re.findall(rb"-?\d+", data[at:line]))
        body = line + 1 + max(key, 0)
        after = body + max(value, 0)
        if offset >= begin.get(partition, 0):
            events.append({**to_dict(message.FromString(data[body:after])), "partition": partition, "offset": offset})
        at = data.index(END, after) + len(END)
    return events
