"""What the record of the simulator says about the commands of a storm: nothing lost, nothing doubled."""
import re
from collections import Counter, defaultdict

from evidence import command_of

UNSAFE = ("AddObject", "Reboot", "Download", "Upload", "ScheduleInform")
WRITES = ("SetParameterValues", "DeleteObject")
END_STATES = ("done", "faulted", "expired", "cancelled", "unknown")


def executions(record):
    """{command id: how often its device did it}"""
    return Counter(command_of(line["id"]) for line in record if line["ev"] == "rpc" and line["result"] == "ok")


def check_lost(record, commands, accepted):
    """Each accepted command has an end, and one that is done was done."""
    times = executions(record)
    if len(commands) != accepted:
        yield f"{accepted} commands were accepted, {len(commands)} are there"
    for command, row in commands.items():
        name = f"{row['kind']} {command} of {row['serial']}"
        if row["state"] not in END_STATES:
            yield f"{name} has not ended: {row['state']}"
        elif row["state"] == "done" and not times[command]:
            yield f"{name} is done, but the device never did it"
        elif row["state"] in ("expired", "cancelled"):
            yield f"{name} is {row['state']}, though nobody asked for it: {row['note']}"
        elif row["state"] == "unknown" and not (row["kind"] in UNSAFE and row["dispatched"]):
            yield f"{name} is unknown: {row['note']}"
        elif row["state"] == "faulted" and times[command] and row["kind"] in ("AddObject", "Reboot", "ScheduleInform"):
            yield f"{name} is faulted {row['fault']}, but the device did it"


def check_doubled(record, commands):
    """By the id of the RPC, by CommandKey and by ParameterKey: nothing unsafe twice, no write twice under one key."""
    for command, count in executions(record).items():
        kind = commands[command]["kind"] if command in commands else None
        if kind in UNSAFE and count > 1 + commands[command]["retries"]:
            yield f"{kind} {command} was executed {count} times"
    keys, restarts, transfers = Counter(), Counter(), Counter()
    for line in record:
        if line["ev"] == "rpc" and line["result"] == "ok":
            for key in ("command_key", "parameter_key"):
                if line.get(key):
                    keys[line["cell"], line["method"], line[key]] += line["method"] != "CancelTransfer"
        elif line["ev"] == "boot":
            restarts.update((line["cell"], key) for key in line["keys"])
        elif line["ev"] == "transfer":
            transfers[line["cell"], line["command_key"]] += 1
    for what, counts in (("executed", keys), ("restarted for", restarts), ("transferred", transfers)):
        for name, count in counts.items():
            if count > 1:
                yield f"{' '.join(name)} was {what} {count} times"


def check_keys(record, commands):
    """The key of each RPC is its command's, and of its try."""
    for line in record:
        key = line.get("command_key") or line.get("parameter_key") if line["ev"] == "rpc" else None
        if key and not re.fullmatch(r"[H~]" + re.escape(line["id"].split(".")[0]) + r"\.\d+", key):
            yield f"{line['cell']} got {line['id']} under the key {key}"
        if line["ev"] == "rpc" and command_of(line["id"]) in commands and commands[command_of(line["id"])]["kind"] != line["method"]:
            yield f"{line['id']} was sent as {line['method']}"


def check_scheduled(record):
    """Each ScheduleInform that was taken is one session."""
    informs = Counter(key for line in record if line["ev"] == "inform" and line["answered"] for code, key in line["events"] if code == "M ScheduleInform")
    for key, count in informs.items():
        if count > 1:
            yield f"ScheduleInform {key} was reported {count} times"


def judge(record, commands, accepted):
    return [*check_lost(record, commands, accepted), *check_doubled(record, commands), *check_keys(record, commands), *check_scheduled(record)]


def summary(record, commands, strikes):
    times, states, kinds = executions(record), defaultdict(Counter), Counter()
    for row in commands.values():
        states[row["kind"]][row["state"]] += 1
        kinds[row["state"]] += 1
    yield f"{len(commands)} commands: " + ", ".join(f"{count} {state}" for state, count in kinds.most_common())
    for kind, counts in sorted(states.items()):
        done = sum(times[command] for command, row in commands.items() if row["kind"] == kind)
        yield f"  {kind:<24} {sum(counts.values()):>6} asked, {done:>6} executed: " + ", ".join(f"{count} {state}" for state, count in counts.most_common())
    yield "faults: " + ", ".join(f"{count} {name}" for name, count in strikes.most_common())
    yield f"granted again: {sum(row['tries'] > 1 for row in commands.values())} commands; safe ones executed again: {sum(times[c] > 1 for c in commands)}"
