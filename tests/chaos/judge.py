"""Whether anything was lost, doubled or told wrongly: the simulator's own record against the topics, the offsets, the tables and the storage.

judge() returns every contradiction as a sentence; none means that the run was good. It looks at data only and starts nothing. Alarms, PM and
commands have modules of their own.
"""
from collections import Counter, defaultdict

import judge_alarms
import judge_commands
import judge_pm
from evidence import answered, lines


def check_substance(evidence):
    """A run in which nothing happened proves nothing."""
    if not answered(evidence):
        yield "no Inform was answered"
    if evidence.reboots and not judge_commands.executions(evidence, ("Reboot",)):
        yield "no Reboot was executed"


def check_markers(evidence):
    for (cell, marker), count in Counter((line["cell"], line["marker"]) for line in lines(evidence, "inform")).items():
        if count > 1:
            yield f"{cell}: the record has marker {marker} {count} times"


def check_kept(evidence):
    """An answered Inform is a kept Inform, and a consumed one."""
    where = {(event["inform"]["device"]["serial"], event["inform"]["cwmp_id"]): event for event in evidence.events if "inform" in event}
    for line in answered(evidence):
        event = where.get((line["cell"], line["marker"]))
        if not event:
            yield f"{line['cell']}: Inform {line['marker']} was answered and is not on the topic"
        elif event["offset"] >= evidence.next.get(event["partition"], 0):
            yield f"{line['cell']}: Inform {line['marker']} was answered and is not consumed"


def check_consumed(evidence):
    for name, (next_, end) in {"provisioning": (evidence.next, evidence.end), **evidence.others}.items():
        for part, after in sorted(end.items()):
            if next_.get(part, 0) != after:
                yield f"partition {part}: consumer_offset of {name} is {next_.get(part)}, the log ends at {after}"
    for row in evidence.dead:
        yield f"dead event: {row}"


def check_cells(evidence):
    on_air = {}
    for line in evidence.record:
        if line["ev"] == "boot" or (line["ev"] == "state" and line["name"] == "op_state"):
            on_air[line["cell"]] = line.get("value") == "true"
    if len(evidence.cells) != evidence.expected:
        yield f"{len(evidence.cells)} of {evidence.expected} cells are in the tables"
    for serial, cell in sorted(evidence.cells.items()):
        is_blocked = serial in evidence.blocked
        if cell["state"] != ("BLOCKED" if is_blocked else "IN_SERVICE"):
            yield f"{serial} is {cell['state']}"
        if bool(on_air.get(serial)) == is_blocked:
            yield f"{serial} is{'' if is_blocked else ' not'} on air by its own record"
        if cell["pending"] != 0:
            yield f"{serial} has pending = {cell['pending']} without an open command"


CHECKS = (check_substance, check_markers, check_kept, check_consumed, check_cells, *judge_commands.CHECKS, *judge_alarms.CHECKS,
          *judge_pm.CHECKS)


def judge(evidence):
    return [problem for check in CHECKS for problem in check(evidence)]


def in_flight(record, at_us):
    """Sessions whose Inform was answered before this time and that ended after it."""
    informs = {(line["cell"], line["marker"]): line["t"] for line in record if line["ev"] == "inform" and line["answered"]}
    ends = {(line["cell"], line["marker"]): line["t"] for line in record if line["ev"] == "session_end"}
    return sum(began <= at_us < ends.get(session, at_us + 1) for session, began in informs.items())


def summary(evidence):
    """Lines of figures."""
    states = defaultdict(Counter)
    for row in evidence.commands.values():
        if row and row["kind"] in judge_commands.UNSAFE:
            states[row["kind"]][row["state"]] += 1
    ended = "; ".join(f"{kind}: {', '.join(f'{count} {state}' for state, count in sorted(each.items()))}" for kind, each in sorted(states.items()))
    failed = sum(not line["ok"] for line in lines(evidence, "session_end"))
    tries = Counter(line["result"] for line in lines(evidence, "pm"))
    public = sum(row["transition"] in judge_alarms.PUBLIC for row in evidence.history)
    return (f"{len(answered(evidence))} Informs answered, {failed} sessions broken",
            f"{ended}; {len(evidence.changes)} changes, {len(evidence.blocked)} blocked",
            f"{len(lines(evidence, 'alarm'))} alarm events, {len(lines(evidence, 'alarm_reported'))} reports answered, {len(evidence.history)} rows"
            f" of history; {public} to tell, {len(evidence.told)} records; {len(evidence.listed)} active",
            f"PM files: {', '.join(f'{count} {result}' for result, count in sorted(tries.items()))}; {len(evidence.stored)} stored, "
            f"{sum(row['facts'] for row in evidence.facts.values())} facts")
