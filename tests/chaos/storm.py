"""Many commands of mixed kinds to devices that do as they are told, while Redis loses or forgets and deciders die between a commit and its POST."""
import json
import os
import random
import time
import uuid
from collections import Counter

from cells import Cells
from hmslab import eventually
from hmslab.files import Files
from strikes import failpoint, flush_redis, older_redis

WAVE_EACH = 20       # commands of a cell in a wave
REST_EACH = 5        # left of a wave, on the average, when the next one comes
PATIENCE_S = 300     # without any command that ends
FIRMWARE = "1 Firmware Upgrade Image"
USERS = "Device.Users.User."
VALUE = "Device.ManagementServer.ConnectionRequestUsername"

FAULTS = (flush_redis(), older_redis(), failpoint("prov.commit.before_post", "provisioning", (1, 40)), failpoint("stream.write.before", "provisioning", (1, 40)))

# {kind: how often, of a hundred}
MIX = {"GetParameterValues": 20, "SetParameterValues": 24, "GetParameterNames": 8, "SetParameterAttributes": 4, "GetParameterAttributes": 4, "AddObject": 10,
       "DeleteObject": 8, "Reboot": 3, "Download": 2, "Upload": 3, "ScheduleInform": 6, "GetRPCMethods": 4, "GetQueuedTransfers": 2, "GetOptions": 2}


class StormCells(Cells):
    """Generic devices that come each second."""
    MIX = {"generic": "CPE"}


class Plan:
    """What one cell is asked, in order: rows that are added and deleted have the numbers that the simulator gives."""

    def __init__(self, rng, file):
        self.random, self.file, self.rows, self.count = rng, file, [], 0

    def next(self):
        kind = self.random.choices(list(MIX), MIX.values())[0]
        if kind == "AddObject" and len(self.rows) > 40 or kind == "DeleteObject" and not self.rows:
            kind = "SetParameterValues"
        self.count += 1
        return kind, getattr(self, f"_{kind}", dict)()

    def _GetParameterValues(self):
        return {"ParameterNames": ["Device.DeviceInfo."]}

    def _SetParameterValues(self):
        return {"ParameterList": [{"Name": VALUE, "Value": f"u{self.count}"}]}

    def _GetParameterNames(self):
        return {"ParameterPath": "Device.DeviceInfo.", "NextLevel": True}

    def _SetParameterAttributes(self):
        return {"ParameterList": [{"Name": VALUE, "Notification": self.count % 2}]}

    def _GetParameterAttributes(self):
        return {"ParameterNames": [VALUE]}

    def _AddObject(self):
        self.rows.append(max(self.rows, default=0) + 1)
        return {"ObjectName": USERS}

    def _DeleteObject(self):
        return {"ObjectName": f"{USERS}{self.rows.pop(self.random.randrange(len(self.rows)))}."}

    def _Download(self):
        return {"FileType": FIRMWARE, "FileId": self.file, "FileName": "fw.bin", "FileSize": 9}

    def _Upload(self):
        return {"FileType": "1 Vendor Configuration File"}

    def _ScheduleInform(self):
        return {"DelaySeconds": 1}


class Storm:
    """run() returns what judge_storm is to look at: the simulator's record and {id: row} of all commands."""

    def __init__(self, lab, seed, count, cells, faults=FAULTS):
        self.lab, self.count, self.cell_count, self.faults = lab, count, cells, faults
        self.random = random.Random(f"{seed}/storm")
        self.prefix = f"STORM{os.urandom(3).hex().upper()}X"
        self.began, self.strikes, self.timers = time.monotonic(), Counter(), []
        self.cells = None

    # ---- as of a scenario, for faults ----

    def say(self, text):
        print(f"    {time.monotonic() - self.began:5.1f} s  {text}", flush=True)

    def later(self, seconds, action):
        time.sleep(seconds)
        action()

    # ---- the run ----

    def run(self):
        self.cells = StormCells(self.lab, self.prefix, self.cell_count, self.random.randrange(1, 2**31), {"both": [self.lab.url("both", n) for n in range(self.lab.replicas)]})
        try:
            self._settled()
            self._ask_all()
            self.cells.stop()
        finally:
            self.cells.abort()
        rows = {row["id"]: row for row in self.lab.rows("select c.id, d.serial, c.kind, c.state, c.tries, c.retries, c.fault, c.note, c.dispatched from command_all c"
                                                        " join device d using (device_id) where d.serial like %s and c.origin = 'storm'", self.prefix + "%")}
        return self.cells.record(), rows

    def _settled(self):
        eventually(lambda: sum(row["state"] == "SETTLED" for row in self.cells.devices().values()) == self.cell_count, 120, 0.5)
        file = str(uuid.UUID(bytes=Files(self.lab).add(b"firmware!", kind="firmware", expires="1 day")))
        self.plans = {row["id"]: Plan(random.Random(self.random.random()), file) for _, row in sorted(self.cells.devices().items())}

    def _ask_all(self):
        accepted, left, moved = 0, 0, time.monotonic()
        while accepted < self.count or left:
            if accepted < self.count and left <= REST_EACH * self.cell_count:
                accepted += self._wave(self.count - accepted)
                self.say(f"{accepted} commands accepted")
            self._strike(self.random.choice(self.faults))
            before, left = left, self._open()
            moved = time.monotonic() if left != before else moved
            if time.monotonic() - moved > PATIENCE_S:
                self.say(f"{left} commands do not end")
                return
            if accepted == self.count and left:
                time.sleep(1)

    def _wave(self, most):
        wanted = [(device, *plan.next()) for device, plan in self.plans.items() for _ in range(WAVE_EACH)]
        wanted = wanted[:most]
        connection = self.lab.pg()
        try:
            with connection.cursor() as cursor:
                for device, kind, payload in wanted:
                    cursor.execute("select command_add(%s, %s, %s, 'storm')", (device, kind, json.dumps(payload)))
        finally:
            connection.close()
        return len(wanted)

    def _strike(self, fault):
        fault.arm(self)
        try:
            fault.strike(self)
            self.strikes[fault.name] += 1
        except AssertionError:
            self.say(f"{fault.name} did not strike: nothing was under way")
        finally:
            fault.heal(self)

    def _open(self):
        return self.lab.sql("select count(*) from command c join device d using (device_id) where d.serial like %s and c.origin = 'storm'", self.prefix + "%")[0][0]
