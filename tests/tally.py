"""Adds up JUnit files and prints "N passed, N failed[, N skipped]"; exit status 1 if anything failed or nothing ran.

usage: tally.py BROKEN RESULTS

BROKEN is the number of suites that ended with an error; where no failed test explains them, they count as failures themselves. In the
output of a cmocka program its own tests are counted; one that crashed counts as one failure more.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def cmocka(output, ok):
    passed = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", output)))
    failed = sum(map(int, re.findall(r"\[  FAILED  \] .*?(\d+) test", output)))
    if not passed + failed:
        return (1, 0) if ok else (0, 1)
    return passed, failed or int(not ok)


def tally(file):
    passed = failed = skipped = 0
    for case in ElementTree.parse(file).iter("testcase"):
        bad = case.find("failure") is not None or case.find("error") is not None
        if case.find("skipped") is not None:
            skipped += 1
        else:
            good, wrong = cmocka(case.findtext("system-out") or "", not bad)
            passed += good
            failed += wrong
    return passed, failed, skipped


def main():
    broken, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    passed, failed, skipped = map(sum, zip((0, 0, 0), *map(tally, folder.glob("*.xml"))))
    failed = failed or broken
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


main()
