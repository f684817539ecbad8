"""The lab itself: its stores are real, private, and survive what tests do to them."""
import subprocess
import uuid

import psycopg2
import pytest
from hmslab import eventually

pytestmark = pytest.mark.harness

def test_postgres_keeps_what_was_committed_over_kill_9(stores):
    stores.sql("create table harness(x int)")
    stores.sql("insert into harness values (%s)", 7)
    stores.instance("postgres").kill()
    with pytest.raises(psycopg2.OperationalError):
        stores.pg()
    stores.instance("postgres").start()
    assert stores.sql("select x from harness") == [(7,)]


def test_redis_is_empty_after_a_restart(stores):
    stores.redis().set("harness", "1")
    stores.instance("redis").kill()
    stores.instance("redis").start()
    assert stores.redis().get("harness") is None


def test_a_paused_store_does_not_answer_and_does_after_it_is_resumed(stores):
    redis = stores.instance("redis")
    redis.pause()
    client = stores.redis()
    client.connection_pool.connection_kwargs["socket_timeout"] = 0.2
    with pytest.raises(Exception, match="(?i)timeout"):
        client.ping()
    redis.resume()
    assert eventually(lambda: stores.redis().ping())


def test_records_are_read_back_byte_for_byte(stores):
    topic, value = f"harness-{uuid.uuid4().hex}", bytes(range(256)) * 3 + b"\n"
    java = ["java", "-cp", f"{stores.root}/.deps/kafka/*", "org.apache.kafka.tools.TopicCommand", "--create", "--topic", topic]
    brokers = stores.env["HMS_KAFKA_BOOTSTRAP"]
    subprocess.run([*java, "--bootstrap-server", brokers, "--partitions", "3"], check=True, stdout=subprocess.DEVNULL)
    payload = stores.run / "payload"
    payload.write_bytes(value)
    subprocess.run(["kcat", "-P", "-b", brokers, "-t", topic, "-p", "2", "-k", "key", "-H", "classes=5", payload], check=True)
    (record,) = stores.records(topic)
    assert (record.partition, record.offset, record.key, record.value) == (2, 0, b"key", value)
    assert record.headers == b"classes=5"


def test_the_stores_data_outlives_a_stop(stores):
    stores.sql("create table outlives(x int)")
    stores.stop_stores()
    stores.start_stores()
    assert stores.sql("select count(*) from outlives") == [(0,)]
    assert stores.sanitizer_reports() == {}
