#!/usr/bin/env python3
"""PM counters a second through pm-ingest, beside plain COPY and INSERT ... UNNEST of the same rows in the same run.

usage: tests/load/pm.py [--files N] [--counters N]        programs: $HMS_BIN, default build/release/bin
"""
import argparse
import datetime
import hashlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
os.environ.setdefault("HMS_BIN", str(ROOT / "build/release/bin"))

from hmslab import Lab, eventually  # noqa: E402
from hmslab.records import schema  # noqa: E402
from hmslab.tables import PARTITIONS  # noqa: E402

NS = "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"


def pm_file(end, groups, counters):
    times = [datetime.datetime.fromtimestamp(t, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for t in (end - 900, end)]
    infos = "".join(f'<measInfo measInfoId="G{g}"><granPeriod duration="PT900S" endTime="{times[1]}"/>'
                    f'<measTypes>{" ".join(f"G{g}.Counter{n}" for n in range(counters))}</measTypes>'
                    f'<measValue measObjLdn="HeNB=1"><measResults>{" ".join(str(n * 7) for n in range(counters))}</measResults></measValue></measInfo>'
                    for g in range(groups))
    return (f'<measCollecFile xmlns="{NS}"><fileHeader fileFormatVersion="32.435 V7.0"><fileSender/><measCollec beginTime="{times[0]}"/>'
            f'</fileHeader><measData><managedElement/>{infos}</measData><fileFooter><measCollec endTime="{times[1]}"/></fileFooter>'
            '</measCollecFile>').encode()


def records(lab, files, groups, counters):
    """{partition: [record]} of one file a device."""
    event = schema("file_event", lab.run).FileEvent
    body = pm_file(int(time.time()) // 900 * 900 - 900, groups, counters)
    digest = hashlib.sha256(body).digest()
    found = {}
    for (device,) in lab.sql("select device_allow('default', '00256D', 'HeNB', 'L' || n) from generate_series(1, %s) n", files):
        key = uuid.UUID(device).bytes
        message = event(schema=1, min_reader=1, device_id=key, tenant="default", kind=1, name="A.xml", size=len(body), sha256=digest,
                        file_id=hashlib.sha256(key + digest).digest()[:16], recv_us=int(time.time() * 1e6), body=body)
        found.setdefault((key[0] << 4 | key[1] >> 4) * PARTITIONS >> 12, []).append(message.SerializeToString())
    return found


def ingest(lab, todo, total):
    """Seconds from the moment that the service owns its partitions, where the records wait, to the last commit."""
    for partition, values in todo.items():
        folder = lab.run / f"records-{partition}"
        folder.mkdir()
        for n, value in enumerate(values):
            (folder / str(n)).write_bytes(value)
        subprocess.run(["kcat", "-P", "-b", lab.env["HMS_KAFKA_BROKERS"], "-t", "hms.files", "-p", str(partition), *folder.iterdir()], check=True)
        shutil.rmtree(folder)
    seen = len(lab.instance("pm-ingest-0").log())
    lab._script("hms", "start", "pm-ingest-0")
    eventually(lambda: lab.metric("hms_pmi_facts_total") >= total, 600, 0.01)
    ended = time.time()
    owned = re.findall(r'time=(\S+)Z .*msg="partition taken over"', lab.instance("pm-ingest-0").log()[seen:])
    return ended - datetime.datetime.fromisoformat(owned[0] + "+00:00").timestamp()


def binary_rows(lab, table):
    """The rows as COPY's binary form."""
    out = io.BytesIO()
    with lab.pg() as connection, connection.cursor() as cursor:
        cursor.copy_expert(f"copy {table} to stdout (format binary)", out)
    return out.getvalue()


def timed(run):
    began = time.monotonic()
    run()
    return time.monotonic() - began


def plain_copy(lab, data):
    lab.sql("create table plain (like pm_fact including all)")

    def run():
        connection = lab.pg()
        with connection.cursor() as cursor:
            cursor.copy_expert("copy plain from stdin (format binary)", io.BytesIO(data))
        connection.close()
    return timed(run)


def unnested(lab):
    """The same in statements of 10,000 rows: arrays are made by the server before the clock runs."""
    lab.sql("create table arrays as select array_agg(device_id) d, array_agg(period_end) e, array_agg(group_id) g, array_agg(object_id) o,"
            " array_agg(counter_id) c, array_agg(value) v, array_agg(suspect) s, array_agg(text) t from"
            " (select *, row_number() over () / 10000 as n from pm_fact) f group by n")
    lab.sql("create table unnested (like pm_fact including all)")
    return timed(lambda: lab.sql("insert into unnested select u.* from arrays, unnest(d, e, g, o, c, v, s, t) u"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--groups", type=int, default=10)
    parser.add_argument("--counters", type=int, default=20, help="of each group")
    options = parser.parse_args()
    total = options.files * options.groups * options.counters
    lab = Lab(replicas=1)
    try:
        lab.start_stores()
        lab.start_services()
        lab.stop_services("pm-ingest-0")
        seconds = ingest(lab, records(lab, options.files, options.groups, options.counters), total)
        data = binary_rows(lab, "(select * from pm_fact)")
        print(f"{total} counters in {options.files} files")
        print(f"pm-ingest            {total / seconds:12,.0f} a second, reading of the files included")
        print(f"plain COPY           {total / plain_copy(lab, data):12,.0f} a second")
        print(f"INSERT ... UNNEST    {total / unnested(lab):12,.0f} a second (its arrays made and parsed before)")
    finally:
        lab.close()


if __name__ == "__main__":
    sys.exit(main())
