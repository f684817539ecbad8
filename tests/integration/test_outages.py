"""Stores away: what is refused, what is kept, what /readyz says, and that all goes on when they are back."""
import pytest
from hmslab import eventually, rpc_response

KICK = ("6 CONNECTION REQUEST",)


@pytest.fixture
def store(lab):
    """Stops a store; it runs again at the end, and all are ready."""
    stopped = []

    def stop(name):
        stopped.append(lab.instance(name))
        stopped[-1].stop()

    yield stop
    for each in stopped:
        each.start()
    lab.steady()
    eventually(lab.caught_up, 30)


def test_kafka_away_is_503_with_retry_after_and_nothing_is_acknowledged(lab, settled, store):
    device = settled()
    with lab.settings("cwmp-frontend-0", HMS_KAFKA_MESSAGE_TIMEOUT="1s"):
        before = len(lab.events(device.device_id))
        store("kafka")
        for events in (KICK, ("1 BOOT",), ("2 PERIODIC",)):
            reply = device.inform(events)
            assert reply.status == 503 and 1 <= int(reply.headers["Retry-After"]) <= 5
        status, why = lab.instance("cwmp-frontend-0").get("/readyz")
        assert status == 503 and "Kafka" in why
        lab.instance("kafka").start()
        reply = eventually(lambda: (reply := device.inform(KICK)).status == 200 and reply, 60)
        assert device.empty().status == 204
        # A record that was refused may have landed all the same: duplicates are normal, a loss is not.
        assert len(lab.events(device.device_id)) >= before + 1
        assert eventually(lambda: lab.device(device)["sid"] == lab.events(device.device_id)[-1]["sid"], 60)


def test_postgres_away_quiet_sessions_go_on_and_unknown_ones_are_told_to_wait(lab, settled, store):
    device, missing = settled(), settled()
    device.session()
    eventually(lab.caught_up)
    lab.redis().delete(f"d:{{{missing.device_id.hex()}}}")
    store("postgres")
    provisioning = lab.instance("provisioning-0")
    assert eventually(lambda: "postgres" in provisioning.get("/readyz")[1])
    assert provisioning.get("/readyz")[0] == 503
    rpcs, last = device.session()
    assert (rpcs, last.status) == ([], 204)
    reply = missing.inform()
    assert reply.status == 503 and "Retry-After" in reply.headers
    status, why = lab.instance("cwmp-frontend-0").get("/readyz")
    assert status == 200 and "degraded: postgres" in why
    lab.instance("postgres").start()
    eventually(lambda: lab.device(device)["sid"] == lab.events(device.device_id)[-1]["sid"], 60)
    assert eventually(lambda: missing.inform().status == 200, 30)


def test_redis_away_boot_is_refused_before_it_is_accepted_and_periodic_is_kept(lab, settled, store):
    device = settled()
    before = len(lab.events(device.device_id))
    store("redis")
    front_end = lab.instance("cwmp-frontend-0")
    assert eventually(lambda: "degraded: redis" in front_end.get("/readyz")[1])
    assert front_end.get("/readyz")[0] == 200
    assert eventually(lambda: "degraded: redis" in lab.instance("provisioning-0").get("/readyz")[1])
    for events in (("0 BOOTSTRAP", "1 BOOT"), ("1 BOOT",)):
        reply = eventually(lambda: (reply := device.inform(events)).status == 503 and reply)  # noqa: B023
        assert "Retry-After" in reply.headers
    before = len(lab.events(device.device_id))
    assert device.inform().rpc == "InformResponse"
    assert device.empty().status == 204
    events = lab.events(device.device_id)
    assert len(events) == before + 1 and events[-1]["hold_until_us"] == 0


def test_redis_away_a_session_with_an_open_rpc_ends_503_and_the_command_is_not_lost(lab, settled, store):
    device = settled()
    first, second = lab.command_add(device, "GetRPCMethods"), lab.command_add(device, "GetParameterNames", {"ParameterPath": "Device."})
    device.inform(KICK)
    rpc = device.empty()
    assert rpc.rpc == "GetRPCMethods"
    store("redis")
    assert device.answer(rpc, rpc_response("GetRPCMethods")).status == 503
    eventually(lambda: lab.is_in(first, "done"))
    lab.instance("redis").start()
    eventually(lambda: device.session(KICK)[0] and lab.is_in(second, "done"), 30)
