"""I8: doubt is settled by evidence, not by repetition."""
from hmslab import eventually

KICK = ("6 CONNECTION REQUEST",)


def executed_without_answer(lab, device, kind, payload=None):
    """The device gets the RPC, does it, and loses the connection before its answer. Returns the command and the RPC."""
    command = lab.command_add(device, kind, payload)
    device.inform(KICK)
    rpc = device.empty()
    assert rpc.rpc == kind
    device.execute(rpc)
    device.hang_up()
    return command, rpc


def test_i8_m_reboot_settles_a_reboot_whose_answer_was_lost(lab, settled):
    """The CommandKey of M Reboot. Fails without settle_events()."""
    device = settled()
    command, rpc = executed_without_answer(lab, device, "Reboot")
    assert device.session(("1 BOOT", ("M Reboot", rpc.text("CommandKey"))))[0] == []
    row = eventually(lambda: lab.is_in(command, "done"))
    assert (row["tries"], row["note"]) == (1, "evidence: CommandKey in M Reboot")


def test_i8_m_reboot_of_another_command_settles_nothing(lab, settled):
    device = settled()
    command, rpc = executed_without_answer(lab, device, "Reboot")
    key = rpc.text("CommandKey")
    other = key[:-3] + ("0" if key[-3] != "0" else "1") + key[-2:]
    device.session(("1 BOOT", ("M Reboot", other)))
    assert lab.is_in(command, "doubt")
    device.session(("1 BOOT", ("M Reboot", "not ours")))
    assert lab.is_in(command, "doubt")


def test_i8_the_parameter_key_settles_a_write_whose_answer_was_lost(lab, settled):
    """ParameterKey ~<command id>.<try>. Fails without settle_key(): the write would be sent again."""
    device = settled()
    command, rpc = executed_without_answer(lab, device, "SetParameterValues", {"ParameterList": [{"Name": "Device.X", "Value": "1"}]})
    assert device.params["Device.ManagementServer.ParameterKey"] == rpc.text("ParameterKey")
    assert device.session(KICK)[0] == []
    row = eventually(lambda: lab.is_in(command, "done"))
    assert (row["tries"], row["note"]) == (1, "evidence: ParameterKey")


def test_i8_a_write_that_left_no_key_is_sent_again(lab, settled):
    """SetParameterValues is safe: without evidence it is repeated, under a key of its own."""
    device = settled()
    command, rpc = executed_without_answer(lab, device, "SetParameterValues", {"ParameterList": [{"Name": "Device.X", "Value": "1"}]})
    device.params["Device.ManagementServer.ParameterKey"] = ""
    rpcs, _ = device.session(KICK)
    assert [each.text("ParameterKey") for each in rpcs] == [rpc.text("ParameterKey")[:-1] + "2"]
    assert eventually(lambda: lab.is_in(command, "done"))["tries"] == 2


def test_i8_bootstrap_with_another_parameter_key_settles_a_factory_reset(lab, settled):
    """Fails without settle_reset()."""
    device = settled()
    executed_write, _ = executed_without_answer(lab, device, "SetParameterValues", {"ParameterList": [{"Name": "Device.X", "Value": "1"}]})
    device.session(KICK)
    eventually(lambda: lab.is_in(executed_write, "done"))
    command, _ = executed_without_answer(lab, device, "FactoryReset")
    device.params["Device.ManagementServer.ParameterKey"] = ""
    assert device.session(("0 BOOTSTRAP", "1 BOOT"))[0] == []
    row = eventually(lambda: lab.is_in(command, "done"))
    assert row["note"].startswith("evidence: 0 BOOTSTRAP")


def test_i8_evidence_that_comes_after_the_end_still_wins(lab, settled):
    """Contracts 7: evidence that comes later still wins: unknown becomes done."""
    device = settled()
    command, rpc = executed_without_answer(lab, device, "Reboot")
    device.session(KICK)
    eventually(lambda: lab.is_in(command, "doubt"))
    lab.sql("update command set deadline = now() where id = %s", command)
    eventually(lambda: lab.is_in(command, "unknown"), 30)
    device.session(("1 BOOT", ("M Reboot", rpc.text("CommandKey"))))
    eventually(lambda: lab.is_in(command, "done"))
