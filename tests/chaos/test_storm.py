"""No accepted command is lost and none is doubled while Redis forgets and deciders die (I1 to I8). CHAOS_COMMANDS: how many."""
import os

import judge_storm
import pytest
from storm import Storm

QUICK = os.environ.get("CHAOS_QUICK", "") not in ("", "0")
COMMANDS = int(os.environ.get("CHAOS_COMMANDS") or (2000 if QUICK else 10000))


def test_no_command_is_lost_or_doubled(chaos_lab, seed):
    storm = Storm(chaos_lab, seed, COMMANDS, max(8, min(40, COMMANDS // 100)))
    record, commands = storm.run()
    problems = judge_storm.judge(record, commands, COMMANDS)
    for line in judge_storm.summary(record, commands, storm.strikes):
        storm.say(line)
    storm.say(f"{len(problems)} lost, doubled or wrongly told")
    assert not problems, "\n" + "\n".join(problems[:40])


# ---- the judge itself ----

def rpc(cell, method, command, try_no=1, result="ok", **keys):
    text = f"{'0' * 12}{command}"
    return {"ev": "rpc", "cell": cell, "method": method, "id": f"{text}.1", "result": result, **{name: f"{mark}{text}.{try_no}" for name, mark in keys.items()}}


def good():
    commands = {number: {"kind": kind, "serial": "A", "state": "done", "retries": 0, "tries": 1, "fault": 0, "note": "", "dispatched": True}
                for number, kind in ((1, "Reboot"), (2, "SetParameterValues"), (3, "GetRPCMethods"))}
    record = [rpc("A", "Reboot", 1, command_key="H"), rpc("A", "SetParameterValues", 2, parameter_key="~"), rpc("A", "GetRPCMethods", 3),
              {"ev": "boot", "cell": "A", "keys": ["H0000000000001.1"]}]
    return record, commands


def test_the_judge_of_storms_finds_nothing_wrong_with_a_good_run():
    assert judge_storm.judge(*good(), 3) == []


@pytest.mark.parametrize("spoil, what", [
    (lambda record, commands: record.append(record[0]), "was executed 2 times"),
    (lambda record, commands: record.append(rpc("A", "Reboot", 1, 2, command_key="H")), "Reboot 1 was executed 2 times"),
    (lambda record, commands: record.append(record[1]), "SetParameterValues ~"),
    (lambda record, commands: record.append(record[3]), "restarted for"),
    (lambda record, commands: record.pop(2), "the device never did it"),
    (lambda record, commands: commands.pop(3), "3 commands were accepted, 2 are there"),
    (lambda record, commands: commands[3].update(state="queued"), "has not ended"),
    (lambda record, commands: commands[3].update(state="unknown"), "is unknown"),
    (lambda record, commands: commands[1].update(state="cancelled"), "nobody asked for it"),
    (lambda record, commands: commands[1].update(state="faulted"), "but the device did it"),
    (lambda record, commands: record[0].update(command_key="H0000000000002.1"), "under the key"),
    (lambda record, commands: commands[3].update(kind="GetOptions"), "was sent as"),
])
def test_the_judge_of_storms_finds(spoil, what):
    record, commands = good()
    spoil(record, commands)
    assert any(what in problem for problem in judge_storm.judge(record, commands, 3))


def test_a_safe_read_may_be_repeated():
    record, commands = good()
    record.append(record[2])
    assert judge_storm.judge(record, commands, 3) == []
