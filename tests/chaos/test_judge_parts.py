"""The judge of alarms, PM, commands and blocked cells: a good run passes, and each kind of loss, doubling or false report is found."""
import copy

import pytest
from evidence import Evidence, micros
from judge import judge
from judge_alarms import unreported

A, B = "SIM00000001", "SIM00000002"
NUMBERS = {name: int(name, 32) for name in ("0G2ABCDEFGH01", "0G2ABCDEFGH02", "0G2ABCDEFGH03", "0G2ABCDEFGH04")}
DOWNLOAD, RESET, CHANGE, RESET_AGAIN = NUMBERS
T1, T2 = "2026-01-05T10:00:00Z", "2026-01-05T10:01:00Z"
END, NEXT = micros("2026-01-05T10:15:00Z"), micros("2026-01-05T10:30:00Z")
LATER = micros("2026-01-05T10:45:00Z")
REF = "device/aa/aabb/cc"


def alarm(t, type_, time, severity, identifier="A-1", mechanism="expedited"):
    return {"t": t, "cell": A, "ev": "alarm", "id": identifier, "type": type_, "time": time, "severity": severity, "mechanism": mechanism}


def reported(t, type_, time):
    return {"t": t, "cell": A, "ev": "alarm_reported", "id": "A-1", "type": type_, "time": time, "marker": "m", "partial": False}


def row(notification, time, transition, at_us, source=1):
    return {"serial": A, "alarm_id": 7, "transition": transition, "reason": "", "source": source, "notification": notification,
            "event_us": micros(time), "at_us": at_us, "identifier": "A-1", "internal": False}


def told(of):
    return {"serial": A, **{name: of[name] for name in ("alarm_id", "transition", "event_us", "at_us")}}


def upload(t, end, digest, result="ok"):
    return {"t": t, "cell": A, "ev": "pm", "period_end": end, "interval": 900, "period": 1, "result": result, "sha256": digest, "sum": 60}


def rpc(t, cell, method, name, result="ok"):
    return [{"t": t, "cell": cell, "ev": "rpc", "method": method, "id": f"{name}.1", "result": result, "answer": "sent"},
            {"t": t + 1, "cell": cell, "ev": "rpc_answered", "id": f"{name}.1", "status": 200}]


def command(serial, kind, reason="", purpose=""):
    return {"serial": serial, "kind": kind, "state": "done", "reason": reason, "purpose": purpose}


def life():
    """A is on air, has an alarm that was raised and changed, uploads two periods, and fetches a file. B is reset."""
    return [
        {"t": 1, "cell": A, "ev": "boot", "cause": "power-up", "keys": []},
        {"t": 2, "cell": A, "ev": "inform", "marker": "m", "events": [["1 BOOT", ""]], "answered": True},
        *rpc(3, A, "Download", DOWNLOAD),
        {"t": 5, "cell": A, "ev": "transfer", "kind": "download", "command_key": f"H{DOWNLOAD}.1", "fault": 0},
        {"t": 6, "cell": A, "ev": "transfer_complete", "command_key": f"H{DOWNLOAD}.1", "answered": True},
        *rpc(7, A, "SetParameterValues", CHANGE),
        {"t": 9, "cell": A, "ev": "state", "name": "op_state", "value": "true"},
        alarm(10, "NewAlarm", T1, "Major"), reported(11, "NewAlarm", T1), alarm(12, "ChangedAlarm", T2, "Minor"), reported(13, "ChangedAlarm", T2),
        upload(14, "2026-01-05T10:15:00Z", "aa"), upload(15, "2026-01-05T10:30:00Z", "bb", "refused"), upload(16, "2026-01-05T10:30:00Z", "bb"),
        {"t": 17, "cell": B, "ev": "boot", "cause": "power-up", "keys": []},
        *rpc(18, B, "FactoryReset", RESET),
        {"t": 20, "cell": B, "ev": "boot", "cause": "factory-reset", "keys": []},
    ]


@pytest.fixture
def good():
    history = [row(1, T1, "NEW", 1000), row(2, T2, "CHANGED", 2000)]
    fact = {"facts": 3, "counters": 3, "units": 3, "sum": 60}
    dispatched = [{"rpc_dispatched": {"command_id": NUMBERS[name]}, "partition": 0, "offset": 0} for name in (DOWNLOAD, RESET)]
    inform = {"inform": {"device": {"serial": A}, "cwmp_id": "m"}, "partition": 0, "offset": 1}
    return Evidence(
        record=life(), events=[*dispatched, inform], next={0: 2}, end={0: 2}, dead=[], expected=2,
        cells={A: {"state": "IN_SERVICE", "pending": 0}, B: {"state": "BLOCKED", "pending": 0}}, blocked={B}, changes={"chaos A": A},
        commands={NUMBERS[DOWNLOAD]: command(A, "Download"), NUMBERS[RESET]: command(B, "FactoryReset", purpose="deprovision"),
                  NUMBERS[CHANGE]: command(A, "SetParameterValues", "chaos A")},
        history=history, told=[*map(told, history), told(history[0])], listed=[{"serial": A, "identifier": "A-1", "severity": "Minor"}],
        facts={(A, END): {**fact, "digests": ["aa"]}, (A, NEXT): {**fact, "digests": ["bb"]}},
        uploads={(A, "aa"): {"ref": None}, (A, "bb"): {"ref": REF}}, stored={REF: "bb"},
        days={A: {"expected": {END}, "received": {END, NEXT}, "late": set()}})


def test_a_good_run_passes(good):
    assert judge(good) == []


# ---- alarms ----

def lose_event(evidence):
    evidence.history.pop()
    evidence.told = [each for each in evidence.told if each["transition"] == "NEW"]


def double_event(evidence):
    evidence.history.append(row(1, T1, "REPEATED", 3000))


def invent_event(evidence):
    evidence.history.append(row(1, "2026-01-05T10:07:00Z", "LATE", 3000))


def keep_alarm_of_before_the_restart(evidence):
    evidence.record.append({"t": 99, "cell": A, "ev": "boot", "cause": "reboot", "keys": []})
    evidence.record.append({"t": 100, "cell": A, "ev": "state", "name": "op_state", "value": "true"})


def list_wrong_severity(evidence):
    evidence.listed[0]["severity"] = "Major"


def lose_from_list(evidence):
    evidence.listed.clear()


def list_twice(evidence):
    evidence.listed.append(dict(evidence.listed[0]))


def tell_nobody(evidence):
    evidence.told = evidence.told[:1]


def tell_what_was_not(evidence):
    evidence.told.append({**evidence.told[0], "at_us": 5000})


# ---- PM ----

def lose_period(evidence):
    del evidence.facts[A, END]


def lose_upload(evidence):
    del evidence.uploads[A, "aa"]


def double_facts(evidence):
    evidence.facts[A, END].update(facts=6)


def lose_fact(evidence):
    evidence.facts[A, END].update(facts=2, counters=2)


def lose_unit(evidence):
    evidence.facts[A, END].update(facts=2, counters=2, units=2, sum=40)


def load_another_file(evidence):
    evidence.facts[A, END]["digests"] = ["cc"]


def invent_period(evidence):
    evidence.facts[A, LATER + 900000000] = {**evidence.facts[A, END]}


def set_file_aside(evidence):
    evidence.quarantine = [{"serial": A, "reason": "syntax"}]


def forget_in_ledger(evidence):
    evidence.days[A]["received"].remove(NEXT)


def miss_in_ledger(evidence):
    evidence.days[A]["expected"].add(LATER)


def invent_in_ledger(evidence):
    evidence.days[A]["received"].add(LATER + 900000000)


def be_late_in_ledger(evidence):
    evidence.days[A]["late"] = {END}


def lose_stored_file(evidence):
    evidence.stored.clear()


def spoil_stored_file(evidence):
    evidence.stored[REF] = "dd"


def store_without_row(evidence):
    evidence.uploads[A, "bb"]["ref"] = None


def leave_half(evidence):
    evidence.parts = ["x.part"]


# ---- commands ----

def lose_change(evidence):
    del evidence.commands[NUMBERS[CHANGE]]


def accept_change_twice(evidence):
    evidence.commands[5] = command(A, "SetParameterValues", "chaos A")
    evidence.record += rpc(50, A, "SetParameterValues", "0000000000005")


def expire_change(evidence):
    evidence.commands[NUMBERS[CHANGE]]["state"] = "expired"


def change_without_execution(evidence):
    evidence.record = [line for line in evidence.record if line.get("id") != f"{CHANGE}.1"]


def download_twice(evidence):
    evidence.record += rpc(60, A, "Download", DOWNLOAD)


def transfer_twice(evidence):
    evidence.record.append(copy.deepcopy(next(line for line in evidence.record if line["ev"] == "transfer")))


def tell_failed_download_done(evidence):
    next(line for line in evidence.record if line["ev"] == "transfer")["fault"] = 9010


def expire_finished_download(evidence):
    evidence.commands[NUMBERS[DOWNLOAD]]["state"] = "expired"


def forget_proof_of_download(evidence):
    evidence.commands[NUMBERS[DOWNLOAD]]["state"] = "unknown"


def do_what_nobody_asked(evidence):
    evidence.record += rpc(70, A, "AddObject", "0000000000007")


# ---- blocked cells ----

def keep_in_service(evidence):
    evidence.cells[B]["state"] = "IN_SERVICE"


def reset_twice(evidence):
    evidence.record.append({"t": 80, "cell": B, "ev": "boot", "cause": "factory-reset", "keys": []})


def reset_another(evidence):
    evidence.blocked.clear()
    evidence.cells[B]["state"] = "IN_SERVICE"
    evidence.record.append({"t": 81, "cell": B, "ev": "state", "name": "op_state", "value": "true"})


def leave_on_air(evidence):
    evidence.record.append({"t": 81, "cell": B, "ev": "state", "name": "op_state", "value": "true"})


def provision_after_the_reset(evidence):
    evidence.record += rpc(90, B, "SetParameterValues", CHANGE)


def never_reset(evidence):
    evidence.record = [line for line in evidence.record if line.get("cause") != "factory-reset"]


DOCTORED = [
    lose_event, double_event, invent_event, keep_alarm_of_before_the_restart, list_wrong_severity, lose_from_list, list_twice, tell_nobody,
    tell_what_was_not, lose_period, lose_upload, double_facts, lose_fact, lose_unit, load_another_file, invent_period, set_file_aside,
    forget_in_ledger, miss_in_ledger, invent_in_ledger, be_late_in_ledger, lose_stored_file, spoil_stored_file, store_without_row, leave_half,
    lose_change, accept_change_twice, expire_change, change_without_execution, download_twice, transfer_twice, tell_failed_download_done,
    expire_finished_download, forget_proof_of_download, do_what_nobody_asked, keep_in_service, reset_twice, reset_another, leave_on_air,
    provision_after_the_reset, never_reset]


@pytest.mark.parametrize("doctor", DOCTORED, ids=lambda doctor: doctor.__name__)
def test_a_doctored_run_fails(good, doctor):
    doctor(good)
    assert judge(good) != []


def test_what_was_not_answered_may_be_there_or_not(good):
    good.record.append(alarm(90, "ClearedAlarm", "2026-01-05T10:09:00Z", "Cleared"))
    good.listed.clear()
    assert judge(good) == []
    good.history.append(row(3, "2026-01-05T10:09:00Z", "CLEARED", 4000))
    good.told.append(told(good.history[-1]))
    good.facts[A, LATER] = {"facts": 3, "counters": 3, "units": 3, "sum": 60, "digests": ["cc"]}
    assert judge(good) == []


def test_a_cell_is_reset_again_when_nobody_knows_how_the_first_one_ended(good):
    good.record = [line for line in good.record if line["ev"] != "rpc_answered" or line["cell"] == A]
    good.commands[NUMBERS[RESET]]["state"] = "unknown"
    good.commands[NUMBERS[RESET_AGAIN]] = command(B, "FactoryReset", purpose="deprovision")
    good.events.append({"rpc_dispatched": {"command_id": NUMBERS[RESET_AGAIN]}, "partition": 0, "offset": 0})
    good.record += [*rpc(30, B, "FactoryReset", RESET_AGAIN), {"t": 32, "cell": B, "ev": "boot", "cause": "factory-reset", "keys": []}]
    assert judge(good) == []


def test_alarms_of_which_hms_hears_by_chance_may_be_listed_or_not(good):
    good.record.append(alarm(90, "NewAlarm", "2026-01-05T10:09:00Z", "Warning", "A-2", "logged"))
    assert judge(good) == []
    good.listed.append({"serial": A, "identifier": "A-2", "severity": "Warning"})
    assert judge(good) == []


def test_events_wait_until_they_are_reported_lost_or_their_cell_restarts():
    first, second = alarm(10, "NewAlarm", T1, "Major"), alarm(20, "ClearedAlarm", T2, "Cleared")
    assert len(unreported([first, second])) == 2 and len(unreported([first, second], 15)) == 1
    assert unreported([first, reported(11, "NewAlarm", T1)]) == []
    assert unreported([first, {**second, "lost_id": "A-1", "lost_time": T1}]) == [(A, "A-1", 3, micros(T2))]
    assert unreported([first, {"t": 30, "cell": A, "ev": "boot", "cause": "reboot", "keys": []}]) == []
    assert unreported([alarm(10, "NewAlarm", T1, "Warning", mechanism="logged")]) == []
