"""Sessions at the end of their hold, and front ends that are told to end (contracts 4)."""
import concurrent.futures

from hmslab import STORY, eventually

KICK = ("6 CONNECTION REQUEST",)


SHORT = {"HMS_CWMP_FRONTEND_HOLD_BOOTSTRAP": "1s", "HMS_CWMP_FRONTEND_HOLD_BOOT": "1s", "HMS_CWMP_FRONTEND_HOLD_OTHER": "1s"}


def test_at_the_limit_bootstrap_and_boot_get_503_and_others_204(lab, settled, undecided):
    """A 204 would strand a factory-new device: its BOOTSTRAP is cleared and nobody can call it."""
    devices = [settled() for _ in range(3)]
    with lab.settings("cwmp-frontend-0", **SHORT):
        undecided()
        statuses = []
        for device, events in zip(devices, (("0 BOOTSTRAP", "1 BOOT"), ("1 BOOT",), KICK)):
            assert device.inform(events).rpc == "InformResponse"
            reply = device.empty()
            statuses.append(reply.status)
            assert (reply.status == 503) == ("Retry-After" in reply.headers)
        undecided(False)
        assert statuses == [503, 503, 204]


def test_a_session_that_was_sent_away_at_the_limit_goes_on_where_it_was(lab, henb, undecided):
    """Level-triggered: the retry carries no event that began it."""
    with lab.settings("cwmp-frontend-0", **SHORT):
        cell = henb()
        eventually(lambda: lab.entry(cell))
        undecided()
        cell.inform(("0 BOOTSTRAP", "1 BOOT"))
        assert cell.empty().status == 503
        undecided(False)
        eventually(lab.caught_up, 40)
    rpcs = []
    eventually(lambda: rpcs.extend(cell.session(retry=1)[0]) or lab.state(cell) == "PROVISIONED", 40)
    assert [rpc.rpc for rpc in rpcs] == STORY


def test_a_front_end_that_is_told_to_end_ends_its_waiters_as_at_the_limit(lab, settled, undecided):
    """SIGTERM: no 4xx, no cut connection: BOOT gets 503, others 204, and it is gone."""
    devices = [settled() for _ in range(3)]
    front_end = lab.instance("cwmp-frontend-0")
    undecided()
    for device, events in zip(devices, (("0 BOOTSTRAP", "1 BOOT"), ("1 BOOT",), KICK)):
        assert device.inform(events).rpc == "InformResponse"
    try:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = [pool.submit(device.empty) for device in devices]
            eventually(lambda: front_end.metrics()["hms_fe_waiters", ()] == 3)
            front_end.signal(15)
            assert [each.result(20).status for each in waiting] == [503, 503, 204]
        eventually(lambda: not front_end.alive())
    finally:
        lab.stop_services(front_end.name)
        undecided(False)
        front_end.start()


def test_a_front_end_that_is_told_to_end_answers_what_it_was_asked(lab, settled):
    """Devices that talk all the time while it drains and comes back see answers or a closed connection, and no 4xx."""
    devices = [settled() for _ in range(4)]
    front_end, statuses, stop = lab.instance("cwmp-frontend-0"), [], []

    def talk(device):
        while not stop:
            device.hang_up()
            try:
                statuses.append(device.inform().status)
                statuses.append(device.empty().status)
            except OSError:
                pass
            except Exception as error:  # a response that is cut off
                statuses.append(repr(error))

    with concurrent.futures.ThreadPoolExecutor() as pool:
        talks = [pool.submit(talk, device) for device in devices]
        eventually(lambda: len(statuses) > 20)
        front_end.stop()
        front_end.start()
        seen = len(statuses)
        eventually(lambda: len(statuses) > seen + 20)
        stop.append(True)
        for each in talks:
            each.result(20)
    assert set(statuses) <= {200, 204, 503}, set(statuses)
