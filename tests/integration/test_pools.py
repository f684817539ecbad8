"""Pools of ids: what a device gets, what comes back, and what a pool costs that is large or nearly used up."""
import json
import uuid

import pytest


@pytest.fixture
def pool(lab):
    """pool(doc, n, places) makes a pool, and n devices, at degrees * 1e6 of latitude; (its name, their ids)."""
    def make(doc, n, places=None):
        name, ids = f"pool-{uuid.uuid4().hex[:8]}", [str(uuid.uuid4()) for _ in range(n)]
        lab.sql("insert into id_pool values ('default', %s, %s)", name, json.dumps(doc))
        for i, each in enumerate(ids):
            lab.sql("insert into device (device_id, tenant, manufacturer, oui, product_class, serial, state, latitude, longitude) "
                    "values (%s, 'default', 'pools', '0200F0', 'pools', %s, 'HELD', %s, 0)", each, f"{name}-{i}", places[i] if places else 0)
        return name, ids
    yield make
    lab.sql("delete from device where product_class = 'pools'")
    for table, name in (("id_pool", "name"), ("id_pool_lease", "pool")):
        lab.sql(f"delete from {table} where {name} like 'pool-%%'")


def allot(lab, name, device):
    return lab.sql("select id_pool_allot(%s, %s)", device, name)[0][0]


def release(lab, device):
    lab.sql("select id_pool_release(%s)", device)


def test_values_go_in_their_order_and_then_those_that_are_free_for_longest(lab, pool):
    name, ids = pool({"from": 5, "to": 7, "scope": "tenant"}, 4)
    assert [allot(lab, name, each) for each in ids] == ["5", "6", "7", None]
    assert allot(lab, name, ids[1]) == "6"  # it keeps what it has
    release(lab, ids[2])
    release(lab, ids[0])
    assert [allot(lab, name, each) for each in (ids[3], ids[0], ids[2])] == ["7", "5", None]


def test_a_changed_pool_is_gone_through_anew_and_nobody_gets_what_another_has(lab, pool):
    name, ids = pool({"values": ["a", "b"], "scope": "tenant"}, 5)
    assert [allot(lab, name, each) for each in ids[:3]] == ["a", "b", None]
    lab.sql("update id_pool set doc = %s where name = %s", json.dumps({"values": ["x", "b", "9"], "scope": "tenant"}), name)
    assert [allot(lab, name, each) for each in ids[2:]] == ["x", "9", None]
    release(lab, ids[0])  # "a" is no value of it any more
    assert allot(lab, name, ids[4]) is None
    release(lab, ids[1])
    assert allot(lab, name, ids[4]) == "b"


def test_a_neighbourhood_gives_what_nobody_near_has(lab, pool):
    name, ids = pool({"values": ["1", "2"], "scope": "neighbourhood", "radius_m": 2000}, 4, [48_000_000, 48_010_000, 48_015_000, 48_100_000])
    assert [allot(lab, name, each) for each in ids] == ["1", "2", None, "1"]  # 1.1 km, 1.7 km, 11 km
    release(lab, ids[0])
    assert allot(lab, name, ids[2]) == "1"


def test_a_pool_as_large_as_all_cell_identities_of_a_network_is_gone_through_as_it_is_used(lab, pool):
    name, ids = pool({"from": 0, "to": 268_435_455, "scope": "tenant"}, 3)
    assert [allot(lab, name, each) for each in ids] == ["0", "1", "2"]
    assert lab.sql("select next from id_pool_place where name = %s", name) == [(3,)]  # what is taken is not passed again


@pytest.mark.parametrize("doc", [{"from": 2, "to": 1, "scope": "tenant"}, {"from": 1, "to": 2}, {"values": [1], "from": 1, "scope": "tenant"},
                                 {"from": 1, "to": 70000, "scope": "neighbourhood", "radius_m": 5}, {"values": [1], "scope": "neighbourhood"}])
def test_a_pool_that_makes_no_sense_is_refused(lab, doc):
    with pytest.raises(Exception, match="id_pool"):
        lab.sql("insert into id_pool values ('default', 'senseless', %s)", json.dumps(doc))
