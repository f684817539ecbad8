"""Plans over all devices and search, in a table of devices that is made for it; and what other requests notice of a plan."""
import io
import json
import statistics
import struct
import threading
import time
import urllib.request
import zlib

from report import Result, number

DEVICES, PARAMETERS = 100_000, 40
LTE = "Device.Services.FAPService.{i}."
TAC, CELL = LTE + "CellConfig.LTE.EPC.TAC", LTE + "CellConfig.LTE.RAN.Common.CellIdentity"
SEARCHES = {"by serial": "serial=BP00050000", "by serial, its begin": "serial=BP0005*", "by tag": "tag=bench-rare", "by software": "software_version=9.9.9",
            "by parameter": f"parameter={TAC}&value=4242", "by group and state": "group=bench&state=IN_SERVICE"}
TRIES = 50
OTHERS = [f"{LTE}X_BENCH.Parameter{n}" for n in range(PARAMETERS - 2)]
WANTED = 20  # parameters of the profile


def usual(name):
    """The value that all devices have of it."""
    return f"value of {name[-12:]}"


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def document(values, now):
    """As provisioning packs it: values are (path id, instances, text)."""
    plain = b"".join(varint(path) + varint(len(instances)) + b"".join(map(varint, instances)) + b"A" + varint(now) + varint(len(text)) + text
                     for path, instances, text in values)
    return b"\x01" + varint(len(plain)) + zlib.compress(plain, 1)


def copy(lab, table, columns, rows):
    """COPY in binary: rows of bytes."""
    out = io.BytesIO()
    out.write(b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0))
    for row in rows:
        out.write(struct.pack("!h", len(row)) + b"".join(struct.pack("!i", len(cell)) + cell for cell in row))
    out.write(struct.pack("!h", -1))
    out.seek(0)
    connection = lab.pg()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"copy {table} ({columns}) from stdin (format binary)", out)
    connection.close()


def make_devices(lab):
    """Cells that are in service with 40 cached parameters each, a tenth of them with a TAC of their own."""
    lab.sql("insert into device_group (tenant, name) values ('default', 'bench') on conflict do nothing")
    lab.sql("insert into device (device_id, tenant, oui, product_class, serial, kind, model, state, software_version, group_name, tags)"
            " select hms_device_id('default', '0200F0', 'HENB', 'BP' || lpad(n::text, 8, '0')), 'default', '0200F0', 'HENB', 'BP' || lpad(n::text, 8, '0'), 'henb',"
            " 'tr181-tr196v2-lte', case when n %% 2 = 0 then 'IN_SERVICE' else 'SETTLED' end, case when n = 5 then '9.9.9' else '1.' || n %% 7 end,"
            " case when n %% 100 = 0 then 'bench' else '' end, case when n %% 20000 = 0 then array['bench-rare'] else '{}' end from generate_series(1, %s) n", DEVICES)
    lab.sql("insert into device_hot (device_id, last_inform, gen) select device_id, now(), 0 from device where serial like 'BP%%'")
    names = [TAC, CELL, *OTHERS]
    lab.sql("insert into param_path (path) select unnest(%s) on conflict do nothing", names)
    paths = dict(lab.sql("select path, id from param_path where path = any (%s)", names))
    devices = lab.sql("select device_id::text, serial from device where serial like 'BP%%'")
    now, ids = int(time.time()), [bytes.fromhex(device.replace("-", "")) for device, _ in devices]
    numbers = [int(serial[2:]) for _, serial in devices]
    common = [(paths[name], (1,), usual(name).encode()) for name in names[2:]]
    copy(lab, "device_param", "device_id, doc", ((device, document([(paths[TAC], (1,), b"%d" % (n if n % 10 == 0 else 4001)), (paths[CELL], (1,), b"%d" % n),
                                                                   *common], now)) for device, n in zip(ids, numbers)))
    copy(lab, "device_attr", "path_id, value, device_id", ((struct.pack("!i", paths[TAC]), b"%d" % (4242 if n == 77 else n), device)
                                                          for device, n in zip(ids, numbers)))
    lab.sql("insert into device_desired (device_id, hash, state, profiles, since, audited) select device_id, 1, 'in_sync', '[[\"bench\", 1]]', now(), now()"
            " from device where serial like 'BP%%'")
    for table in ("device", "device_hot", "device_param", "device_desired", "device_attr", "param_path"):
        lab.sql(f"vacuum analyze {table}")


def call(lab, method, path, body=None):
    request = urllib.request.Request(lab.env["HMS_API_URL"] + "api/v1" + path, method=method, data=body,
                                     headers={"Authorization": f"Bearer {lab.env['HMS_API_TOKEN']}"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def timed_ms(run):
    begun = time.monotonic()
    return run(), (time.monotonic() - begun) * 1000


def searches(lab, result):
    for label, query in SEARCHES.items():
        found, waits = None, []
        for _ in range(TRIES):
            found, wait = timed_ms(lambda query=query: call(lab, "GET", f"/devices?{query}"))
            waits.append(wait)
        result.must(f"search {label}: something is found", bool(found["items"]), True)
        waits.sort()
        result.add({"label": label, "p50_ms": statistics.median(waits), "p99_ms": waits[-1], "found": len(found["items"])},
                   f"{statistics.median(waits):.1f} ms at the median")


def meanwhile(lab, stop, waits):
    while not stop.is_set():
        waits.append(timed_ms(lambda: call(lab, "GET", "/devices?serial=BP00050000"))[1])
        time.sleep(0.02)


def plans(lab, result):
    values = {"lte.tac": 4001, "lte.cell_identity": 7, **{name.replace("{i}", "1"): usual(name) for name in OTHERS[:WANTED - 2]}}
    profile = json.dumps({"selector": {"kind": ["henb"]}, "parameters": values}).encode()
    stop, waits = threading.Event(), []
    thread = threading.Thread(target=meanwhile, args=(lab, stop, waits))
    thread.start()
    answer, wait = timed_ms(lambda: call(lab, "POST", "/profiles/bench/plan", profile))
    stop.set()
    thread.join()
    result.must("devices of the plan", answer["devices"], DEVICES)
    result.must("devices that would change", answer["states"].get("would_change", 0), DEVICES - 1)  # cell 7 has it all
    waits.sort()
    result.add({"label": f"{WANTED} parameters", "seconds": wait / 1000, "p50_ms": statistics.median(waits), "p99_ms": waits[len(waits) * 99 // 100]},
               f"{wait / 1000:.1f} s")


def measure(lab, options):
    del options
    lab.only("northbound-0")
    make_devices(lab)
    found = Result(f"Search over {DEVICES:,} devices, one caller", lambda columns: [
        ("answered, ms, median", [number(column["p50_ms"]) for column in columns]),
        ("answered, ms, slowest of 50", [number(column["p99_ms"]) for column in columns]),
        ("devices on the first page", [number(column["found"], "{:,}") for column in columns])])
    searches(lab, found)
    planned = Result(f"Plan over {DEVICES:,} devices with {PARAMETERS} cached parameters each", lambda columns: [
        ("seconds", [number(column["seconds"]) for column in columns]),
        ("a search meanwhile, ms, median", [number(column["p50_ms"]) for column in columns]),
        ("a search meanwhile, ms, p99", [number(column["p99_ms"]) for column in columns])])
    plans(lab, planned)
    return [found, planned]
