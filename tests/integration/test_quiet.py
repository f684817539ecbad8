"""What a quiet session costs (contracts 4)."""
from hmslab import dev, eventually


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
    # An owner counts when it knows of its commit: the session before those 20 may be counted after it was seen to be consumed.
    eventually(lambda: lab.metric("hms_prov_quiet_sessions_total") >= quiet + 20)
    assert not lab.redis().exists(f"m:{{{device.device_id.hex()}}}")


def test_quiet_sessions_write_nothing_but_device_hot_and_ask_postgres_nothing(lab, settled):
    """Contracts 8: one update a batch is the whole quiet path."""
    device = settled()
    tables = [name for (name,) in lab.sql("select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relkind = 'r'"
                                          " and a.attname = 'device_id' and c.relnamespace = 'public'::regnamespace order by 1")]

    def written():
        """{table: which versions of which rows of the device it has}"""
        return {name: lab.sql(f"select ctid, xmin from {name} where device_id = %s order by 1", dev(device)) for name in tables}

    lookups, before = lab.metric("hms_fe_entry_lookups_total", result="miss"), written()
    for _ in range(10):
        device.session()
    eventually(lab.caught_up)
    after = written()
    assert [name for name in tables if after[name] != before[name]] == ["device_hot"]
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
