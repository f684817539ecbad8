#!/usr/bin/env python3
"""Reads PM files (TS 32.435, PmFile) with Python's XML parser, independently of lib/pmfile, and compares both.

usage: independent.py FILE...                    prints the rows of each file
       independent.py --compare PMDUMP FILE|FOLDER...   exit status 1 unless pmdump prints the same rows and the same rejected measInfos

A row: group, end of the period and its duration in microseconds, object, counter, value, suspect.
"""
import datetime
import gzip
import math
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

SLACK = datetime.timedelta(seconds=60)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Reject(Exception):
    """A measInfo that is left out."""


def local(element):
    return element.tag.rpartition("}")[2]


def children(element, name):
    return [child for child in element if local(child) == name] if element is not None else []


def child(element, name):
    return next(iter(children(element, name)), None)


def instant(text):
    if not text:
        raise ValueError("no time")
    text = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text.strip().replace("Z", "+00:00"))
    if "T24:00:00" in text:
        return instant(text.replace("T24", "T00")) + datetime.timedelta(days=1)
    time = datetime.datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)


def duration(text):
    match = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", (text or "").strip())
    if not match:
        raise ValueError("no duration")
    years, months, days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    span = datetime.timedelta(days=365 * years + 30 * months + days, hours=hours, minutes=minutes, seconds=seconds)
    if not span:
        raise ValueError("no duration")
    return span


def micros(span):
    return span // datetime.timedelta(microseconds=1)


def value_of(text):
    text = (text or "").strip()
    if not text or text.upper() == "NIL":
        return None
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) and len(text) <= 64 and math.isfinite(float(text)):
        return float(text)
    return text


def is_suspect(element):
    mark = child(element, "suspect")
    return mark is not None and (mark.text or "").strip().lower() not in ("false", "0")


def fnv(names):
    value = 0xcbf29ce484222325
    for byte in "".join(name + " " for name in names).encode():
        value = (value ^ byte) * 0x100000001b3 % 2**64
    return f"~{value:016x}"


def positions(info):
    """{position: counter}, in the order of the file."""
    found = {}
    for element in info:
        names = []
        if local(element) == "measTypes":
            names = [(len(found) + n, name) for n, name in enumerate((element.text or "").split(), 1)]
        elif local(element) == "measType":
            names = [(int(element.get("p", "0")), (element.text or "").strip())]
        for position, name in names:
            if position < 1 or position in found:
                raise Reject("position")
            if not name or re.search(r"[\s,]", name) or name in found.values():
                raise Reject("counter")
            found[position] = name
    return found


def values(element, types):
    """[(counter, text)] of a measValue."""
    out = []
    for child_ in element:
        if local(child_) == "measResults":
            results = (child_.text or "").split()
            if len(results) != len(types):
                raise Reject("count")
            out += zip(types.values(), results)
        elif local(child_) == "r":
            position = int(child_.get("p", "0"))
            if position not in types or types[position] in dict(out):
                raise Reject("position")
            out.append((types[position], child_.text))
    return out


def read_info(info, prefix):
    types = {}
    rows = []
    try:
        period = child(info, "granPeriod")
        if period is None:
            raise Reject("time")
        try:
            end, span = instant(period.get("endTime")), duration(period.get("duration"))
        except ValueError as error:
            raise Reject("time") from error
        types = positions(info)
        for element in children(info, "measValue"):
            ldn = (element.get("measObjLdn") or "").strip()
            if not ldn:
                raise Reject("object")
            rows += [(prefix + ldn, name, value_of(text), is_suspect(element)) for name, text in values(element, types)]
    except Reject as reject:
        return None, None, None, None, str(reject)
    group = (info.get("measInfoId") or "").strip() or fnv(types.values())
    return group, end, span, rows, None


def collec_infos(root):
    first = None
    for data in children(root, "measData"):
        name = ""
        for element in data:
            if local(element) == "managedElement":
                name = element.get("localDn") or ""
                first = first or name
            elif local(element) == "measInfo":
                yield read_info(element, "" if name == (first or "") else name + ",")


def pmfile_infos(root):
    header = child(root, "FileHeader")
    begin, end = (instant(child(header, name).text) for name in ("BeginTime", "EndTime"))
    for measurements in children(root, "Measurements"):
        types = {int(n.get("i")): n.text.strip() for n in child(measurements, "PmName")}
        rows = []
        for pm in child(measurements, "PmData"):
            for element in pm:
                if local(element) == "V":
                    rows.append((pm.get("Dn"), types[int(element.get("i"))], value_of(element.text), False))
                elif local(element) == "CV":
                    names, texts = ([each.text for each in children(element, tag)] for tag in ("SN", "SV"))
                    rows += [(pm.get("Dn"), name.strip(), value_of(text), False) for name, text in zip(names, texts)]
        yield child(measurements, "ObjectType").text.strip(), end, end - begin, rows, None


def bounds(root):
    """Begin and end of the file, None where unknown."""
    found = []
    for part, name in (("fileHeader", "beginTime"), ("fileFooter", "endTime")):
        collec = child(child(root, part), "measCollec")
        try:
            found.append(instant(collec.get(name)) if collec is not None else None)
        except ValueError:
            found.append(None)
    return found


def read(path):
    """(label of the file, {row}, [(number of the measInfo, why it is left out)])"""
    data = pathlib.Path(path).read_bytes()
    try:
        root = ElementTree.fromstring(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    except (ElementTree.ParseError, EOFError):
        return "bad", None, None
    if local(root) not in ("measCollecFile", "PmFile"):
        return "bad", None, None
    begin, end = bounds(root)
    kept, rejected = {}, []
    for number, (group, stop, span, rows, why) in enumerate(collec_infos(root) if local(root) == "measCollecFile" else pmfile_infos(root)):
        if not why and (begin and stop + SLACK <= begin or end and stop > end + SLACK):
            why = "outside"
        if why:
            rejected.append((number, why))
            continue
        for object_, counter, value, suspect in rows:
            kept[group, micros(stop - EPOCH), object_, counter] = micros(span), value, suspect
    return "ok", kept, rejected


def dumped(program, path):
    """The same of pmdump."""
    lines = [line.split("\t") for line in subprocess.run([program, path], check=True, stdout=subprocess.PIPE, text=True).stdout.split("\n")]
    rows = {}
    for group, stop, span, object_, counter, value, suspect in (line[1:] for line in lines if line[0] == "row"):
        rows[group, int(stop), object_, counter] = int(span), value_of(value), suspect == "1"
    return lines[0][1], rows, [(int(line[1]), line[2]) for line in lines if line[0] == "rejected"]


def compare(program, path):
    label, rows, rejected = read(path)
    label_c, rows_c, rejected_c = dumped(program, path)
    if label == "bad":
        same, told = label_c not in ("ok", "too_big", "no_memory"), label_c
    else:
        same, told = (label, rows, rejected) == (label_c, rows_c, rejected_c), f"{len(rows)} rows, left out: {rejected or 'none'}"
    print(f"{'same     ' if same else 'DIFFERENT'} {path}: {told}")
    if not same:
        print("  independent:", label, rejected, sorted(set((rows or {}).items()) - set(rows_c.items()), key=str)[:5])
        print("  pmdump:     ", label_c, rejected_c, sorted(set(rows_c.items()) - set((rows or {}).items()), key=str)[:5])
    return same


def main(args):
    if args[:1] != ["--compare"]:
        for path in args:
            print(path, *read(path), sep="\n  ")
        return 0
    files = [path for name in map(pathlib.Path, args[2:]) for path in (sorted(name.glob("*.xml*")) if name.is_dir() else [name])]
    return 0 if files and all([compare(args[1], path) for path in files]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
