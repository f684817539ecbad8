"""Alarms: each event that a cell has told stands in the history once and is told on once, and the list is what the cells hold."""
from collections import Counter

from evidence import lines, micros

TYPES = {"NewAlarm": 1, "ChangedAlarm": 2, "ClearedAlarm": 3}
OF_EVENTS = (1, 2)  # sources: ExpeditedEvent, QueuedEvent
TELLING = ("expedited", "queued")  # of others HMS hears when it happens to read CurrentAlarm
PUBLIC = ("NEW", "CHANGED", "CHANGED_GENERAL", "CLEARED", "ACK_STATE", "COMMENT", "LIST_REBUILT")


def key_of(line):
    return line["cell"], line["id"], TYPES[line["type"]], micros(line["time"])


def unreported(record, before_us=None):
    """Events that their cells have still to tell: not lost in a full ring, nor at a restart; those before a time."""
    waiting = {}
    for line in record:
        if line["ev"] == "alarm":
            if "lost_id" in line:
                waiting = {key: t for key, t in waiting.items()
                           if (key[0], key[1], key[3]) != (line["cell"], line["lost_id"], micros(line["lost_time"]))}
            if line["mechanism"] in TELLING:
                waiting[key_of(line)] = line["t"]
        elif line["ev"] == "alarm_reported":
            waiting.pop(key_of(line), None)
        elif line["ev"] == "boot":
            waiting = {key: t for key, t in waiting.items() if key[0] != line["cell"]}
    return [key for key, t in waiting.items() if before_us is None or t < before_us]


def check_alarm_events(evidence):
    happened = {key_of(line) for line in lines(evidence, "alarm")}
    rows = Counter((row["serial"], row["identifier"], row["notification"], row["event_us"]) for row in evidence.history
                   if row["source"] in OF_EVENTS and not row["internal"])
    for key in sorted({key_of(line) for line in lines(evidence, "alarm_reported")} - rows.keys()):
        yield f"alarm event {key} was reported and is not in the history"
    for key, count in sorted(rows.items()):
        if count > 1:
            yield f"alarm event {key} is in the history {count} times"
        if key not in happened:
            yield f"alarm event {key} is in the history and never happened"


def held(evidence):
    """{(serial, identifier): severity} of the alarms that the cells hold and were to tell."""
    found = {}
    for line in evidence.record:
        if line["ev"] == "boot":
            found = {key: severity for key, severity in found.items() if key[0] != line["cell"]}
        elif line["ev"] == "alarm" and line["type"] == "ClearedAlarm":
            found.pop((line["cell"], line["id"]), None)
        elif line["ev"] == "alarm" and line["mechanism"] in TELLING:
            found[line["cell"], line["id"]] = line["severity"]
    return found


def check_alarm_list(evidence):
    """Cells that are blocked have no part in it: nobody asks them any more."""
    wanted = held(evidence)
    count = Counter((row["serial"], row["identifier"]) for row in evidence.listed)
    listed = {(row["serial"], row["identifier"]): row["severity"] for row in evidence.listed}
    silent = {(line["cell"], line["id"]) for line in lines(evidence, "alarm") if line["mechanism"] not in TELLING}
    for key in sorted((wanted.keys() | listed.keys()) - silent):
        if key[0] not in evidence.blocked and wanted.get(key) != listed.get(key):
            yield f"alarm {key} is {listed.get(key, 'not there')} in the list, {wanted.get(key, 'not there')} at its cell"
        if count[key] > 1:
            yield f"alarm {key} is in the list {count[key]} times"


def check_alarms_told(evidence):
    """hms.alarms, as one sees it who drops what he has had (alarm_event.proto)."""
    told = {(event["serial"], event["alarm_id"], event["transition"], event["event_us"], event["at_us"]) for event in evidence.told}
    rows = Counter((row["serial"], row["alarm_id"], row["transition"], row["event_us"] or 0, row["at_us"]) for row in evidence.history
                   if row["transition"] in PUBLIC)
    for key in sorted(rows.keys() - told):
        yield f"alarm transition {key} is not on hms.alarms"
    for key in sorted(told - rows.keys()):
        yield f"alarm transition {key} is on hms.alarms and not in the history"
    for key, count in rows.items():
        if count > 1:
            yield f"{count} alarm transitions are {key}"


CHECKS = (check_alarm_events, check_alarm_list, check_alarms_told)
