"""What a quiet session costs (contracts 4)."""
from hmslab import eventually


def calls(lab):
    """{command: how often Redis executed it}"""
    return {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in lab.redis().info("commandstats").items()}


def difference(after, before):
    return {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}


def test_a_quiet_session_is_one_redis_read_one_record_and_no_mailbox(lab, settled):
    """Contracts 4: one HMGET, one record, hold_until 0, the empty POST is answered at once, nothing is kept for it in Redis."""
    device = settled()
    device.session()  # its parameters are known from here on
    eventually(lab.caught_up)
    quiet, before = lab.metric("hms_prov_quiet_sessions_total"), lab.events(device.device_id)
    redis = calls(lab)
    for _ in range(20):
        rpcs, last = device.session()
        assert (rpcs, last.status) == ([], 204)
    added = difference(calls(lab), redis)
    # Lags are read and written each second whatever devices do; info is this test's own.
    assert added.pop("hmget") == 20
    assert set(added) <= {"info", "set", "mget", "get", "ping", "client", "hello", "select", "setex", "psetex", "client|setinfo"}, added
    events = [event for event in lab.events(device.device_id) if event not in before]
    assert [(event["hold_until_us"], "inform" in event) for event in events] == [(0, True)] * 20
    assert len({event["sid"] for event in events}) == 20
    eventually(lambda: lab.metric("hms_prov_quiet_sessions_total") == quiet + 20)
    assert not lab.redis().exists(f"m:{{{device.device_id.hex()}}}")


def test_quiet_sessions_cost_no_statement_of_their_own_in_postgres(lab, settled):
    """Contracts 8: one update a batch is the whole quiet path: no row is written but those of device_hot and consumer_offset."""
    device = settled()
    device.session()
    eventually(lab.caught_up)
    query = "select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables where relname <> 'schema_migration'"

    def written():
        return dict(lab.sql(query))

    lookups, before = lab.metric("hms_fe_entry_lookups_total", result="miss"), written()
    for _ in range(10):
        device.session()
    eventually(lab.caught_up)
    eventually(lambda: written()["device_hot"] > before["device_hot"])  # statistics arrive a little later
    assert set(difference(written(), before)) == {"device_hot", "consumer_offset"}
    assert lab.metric("hms_fe_entry_lookups_total", result="miss") == lookups
    assert lab.device(device)["sid"] == lab.events(device.device_id)[-1]["sid"]


def test_a_session_is_not_quiet_when_the_parameter_key_differs(lab, settled):
    """Contracts 4: the ParameterKey has to equal k."""
    device = settled()
    device.params["Device.ManagementServer.ParameterKey"] = "written by another"
    device.session()
    assert lab.events(device.device_id)[-1]["hold_until_us"] > 0
    eventually(lambda: lab.entry(device).get(b"k") == b"written by another")
    device.session()
    assert lab.events(device.device_id)[-1]["hold_until_us"] == 0


def test_a_session_is_not_quiet_with_a_retry_count(lab, settled):
    """Contracts 4: RetryCount = 0."""
    device = settled()
    device.session(retry=1)
    assert lab.events(device.device_id)[-1]["hold_until_us"] > 0
