"""What one device or an unknown peer may cost the system and others (contracts 1, 4, 9)."""
import concurrent.futures

from hmslab import eventually

KICK = ("6 CONNECTION REQUEST",)


def test_one_device_has_one_place_among_the_waiters_however_many_sessions_it_opens(lab, settled, undecided):
    """The newest session waits; an older one ends as at its limit, before its time."""
    device, front_end = settled(), lab.instance("cwmp-frontend-0")
    undecided()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        older, newest = [], None
        for number in range(4):
            assert device.inform(KICK, on=number).rpc == "InformResponse"
            if newest:
                older.append(newest)
            newest = pool.submit(device.empty, on=number)
            eventually(lambda: all(each.done() for each in older) and front_end.metrics()["hms_fe_waiters", ()] == 1, 5)
        assert [each.result().status for each in older] == [204] * 3 and not newest.done()
        undecided(False)
        assert newest.result(30).status == 204


def test_an_identity_that_no_index_can_hold_is_refused_and_sets_nothing_aside(lab, henb):
    """An error of PostgreSQL at each of its Informs would make every batch around them go one by one."""
    before = lab.sql("select count(*) from dead_event")
    assert henb(allow=False, serial="7" * 6000).inform(("0 BOOTSTRAP",)).text("FaultCode") == "8003"
    assert lab.sql("select count(*) from dead_event") == before
