"""The judge: a good run passes, and each kind of loss, doubling or false report is found."""
import copy

import pytest
from evidence import Evidence, command_of
from judge import in_flight, judge

A, B = "SIM00000001", "SIM00000002"
ID_A, ID_B = int("0G2ABCDEFGH01", 32), int("0G2ABCDEFGH02", 32)
KEY_A, KEY_B = "H0G2ABCDEFGH01.1", "H0G2ABCDEFGH02.1"


def inform(cell, marker, t, events=(("2 PERIODIC", ""),), is_answered=True):
    return {"t": t, "cell": cell, "ev": "inform", "marker": marker, "events": [list(each) for each in events], "answered": is_answered}


def on_topic(cell, marker, partition, offset):
    return {"inform": {"device": {"serial": cell}, "cwmp_id": marker}, "partition": partition, "offset": offset}


def life(cell, key, t):
    """What the record has of a cell that was rebooted once."""
    rpc = key[1:-2] + ".4"
    return [
        {"t": t, "cell": cell, "ev": "boot", "cause": "power-up", "keys": []},
        inform(cell, f"{cell}-1", t + 1, [("0 BOOTSTRAP", ""), ("1 BOOT", "")]),
        {"t": t + 2, "cell": cell, "ev": "rpc", "method": "Reboot", "id": rpc, "command_key": key, "result": "ok", "answer": "sent"},
        {"t": t + 3, "cell": cell, "ev": "rpc_answered", "id": rpc, "status": 204},
        {"t": t + 4, "cell": cell, "ev": "session_end", "marker": f"{cell}-1", "ok": True},
        {"t": t + 5, "cell": cell, "ev": "boot", "cause": "reboot", "keys": [key]},
        inform(cell, f"{cell}-2", t + 6, [("1 BOOT", ""), ("M Reboot", key)]),
        {"t": t + 7, "cell": cell, "ev": "state", "name": "op_state", "value": "true"},
        {"t": t + 8, "cell": cell, "ev": "session_end", "marker": f"{cell}-2", "ok": True},
    ]


@pytest.fixture
def good():
    dispatch = [{"rpc_dispatched": {"command_id": each}, "partition": part, "offset": 1} for part, each in enumerate((ID_A, ID_B))]
    return Evidence(
        record=life(A, KEY_A, 100) + life(B, KEY_B, 200),
        events=[on_topic(cell, f"{cell}-{n}", part, n * 2 - 2) for part, cell in enumerate((A, B)) for n in (1, 2)] + dispatch,
        next={0: 3, 1: 3}, end={0: 3, 1: 3},
        cells={cell: {"state": "IN_SERVICE", "pending": 0} for cell in (A, B)},
        commands={id_: {"serial": cell, "kind": "Reboot", "state": "done", "reason": "", "purpose": ""} for id_, cell in ((ID_A, A), (ID_B, B))},
        reboots={ID_A, ID_B}, dead=[], expected=2)


def silence(evidence, cell):
    """No evidence of the cell's Reboot reached the HMS."""
    for line in evidence.record:
        if line["cell"] == cell and line["ev"] == "rpc":
            line["answer"] = "abandoned"
        if line["cell"] == cell and line["ev"] == "rpc_answered":
            line["status"] = "connection closed"
        if line["cell"] == cell and line["ev"] == "inform":
            line["events"] = [event for event in line["events"] if event[0] != "M Reboot"]


def test_a_good_run_passes(good):
    assert judge(good) == []


def test_a_command_key_names_its_command():
    assert (command_of(KEY_A), command_of("0G2ABCDEFGH01.17"), command_of("H0G2.1"), command_of("")) == (ID_A, ID_A, None, None)


def lose_inform(evidence):
    evidence.events = [event for event in evidence.events if event.get("inform", {}).get("cwmp_id") != f"{A}-2"]


def move_inform_to_another_device(evidence):
    evidence.events[0]["inform"]["device"]["serial"] = B


def leave_unconsumed(evidence):
    evidence.next[1] = 2


def lose_offset_row(evidence):
    del evidence.next[0]


def leave_unconsumed_by_another(evidence):
    evidence.others = {"alarms of hms.device-events": ({0: 3, 1: 2}, {0: 3, 1: 3})}


def consume_beyond_the_end(evidence):
    evidence.next[0] = 4


def set_aside(evidence):
    evidence.dead = [{"part": 0, "off": 2, "reason": "23505"}]


def leave_cell_registering(evidence):
    evidence.cells[A]["state"] = "REGISTERING"


def leave_cell_locked_after_its_restart(evidence):
    evidence.record = [line for line in evidence.record if not (line["cell"] == A and line["ev"] == "state" and line["t"] > 105)]


def forget_cell(evidence):
    del evidence.cells[B]


def leave_cell_off_air(evidence):
    evidence.record.append({"t": 999, "cell": B, "ev": "state", "name": "op_state", "value": "false"})


def leave_pending(evidence):
    evidence.cells[A]["pending"] = 1


def execute_twice(evidence):
    again = copy.deepcopy(evidence.record[2])
    evidence.record.append({**again, "id": "0G2ABCDEFGH01.5", "command_key": "H0G2ABCDEFGH01.2"})


def restart_twice(evidence):
    evidence.record.append({"t": 999, "cell": A, "ev": "boot", "cause": "reboot", "keys": [KEY_A]})


def execute_unasked(evidence):
    del evidence.commands[ID_B]


def execute_without_key(evidence):
    evidence.record[2]["command_key"] = ""


def lose_command(evidence):
    evidence.commands[ID_A] = None


def leave_command_open(evidence):
    evidence.commands[ID_A]["state"] = "granted"


def leave_command_in_doubt(evidence):
    silence(evidence, A)
    evidence.commands[ID_A]["state"] = "doubt"


def unknown_though_answered(evidence):
    evidence.commands[ID_A]["state"] = "unknown"


def unknown_though_the_boot_told(evidence):
    evidence.commands[ID_A]["state"] = "unknown"
    evidence.record = [line for line in evidence.record if line["ev"] != "rpc_answered"]


def unknown_without_dispatch(evidence):
    silence(evidence, A)
    evidence.commands[ID_A]["state"] = "unknown"
    evidence.events = [event for event in evidence.events if event.get("rpc_dispatched", {}).get("command_id") != ID_A]


def done_without_execution(evidence):
    evidence.record[2]["result"] = "not executed"


def expired_though_executed(evidence):
    evidence.commands[ID_A]["state"] = "expired"


def cancelled_though_executed(evidence):
    evidence.commands[ID_A]["state"] = "cancelled"


def repeat_marker(evidence):
    evidence.record.append(inform(A, f"{A}-1", 999))


def nothing_happens(evidence):
    evidence.record = [line for line in evidence.record if line["ev"] == "state"]
    evidence.commands = {}


DOCTORED = [
    lose_inform, move_inform_to_another_device, leave_unconsumed, leave_unconsumed_by_another, lose_offset_row, consume_beyond_the_end,
    set_aside, leave_cell_registering, leave_cell_locked_after_its_restart, forget_cell, leave_cell_off_air, leave_pending,
    execute_twice, restart_twice, execute_unasked, execute_without_key, lose_command, leave_command_open, leave_command_in_doubt,
    unknown_though_answered, unknown_though_the_boot_told, unknown_without_dispatch, done_without_execution, expired_though_executed,
    cancelled_though_executed, repeat_marker, nothing_happens]


@pytest.mark.parametrize("doctor", DOCTORED, ids=lambda doctor: doctor.__name__)
def test_a_doctored_run_fails(good, doctor):
    doctor(good)
    assert judge(good) != []


def test_unknown_is_right_for_a_dispatch_without_evidence(good):
    silence(good, A)
    good.commands[ID_A]["state"] = "unknown"
    assert judge(good) == []


def test_an_inform_without_answer_need_not_be_kept(good):
    good.record.append(inform(A, f"{A}-3", 999, is_answered=False))
    assert judge(good) == []


def test_sessions_in_flight_are_those_between_answer_and_end(good):
    assert [in_flight(good.record, t) for t in (100, 102, 104, 106, 250)] == [0, 1, 0, 1, 0]
    good.record = [line for line in good.record if line["ev"] != "session_end"]
    assert in_flight(good.record, 250) == 4
