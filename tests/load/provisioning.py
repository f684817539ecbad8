"""Desired configuration at size: what a device takes in the stores, how fast operators find one, what a change of a profile costs, and that quiet sessions read nothing."""
import functools
import json
import random
import statistics
import time
import urllib.parse

from hmslab import eventually
from hmslab.api import Api
from hmslab.records import schema

import backlog
from report import Result, number, progress, quantiles

BOOTSTRAP, PERIODIC = 1 << 0, 1 << 2
AIM_PG_BYTES, AIM_REDIS_BYTES, AIM_SEARCH_MS, AIM_PLAN_S = 4096, 300, 50, 10
PARAMETERS = 40  # cached of each device
INTERVAL = "Device.ManagementServer.PeriodicInformInterval"
FAP = "Device.Services.FAPService.1.CellConfig.LTE."
TAC, PCI, CELL = FAP + "EPC.TAC", FAP + "RAN.RF.PhyCellID", FAP + "RAN.Common.CellIdentity"
SEARCHES = 200
PROFILE = "bench"
CREDENTIAL_BYTES = 200  # sealed: user name, password and two HA1s
QUIET_RATE_S = 20  # how long the sweep is watched at its own rate
DEVICE_TABLES = ("device", "device_hot", "device_param", "device_attr", "device_desired", "device_credential")


def serial(number_):
    return f"BENCH{number_:07}"


def versions(number_):
    return f"2.{number_ % 50}.{number_ % 7}"


def values(number_):
    """40 parameters as a small cell reports them."""
    found = {"Device.DeviceInfo.SoftwareVersion": versions(number_), "Device.DeviceInfo.HardwareVersion": f"1.{number_ % 3}",
             "Device.DeviceInfo.ProvisioningCode": f"code-{number_ % 1000}", "Device.ManagementServer.ParameterKey": "",
             "Device.ManagementServer.ConnectionRequestURL": f"http://10.{number_ >> 16}.{number_ >> 8 & 255}.{number_ & 255}:7547/{number_:08x}",
             INTERVAL: "300", TAC: str(number_ % 65536), PCI: str(number_ % 504), CELL: str(number_), "Device.RootDataModelVersion": "2.11",
             FAP + "RAN.RF.EARFCNDL": str(1800 + number_ % 20), FAP + "EPC.PLMNList.1.PLMNID": "00101"}
    for index in range(PARAMETERS - len(found)):
        found[f"Device.X_BENCH.Counter{index % 7}.{index}.Value"] = str(number_ * 7919 * (index + 1) % 100003)
    return found


@functools.cache
def names(folder):
    return schema("device_event", folder)


def inform(lab, number_, device, when_us, classes, events, param_hash):
    """A DeviceEvent; its session does not wait."""
    event = names(lab.run).DeviceEvent(schema=1, min_reader=1, device_id=device, sid=when_us, seq=1, recv_us=when_us, last=True, classes=classes, tenant="default",
                                       fe="load", param_hash=param_hash, listener_role=3, peer_addr="10.0.0.1")
    event.inform.device.oui, event.inform.device.product_class, event.inform.device.serial = "0200F2", "Bench", serial(number_)
    event.inform.device.manufacturer = "Bench"
    event.inform.has_parameter_key = True
    for code in events:
        event.inform.events.add(code=code)
    for name, value in values(number_).items():
        event.inform.params.add(name=name, value=value)
    return event.SerializeToString()


def identities(lab, count):
    """Devices are allowed before, in pages: one statement would lock all of them."""
    rows = []
    for first in range(0, count, 10000):
        rows += lab.sql("select device_allow('default', '0200F2', 'Bench', 'BENCH' || lpad(i::text, 7, '0')) from generate_series(%s, %s) i",
                        first, min(first + 10000, count) - 1)
    return [bytes.fromhex(device.replace("-", "")) for (device,) in rows]


def sizes(lab):
    """{table: bytes with its indexes and what is out of line}, partitions counted with their table."""
    rows = lab.sql("select coalesce(p.relname, c.relname), sum(pg_total_relation_size(c.oid)) from pg_class c left join pg_inherits i on i.inhrelid = c.oid"
                   " left join pg_class p on p.oid = i.inhparent where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by 1")
    return {name: int(size) for name, size in rows}


def set_profile(lab, interval):
    lab.sql("insert into profile (tenant, name, version, doc) select 'default', %s, coalesce(max(version), 0) + 1, %s from profile where name = %s", PROFILE,
            json.dumps({"selector": {"product_class": ["Bench"]}, "parameters": {"management.periodic_interval": interval}}), PROFILE)


# ---------------------------------------------------------------- what a device takes

def fill(lab, result, count):
    """Each device comes once, with all its parameters: provisioning writes what it writes."""
    lab.only()
    before, redis = sizes(lab), lab.redis()
    redis_before, keys_before = redis.info("memory")["used_memory"], redis.dbsize()
    set_profile(lab, 300)
    ids, start_us = identities(lab, count), time.time_ns() // 1000
    records = ((device, inform(lab, at, device, start_us + at, BOOTSTRAP, ("0 BOOTSTRAP", "1 BOOT"), at + 1)) for at, device in enumerate(ids))
    result.must("Informs put on the topic", backlog.put(lab, "hms.device-events", records), count)
    backlog.GIVE_UP_S = max(backlog.GIVE_UP_S, count // 200)
    seconds, spent = backlog.work_off(lab, "provisioning-0", "provisioning", {"done": ("hms_stream_messages_total", count)})
    # In a session they would be asked for methods and given credentials: that is taken as done, so that the next look finds all as desired.
    lab.sql("update device set rpc_tries = 100, duties = 0 where product_class = 'Bench'")
    lab.sql("insert into device_credential (device_id, kind, sealed) select device_id, 1, substr(sha512(uuid_send(device_id)) || sha512(uuid_send(device_id) || 'a')"
            " || sha512(uuid_send(device_id) || 'b') || sha512('c'), 1, %s) from device where product_class = 'Bench'", CREDENTIAL_BYTES)
    lab.sql("update device_hot set gen = 0")
    lab.restart("provisioning-0", HMS_PROVISIONING_DESIRED_RATE=1000000)
    eventually(lambda: lab.sql("select count(*) from device_desired where state = 'in_sync'")[0][0] == count, 300, 1)
    for table in DEVICE_TABLES:
        lab.sql(f"vacuum {'full' if table == 'device' else ''} analyze {table}")  # of device each row was written once more just now
    after = sizes(lab)
    bytes_ = {name: (after[name] - before[name]) / count for name in after if after[name] - before[name] > count}
    keys = redis.dbsize() - keys_before
    result.must("entries in Redis", keys, count)
    column = {"label": f"{count:,} devices", "pg": {**bytes_, "all": sum(bytes_.values())},
              "redis": (redis.info("memory")["used_memory"] - redis_before) / count, "rate": count / seconds["done"] if "done" in seconds else None,
              "cpu": {name: used / count for name, used in spent.items()}}
    result.add(column, f"{column['pg']['all']:7,.0f} bytes in PostgreSQL  {column['redis']:5,.0f} in Redis")
    return ids


def size_table(columns):
    yield "bytes a device in PostgreSQL", [number(column["pg"]["all"], "{:,.0f}") for column in columns]
    for name in sorted({name for column in columns for name in column["pg"]} - {"all"}):
        yield f"  {name}", [number(column["pg"].get(name), "{:,.0f}") for column in columns]
    yield "  aim", [number(AIM_PG_BYTES, "{:,}")] * len(columns)
    yield "bytes a device in Redis", [number(column["redis"], "{:,.0f}") for column in columns]
    yield "  aim", [number(AIM_REDIS_BYTES, "{:,}")] * len(columns)
    yield "new devices a second", [number(column["rate"], "{:,.0f}") for column in columns]


# ---------------------------------------------------------------- finding one

def searches(chosen):
    return {"serial number": {"serial": serial(chosen)}, "tag": {"tag": f"tag{chosen % 1000}"}, "software version": {"software_version": versions(chosen)},
            "chosen parameter": {"parameter": TAC, "value": str(chosen % 65536)}, "chosen parameter, begin": {"parameter": CELL, "value": f"{chosen // 10}*"}}


def search(lab, result, count):
    lab.sql("update device set tags = array['tag' || (substr(serial, 6)::int %% 1000)] where product_class = 'Bench' and substr(serial, 6)::int %% 20 = 0")
    lab.sql("vacuum analyze device")
    api, chance = Api(lab), random.Random(1)
    for name in searches(0):
        waits, found = [], 0
        for _ in range(SEARCHES):
            chosen = chance.randrange(count) // 20 * 20 if name == "tag" else chance.randrange(count)
            path = "/devices?limit=20&" + urllib.parse.urlencode(searches(chosen)[name])
            begun = time.perf_counter()
            answer = api("GET", path)
            waits.append((time.perf_counter() - begun) * 1e6)
            if answer.status == 400:
                break
            found += bool(answer.json["items"])
        if len(waits) == SEARCHES:
            result.must(f"searches by {name} that found something", found, SEARCHES)
            result.add({"label": name, "wait": quantiles(waits)}, f"{statistics.median(waits) / 1000:7.1f} ms")


def search_table(columns):
    yield "ms, median", [number(column["wait"]["p50"]) for column in columns]
    yield "ms, 99 of 100", [number(column["wait"]["p99"]) for column in columns]
    yield "  aim, median", [number(AIM_SEARCH_MS, "{:,}")] * len(columns)


def plan_all(lab, result, count):
    """What a profile would change, over all devices."""
    begun = time.perf_counter()
    answer = Api(lab)("POST", f"/profiles/{PROFILE}/plan", {}, timeout=300)
    if answer.status == 200:
        result.add({"label": "plan over all", "wait": {"p50": (time.perf_counter() - begun) * 1000, "p99": None}}, f"{count:,} devices")


# ---------------------------------------------------------------- a change of the profile

class Costs:
    """Of PostgreSQL, since it was made."""

    def __init__(self, lab):
        self.lab, self.begun, self.before = lab, time.monotonic(), self.sample()

    def sample(self):
        wal, = self.lab.sql("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0]
        return {"wal": int(wal), "statements": self.lab.metric("hms_pg_statements_total", "provisioning"),
                "batches": self.lab.metric("hms_stream_batches_total", "provisioning"), **{f"cpu {name}": used for name, used in
                self.lab.cpu_us(provisioning=self.lab.instance("provisioning-0").pid).items()}}

    def of(self, devices):
        after = self.sample()
        return {"seconds": time.monotonic() - self.begun, **{name: (after[name] - self.before[name]) / devices for name in after}}


def looked(lab, gen):
    return lab.sql("select count(*) from device_hot where gen = %s", gen)[0][0]


def wait_for_change(lab, interval):
    """Another version counts, and provisioning has read it."""
    set_profile(lab, interval)
    gen = lab.sql("select max(gen) from desired_generation")[0][0]
    eventually(lambda: looked(lab, gen) > 0, 60, 0.05)
    return gen


def change(lab, result, count):
    for label, rate, interval in (("as set (500/s)", None, 600), ("without a limit", 1000000, 900)):
        lab.restart("provisioning-0", **({} if rate is None else {"HMS_PROVISIONING_DESIRED_RATE": rate}))
        gen = wait_for_change(lab, interval)
        costs, first, give_up = Costs(lab), looked(lab, gen), time.monotonic() + (QUIET_RATE_S if rate is None else 600)
        most, done, at = 0, first, time.monotonic()
        while done < count and time.monotonic() < give_up:
            time.sleep(1)
            now, when = looked(lab, gen), time.monotonic()
            most, done, at = max(most, (now - done) / (when - at)), now, when
        each = costs.of(max(1, done - first))
        if rate:
            result.must("devices that were looked at", done, count)
            result.must("devices that are pending", lab.sql("select count(*) from device_desired where state = 'pending'")[0][0], count)
        result.add({"label": label, "rate": (done - first) / each["seconds"], "most": most, **each,
                    "cpu": {name[4:]: value for name, value in each.items() if name.startswith("cpu ")}},
                   f"{(done - first) / each['seconds']:8,.0f} devices/s  at most {most:8,.0f}  {each['wal']:6,.0f} bytes of WAL each")


def change_table(columns):
    yield "devices looked at a second", [number(column["rate"], "{:,.0f}") for column in columns]
    yield "  in the second with most", [number(column["most"], "{:,.0f}") for column in columns]
    yield "statements a device", [number(column["statements"], "{:,.2f}") for column in columns]
    yield "bytes of WAL a device", [number(column["wal"], "{:,.0f}") for column in columns]
    for name in ("provisioning", "PostgreSQL"):
        yield f"CPU us a device: {name}", [number(column["cpu"].get(name), "{:,.0f}") for column in columns]


# ---------------------------------------------------------------- quiet sessions

def reads(lab):
    """{table: rows fetched by a scan of it or of one of its indexes}"""
    lab.sql("select pg_stat_clear_snapshot()")
    return {name: int(rows) for name, rows in lab.sql("select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables")}


def quiet(lab, result, ids):
    """The same devices once more, as they come each interval, while no profile changes."""
    set_profile(lab, 300)  # all are in sync again, and have been looked at
    lab.restart("provisioning-0", HMS_PROVISIONING_DESIRED_RATE=1000000)
    eventually(lambda: lab.sql("select count(*) from device_desired where state = 'in_sync'")[0][0] == len(ids), 300, 1)
    lab.stop_services("provisioning-0")
    start_us = time.time_ns() // 1000
    records = ((device, inform(lab, at, device, start_us + at, PERIODIC, ("2 PERIODIC",), at + 1)) for at, device in enumerate(ids))
    result.must("quiet Informs put on the topic", backlog.put(lab, "hms.device-events", records), len(ids))
    before, wal = reads(lab), int(lab.sql("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0][0])
    seconds, spent = backlog.work_off(lab, "provisioning-0", "provisioning", {"done": ("hms_prov_quiet_sessions_total", len(ids))})
    written = int(lab.sql("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0][0]) - wal
    lab.stop_services("provisioning-0")  # its connections tell what they have counted at their end
    time.sleep(1)
    after = reads(lab)
    for table in ("device", "device_param", "device_desired", "device_attr", "device_credential", "id_pool_lease"):
        result.must(f"rows of {table} that quiet sessions have read", after.get(table, 0) - before.get(table, 0), 0)
    result.add({"label": f"{len(ids):,} sessions", "rate": len(ids) / seconds.get("done", float("inf")), "rows": (after["device_hot"] - before["device_hot"]) / len(ids),
                "wal": written / len(ids), "cpu": {name: used / len(ids) for name, used in spent.items()}},
               f"{len(ids) / seconds.get('done', float('inf')):8,.0f} sessions/s")
    lab.start_services("provisioning-0")


def quiet_table(columns):
    yield "sessions a second, of a backlog", [number(column["rate"], "{:,.0f}") for column in columns]
    yield "rows of device_hot read a session", [number(column["rows"], "{:,.2f}") for column in columns]
    yield "rows of other tables of devices", ["0"] * len(columns)
    yield "bytes of WAL a session", [number(column["wal"], "{:,.0f}") for column in columns]
    for name in ("provisioning", "PostgreSQL"):
        yield f"CPU us a session: {name}", [number(column["cpu"].get(name), "{:,.1f}") for column in columns]


def measure(lab, options):
    count = options.devices
    results = [Result(f"What a device takes, with {PARAMETERS} cached parameters", size_table), Result("Finding devices through the API", search_table),
               Result("A profile changes: devices that do not come are looked at", change_table), Result("Quiet sessions of them all", quiet_table)]
    ids = fill(lab, results[0], count)
    lab.start_services("northbound-0")
    search(lab, results[1], count)
    plan_all(lab, results[1], count)
    lab.stop_services("northbound-0")
    change(lab, results[2], count)
    quiet(lab, results[3], ids)
    lab.check_sound(results[3])
    return results
