"""I3: a key that is missing in Redis means "ask", never "nothing to do"."""
import threading
import time

from hmslab import eventually, rpc_response

KICK = ("6 CONNECTION REQUEST",)


def test_i3_a_device_without_cache_entry_is_held_and_given_its_command(lab, settled):
    """A periodic Inform would be quiet; without `d` it holds, flagged MISS. Fails if fe_quiet() takes a missing entry for one without
    flags."""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    eventually(lambda: lab.entry(device).get(b"f") == b"1")
    lab.redis().delete(f"d:{{{device.device_id.hex()}}}")
    rpcs, _ = device.session()
    assert [rpc.rpc for rpc in rpcs] == ["GetRPCMethods"]
    inform = lab.events(device.device_id, seq=1)[-1]
    assert inform["hold_until_us"] > 0 and inform["flags"] & 1
    eventually(lambda: lab.is_in(command, "faulted"))
    eventually(lambda: lab.entry(device).get(b"f") == b"0")


def test_i3_a_device_without_cache_entry_is_authenticated_by_postgres(lab, cpe, tmp_path):
    """Contracts 4: credentials come from api_v1.device_auth. Fails if a missing entry counts as "no credentials of its own"."""
    device = cpe(role="serving", username="me", password="secret")
    (tmp_path / "password").write_text("secret\n")
    lab.program("hmsadm", "credential", "--oui", device.oui, "--product-class", device.product_class, "--serial", device.serial,
                "--username", "me", "--password-file", str(tmp_path / "password"))
    eventually(lambda: lab.entry(device))
    for password, status in (("secret", 200), ("wrong", 401)):
        lab.redis().delete(f"d:{{{device.device_id.hex()}}}")
        device.password = password
        assert device.inform(("1 BOOT",)).status == status
        device.hang_up()
    lab.redis().delete(f"d:{{{device.device_id.hex()}}}")
    device.username, device.password = lab.env["HMS_CWMP_USERNAME"], lab.env["HMS_CWMP_PASSWORD"]
    assert device.inform(("1 BOOT",)).status == 401  # the bootstrap credential is not for a device with its own


def test_i3_flushall_in_mid_session_loses_no_command(lab, settled):
    """The session ends early or goes on; either way each command comes to its end, and Reboot reaches the device once. Fails if the
    empty mailbox ends grants, or if grants that were lost with it are never made again."""
    device = settled()
    first, second = lab.command_add(device, "GetRPCMethods"), lab.command_add(device, "Reboot")
    device.inform(KICK)
    rpc = device.empty()
    assert rpc.rpc == "GetRPCMethods"
    lab.redis().flushall()
    rpcs, last = device.serve(reply=device.answer(rpc, rpc_response("GetRPCMethods")))
    assert last.status in (204, 503)
    given = [each.rpc for each in rpcs]
    eventually(lambda: given.extend(each.rpc for each in device.session(KICK)[0])
               or all(lab.is_in(command, "done", "faulted") for command in (first, second)))
    assert given.count("Reboot") == 1
    lab.steady()  # the lags were lost, too


def test_i3_flushall_while_a_session_waits_loses_no_command(lab, settled, undecided):
    """The waiting front end asks again by itself. Fails without the second looks of hold.c."""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    eventually(lambda: lab.entry(device).get(b"f") == b"1")
    eventually(lambda: lab.metric("hms_fe_waiters", "cwmp-frontend") == 0)  # those of earlier tests
    undecided()
    device.inform(KICK)
    replies = []
    thread = threading.Thread(target=lambda: replies.append(device.empty()))
    thread.start()
    eventually(lambda: lab.metric("hms_fe_waiters", "cwmp-frontend") == 1)
    lab.redis().flushall()
    undecided(False)
    thread.join(30)
    assert time.time() * 1e6 < lab.events(device.device_id, seq=1)[-1]["hold_until_us"]  # not only at its end
    assert [reply.rpc for reply in replies] == ["GetRPCMethods"]
    assert device.answer(replies[0], rpc_response("GetRPCMethods")).status == 204
    eventually(lambda: lab.is_in(command, "done"))


def test_i3_a_missing_lag_is_not_taken_for_no_lag(lab, settled, undecided):
    """Contracts 4: its key missing: 503 to BOOT before it is accepted, others are kept without hold. Fails if an absent hms:lag key
    counts as 0."""
    device = settled()
    undecided()
    lab.redis().delete(*[f"hms:lag:{part}" for part in range(16)])
    eventually(lambda: all(each.metrics()["hms_fe_lag_max_ms", ()] == -1 for each in lab.instances("cwmp-frontend")))
    before = lab.events(device.device_id)
    assert device.inform(("1 BOOT",)).status == 503
    assert lab.events(device.device_id) == before
    assert device.inform(KICK).rpc == "InformResponse"
    assert lab.events(device.device_id)[-1]["hold_until_us"] == 0
    assert device.empty().status == 204
