"""Memory of a front end's sessions: how much its resident memory grows with so many of them, in a process that has just begun."""
import itertools
import os
import subprocess

from hmslab import eventually
from hmslab.tables import PARTITIONS

from counters import tree_rss_bytes
from frontend import FRONT_END, Rig
from report import Result, number

AIM_WAITING_KIB = 12
TLS_WAITING = 0.4  # of the sessions: more handshakes than that do not fit into the time that the first one waits

WARM = 1000         # sessions that come and go before: what a process takes once
WITHIN_S = 90
LAG_LIFE_MS = 120000

serials = itertools.count()


def connections(lab):
    """Of devices: one is that by which this is asked."""
    return lab.metric("hms_http_connections_open", "cwmp-frontend") - 1


class Cells:
    """Factory-new devices, about a thousand a second, that stay connected."""

    PROGRAMS = 4  # each starts a cell every few milliseconds

    def __init__(self, lab, url, more, count, connection="keep"):
        prefix, each = f"MEM{os.getpid() % 10000:04}{next(serials):02}X", -(-count // self.PROGRAMS)
        with open(lab.run / "log" / f"{prefix}.log", "w", encoding="utf-8") as log:
            self.processes = [subprocess.Popen(
                [str(word) for word in (lab.bin / "hnbsim", "cells", "--both", url, "--mix", "generic", "--cells", min(each, count - first), "--first", first,
                                        "--stagger", "1ms", "--serial-prefix", prefix, "--connection", connection, "--periodic", "24h",
                                        "--timeout-http", "60s", *more)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log) for first in range(0, count, each)]

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait(30)


class idle:
    """Their sessions are over, their connections are kept."""

    def __init__(self, lab):
        self.lab, self.before = lab, lab.metric("hms_fe_session_ends_total", "cwmp-frontend")

    def count(self):
        ended = self.lab.metric("hms_fe_session_ends_total", "cwmp-frontend") - self.before
        return int(min(ended, connections(self.lab)))

    def close(self):
        pass


class waiting:
    """Their empty POSTs wait for a decision, which nobody takes: provisioning stands still, and its last word was that it is not behind."""

    def __init__(self, lab):
        self.lab, self.owner = lab, lab.instance("provisioning-0")
        self.owner.pause()
        for part in range(PARTITIONS):
            lab.redis().set(f"hms:lag:{part}", 0, px=LAG_LIFE_MS)

    def count(self):
        return int(self.lab.metric("hms_fe_waiters", "cwmp-frontend"))

    def close(self):
        self.owner.resume()


def measured(lab, url, more, count, what):
    """(sessions open, bytes for each)."""
    warm, ended = Cells(lab, url, more, WARM, "per-session"), lab.metric("hms_fe_session_ends_total", "cwmp-frontend")
    try:
        eventually(lambda: lab.metric("hms_fe_session_ends_total", "cwmp-frontend") - ended >= WARM, WITHIN_S, 0.2)
    finally:
        warm.stop()
    eventually(lambda: connections(lab) == 0, WITHIN_S, 0.2)
    pid = lab.instance(FRONT_END).pid
    state, before = what(lab), tree_rss_bytes(pid)
    cells = Cells(lab, url, more, count)
    try:
        try:
            eventually(lambda: state.count() == count, WITHIN_S, 0.1)
        except AssertionError:
            pass  # the count says it
        sessions, after = state.count(), tree_rss_bytes(pid)
    finally:
        cells.stop()
        state.close()
    return sessions, (after - before) / max(1, sessions)


def table(columns):
    yield "sessions open", [number(column["sessions"], "{:,}") for column in columns]
    yield "KiB a session", [number(column["bytes"] / 1024, "{:.1f}") for column in columns]
    yield "aim, KiB", [number(AIM_WAITING_KIB, "{:.1f}") if column["label"] == "plain, waiting" else "" for column in columns]


def measure(lab, options):
    result = Result(f"Memory of the front end with {options.open:,} sessions open", table)
    rig = Rig(lab)
    lab.start_services()
    for listener, name in (("plain", "plain"), ("tls", "TLS")):
        for what in (idle, waiting):
            with lab.settings(FRONT_END, **rig.settings(HMS_HTTP_IDLE_TIMEOUT="10m", HMS_CWMP_FRONTEND_HOLD_BOOTSTRAP="25s")):
                label, wanted = f"{name}, {what.__name__}", options.open
                if listener == "tls" and what is waiting:
                    wanted = int(wanted * TLS_WAITING)
                sessions, bytes_ = measured(lab, rig.urls[listener], rig.cells(listener), wanted, what)
                result.must(f"sessions open, {label}", sessions, wanted)
                result.add({"label": label, "sessions": sessions, "bytes": bytes_}, f"{bytes_ / 1024:6.1f} KiB a session")
    lab.check_sound(result)
    return [result]
