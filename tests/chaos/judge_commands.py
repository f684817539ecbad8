"""Commands: each has one end state, which is what its cell did; what must not be repeated was not; blocked cells were reset, once."""
from collections import Counter, defaultdict

from evidence import answered, command_of, lines

END_STATES = ("done", "faulted", "expired", "cancelled", "unknown")
UNSAFE = ("Reboot", "FactoryReset", "Download", "AddObject")
NOT_EXECUTED = ("expired", "cancelled")
HEARD = (200, 204)  # the HMS had the answer on Kafka before it said so
BOOTS = {"Reboot": "reboot", "FactoryReset": "factory-reset"}


def executions(evidence, methods=UNSAFE):
    """{command id: how often a cell did it}; unknown ids under their text."""
    count = Counter()
    for line in lines(evidence, "rpc"):
        if line["method"] in methods and line["result"] == "ok":
            count[command_of(line["id"]) or line["id"]] += 1
    return count


def effects(evidence):
    """The same, but a Download is done when its file has been fetched and applied."""
    count = executions(evidence, [method for method in UNSAFE if method != "Download"])
    count.update(command_of(line["command_key"]) for line in lines(evidence, "transfer") if not line["fault"])
    return count


def check_executions(evidence):
    restarts = Counter((line["cell"], key) for line in lines(evidence, "boot") for key in line["keys"])
    asked = {command: row["kind"] for command, row in evidence.commands.items() if row}
    for line in lines(evidence, "rpc"):
        if asked.get(command_of(line["id"])) != line["method"]:
            yield f"{line['cell']} did a {line['method']} that nobody asked for: {line['id']}"
        elif "command_key" in line and command_of(line["command_key"]) != command_of(line["id"]):
            yield f"{line['cell']} did {line['id']} under the key {line['command_key']}"
    for command, count in executions(evidence).items():
        if count > 1:
            yield f"{asked.get(command)} {command} was executed {count} times"
    for (cell, key), count in restarts.items():
        if count > 1:
            yield f"{cell} restarted {count} times for {key}"


def proofs(evidence):
    """{id of a command: "done" or "faulted"} of whose end the HMS has heard, by what the cells were answered."""
    heard = {line["id"]: line["status"] for line in lines(evidence, "rpc_answered")}
    told = {}
    for line in lines(evidence, "rpc"):
        is_end = line["method"] != "Download" or line["result"] != "ok"
        if line["answer"] == "sent" and heard.get(line["id"]) in HEARD and is_end and line["result"] != "not executed":
            told[command_of(line["id"])] = "done" if line["result"] == "ok" else "faulted"
    for line in answered(evidence):
        told.update({command_of(key): "done" for code, key in line["events"] if code == "M Reboot"})
    faults = {line["command_key"]: line["fault"] for line in lines(evidence, "transfer")}
    for line in lines(evidence, "transfer_complete"):
        if line["answered"]:
            told[command_of(line["command_key"])] = "faulted" if faults.get(line["command_key"]) else "done"
    return told


def contradiction(row, times, dispatched, proof):
    """What is wrong with a command that is not to be repeated; times: how often it was done."""
    state = row["state"]
    if state == "unknown" and not dispatched:
        return "was never dispatched"
    if state == "unknown" and proof:
        return "its evidence was answered"
    if state == "done" and not times:
        return "the cell never did it"
    if state in NOT_EXECUTED and times:
        return "the cell did it"
    if state in ("done", "faulted") and proof and proof != state:
        return f"the cell said {proof}"
    return None


def check_commands(evidence):
    times, proved = effects(evidence), proofs(evidence)
    dispatched = {event["rpc_dispatched"]["command_id"] for event in evidence.events if "rpc_dispatched" in event}
    for command, row in sorted(evidence.commands.items()):
        name = f"{row['kind']} {command} of {row['serial']}" if row else f"command {command}"
        if not row or row["state"] not in END_STATES:
            yield f"{name} was accepted and is {row['state'] if row else 'gone'}"
        elif row["kind"] in UNSAFE:
            why = contradiction(row, times[command], command in dispatched, proved.get(command))
            if why:
                yield f"{name} is {row['state']}, but {why}"


def check_changes(evidence):
    """What operators set by the API: accepted once, done at its cell."""
    done = executions(evidence, ("SetParameterValues",))
    found = defaultdict(list)
    for command, row in evidence.commands.items():
        if row and row.get("reason") in evidence.changes:
            found[row["reason"]].append((command, row))
    for reason, serial in sorted(evidence.changes.items()):
        if len(found[reason]) != 1:
            yield f"{serial}: change {reason} was asked for once and is there {len(found[reason])} times"
        for command, row in found[reason]:
            if row["state"] == "done" and not done[command]:
                yield f"{serial}: change {reason} is done, but the cell never did it"
            if row["state"] != "done" and serial not in evidence.blocked:
                yield f"{serial}: change {reason} is {row['state']}"


def check_transfers(evidence):
    ended = Counter((line["cell"], line["command_key"]) for line in lines(evidence, "transfer"))
    for (cell, key), count in ended.items():
        if count > 1:
            yield f"{cell} made the transfer {key} {count} times"


def check_blocked(evidence):
    """DEP-01 to DEP-06: one reset (another one where nobody knows how the first ended), or, at a cell that knows none, values that take away
    what it was given; after that nothing."""
    unknown = Counter(row["serial"] for row in evidence.commands.values() if row and (row["kind"], row["state"]) == ("FactoryReset", "unknown"))
    told = {cell: [line for line in lines(evidence, "rpc") if line["cell"] == cell] for cell in evidence.blocked}
    resets = defaultdict(list)
    for line in lines(evidence, "boot"):
        if line["cause"] == "factory-reset":
            resets[line["cell"]].append(line["t"])
    for cell in sorted(resets.keys() - evidence.blocked):
        yield f"{cell} was reset, though it is not blocked"
    for cell, rpcs in sorted(told.items()):
        values = [line["t"] for line in rpcs if is_deprovision(evidence, line)]
        if len(resets[cell]) > 1 + unknown[cell]:
            yield f"{cell} was reset {len(resets[cell])} times"
        end = max(values + resets[cell], default=None)
        if rpcs and not end:  # others were blocked before they were given anything
            yield f"{cell} was blocked and not reset"
        for line in rpcs:
            if end and line["t"] > end:
                yield f"{cell} was told {line['method']} after its reset"


def is_deprovision(evidence, line):
    row = evidence.commands.get(command_of(line["id"]))
    return row and row["purpose"] == "deprovision" and line["method"] == "SetParameterValues" and line["result"] == "ok"


CHECKS = (check_executions, check_commands, check_changes, check_transfers, check_blocked)
