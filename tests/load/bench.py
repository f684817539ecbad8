"""What the services can do and what it costs, measured on a private system: see tests/load/bench."""
import argparse
import json
import os
import pathlib
import signal
import sys

from benchlab import ROOT, BenchLab

import alarms
import files
import frontend
import memory
import pm
import profiles
import reach
import report
import sessions

PARTS = {"sessions": sessions, "alarms": alarms, "pm": pm, "files": files, "frontend": frontend, "memory": memory, "reach": reach, "profiles": profiles}
ALL = ("sessions", "alarms", "pm", "files")  # the others take as long again
SECONDS_MIN = 5


def parse():
    parser = argparse.ArgumentParser(prog="tests/load/bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what is measured: {', '.join(PARTS)} [$BENCH, or {' '.join(ALL)}]")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file, too")
    parser.add_argument("--cells", type=int, help="sessions, frontend: simulated cells [10000; frontend 300]")
    parser.add_argument("--seconds", type=int, default=os.environ.get("BENCH_SECONDS"),
                        help=f"sessions, frontend: measured time of each run, {SECONDS_MIN} and more [BENCH_SECONDS, or 30; frontend 6]")
    parser.add_argument("--rates", type=lambda text: [int(each) for each in text.split(",")], default=[1000, 3333],
                        help="sessions: quiet sessions a second [1000,3333]")
    parser.add_argument("--alarms", type=int, default=60000, help="alarms: how many in each run [60000]")
    parser.add_argument("--pm-files", type=int, default=3000, help="pm: files [3000]")
    parser.add_argument("--clients", type=int, default=8, help="files: connections [8]")
    parser.add_argument("--small-files", type=int, default=4000, help="files: uploads and downloads of 64 KiB in each run [4000]")
    parser.add_argument("--large-files", type=int, default=16, help="files: the same of 64 MiB [16]")
    parser.add_argument("--rate", type=int, default=1000, help="frontend: sessions a second, of those with a TLS handshake a quarter [1000]")
    parser.add_argument("--open", type=int, default=10000, help="memory: open sessions whose memory is measured [10000]")
    options = parser.parse_args()
    wanted = options.parts or os.environ.get("BENCH", "").split() or ALL
    unknown = [each for each in wanted if each not in PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]}: {', '.join(PARTS)}")
    if options.seconds is not None and options.seconds < SECONDS_MIN:
        parser.error(f"--seconds is at least {SECONDS_MIN}")
    options.parts = [each for each in PARTS if each in wanted]
    return options


def main():
    options, results, lab = parse(), [], BenchLab()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the system ends with it
    try:
        print(f"a private system in {lab.run.relative_to(ROOT)}: one of each service", flush=True)
        lab.start_stores()
        lab.start_services()
        for name in options.parts:
            print(f"{name}:", flush=True)
            results += PARTS[name].measure(lab, options)
    finally:
        lab.close()
    print("", report.machine(), *results, sep="\n")
    if options.json:
        figures = {"machine": report.machine(), "tables": [result.figures() for result in results]}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(any(result.problems for result in results))


sys.exit(main())
