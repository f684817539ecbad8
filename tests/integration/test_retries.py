"""Tries after faults (docs/methods.md: Faults), transfers that are asked after, and what goes out without waiting for a decision."""
import re

import pytest
from hmslab import dev, eventually, fault, rpc_response
from hmslab.api import Api, Ctl
from test_methods import ended, simulated_cell

KICK = ("6 CONNECTION REQUEST",)
FIRMWARE = {"FileType": "1 Firmware Upgrade Image", "URL": "http://127.0.0.1:9/f"}


@pytest.fixture
def api(lab):
    return Api(lab)


def refused(device, code):
    """The session in which the device refuses the one RPC that it gets, which is returned."""
    device.inform(KICK)
    rpc = device.empty()
    assert device.answer(rpc, fault(code)).status == 204
    return rpc


def next_rpcs(device):
    """Those of the next session that has any."""
    return eventually(lambda: device.session(KICK)[0])


def test_a_fault_that_may_pass_is_tried_again_and_everybody_sees_why(lab, api, settled):
    device = settled()
    command = lab.command_add(device, "SetParameterValues", {"ParameterList": [{"Name": "Device.X", "Value": "1"}]})
    first = refused(device, 9002)
    row = eventually(lambda: lab.is_in(command, "queued"))
    assert re.fullmatch(r"retry 1 of 5 after fault 9002, not before \d{4}-\d\d-\d\dT[\d:.]+Z", row["note"])
    shown = api.get(f"/devices/{dev(device)}/commands/{command}")
    assert (shown["state"], shown["retries"], shown["note"]) == ("queued", 1, row["note"]) and shown["not_before"]
    assert "retry 1 of 5" in Ctl(lab)("command", dev(device), str(command)).out
    (second,) = next_rpcs(device)
    assert second.text("ParameterKey")[:-1] == first.text("ParameterKey")[:-1] and second.text("ParameterKey") != first.text("ParameterKey")
    row = eventually(lambda: lab.is_in(command, "done"))
    assert (row["retries"], row["note"]) == (1, "")


def test_tries_end(lab, settled):
    device = settled()
    command = lab.command_add(device, "GetParameterNames", {"ParameterPath": "Device."})

    def refuses():
        device.inform(KICK)
        rpc = device.empty()
        return rpc.rpc and device.answer(rpc, fault(9004)).status == 204

    for _ in range(6):
        eventually(refuses)
    row = eventually(lambda: lab.is_in(command, "faulted"))
    assert (row["fault"], row["retries"], row["note"]) == (9004, 5, "given up after 5 retries")


@pytest.mark.parametrize("code", [9001, 9003, 9005])
def test_other_faults_are_final(lab, settled, code):
    device = settled()
    command = lab.command_add(device, "GetParameterNames", {"ParameterPath": "Device."})
    refused(device, code)
    assert eventually(lambda: lab.is_in(command, "faulted"))["tries"] == 1


def test_a_transfer_that_was_cut_is_told_again_under_a_new_key(lab, settled):
    """Contracts 7: no CommandKey is used twice; what the device says again of the first try is a repeat."""
    device = settled()
    device.downloads = []
    command = lab.command_add(device, "Download", FIRMWARE)
    device.session(KICK)
    first = device.downloads[0]["CommandKey"]
    assert first.endswith(".1")
    for _ in range(2):
        device.inform(("7 TRANSFER COMPLETE", ("M Download", first)))
        assert device.request(device.transfer_complete(first, 9017, "cut")).rpc == "TransferCompleteResponse"
        device.hang_up()
    eventually(lambda: next_rpcs(device) and len(device.downloads) == 2)
    assert device.downloads[1]["CommandKey"][:-1] == first[:-1]
    device.inform(("7 TRANSFER COMPLETE", ("M Download", device.downloads[1]["CommandKey"])))
    device.request(device.transfer_complete(device.downloads[1]["CommandKey"]))
    row = eventually(lambda: lab.is_in(command, "done"))
    assert (row["retries"], len(device.downloads)) == (1, 2)
    assert first != device.downloads[1]["CommandKey"]


# ---- transfers whose end is not told ----

def test_a_transfer_complete_that_is_lost_is_asked_after_and_nothing_is_repeated(lab, api, tmp_path):
    """The simulator forgets a transfer when it has ended. Fails without prov_asking_next(): the command would run until its deadline."""
    owners = [each.name for each in lab.instances("provisioning")]
    with lab.settings(*owners, HMS_PROVISIONING_TRANSFER_ASK_AFTER="1s"), simulated_cell(lab, tmp_path, "--lose-transfers", "1") as (device, _, record):
        command = ended(api, device, "Upload", {"FileType": "1 Vendor Configuration File"})
        assert (command["state"], command["retries"]) == ("unknown", 0), command
        assert command["note"] == "the device has it no more, and has not said how it ended"
        methods = [line["method"] for line in record() if line["ev"] == "rpc"]
        assert methods.count("Upload") == 1 and "GetAllQueuedTransfers" in methods


# ---- NEXT, DECIDE, END ----

def names_of(lab, device, count):
    return [lab.command_add(device, "GetParameterNames", {"ParameterPath": f"Device.{number}."}) for number in range(count)]


def posted(lab, device, count):
    """Whether the mailbox holds so many items."""
    held = lab.redis().hgetall(f"m:{{{device.device_id.hex()}}}")
    return len([key for key in held if key.isdigit()]) == count


def test_independent_commands_go_out_without_a_decision_between_them(lab, settled, undecided):
    """Contracts 3, NEXT: 16 in one grant; nobody decides anything while the device answers fifteen of them."""
    device = settled()
    commands = names_of(lab, device, 16)
    device.inform(KICK)
    reply = device.empty()
    eventually(lambda: posted(lab, device, 16))
    undecided()
    asked = []
    for _ in range(15):
        asked.append(reply.text("ParameterPath"))
        reply = device.answer(reply, device.execute(reply))
    assert asked + [reply.text("ParameterPath")] == [f"Device.{number}." for number in range(16)]
    assert lab.sql("select count(*) from command where id = any(%s) and state = 'granted'", commands) == [(16,)]
    undecided(False)
    assert device.answer(reply, device.execute(reply)).status == 204
    for command in commands:
        assert eventually(lambda: lab.is_in(command, "done", "faulted"))["tries"] == 1  # noqa: B023


def test_what_follows_a_reboot_waits_for_the_next_session(lab, settled):
    """END."""
    device = settled()
    first, second = lab.command_add(device, "Reboot"), lab.command_add(device, "GetParameterNames", {"ParameterPath": "Device."})
    device.inform(KICK)
    rpc = device.empty()
    assert rpc.rpc == "Reboot" and lab.is_in(second, "queued")
    assert device.answer(rpc, rpc_response("Reboot")).status == 204
    eventually(lambda: lab.is_in(first, "done"))
    assert [each.rpc for each in device.session(("1 BOOT", ("M Reboot", rpc.text("CommandKey"))))[0]] == ["GetParameterNames"]


def test_safe_commands_do_not_overtake_unsafe_ones(lab, settled):
    """At most one unsafe command is out; the order of a device stays."""
    device = settled()
    device.params["Device.T.1.Alias"] = ""
    for kind, payload in (("AddObject", {"ObjectName": "Device.T."}), ("AddObject", {"ObjectName": "Device.T."}),
                          ("GetParameterNames", {"ParameterPath": "Device.T.", "NextLevel": True})):
        lab.command_add(device, kind, payload)
    rpcs = device.session(KICK)[0]
    assert [each.rpc for each in rpcs] == ["AddObject", "AddObject", "GetParameterNames"]
