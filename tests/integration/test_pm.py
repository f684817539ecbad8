"""PM files from hms.files to counters, ledger and quarantine: services/pm-ingest.

Guards: the digest of a unit (pm_unit.file_id) and its replacement as a whole; the COPY in the transaction of the offset; pm_check() for what is missing.
"""
import datetime
import gzip
import hashlib
import itertools
import math
import os
import pathlib
import sys
import time
import uuid

import pytest
from hmslab import eventually
from hmslab.records import schema
from hmslab.tables import PARTITIONS

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/unit/pmfile"))
import independent  # noqa: E402

SAMPLES = ROOT / "tests/data/pm"
CORPUS = pathlib.Path(os.environ.get("HMS_PM_CORPUS", ROOT / "../shared/corpus/pm"))
UTC = datetime.timezone.utc
NS = 'xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"'
KINDS = {"PM": 1, "LOG": 2, "CONFIGURATION": 3, "OTHER": 4}
numbers = itertools.count(int(time.time()) % 1000000 * 1000)


def iso(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def quarter(back=1, duration=900):
    """The end of a period that lies so many periods back."""
    now = int(time.time()) // duration * duration - back * duration
    return datetime.datetime.fromtimestamp(now, UTC)


def info(end, values, group="RRC", ldn="HeNB=1", duration=900, names=None, suspect=False):
    names = names or [f"RRC.Counter{n}" for n in range(len(values))]
    return (f'<measInfo measInfoId="{group}"><granPeriod duration="PT{duration}S" endTime="{iso(end)}"/><measTypes>{" ".join(names)}</measTypes>'
            f'<measValue measObjLdn="{ldn}"><measResults>{" ".join(map(str, values))}</measResults>'
            f'{"<suspect>true</suspect>" if suspect else ""}</measValue></measInfo>')


def file_of(*infos, begin, end, sender="x"):
    return (f'<?xml version="1.0" encoding="UTF-8"?><measCollecFile {NS}><fileHeader fileFormatVersion="32.435 V7.0">'
            f'<fileSender localDn="{sender}"/><measCollec beginTime="{iso(begin)}"/></fileHeader><measData><managedElement localDn="{sender}"/>'
            f'{"".join(infos)}</measData><fileFooter><measCollec endTime="{iso(end)}"/></fileFooter></measCollecFile>').encode()


def simple(end, values, **more):
    """A file with one measInfo."""
    span = datetime.timedelta(seconds=more.get("duration", 900))
    return file_of(info(end, values, **more), begin=end - span, end=end)


class Cell:
    """A device with a row, which uploads by records on hms.files."""

    def __init__(self, lab, known=True):
        self.lab, self.serial = lab, f"PM{next(numbers)}"
        (self.id,), = lab.sql("select hms_device_id('default', '00256D', 'HeNB', %s)", self.serial)
        if known:
            lab.sql("select device_allow('default', '00256D', 'HeNB', %s)", self.serial)
        self.partition = int(self.id.replace("-", "")[:3], 16) * PARTITIONS >> 12

    def event(self, body=None, kind="PM", name="A.xml", ref=None, received=None, **more):
        module = schema("file_event", self.lab.run)
        digest = hashlib.sha256(body or ref.encode()).digest()
        device = uuid.UUID(self.id).bytes
        event = module.FileEvent(schema=1, min_reader=1, device_id=device, tenant="default", kind=KINDS[kind], name=name, sha256=digest,
                                 file_id=hashlib.sha256(device + bytes([KINDS[kind]]) + digest).digest()[:16], size=len(body or b""),
                                 recv_us=int((received or time.time()) * 1000000), **more)
        if ref:
            event.ref = ref
        else:
            event.body = body
        return event

    def upload(self, body=None, **more):
        """Produces the record; returns once it is consumed."""
        offset = self.lab.produce(self.event(body, **more).SerializeToString(), self.partition, "hms.files")
        self.consumed(offset)

    def consumed(self, offset):
        eventually(lambda: self.lab.sql("select 1 from consumer_offset where service = 'pm-ingest' and topic = 'hms.files' and part = %s"
                                        " and next > %s", self.partition, offset))

    def rows(self):
        """{(group, end in us, object, counter): (duration in us, value, suspect)} as independent.py has it."""
        found = self.lab.sql("select grp, period_end, object, counter, duration_ms, value, text, suspect from api_v1.pm_series where device_id = %s",
                             self.id)
        rows = {(grp, independent.micros(end - independent.EPOCH), ldn, counter): (duration * 1000, value if text is None else text, suspect)
                for grp, end, ldn, counter, duration, value, text, suspect in found}
        assert len(rows) == len(found)
        return rows

    def values(self):
        return sorted(value for _, value, _ in self.rows().values())

    def quarantine(self):
        return sorted(self.lab.sql("select n, reason from api_v1.pm_quarantine where device_id = %s", self.id))

    def uploads(self):
        return self.lab.rows("select * from upload where device_id = %s order by received", self.id)

    def told_to_upload(self, interval, since, until=None):
        self.lab.sql("insert into device_pm (device_id, since, until, interval_s) values (%s, %s, %s, %s)", self.id, since, until, interval)

    def days(self):
        return self.lab.one("select coalesce(sum(expected), 0) as expected, coalesce(sum(received), 0) as received,"
                            " coalesce(sum(missing_count), 0) as missing, coalesce(sum(cardinality(late)), 0) as late,"
                            " coalesce(sum(cardinality(suspect)), 0) as suspect, coalesce(sum(cardinality(unexpected)), 0) as unexpected"
                            " from api_v1.pm_days where device_id = %s", self.id)

    def alarms(self):
        """Whether each alarm that HMS has told of this cell was a clear."""
        return [event["internal_alarm"].get("cleared") for event in self.lab.events(uuid.UUID(self.id).bytes) if event.get("internal_alarm")]


@pytest.fixture
def cell(lab):
    return lambda **fields: Cell(lab, **fields)


@pytest.fixture
def healed(lab):
    yield
    for instance in lab.instances("pm-ingest"):
        instance.arm("")
        if not instance.alive():
            instance.start()


def same_as_independent(cell, path):
    cell.upload(path.read_bytes(), name=path.name)
    label, rows, rejected = independent.read(path)
    assert label == "ok"
    assert cell.rows() == rows
    assert cell.quarantine() == [(n + 1, why) for n, why in rejected]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("pm-*.xml")), ids=lambda path: path.name)
def test_a_sample_gives_the_rows_of_an_independent_reading_or_its_reason(cell, path):
    same_as_independent(cell(), path)


@pytest.mark.skipif(not CORPUS.exists(), reason="no folder of files from the field")
@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.xml*")), ids=lambda path: path.name)
def test_a_file_from_the_field_gives_the_rows_of_an_independent_reading_or_its_reason(cell, path):
    """[Q12]"""
    same_as_independent(cell(), path)


def test_gzip_is_known_by_what_it_is(cell):
    """[Q12]"""
    device, end = cell(), quarter()
    device.upload(gzip.compress(simple(end, [1, "NIL", 3])), name="A.xml")
    assert [value for _, value, _ in sorted(device.rows().values(), key=str)] == [1, 3, None]
    assert [row["body"] for row in device.uploads()] == [None]


@pytest.mark.parametrize("body, reason", [(b"this is no XML", "not_xml"), (b"<a/>", "not_pm"), (b" ", "not_xml"), (b"\x1f\x8b\x08garbage", "malformed"),
                                          (b"<!DOCTYPE x [<!ENTITY a 'b'>]><measCollecFile/>", "malformed"),
                                          (gzip.compress(b"<measCollecFile/>")[:-9], "cut")])
def test_what_is_no_pm_file_is_quarantined_with_its_reason_and_its_body(lab, cell, body, reason):
    """[Q12]"""
    device = cell()
    device.upload(body)
    assert device.quarantine() == [(0, reason)]
    assert bytes(lab.sql("select body from pm_quarantine where device_id = %s", device.id)[0][0]) == body
    assert device.rows() == {}


def test_of_a_file_that_is_cut_what_was_complete_is_loaded(cell):
    """[Q12]"""
    device, end = cell(), quarter()
    whole = file_of(info(end, [1, 2]), info(end, [3], group="Other"), begin=end - datetime.timedelta(hours=1), end=end)
    device.upload(whole[:whole.index(b"</measResults>", whole.index(b"Other"))])
    assert (device.values(), device.quarantine()) == ([1, 2], [(0, "cut")])
    device.upload(whole)
    assert device.values() == [1, 2, 3]


def test_one_bad_measinfo_is_quarantined_and_the_rest_is_loaded(lab, cell):
    device, end = cell(), quarter()
    device.upload(file_of(info(end, [1, 2]), info(end, [3, 4], group="Bad", names=["only.one"]), info(end, [5], group="Good"),
                          begin=end - datetime.timedelta(hours=1), end=end))
    assert device.values() == [1, 2, 5]
    assert device.quarantine() == [(2, "count")]
    row = lab.one("select * from api_v1.pm_quarantine where device_id = %s", device.id)
    assert (row["grp"], row["period_end"], row["has_body"]) == ("Bad", end, True)


def test_the_same_file_again_changes_nothing(lab, cell):
    device, end = cell(), quarter()
    device.upload(simple(end, [1, 2]))
    before = lab.sql("select ctid, xmin, * from pm_fact where device_id = %s order by 1", device.id)
    device.upload(simple(end, [1, 2]))
    assert lab.sql("select ctid, xmin, * from pm_fact where device_id = %s order by 1", device.id) == before
    assert len(device.uploads()) == 1
    assert lab.sql("select replaced from pm_unit where device_id = %s", device.id) == [(0,)]


def test_another_file_of_the_same_period_replaces_it_as_a_whole(lab, cell):
    """Fails without delete_facts: both would be there."""
    device, end = cell(), quarter()
    device.upload(file_of(info(end, [1, 2, 3]), info(end, [9], group="Other"), begin=end - datetime.timedelta(hours=1), end=end))
    replaced = lab.metric("hms_pmi_replaced_total")
    device.upload(simple(end, [4, 5]))
    assert device.values() == [4, 5, 9]
    assert lab.metric("hms_pmi_replaced_total") == replaced + 1
    assert sorted(lab.sql("select replaced, facts from pm_unit where device_id = %s", device.id)) == [(0, 1), (1, 2)]


def test_nil_suspect_and_text_are_states_of_their_own(lab, cell):
    device, end = cell(), quarter()
    device.upload(simple(end, ["NIL", "1.5e3", "86,87,2"], suspect=True))
    found = lab.sql("select value, text, suspect from api_v1.pm_series where device_id = %s order by counter", device.id)
    assert found == [(None, None, True), (1500.0, None, True), (None, "86,87,2", True)]
    assert device.days()["suspect"] == 1
    device.upload(simple(end, [1, 2, 3]))
    assert device.days()["suspect"] == 0


def test_other_files_are_kept_as_uploads(lab, cell):
    device = cell()
    device.upload(b"a log", kind="LOG", name="log.txt", command_id=7)
    device.upload(kind="CONFIGURATION", ref="2026/config.bin", name="c")
    log, configuration = device.uploads()
    assert (log["kind"], bytes(log["body"]), log["name"], log["command_id"]) == ("log", b"a log", "log.txt", 7)
    assert (configuration["kind"], configuration["body"], configuration["ref"]) == ("configuration", None, "2026/config.bin")


def test_a_large_file_is_read_from_the_storage(lab, cell):
    device, end = cell(), quarter()
    folder = lab.run / "data/files/ab"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "large").write_bytes(file_of(*(info(end, range(200), group=f"G{n}") for n in range(100)), begin=end - datetime.timedelta(hours=1), end=end))
    device.upload(ref="ab/large")
    assert len(device.rows()) == 20000
    device.upload(ref="ab/none")
    device.upload(ref="../../env")
    assert device.quarantine() == [(0, "not_found"), (0, "not_found")]


def test_rows_of_one_file_in_the_quarantine_are_capped_and_the_rest_is_counted(lab, cell):
    """A small file can hold thousands of bad measInfos."""
    device, end = cell(), quarter()
    device.upload(gzip.compress(file_of(*[info(end, [1, 2], names=["A"], group=f"G{n}") for n in range(500)], begin=end - datetime.timedelta(seconds=900),
                                        end=end)))
    rows = device.quarantine()
    assert rows[:100] == [(n, "count") for n in range(1, 101)] and rows[100:] == [(501, "more")]
    assert lab.one("select detail from api_v1.pm_quarantine where device_id = %s and reason = 'more'", device.id)["detail"] == "400 more measInfos"


def test_one_device_cannot_fill_the_dictionary_of_counters_for_all(lab, cell):
    greedy, other, end, mark = cell(), cell(), quarter(), uuid.uuid4().hex
    settings = {"HMS_PM_INGEST_NEW_NAMES_PER_DEVICE": "100", "HMS_PM_INGEST_COUNTERS_MAX": "200000"}
    with lab.settings(*[each.name for each in lab.instances("pm-ingest")], **settings):
        infos = [info(end, [1] * 30, names=[f"{mark}.{group}.{n}" for n in range(30)], group=f"{mark}{group}") for group in range(5)]
        greedy.upload(file_of(*infos, begin=end - datetime.timedelta(seconds=900), end=end))
        assert len(greedy.rows()) == 90 and greedy.quarantine() == [(4, "new_names"), (5, "new_names")]
        assert lab.one("select count(*) as n from pm_counter where name like %s", mark + "%")["n"] <= 100
        greedy.upload(simple(end, [5], names=[f"{mark}.late"], group="late"))
        assert len(greedy.rows()) == 90
        greedy.upload(simple(quarter(2), [7], names=[f"{mark}.0.0"], group=f"{mark}0"))
        assert len(greedy.rows()) == 91
        other.upload(simple(end, [1, 2], names=[f"{mark}.x", f"{mark}.y"]))
        assert other.values() == [1, 2]


def test_an_unknown_device_is_quarantined(cell):
    device = cell(known=False)
    device.upload(simple(quarter(), [1]))
    assert (device.rows(), device.quarantine()) == ({}, [(0, "unknown_device")])


def test_a_period_too_old_or_in_the_future_is_quarantined(cell):
    device = cell()
    for end in (datetime.datetime(1990, 1, 1, tzinfo=UTC), datetime.datetime.now(UTC) + datetime.timedelta(days=40)):
        device.upload(simple(end, [1]))
    assert (device.rows(), [reason for _, reason in device.quarantine()]) == ({}, ["future", "too_old"])


def test_a_file_that_names_another_cell_is_loaded_and_flagged(cell):
    device = cell()
    device.upload(simple(quarter(), [1]))
    device.upload(file_of(info(quarter(2), [1]), begin=quarter(3), end=quarter(2), sender=f"HeNB=00256D-{device.serial}"))
    assert [row["note"] for row in device.uploads()] == ["serial_mismatch", ""]
    assert len(device.rows()) == 2


def test_a_record_that_cannot_be_read_is_set_aside(lab, cell):
    device = cell()
    offset = lab.produce(b"\xff\xff garbage", device.partition, "hms.files")
    device.consumed(offset)
    try:
        assert lab.sql("select reason from dead_event where service = 'pm-ingest' and topic = 'hms.files' and part = %s and off = %s",
                       device.partition, offset) == [("not a FileEvent",)]
    finally:
        lab.sql("delete from dead_event")


def test_a_missing_upload_appears_once_its_grace_has_passed_and_an_alarm_says_so_until_it_has_come(lab, cell):
    """PM-06. Fails without the sweep, and without the clear in pm_check()."""
    device = cell()
    end = quarter(duration=1800, back=0)
    device.told_to_upload(1800, end - datetime.timedelta(seconds=1801), until=end + datetime.timedelta(seconds=1))
    eventually(lambda: device.days()["missing"] == 2)
    eventually(lambda: device.alarms() == [False])
    device.upload(simple(end, [1], duration=1800))
    assert device.days() == {"expected": 2, "received": 1, "missing": 1, "late": math.ceil(time.time() - end.timestamp() > 3), "suspect": 0, "unexpected": 0}
    device.upload(simple(end - datetime.timedelta(seconds=1800), [1], duration=1800))
    days = device.days()
    assert (days["missing"], days["received"], days["late"] >= 1) == (0, 2, True)
    eventually(lambda: device.alarms() == [False, True])


def test_a_later_upload_tells_that_an_earlier_one_is_missing(lab, cell):
    """Known before the grace of the earlier one has passed: the grace is an hour here."""
    names = [instance.name for instance in lab.instances("pm-ingest")]
    with lab.settings(*names, HMS_PM_INGEST_GRACE="1h"):
        device, now = cell(), datetime.datetime.fromtimestamp(int(time.time()) // 10 * 10, UTC)
        device.told_to_upload(10, now - datetime.timedelta(seconds=31))
        span = datetime.timedelta(seconds=10)
        device.upload(simple(now - 3 * span, [1], duration=10))
        assert device.days()["missing"] == 0
        device.upload(simple(now - span, [1], duration=10))
        assert (device.days()["missing"], device.days()["received"]) == (1, 2)


def test_nothing_is_expected_after_uploads_were_switched_off_and_what_comes_is_flagged(lab, cell):
    """PM-02."""
    device, end = cell(), quarter(back=0)
    counted = lab.metric("hms_pmi_after_until_total")
    device.told_to_upload(900, end - datetime.timedelta(minutes=61), until=end - datetime.timedelta(minutes=31))
    eventually(lambda: device.days()["expected"] == 2)
    device.upload(simple(end, [1]))
    assert (device.days()["unexpected"], device.days()["expected"], len(device.rows())) == (1, 2, 1)
    assert [row["note"] for row in device.uploads()] == ["after_until serial_mismatch"]
    assert lab.metric("hms_pmi_after_until_total") == counted + 1


@pytest.mark.parametrize("passage", [1, 2])
def test_a_pm_ingest_that_is_killed_loses_nothing_and_doubles_nothing(lab, cell, healed, passage):
    """I1: before its writes, with the COPY in the same transaction as the offset."""
    for instance in lab.instances("pm-ingest"):
        instance.arm(f"stream.write.before=kill@{passage}")
    device, end = cell(), quarter()
    offsets = []
    for back in range(5):
        event = device.event(simple(end - back * datetime.timedelta(minutes=15), range(50)))
        offsets.append(lab.produce(event.SerializeToString(), device.partition, "hms.files"))
    eventually(lambda: [instance for instance in lab.instances("pm-ingest") if not instance.alive()])
    for instance in lab.instances("pm-ingest"):
        instance.arm("")
        if not instance.alive():
            instance.start()
    device.consumed(offsets[-1])
    assert len(device.rows()) == 250
    assert lab.sql("select count(*), sum(facts) from pm_unit where device_id = %s", device.id) == [(5, 250)]
