"""What the judge looks at: the simulator's record, and what topics, tables and storage had at the end."""
import dataclasses
import datetime
import re


@dataclasses.dataclass
class Evidence:
    """Serial numbers stand for cells, times are in microseconds since 1970.

    record: lines of hnbsim's record, as dictionaries. events: DeviceEvents of the whole topic, as dictionaries with partition and offset.
    next, end: {partition: offset} of provisioning. others: {consumer: (next, end)} of the other ones.
    cells: {serial: {"state", "pending", "unsettled"}} as the tables have it. dead: rows of dead_event. expected: number of cells.
    commands: {id: its row {"serial", "kind", "state", "origin", "reason"}}, or None for one that was accepted and is gone.
    reboots: ids of commands that operators had accepted. changes: {reason: serial} of those by the API. blocked: serials.
    history: rows of alarm_event. listed: rows {"serial", "identifier", "severity"} of active alarms. told: AlarmEvents with "serial".
    facts: {(serial, period end): {"facts", "counters", "sum", "units", "digests"}}. uploads: {(serial, digest): row}.
    days: {serial: {"expected", "received", "late", "suspect", "unexpected": sets of times}}. quarantine: rows.
    stored: {ref: digest of the file}, of these cells. parts: what is half stored."""
    record: list
    events: list
    next: dict
    end: dict
    cells: dict
    commands: dict
    dead: list
    expected: int
    others: dict = dataclasses.field(default_factory=dict)
    reboots: set = dataclasses.field(default_factory=set)
    changes: dict = dataclasses.field(default_factory=dict)
    blocked: set = dataclasses.field(default_factory=set)
    history: list = dataclasses.field(default_factory=list)
    listed: list = dataclasses.field(default_factory=list)
    told: list = dataclasses.field(default_factory=list)
    facts: dict = dataclasses.field(default_factory=dict)
    uploads: dict = dataclasses.field(default_factory=dict)
    days: dict = dataclasses.field(default_factory=dict)
    quarantine: list = dataclasses.field(default_factory=list)
    stored: dict = dataclasses.field(default_factory=dict)
    parts: list = dataclasses.field(default_factory=list)


def lines(evidence, kind):
    return [line for line in evidence.record if line["ev"] == kind]


def answered(evidence):
    return [line for line in lines(evidence, "inform") if line["answered"]]


def command_of(key):
    """Id in a CommandKey ("H...") or in the cwmp:ID of an RPC; None if it is not one of HMS."""
    match = re.fullmatch(r"H?([0-9A-V]{13})\.\d+", key)
    return int(match.group(1), 32) if match else None


def micros(text):
    """Of a time in ISO 8601."""
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000000)
