"""I7: an unsafe RPC is announced before it is written; announced and unanswered it is in doubt, and never sent twice."""
import http.client

import pytest
from hmslab import eventually, rpc_response

KICK = ("6 CONNECTION REQUEST",)


@pytest.fixture
def front_end(lab):
    instance = lab.instance("cwmp-frontend-0")
    yield instance
    instance.arm("")
    if not instance.alive():
        instance.start()
    lab.steady()


def killed_at(lab, device, front_end, failpoint):
    """A session whose front end dies at the failpoint while it hands out a Reboot. Returns the command."""
    command = lab.command_add(device, "Reboot")
    eventually(lambda: lab.entry(device).get(b"f") == b"1")
    device.inform(KICK)
    front_end.arm(f"{failpoint}=kill")
    with pytest.raises((OSError, http.client.HTTPException)):
        device.empty()
    eventually(lambda: not front_end.alive())
    device.hang_up()
    return command


def test_i7_announced_and_not_written_is_in_doubt_then_unknown_and_never_sent_again(lab, settled, front_end):
    """Killed after the acknowledgement of rpc_dispatched: no evidence by the deadline: unknown. Fails if a dispatched command is queued
    again at the newer Inform."""
    device = settled()
    command = killed_at(lab, device, front_end, "fe.dispatch.acked")
    other = lab.url("both", 1)
    assert [rpc.rpc for rpc in device.session(("1 BOOT",), url=other)[0]] == []
    row = eventually(lambda: lab.is_in(command, "doubt"))
    assert row["dispatched"]
    assert device.session(KICK, url=other)[0] == []
    lab.sql("update command set deadline = now() where id = %s", command)
    row = eventually(lambda: lab.is_in(command, "unknown"), 30)  # when no session can be live any more
    assert (row["tries"], row["dispatched"]) == (1, True)
    assert device.session(KICK, url=other)[0] == []


def test_i7_announced_and_not_written_is_not_handed_out_again_in_the_same_session(lab, settled, front_end):
    """The device asks the other front end, with its cookie: NO_ANSWER, and doubt. Fails without the old t of TAKE."""
    device = settled()
    command = killed_at(lab, device, front_end, "fe.dispatch.acked")
    last = device.empty(url=lab.url("both", 1))
    assert last.rpc is None
    eventually(lambda: lab.is_in(command, "doubt"))


def test_i7_announced_and_executed_is_done_by_evidence(lab, settled, front_end):
    """I8 settles what I7 left in doubt: the CommandKey in M Reboot."""
    device = settled()
    command = killed_at(lab, device, front_end, "fe.dispatch.acked")
    other = lab.url("both", 1)
    device.session(KICK, url=other)
    eventually(lambda: lab.is_in(command, "doubt"))
    key = next(event["rpc_dispatched"] for event in lab.events(device.device_id) if "rpc_dispatched" in event)
    assert key["command_id"] == command and key["try"] == 1
    device.session(("1 BOOT", ("M Reboot", command_key(command, 1))), url=other)
    assert eventually(lambda: lab.is_in(command, "done"))["note"].startswith("evidence")


def command_key(command, try_no):
    """H<13 characters base32>.<try>"""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
    text = "".join(alphabet[command >> 5 * place & 31] for place in range(12, -1, -1))
    return f"H{text}.{try_no}"


def test_i7_taken_and_not_announced_is_sent_once_later(lab, settled, front_end):
    """Killed before the dispatch: it cannot have happened, so the newer Inform gives it, once. Fails if it ends in doubt without a
    dispatch."""
    device = settled()
    command = killed_at(lab, device, front_end, "fe.take.item")
    other = lab.url("both", 1)
    device.inform(KICK, url=other)
    rpc = device.empty(url=other)
    assert rpc.rpc == "Reboot" and rpc.text("CommandKey") == command_key(command, 2)
    assert device.answer(rpc, rpc_response("Reboot"), url=other).status == 204
    row = eventually(lambda: lab.is_in(command, "done"))
    assert (row["tries"], row["dispatched"]) == (2, True)
    assert device.session(KICK, url=other)[0] == []


def test_i7_an_empty_post_where_the_answer_belongs_is_doubt_and_not_a_second_reboot(lab, settled):
    """NO_ANSWER of an unsafe item makes it doubt. Fails if NO_ANSWER queues it again. [Q4]"""
    device = settled()
    command = lab.command_add(device, "Reboot")
    device.inform(KICK)
    assert device.empty().rpc == "Reboot"
    last = device.empty()
    assert last.rpc is None
    row = eventually(lambda: lab.is_in(command, "doubt"))
    assert row["tries"] == 1
    assert device.session(KICK)[0] == []


def test_i7_the_real_answer_after_a_no_answer_still_counts(lab, settled):
    """Contracts 2: NO_ANSWER does not count as the answer (sid, n)."""
    device = settled()
    command = lab.command_add(device, "Reboot")
    device.inform(KICK)
    rpc = device.empty()
    device.empty()
    eventually(lambda: lab.is_in(command, "doubt"))
    device.answer(rpc, rpc_response("Reboot"))
    eventually(lambda: lab.is_in(command, "done"))


def test_i7_one_unresolved_unsafe_command_at_a_time(lab, settled):
    """While one is in doubt no other is granted; safe ones are. Fails without unsafe_open() in grant.c."""
    device = settled()
    first = lab.command_add(device, "Reboot")
    device.inform(KICK)
    key = device.empty().text("CommandKey")
    device.hang_up()
    second, safe = lab.command_add(device, "FactoryReset"), lab.command_add(device, "GetRPCMethods")
    assert [rpc.rpc for rpc in device.session(KICK)[0]] == ["GetRPCMethods"]
    assert lab.command(first)["state"] == "doubt"
    assert [rpc.rpc for rpc in device.session(("1 BOOT", ("M Reboot", key)))[0]] == ["FactoryReset"]
    for command in (first, second, safe):
        eventually(lambda: lab.is_in(command, "done", "faulted"))  # noqa: B023
