"""What people and faults of the air do to the cells of a run, at times that the seed gives: Reboots, changes, alarms, blocking."""
import http.client
import json

from hmslab import eventually
from hmslab.api import Api

PATIENCE_S = 300         # with an HMS that does not answer
ALARMS_EACH = 5          # events of a cell, about
ALARMS_LATER_S = 5       # than the rest: before its configuration a cell tells none
CHANGED_SHARE = 0.5      # of the cells
BLOCKED_SHARE = 0.1
ALARM_WORDS, ALARM_WEIGHTS = ("raise", "change", "clear"), (5, 2, 3)


class Operators:
    """open: what is still to come; reboots {command id: serial}, changes {reason: serial} and blocked: what was accepted."""

    def __init__(self, scenario, seconds):
        """seconds: over how long they ask."""
        self.scenario, self.lab, self.random, self.seconds = scenario, scenario.lab, scenario.random, seconds
        self.open, self.reboots, self.changes, self.blocked = set(), {}, {}, set()

    def plan(self, devices):
        """devices: {serial: {"id"}}. The order in which random numbers are drawn is that of the serial numbers."""
        serials = sorted(devices)
        blocked = set(self.random.sample(serials, round(len(serials) * BLOCKED_SHARE)))
        for serial in serials:
            device = devices[serial]["id"]
            self._at(0.5, "reboot", serial, lambda serial=serial, device=device: self._reboot(serial, device))
            if self.random.random() < CHANGED_SHARE:
                self._at(2, "change", serial, lambda serial=serial, device=device: self._change(serial, device))
            if serial in blocked:
                self._at(2, "block", serial, lambda serial=serial, device=device: self._block(serial, device))
            for number in range(self.random.randrange(2 * ALARMS_EACH)):
                word = self.random.choices(ALARM_WORDS, ALARM_WEIGHTS)[0]
                self._at(ALARMS_LATER_S, f"alarm{number}", serial, lambda line=f"{word} {serial}": self.scenario.cells.tell(line),
                         self.seconds + 2 * ALARMS_LATER_S)

    def _at(self, earliest_s, what, serial, act, latest_s=None):
        name = what, serial

        def then():
            try:
                act()
            finally:
                self.open.discard(name)

        self.open.add(name)
        self.scenario.later(self.random.uniform(earliest_s, latest_s or self.seconds), then)

    # ---- by SQL: a failed try is looked for, so that none is queued twice ----

    def _reboot(self, serial, device):
        def asked():
            found = self.lab.sql("select id from command_all where device_id = %s and origin = 'chaos'", device)
            if found:
                return found[0][0]
            return self.lab.sql("select command_add(%s, 'Reboot', origin_ => 'chaos', life => %s)", device,
                                f"{self.scenario.fault.reboot_life_s} seconds")[0][0]

        def try_it():
            try:
                return asked()
            except Exception as error:  # PostgreSQL is away
                raise AssertionError(str(error)) from error

        self.reboots[eventually(try_it, PATIENCE_S, 0.2)] = serial

    # ---- by the API: a call without an answer is repeated under its key, at the other one ----

    def _persist(self, serial, method, path, body, status):
        """Until it is answered so; other answers of an HMS that is up are an error."""
        number, key = int(serial[-4:]), f"{serial} {path}"[-120:]

        def try_it():
            nonlocal number
            number += 1
            try:
                answer = Api(self.lab, number=number % self.lab.replicas)(method, path, body, timeout=20, Idempotency_Key=key)
            except (http.client.HTTPException, json.JSONDecodeError) as error:  # cut
                raise AssertionError(str(error)) from error
            if answer.status == status:
                return True
            if answer.status in (429, 503):
                raise AssertionError(repr(answer))
            raise RuntimeError(f"{method} {path}: {answer}")

        eventually(try_it, PATIENCE_S, 0.2)

    def _change(self, serial, device):
        def model():
            try:
                return self.lab.sql("select model from device where device_id = %s", device)[0][0]
            except Exception as error:
                raise AssertionError(str(error)) from error

        found = eventually(lambda: model() or serial in self.blocked, PATIENCE_S, 0.2)
        if found is True:  # blocked before HMS has ever heard of it: nobody knows what its parameters are called
            return
        root = "InternetGatewayDevice." if found.startswith("tr098") else "Device."
        reason = f"chaos {serial}"
        value = {"Name": root + "ManagementServer.ConnectionRequestUsername", "Value": reason, "Type": "xsd:string"}
        body = {"kind": "SetParameterValues", "arguments": {"ParameterList": [value]}, "reason": reason}
        self.changes[reason] = serial
        self._persist(serial, "POST", f"/devices/{device}/commands", body, 202)

    def _block(self, serial, device):
        self.blocked.add(serial)
        self._persist(serial, "POST", f"/devices/{device}/block", {"reason": "chaos"}, 200)
