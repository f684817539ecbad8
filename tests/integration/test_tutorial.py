"""docs/tutorial.md does what it says: every command runs as it is written, and prints what is stated there."""
import os
import re
import signal
import subprocess
import threading

import pytest
from hmslab.api import ROOT

PAGE = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
MARK = "=== end of block"
BLOCK_SECONDS = 180  # what never comes is not waited for for ever


def blocks():
    """(kind, commands, stated output) of each piece of the page: ```sh [kind], perhaps with ```text behind it."""
    for match in re.finditer(r"^```sh ?(\w*)\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", PAGE, re.MULTILINE | re.DOTALL):
        yield match[1], match[2], match[3] or ""


def pattern(line):
    """... stands for anything, blanks for blanks."""
    parts = [re.escape(part) for part in re.split(r"\s*\.\.\.\s*", line.strip())]
    return r"[^\n]*".join(re.sub(r"(\\ )+", r"\\s+", part) for part in parts)


def misses(stated, printed):
    """The first stated line that is not printed behind those before it; None: all are."""
    lines, at = printed.splitlines(), 0
    for wanted in filter(None, map(str.strip, stated.splitlines())):
        found = next((i for i in range(at, len(lines)) if re.search(pattern(wanted), lines[i])), None)
        if found is None:
            return wanted
        at = found + 1
    return None


@pytest.mark.parametrize("stated, printed, missed", [
    ("a ... b\nc", "x\na 1 2 b\nc", None), ("a b", "a     b", None), ("c\na", "a\nc", "a"), ("version ... 2", "version  12", None), ("", "x", None), ("x.y", "xzy", "x.y")])
def test_what_is_stated_is_looked_for_line_by_line(stated, printed, missed):
    assert misses(stated, printed) == missed


class Shell:
    """One bash for the whole page, as a reader has one."""

    def __init__(self, environ, folder):
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile"], env=environ, cwd=folder, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self("set -o pipefail")

    def __call__(self, commands):
        """What is printed, and the exit status of the last command."""
        self.process.stdin.write(f"{commands}\necho '{MARK}' $?\n")
        self.process.stdin.flush()
        printed, over = [], threading.Timer(BLOCK_SECONDS, lambda: os.killpg(self.process.pid, signal.SIGKILL))
        over.start()
        try:
            for line in self.process.stdout:
                if line.startswith(MARK):
                    return "".join(printed), int(line.split()[-1])
                printed.append(line)
        finally:
            over.cancel()
        raise AssertionError(f"the shell ended, or its time was over: {commands}\n{''.join(printed)}")

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.write("kill $(jobs -p) 2>/dev/null; wait\n")
            self.process.stdin.close()
            self.process.stdout.read()
        self.process.wait(60)


@pytest.fixture
def shell(lab, tmp_path):
    """What make run and .run/env give a reader, of the lab."""
    found = Shell({**lab._environ, **lab.env, "PATH": f"{lab._environ['HMS_BIN']}:{os.environ['PATH']}", "COLUMNS": "160", "HOME": str(tmp_path)}, tmp_path)
    yield found
    found.close()
    for name in ("network", "canary"):
        lab.sql("delete from profile where name = %s", name)
        lab.sql("delete from profile_head where name = %s", name)


def test_every_command_of_the_tutorial_runs_and_prints_what_is_stated(shell):
    seen = 0
    for kind, commands, stated in blocks():
        if kind in ("setup", "teardown"):
            continue
        printed, status = shell(commands)
        assert (status != 0) == (kind == "fails"), f"{commands}\nexit status {status}:\n{printed}"
        missed = misses(stated, printed)
        assert missed is None, f"not printed: {missed}\n\n{commands}\nprinted:\n{printed}"
        seen += 1
    assert seen >= 12
