"""PM: each file that was answered is loaded once, with the values that the cell wrote; the ledger says so; nothing half stored is left."""
from collections import Counter

from evidence import lines, micros

WANTED = ("late", "suspect", "unexpected")  # and empty


def uploads_of(evidence):
    """{(serial, period end): line}: those that were answered, and the last try of all."""
    done, tried = {}, {}
    for line in lines(evidence, "pm"):
        key = line["cell"], micros(line["period_end"])
        if line["result"] == "ok":
            done[key] = line
        if "sha256" in line:
            tried[key] = line
    return done, tried


def under_way(tried, periods):
    """Which of these periods may have been on their way when their cells ended or were reset: each cell's next one, or its first."""
    last, seen = {}, Counter(cell for cell, _ in periods)
    for (cell, end_us), line in tried.items():
        last[cell] = max(last.get(cell, 0), end_us + line["interval"] * 1000000)
    return {(cell, end_us) for cell, end_us in periods if end_us == last.get(cell) or (cell not in last and seen[cell] == 1)}


def check_pm_facts(evidence):
    done, tried = uploads_of(evidence)
    maybe = under_way(tried, evidence.facts)
    for key, line in sorted(done.items()):
        if key not in evidence.facts:
            yield f"PM file {key} was answered and its counters are not there"
        if (line["cell"], line["sha256"]) not in evidence.uploads:
            yield f"PM file {key} was answered and is no upload"
    for key, row in sorted(evidence.facts.items()):
        if row["facts"] != row["counters"] or row["facts"] != row["units"]:
            yield f"PM period {key} has {row['facts']} facts of {row['counters']} counters, its units say {row['units']}"
        if key not in tried:
            if key not in maybe:
                yield f"PM period {key} is there and nobody uploaded it"
        elif row["sum"] != tried[key]["sum"] or row["digests"] != [tried[key]["sha256"]]:
            yield f"PM period {key} has the sum {row['sum']} of {row['digests']}, the cell wrote {tried[key]['sum']} in {tried[key]['sha256']}"
    for row in evidence.quarantine:
        yield f"PM file set aside: {row}"


def check_pm_ledger(evidence):
    done, tried = uploads_of(evidence)
    maybe = tried.keys() | under_way(tried, evidence.facts)
    for serial in sorted(evidence.cells):
        day = evidence.days.get(serial, {})
        received = day.get("received", set())
        for end_us in sorted({end for cell, end in done if cell == serial} - received):
            yield f"{serial}: the ledger lacks period {end_us}, which was uploaded"
        for end_us in sorted(end for end in received if (serial, end) not in maybe):
            yield f"{serial}: the ledger has period {end_us}, which was not uploaded"
        for name in WANTED:
            if day.get(name) and not (name == "unexpected" and serial in evidence.blocked):
                yield f"{serial}: periods are {name} by the ledger: {sorted(day[name])}"
        for end_us in sorted(day.get("expected", set()) - received):
            if serial not in evidence.blocked:
                yield f"{serial}: period {end_us} is missing by the ledger"


def check_storage(evidence):
    for (serial, digest), row in sorted(evidence.uploads.items()):
        if row["ref"] and evidence.stored.get(row["ref"]) != digest:
            yield f"{serial}: the file {row['ref']} is {evidence.stored.get(row['ref'], 'not there')}, its row says {digest}"
    refs = {row["ref"] for row in evidence.uploads.values()}
    kept = {line["sha256"] for line in lines(evidence, "pm") if line["result"] == "ok"}
    for ref, digest in sorted(evidence.stored.items()):
        if ref not in refs and digest in kept:
            yield f"the file {ref} was answered and has no row"
    for name in evidence.parts:
        yield f"half stored: {name}"


CHECKS = (check_pm_facts, check_pm_ledger, check_storage)
