"""One run: cells live through their story while operators ask for things, a fault strikes, and the judge looks at what is left."""
import contextlib
import json
import os
import random
import threading
import time

import judge
import judge_alarms
from cells import Cells
from collect import Begin, collect
from cutter import Cutter
from hmslab import eventually
from hmslab.lab import Lab
from operators import Operators

SETTLE_S = 150     # longest time after the fault until all is in its end state
STEADY_S = 3       # how long it must stay there: a Reboot takes a while to show
REPORT_S = 10      # an alarm event that has not been reported for so long never will be: its cell was not to tell

# So that waits of hours end within a run; and so that some PM files travel in their record, others by the storage.
SETTINGS = {"HMS_PROVISIONING_SESSION_LIVE": "10s", "HMS_PROVISIONING_RETRY_MIN": "1s", "HMS_PROVISIONING_COMMAND_LIFE": "30s",
            "HMS_FILESERVER_RECORD_MAX_BYTES": "2600"}


# Devices come over TLS, and each shows a password of its own by Digest.
SECURED = {"TLS": "1", "DEVICE_AUTH": "digest"}


def start_lab(secured):
    """A lab with two of each service, with failpoints and without sanitizers: at full speed. Its cells reach the file servers by a relay."""
    os.environ.setdefault("HMS_BIN", str(Lab.root / "build/dev/bin"))
    servers = []
    relay = Cutter([servers], "https" if secured else "http")
    lab = Lab(replicas=2, settings={**SETTINGS, **(SECURED if secured else {}), "HMS_PROVISIONING_FILES_URL": relay.urls[0]})
    lab.bin, lab.file_relay = os.environ["HMS_BIN"], relay
    try:
        lab.start_stores()
        lab.start_services()
    except BaseException:
        stop_lab(lab)
        raise
    servers += map(address_of, lab.env["HMS_FILES_URLS"].split())
    return lab


def stop_lab(lab):
    lab.file_relay.close()
    lab.close()


def address_of(url):
    host, port = url.split("/")[2].split(":")
    return host, int(port)


class Scenario:
    """run() returns the judge's problems. The same seed and fault repeat the same choices."""

    def __init__(self, lab, fault, seed, cells):
        self.lab, self.fault, self.count = lab, fault, cells
        self.random = random.Random(f"{seed}/{fault.name}")
        self.prefix = f"{fault.name.translate(str.maketrans('', '', '-._'))[:12].upper()}{os.urandom(2).hex().upper()}X"
        self.sim_seed = self.random.randrange(1, 2**31)
        self.strike_s = self.random.uniform(3.0, 12.0)
        self.began = time.monotonic()
        self.cutter = self.cells = self.devices = None
        self.operators = Operators(self, fault.asks_s)
        self.timers, self.failures = [], []

    # ---- for faults ----

    def say(self, text):
        print(f"    {time.monotonic() - self.began:5.1f} s  {text}", flush=True)

    def later(self, seconds, action):
        """Runs action in a thread of its own; what it raises makes the run fail."""
        def guarded():
            try:
                action()
            except Exception as error:  # reported by run()
                self.failures.append(f"harness: {error!r}")

        timer = threading.Timer(seconds, guarded)
        timer.daemon = True
        self.timers.append(timer)
        timer.start()

    # ---- the run ----

    def run(self):
        print(f"  {self.fault.name}: {self.fault.what}", flush=True)
        try:
            return self._run()
        finally:
            for timer in self.timers:
                timer.cancel()
            if self.cells:
                self.cells.abort()
            if self.cutter:
                self.cutter.close()

    def _run(self):
        pids, self.begin = self._pids(), Begin(self.lab)
        self.fault.arm(self)
        self._start_cells()
        self.operators.plan(self.devices)
        time.sleep(max(0.0, self.began + self.strike_s - time.monotonic()))
        self._await_sessions()
        at_us = self._strike()
        settled = self._settle()
        self.cells.stop()
        drained = self._drain()
        evidence = collect(self.lab, self.begin, self.cells, self.operators, self.count)
        flying = judge.in_flight(evidence.record, at_us)
        self.say(f"{flying} sessions were in flight at the fault")
        for line in judge.summary(evidence):
            self.say(line)
        problems = judge.judge(evidence) + self.failures + self._deaths(pids)
        problems += self._unsecured()
        problems += [] if settled else [f"not settled within {SETTLE_S} s of the fault"]
        problems += [] if drained else ["not everything was consumed within 30 s of the end"]
        problems += [] if flying or self.fault.name == "none" else ["no session was in flight at the fault"]
        self._keep(evidence, problems)
        return problems

    def _start_cells(self):
        addresses, roles = [], {}
        for role in ("initial", "serving", "both"):
            for number in range(self.lab.replicas):
                roles.setdefault(role, []).append(len(addresses))
                addresses.append([address_of(self.lab.url(role, number))])
        self.cutter = Cutter(addresses, "https" if self.lab.env["HMS_CA_FILE"] else "http")
        urls = {role: [self.cutter.urls[at] for at in list_] for role, list_ in roles.items()}
        self.cells = Cells(self.lab, self.prefix, self.count, self.sim_seed, urls)
        self.devices = eventually(lambda: (lambda rows: rows if len(rows) == self.count else None)(self.cells.devices()), 30)
        self.began = time.monotonic()

    def _await_sessions(self):
        """A fast machine is between two sessions now and then. More than one: some end while this looks."""
        with contextlib.suppress(AssertionError):  # the judge says so, if there is none
            eventually(lambda: judge.in_flight(self.cells.record(), time.time() * 1e6) >= 4, 10, 0.01)

    def _strike(self):
        self.say("fault")
        at_us = time.time() * 1e6
        try:
            at_us = self.fault.strike(self) or at_us
        finally:  # a failpoint that never fired would strike the next run
            self.fault.heal(self)
        self.say("put right")
        return at_us

    def _settle(self):
        steady = None
        end = time.monotonic() + SETTLE_S
        while time.monotonic() < end:
            if not self._is_settled():
                steady = None
            elif steady is None:
                steady = time.monotonic()
            elif time.monotonic() - steady > STEADY_S:
                self.say("settled")
                return True
            time.sleep(0.5)
        self.say("not settled")
        return False

    def _is_settled(self):
        if self.operators.open:
            return False
        rows = self.cells.devices()
        blocked = self.operators.blocked
        at_rest = all(row["state"] == ("BLOCKED" if serial in blocked else "IN_SERVICE") and row["pending"] == row["unsettled"] == 0
                      for serial, row in rows.items())
        return at_rest and not self._unreported() and not self._unread()

    def _unreported(self):
        record, now_us = self.cells.record(), time.time() * 1e6
        return [key for key in judge_alarms.unreported(record) if key not in judge_alarms.unreported(record, now_us - REPORT_S * 1e6)
                and key[0] not in self.operators.blocked]

    def _unread(self):
        """Cells that have restarted and whose CurrentAlarm has not been read yet."""
        return self.lab.sql("select serial from alarm_device join device using (device_id) where potentially_faulty is not null"
                            " and state <> 'BLOCKED' and serial like %s", self.prefix + "%")

    def _drain(self):
        try:
            eventually(self.begin.drained, 30, 0.5)
        except AssertionError:
            return False
        return True

    # ---- afterwards ----

    def _pids(self):
        return {path.name: path.read_text() for path in (self.lab.run / "pids").iterdir()}

    def _deaths(self, before):
        """Processes that ended though nothing was done to them."""
        return [f"{name} has ended by itself" for name, pid in before.items()
                if not name.startswith(self.fault.victims or ("-",)) and (self._pids().get(name) != pid or not self.lab.instance(name).alive())]

    def _unsecured(self):
        """What a run over TLS and Digest must have seen, so that it was one."""
        if not self.lab.env["HMS_CA_FILE"]:
            return []
        counts = {"challenges": self.lab.metric("hms_fe_responses_total", status="401"),
                  **{f"{kind} handshakes": self.lab.metric("hms_tls_handshakes_total", "cwmp-frontend", kind=kind) for kind in ("full", "resumed")}}
        self.say(", ".join(f"{count:.0f} {what}" for what, count in counts.items()))
        return [f"there were no {what}" for what, count in counts.items() if not count]

    def _keep(self, evidence, problems):
        """What the judge saw, for whoever looks for the cause."""
        if problems:
            file = self.lab.run / "log" / f"{self.prefix}.problems.json"
            rows = {str(id_): row for id_, row in evidence.commands.items()}
            file.write_text(json.dumps({"problems": problems, "commands": rows, "cells": evidence.cells}, default=str, indent=1) + "\n")
            self.say(f"record and commands: {self.lab.run / 'log' / self.prefix}.*")
