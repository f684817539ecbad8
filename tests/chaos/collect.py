"""Takes what the judge looks at from a lab, once a run has come to rest."""
import hashlib
import uuid

import topic
from evidence import Evidence
from hmslab.files import Files

CONSUMERS = (("alarms", topic.DEVICE_EVENTS), ("pm-ingest", topic.FILES))  # beside provisioning

OF_CELLS = "join device d using (device_id) where d.serial like %s"
US = "(extract(epoch from {}) * 1000000)::bigint"

COMMANDS = f"select c.id, d.serial, c.kind, c.state, c.tries, c.note, c.origin, c.reason, c.purpose, c.fault from command_all c {OF_CELLS}"
HISTORY = (f"select d.serial, e.alarm_id, e.transition, e.reason, e.source, e.notification, {US.format('e.event_at')} as event_us,"
           f" {US.format('e.at')} as at_us, e.identifier, e.internal from alarm_event e {OF_CELLS}")
LISTED = ("select d.serial, a.identifier, a.perceived_severity as severity from api_v1.alarms a"
          f" {OF_CELLS} and a.state like 'ACTIVE%%' and not a.internal")
FACTS = (f"select d.serial, {US.format('f.period_end')} as end_us, count(*) as facts, sum(f.value)::bigint as sum,"
         f" count(distinct (f.group_id, f.object_id, f.counter_id)) as counters from pm_fact f {OF_CELLS} group by 1, 2")
UNITS = (f"select d.serial, {US.format('x.period_end')} as end_us, sum(x.facts) as units, array_agg(distinct encode(u.sha256, 'hex')) as digests"
         f" from pm_unit x left join upload u on u.device_id = x.device_id and u.id = x.file_id join device d on d.device_id = x.device_id"
         " where d.serial like %s group by 1, 2")
UPLOADS = f"select d.serial, encode(u.sha256, 'hex') as digest, u.kind, u.size, u.ref, u.note from upload u {OF_CELLS}"
DAYS = ("select d.serial, "
        + ", ".join(f"array(select {US.format('t')} from unnest(pm_times(y.day, y.{name})) t) as {name}"
                    for name in ("expected", "received", "late", "suspect", "unexpected"))
        + f" from pm_day y {OF_CELLS}")
QUARANTINE = f"select d.serial, q.name, q.n, q.reason, q.detail from pm_quarantine q {OF_CELLS}"


def offsets(lab, service, name):
    return {part: next_ for part, (next_, _) in lab.offsets(name, service).items()}


class Begin:
    """Where the logs end before a run; and whether all has been consumed since."""

    def __init__(self, lab):
        self.lab = lab
        self.next = self.next_of("provisioning", topic.DEVICE_EVENTS)
        self.others = {name: self.next_of(*name) for name in CONSUMERS}

    def next_of(self, service, name):
        return offsets(self.lab, service, name)

    def drained(self):
        pairs = [(("provisioning", topic.DEVICE_EVENTS), self.next), *self.others.items()]
        return (all(self.next_of(*name) == topic.end_offsets(self.lab, name[1], begin) for name, begin in pairs)
                and self.lab.sql("select count(*) from outbox")[0][0] == 0)

    def dead(self):
        begins = {**{name: begin for name, begin in self.others.items()}, ("provisioning", topic.DEVICE_EVENTS): self.next}
        rows = self.lab.rows("select service, topic, part, off, reason from dead_event")
        return [row for row in rows if row["off"] >= begins.get((row["service"], row["topic"]), {}).get(row["part"], 0)]


def days(rows):
    found = {}
    for row in rows:
        day = found.setdefault(row.pop("serial"), {})
        for name, times in row.items():
            day.setdefault(name, set()).update(times)
    return found


def facts(lab, like):
    found = {(row.pop("serial"), row.pop("end_us")): row for row in lab.rows(FACTS, like)}
    for row in lab.rows(UNITS, like):
        found.setdefault((row["serial"], row["end_us"]), {"facts": 0, "sum": 0, "counters": 0}).update(units=row["units"], digests=row["digests"])
    return found


def stored(files, cells):
    """{ref: digest} of the files of these cells."""
    found = {}
    for cell in cells.values():
        device = uuid.UUID(cell["id"]).hex
        for path in (files.root / "device" / device[:2] / device).glob("*"):
            found[str(path.relative_to(files.root))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def told(lab, cells):
    serials = {uuid.UUID(cell["id"]).bytes: serial for serial, cell in cells.items()}
    return [{**event, "serial": serials[event["device_id"]]} for event in topic.events_since(lab, topic.ALARMS, {})
            if event["device_id"] in serials]


def collect(lab, begin, cells, operators, expected):
    """cells: a Cells, stopped. operators: what they asked for."""
    like, rows, files = cells.prefix + "%", cells.devices(), Files(lab)
    commands = {row["id"]: row for row in lab.rows(COMMANDS, like)}
    return Evidence(
        record=cells.record(), events=topic.events_since(lab, topic.DEVICE_EVENTS, begin.next),
        next=begin.next_of("provisioning", topic.DEVICE_EVENTS), end=topic.end_offsets(lab, topic.DEVICE_EVENTS, begin.next),
        others={f"{name[0]} of {name[1]}": (begin.next_of(*name), topic.end_offsets(lab, name[1], of)) for name, of in begin.others.items()},
        cells=rows, dead=begin.dead(), expected=expected, commands={**dict.fromkeys(operators.reboots), **commands},
        reboots=set(operators.reboots) | {id_ for id_, row in commands.items() if row["origin"] == "chaos"},
        changes=dict(operators.changes), blocked=set(operators.blocked), history=lab.rows(HISTORY, like), listed=lab.rows(LISTED, like),
        told=told(lab, rows), facts=facts(lab, like), uploads={(row["serial"], row["digest"]): row for row in lab.rows(UPLOADS, like)},
        days=days(lab.rows(DAYS, like)), quarantine=lab.rows(QUARANTINE, like), stored=stored(files, rows), parts=files.parts())
