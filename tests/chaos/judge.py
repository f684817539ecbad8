"""Whether anything was lost, doubled or told wrongly: the simulator's own record against the topic, the offsets and the tables.

judge() returns every contradiction as a sentence; none means that the run was good. It looks at data only and starts nothing.
"""
import dataclasses
import re
from collections import Counter, defaultdict

END_STATES = ("done", "faulted", "expired", "cancelled", "unknown")
NOT_EXECUTED = ("expired", "cancelled", "faulted")
HEARD = (200, 204)  # the HMS had the answer on Kafka before it said so


@dataclasses.dataclass
class Evidence:
    """record: lines of hnbsim's record, as dictionaries. events: DeviceEvents of the whole topic, as dictionaries with partition and offset.
    next, end: {partition: offset}. cells: {serial: {"state", "pending"}} as the tables have it. commands: {id of an accepted Reboot: its row
    {"serial", "state"}, or None}. dead: rows of dead_event. expected: number of cells."""
    record: list
    events: list
    next: dict
    end: dict
    cells: dict
    commands: dict
    dead: list
    expected: int


def command_of(key):
    """Id in a CommandKey ("H...") or in the cwmp:ID of an RPC; None if it is not one of HMS."""
    match = re.fullmatch(r"H?([0-9A-V]{13})\.\d+", key)
    return int(match.group(1), 32) if match else None


def lines(evidence, kind):
    return [line for line in evidence.record if line["ev"] == kind]


def answered(evidence):
    return [line for line in lines(evidence, "inform") if line["answered"]]


def check_substance(evidence):
    """A run in which nothing happened proves nothing."""
    if not answered(evidence):
        yield "no Inform was answered"
    if evidence.commands and not executions(evidence):
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
    for part, end in sorted(evidence.end.items()):
        if evidence.next.get(part, 0) != end:
            yield f"partition {part}: consumer_offset is {evidence.next.get(part)}, the log ends at {end}"
    for row in evidence.dead:
        yield f"dead event: {row}"


def check_cells(evidence):
    on_air = {line["cell"]: line["value"] == "true" for line in lines(evidence, "state") if line["name"] == "op_state"}
    if len(evidence.cells) != evidence.expected:
        yield f"{len(evidence.cells)} of {evidence.expected} cells are in the tables"
    for serial, cell in sorted(evidence.cells.items()):
        if cell["state"] != "IN_SERVICE":
            yield f"{serial} is {cell['state']}"
        if not on_air.get(serial):
            yield f"{serial} is not on air by its own record"
        if cell["pending"] != 0:
            yield f"{serial} has pending = {cell['pending']} without an open command"


def executions(evidence):
    """{command id: number of Reboots that cells executed for it}; unknown CommandKeys under their text."""
    count = Counter()
    for line in lines(evidence, "rpc"):
        if line["method"] == "Reboot" and line["result"] == "ok":
            key = line.get("command_key", "")
            count[command_of(key) or key] += 1
    return count


def check_executions(evidence):
    restarts = Counter((line["cell"], key) for line in lines(evidence, "boot") for key in line["keys"])
    for command, count in executions(evidence).items():
        if command not in evidence.commands:
            yield f"a Reboot was executed that nobody asked for: {command}"
        elif count > 1:
            yield f"Reboot {command} was executed {count} times"
    for (cell, key), count in restarts.items():
        if count > 1:
            yield f"{cell} restarted {count} times for {key}"


def proofs(evidence):
    """Ids of commands of whose execution the HMS has heard, by what the cells were answered."""
    heard = {line["id"] for line in lines(evidence, "rpc_answered") if line["status"] in HEARD}
    told = {command_of(line["id"]) for line in lines(evidence, "rpc") if line["answer"] == "sent" and line["id"] in heard}
    for line in answered(evidence):
        told |= {command_of(key) for code, key in line["events"] if code == "M Reboot"}
    return told


def check_commands(evidence):
    executed, proved = executions(evidence), proofs(evidence)
    dispatched = {event["rpc_dispatched"]["command_id"] for event in evidence.events if "rpc_dispatched" in event}
    for command, row in sorted(evidence.commands.items()):
        state = row["state"] if row else "gone"
        name = f"Reboot {command} of {row['serial'] if row else '?'}"
        if state not in END_STATES:
            yield f"{name} was accepted and is {state}"
        elif state == "unknown" and command not in dispatched:
            yield f"{name} is unknown, but was never dispatched"
        elif state == "unknown" and command in proved:
            yield f"{name} is unknown, but its evidence was answered"
        elif state == "done" and not executed[command]:
            yield f"{name} is done, but the cell never did it"
        elif state in NOT_EXECUTED and executed[command]:
            yield f"{name} is {state}, but the cell did it"


CHECKS = (check_substance, check_markers, check_kept, check_consumed, check_cells, check_executions, check_commands)


def judge(evidence):
    return [problem for check in CHECKS for problem in check(evidence)]


def in_flight(record, at_us):
    """Sessions whose Inform was answered before this time and that ended after it."""
    informs = {(line["cell"], line["marker"]): line["t"] for line in record if line["ev"] == "inform" and line["answered"]}
    ends = {(line["cell"], line["marker"]): line["t"] for line in record if line["ev"] == "session_end"}
    return sum(began <= at_us < ends.get(session, at_us + 1) for session, began in informs.items())


def summary(evidence):
    """One line of figures."""
    states = defaultdict(int)
    for row in evidence.commands.values():
        states[row["state"] if row else "gone"] += 1
    ended = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    failed = sum(not line["ok"] for line in lines(evidence, "session_end"))
    return (f"{len(answered(evidence))} Informs answered, {failed} sessions broken, {sum(executions(evidence).values())} Reboots executed; "
            f"commands: {ended}")
