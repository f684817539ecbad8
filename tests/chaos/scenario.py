"""One run: cells live through their story with Reboots queued, a fault strikes, and the judge looks at what is left."""
import contextlib
import json
import os
import random
import threading
import time

import judge
import topic
from cells import Cells
from cutter import Cutter
from hmslab import eventually
from hmslab.lab import Lab

SETTLE_S = 150     # longest time after the fault until all is in its end state
STEADY_S = 3       # how long it must stay there: a Reboot takes a while to show
REBOOT_LIFE = "40 seconds"

# So that waits of hours end within a run.
SETTINGS = {"HMS_PROVISIONING_SESSION_LIVE": "10s", "HMS_PROVISIONING_RETRY_MIN": "1s", "HMS_PROVISIONING_COMMAND_LIFE": "30s"}


def start_lab():
    """A lab with two of each service, with failpoints and without sanitizers: at full speed."""
    os.environ.setdefault("HMS_BIN", str(Lab.root / "build/dev/bin"))
    lab = Lab(replicas=2, settings=SETTINGS)
    lab.bin = os.environ["HMS_BIN"]
    try:
        lab.start_stores()
        lab.start_services()
    except BaseException:
        lab.close()
        raise
    return lab


class Scenario:
    """run() returns the judge's problems. The same seed and fault repeat the same choices."""

    def __init__(self, lab, fault, seed, cells):
        self.lab, self.fault, self.count = lab, fault, cells
        self.random = random.Random(f"{seed}/{fault.name}")
        self.prefix = f"{fault.name.translate(str.maketrans('', '', '-._'))[:12].upper()}{os.urandom(2).hex().upper()}X"
        self.sim_seed = self.random.randrange(1, 2**31)
        self.strike_s = self.random.uniform(2.0, 5.0)
        self.began = time.monotonic()
        self.cutter = self.cells = None
        self.reboots = {}  # command id: serial
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
        pids, self.begin = self._pids(), self._next()
        self.fault.arm(self)
        self._start_cells()
        self._queue_reboots()
        time.sleep(max(0.0, self.began + self.strike_s - time.monotonic()))
        self._await_sessions()
        at_us = self._strike()
        settled = self._settle()
        self.cells.stop()
        drained = self._drain()
        evidence = self._evidence()
        flying = judge.in_flight(evidence.record, at_us)
        self.say(f"{flying} sessions were in flight at the fault; {judge.summary(evidence)}")
        problems = judge.judge(evidence) + self.failures + self._deaths(pids)
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
                host, port = self.lab.url(role, number).split("/")[2].split(":")
                addresses.append((host, int(port)))
        self.cutter = Cutter(addresses)
        urls = {role: [self.cutter.urls[at] for at in list_] for role, list_ in roles.items()}
        self.cells = Cells(self.lab, self.prefix, self.count, self.sim_seed, urls)
        self.devices = eventually(lambda: (lambda rows: rows if len(rows) == self.count else None)(self.cells.devices()), 30)
        self.began = time.monotonic()

    def _queue_reboots(self):
        """One for each cell, at any time around the fault."""
        for serial, row in sorted(self.devices.items()):
            self.later(self.random.uniform(0.5, self.fault.reboots_s), lambda serial=serial, row=row: self._queue_reboot(serial, row["id"]))

    def _queue_reboot(self, serial, device):
        """Until PostgreSQL has accepted it; whether a failed try was accepted shows in the table, so none is queued twice."""
        def asked():
            found = self.lab.sql("select id from command_all where device_id = %s and origin = 'chaos'", device)
            if found:
                return found[0][0]
            query = "select command_add(%s, 'Reboot', origin_ => 'chaos', life => %s)"
            return self.lab.sql(query, device, REBOOT_LIFE)[0][0]

        def try_it():
            try:
                return asked()
            except Exception as error:  # PostgreSQL is away
                raise AssertionError(str(error)) from error

        self.reboots[eventually(try_it, 60, 0.2)] = serial

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
        if len(self.reboots) + len(self.failures) < self.count:
            return False
        rows = self.cells.devices().values()
        return all(row["state"] == "IN_SERVICE" and row["pending"] == 0 for row in rows)

    def _drain(self):
        try:
            eventually(lambda: self._next() == topic.end_offsets(self.lab, self.begin), 30, 0.5)
            eventually(lambda: self.lab.sql("select count(*) from outbox")[0][0] == 0, 10)
        except AssertionError:
            return False
        return True

    def _next(self):
        return {part: next_ for part, (next_, _) in self.lab.offsets(topic.TOPIC).items()}

    # ---- afterwards ----

    def _commands(self):
        """Rows of the accepted Reboots; and of those that were accepted although their asker never heard of it."""
        rows = self.lab.rows("select id, serial, c.state, tries, note from command_all c join device using (device_id)"
                             " where c.origin = 'chaos' and serial like %s", self.prefix + "%")
        found = {row["id"]: row for row in rows}
        return {**dict.fromkeys(self.reboots), **found}

    def _evidence(self):
        dead = [row for row in self.lab.rows("select part, off, reason from dead_event where topic = %s", topic.TOPIC)
                if row["off"] >= self.begin.get(row["part"], 0)]
        return judge.Evidence(self.cells.record(), topic.events_since(self.lab, self.begin), self._next(),
                              topic.end_offsets(self.lab, self.begin), self.cells.devices(), self._commands(), dead, self.count)

    def _pids(self):
        return {path.name: path.read_text() for path in (self.lab.run / "pids").iterdir()}

    def _deaths(self, before):
        """Processes that ended though nothing was done to them."""
        return [f"{name} has ended by itself" for name, pid in before.items()
                if not name.startswith(self.fault.victims or ("-",)) and (self._pids().get(name) != pid or not self.lab.instance(name).alive())]

    def _keep(self, evidence, problems):
        """What the judge saw, for whoever looks for the cause."""
        if problems:
            file = self.lab.run / "log" / f"{self.prefix}.problems.json"
            rows = {str(id_): row for id_, row in evidence.commands.items()}
            file.write_text(json.dumps({"problems": problems, "commands": rows, "cells": evidence.cells}, default=str, indent=1) + "\n")
            self.say(f"record and commands: {self.lab.run / 'log' / self.prefix}.*")
