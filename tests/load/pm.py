"""PM counters a second through pm-ingest, beside plain COPY and INSERT ... UNNEST of the same rows in the same run."""
import contextlib
import datetime
import hashlib
import io
import time

from hmslab.records import schema

import backlog
from report import Result, cpu_rows, number

NS = "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"
GROUPS, COUNTERS = 10, 20  # of a file: counters of each group
FACTOR = 7  # counter n of a group is n * FACTOR
PM = 1  # FileEvent.Kind


def pm_file(end):
    times = [datetime.datetime.fromtimestamp(t, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for t in (end - 900, end)]
    infos = "".join(f'<measInfo measInfoId="G{g}"><granPeriod duration="PT900S" endTime="{times[1]}"/>'
                    f'<measTypes>{" ".join(f"G{g}.Counter{n}" for n in range(COUNTERS))}</measTypes><measValue measObjLdn="HeNB=1">'
                    f'<measResults>{" ".join(str(n * FACTOR) for n in range(COUNTERS))}</measResults></measValue></measInfo>'
                    for g in range(GROUPS))
    return (f'<measCollecFile xmlns="{NS}"><fileHeader fileFormatVersion="32.435 V7.0"><fileSender/><measCollec beginTime="{times[0]}"/>'
            f'</fileHeader><measData><managedElement/>{infos}</measData><fileFooter><measCollec endTime="{times[1]}"/></fileFooter>'
            '</measCollecFile>').encode()


def records(lab, files):
    """(device, FileEvent) of one file a device."""
    event = schema("file_event", lab.run).FileEvent
    body = pm_file(int(time.time()) // 900 * 900 - 900)
    digest = hashlib.sha256(body).digest()
    for (text,) in lab.sql("select device_allow('default', '00256D', 'HeNB', 'PM' || n) from generate_series(1, %s) n", files):
        device = bytes.fromhex(text.replace("-", ""))
        yield device, event(schema=1, min_reader=1, device_id=device, tenant="default", kind=PM, name="A.xml", size=len(body), sha256=digest,
                            file_id=hashlib.sha256(device + digest).digest()[:16], recv_us=int(time.time() * 1e6), body=body).SerializeToString()


def ingest(lab, result, files):
    total = files * GROUPS * COUNTERS
    result.must("files put on the topic", backlog.put(lab, "hms.files", records(lab, files)), files)
    seconds, spent = backlog.work_off(lab, "pm-ingest-0", "pm-ingest", {"facts": ("hms_pmi_facts_total", total)})
    result.must("rows of pm_fact", lab.sql("select count(*) from pm_fact")[0][0], total)
    result.must("sum of pm_fact", int(lab.sql("select coalesce(sum(value), 0) from pm_fact")[0][0]),
                files * GROUPS * FACTOR * COUNTERS * (COUNTERS - 1) // 2)
    result.must("rows of upload", lab.sql("select count(*) from upload where kind = 'pm'")[0][0], files)
    return seconds.get("facts", float("inf")), spent


def timed(lab, run):
    """Seconds, and CPU us of the stores."""
    before, begun = lab.cpu_us(), time.monotonic()
    run()
    seconds = time.monotonic() - begun
    return seconds, {name: used - before[name] for name, used in lab.cpu_us().items()}


def plain_copy(lab):
    """The rows as COPY's binary form, in one statement into a table with the same columns and indexes."""
    data = io.BytesIO()
    lab.sql("create table plain (like pm_fact including all)")
    with contextlib.closing(lab.pg()) as connection, connection.cursor() as cursor:
        cursor.copy_expert("copy (select * from pm_fact) to stdout (format binary)", data)
        data.seek(0)
        return timed(lab, lambda: cursor.copy_expert("copy plain from stdin (format binary)", data))


def unnested(lab):
    """The same by statements of 10,000 rows, whose arrays are made in the server before the clock runs."""
    lab.sql("create table arrays as select array_agg(device_id) d, array_agg(period_end) e, array_agg(group_id) g, array_agg(object_id) o,"
            " array_agg(counter_id) c, array_agg(value) v, array_agg(suspect) s, array_agg(text) t from"
            " (select *, row_number() over () / 10000 as n from pm_fact) f group by n")
    lab.sql("create table unnested (like pm_fact including all)")
    return timed(lab, lambda: lab.sql("insert into unnested select u.* from arrays, unnest(d, e, g, o, c, v, s, t) u"))


def table(columns):
    yield "counters", [number(column["counters"], "{:,}") for column in columns]
    yield "counters a second", [number(column["rate"], "{:,.0f}") for column in columns]
    yield "plain COPY is faster by", [number(columns[1]["rate"] / column["rate"] if column["rate"] else None, "{:.2f}") for column in columns]
    yield from cpu_rows(columns, "a counter", ("pm-ingest", "Kafka", "PostgreSQL"))


def measure(lab, options):
    result = Result(f"PM: a backlog of {options.pm_files:,} files of {GROUPS * COUNTERS} counters, worked off by one pm-ingest; the same rows by others",
                    table)
    total = options.pm_files * GROUPS * COUNTERS
    lab.only()
    for label, run in (("pm-ingest", lambda: ingest(lab, result, options.pm_files)), ("plain COPY", lambda: plain_copy(lab)),
                       ("INSERT UNNEST", lambda: unnested(lab))):
        seconds, spent = run()
        result.add({"label": label, "counters": total, "rate": total / seconds, "cpu": {name: used / total for name, used in spent.items()}},
                   f"{total / seconds:10,.0f} counters/s")
    for name in ("plain", "unnested"):
        result.must(f"rows of table {name}", lab.sql(f"select count(*) from {name}")[0][0], total)
    lab.check_caught_up(result, "hms.files", "pm-ingest")
    lab.check_sound(result)
    return [result]
