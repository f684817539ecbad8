"""What stands on Kafka, read with kcat and decoded with the schemas of proto/."""
import functools
import importlib
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError

ROOT = pathlib.Path(__file__).resolve().parents[3]
END = b"\n\x1e-- end of record --\n"
FORMAT = r"%p %o %T %K %S\n%k%s%h\n\x1e-- end of record --\n"


@functools.cache
def schema(module, folder):
    """The Python module of proto/<module>.proto, made by protoc in folder."""
    out = pathlib.Path(folder) / "proto"
    out.mkdir(exist_ok=True)
    proto = ROOT / "proto"
    subprocess.run(["protoc", f"-I{proto}", f"--python_out={out}", *map(str, proto.glob("*.proto"))], check=True)
    sys.path.insert(0, str(out))
    try:
        return importlib.import_module(f"{module}_pb2")
    finally:
        sys.path.remove(str(out))


def to_dict(message):
    """The fields that are set, with bytes as bytes and enums by name; scalars at their default are there, too."""
    result = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.label == FieldDescriptor.LABEL_REPEATED:
            result[field.name] = [to_dict(each) if field.message_type else each for each in value]
        elif field.message_type:
            if message.HasField(field.name):
                result[field.name] = to_dict(value)
        elif field.enum_type:
            named = field.enum_type.values_by_number.get(value)
            result[field.name] = named.name if named else value
        else:
            result[field.name] = value
    return result


@dataclass
class Record:
    partition: int
    offset: int
    time_ms: int
    key: bytes
    value: bytes
    headers: bytes
    folder: str

    def decode(self, module, message):
        """None if it is none: tests of bad input leave rubbish on the topics."""
        try:
            return to_dict(getattr(schema(module, self.folder), message).FromString(self.value))
        except DecodeError:
            return None

    def device_event(self):
        """None if it is none."""
        event = self.decode("device_event", "DeviceEvent")
        return event and {**event, "partition": self.partition, "offset": self.offset}


class Records:
    def __init__(self, brokers, folder):
        self.brokers, self.folder = brokers, str(folder)

    def read(self, topic, partition=None):
        """From the beginning to the end as of now."""
        command = ["kcat", "-b", self.brokers, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", FORMAT]
        command += [] if partition is None else ["-p", str(partition)]
        rest = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=60).stdout
        records = []
        while rest:
            head, rest = rest.split(b"\n", 1)
            partition, offset, time_ms, key, value = (int(number) for number in re.findall(rb"-?\d+", head))
            key, value = max(key, 0), max(value, 0)
            headers, after = rest[key + value:].split(END, 1)
            records.append(Record(partition, offset, time_ms, rest[:key], rest[key:key + value], headers, self.folder))
            rest = after
        return sorted(records, key=lambda record: (record.partition, record.offset))
