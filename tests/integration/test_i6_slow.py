"""I6: a granted command is resolved by its answer or by a newer Inform, not by a lease."""
import time

from hmslab import dev, eventually, rpc_response

KICK = ("6 CONNECTION REQUEST",)


def test_i6_a_device_that_answers_after_the_hold_is_not_asked_twice(lab, settled):
    """The hold ends (1 s here), the command stays granted, and the late answer ends it. Fails if a granted command is queued again when
    hold_until has passed. [Q13]"""
    with lab.settings("cwmp-frontend-0", HMS_CWMP_FRONTEND_HOLD_OTHER="1s"):
        device = settled()
        command = lab.command_add(device, "GetRPCMethods")
        device.inform(KICK)
        rpc = device.empty()
        assert rpc.rpc == "GetRPCMethods"
        hold_until = lab.device(device)["hold_until"]
        eventually(lambda: time.time() * 1e6 > hold_until)
        lab.sql("select device_notice(%s)", dev(device))  # provisioning looks at the device
        eventually(lambda: not lab.sql("select 1 from device_timer where device_id = %s", dev(device)))
        row = lab.command(command)
        assert (row["state"], row["tries"]) == ("granted", 1)
        last = device.answer(rpc, rpc_response("GetRPCMethods"))
        assert last.rpc is None
        row = eventually(lambda: lab.is_in(command, "done"))
        assert row["tries"] == 1
        assert device.session(KICK)[0] == []


def test_i6_a_safe_command_without_answer_is_given_again_at_the_newer_inform(lab, settled):
    """The newer Inform is what resolves it. [Q5]"""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    device.inform(KICK)
    first = device.empty()
    device.hang_up()
    rpcs, _ = device.session(KICK)
    assert [rpc.rpc for rpc in rpcs] == ["GetRPCMethods"]
    assert first.id.split(".")[0] == rpcs[0].id.split(".")[0]
    assert eventually(lambda: lab.is_in(command, "faulted"))["tries"] == 2
