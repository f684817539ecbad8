"""What sessions cost and how long they take: quiet ones, those with work, and an nginx that answers the same POSTs."""
import argparse
import json
import subprocess
import threading
import time

from hmslab import Cpe

import session_table
from counters import Counters, difference, machine_cpu_us, tree_cpu_us
from report import Result
from webserver import WebServer

WARMUP_S = 6
COMMANDS_A_SECOND = 100  # in the run with queued commands


class Load:
    """One run of `hnbsim load`. measured() waits for the measured time and returns the differences of sample() in the midst of it."""

    def __init__(self, lab, name, args):
        self.summary_file = lab.run / "log" / f"{name}.json"
        self.log = open(lab.run / "log" / f"{name}.log", "w", buffering=1, encoding="utf-8")
        command = [lab.bin / "hnbsim", "load", "--json", self.summary_file, *map(str, args)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.warming, self.measuring = threading.Event(), threading.Event()
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self):
        for line in self.process.stdout:
            self.log.write(line)
            if line.startswith("  warm-up "):
                self.warming.set()
            if line.startswith("  load "):
                self.measuring.set()
        self.warming.set()  # it has ended
        self.measuring.set()
        self.log.close()

    def measured(self, seconds, sample):
        """Leaves out a second at each end."""
        self.measuring.wait()
        time.sleep(1)
        before = sample()
        time.sleep(max(1, seconds - 3))
        after = sample()
        self.process.wait()
        if not self.summary_file.exists():
            raise SystemExit(f"bench: hnbsim load failed: see {self.log.name}")
        return difference(before, after), json.loads(self.summary_file.read_text())


def quantiles(figures):
    return {name: figures[f"{name}_us"] / 1000 for name in ("p50", "p99")} if figures["count"] else None


def result(label, wanted, counted, summary, aside=None):
    """A column of the table."""
    sessions, seconds = counted["sessions"], counted["time"]
    cpu = {key[1]: value / sessions for key, value in counted.items() if key[0] == "cpu"}
    column = {
        "label": label, "wanted": wanted, "rate": sessions / seconds, "cpu": cpu, "cpu_sum": sum(cpu.values()),
        "failed": sum(summary[kind]["begun"] - summary[kind]["done"] for kind in ("quiet", "work")), "late": summary["late"],
        "session": quantiles(summary["quiet"]["session"]), "inform": quantiles(summary["quiet"]["inform"]),
        "machine_busy": counted["machine", "busy"] / seconds / 1e6, "machine_steal": counted["machine", "steal"] / seconds / 1e6,
    }
    if aside is None:
        column["redis"] = {key[1]: value / sessions for key, value in counted.items() if key[0] == "redis" and value > sessions / 1000}
        column.update({name: counted[name] / sessions for name in ("trips", "records", "statements")})
        column["batch"] = sessions / max(1, counted["transactions"])
    return column


def load_hms(lab, cells, rate, seconds, name, *more, alongside=None):
    """alongside: something to start() once all cells are registered."""
    load = Load(lab, name, ["--url", lab.url("both"), "--cells", cells, "--rate", rate, "--warmup", f"{WARMUP_S}s", "--duration",
                            f"{seconds}s", "--prepare", "--timeout", "900s", *more])
    counters = Counters(lab, {"simulator": load.process.pid})
    if alongside:
        load.warming.wait()
        alongside.start()
    return load.measured(seconds, counters.sample)


class Commands:
    """Queues GetParameterValues for devices in turn, as an operator's program would."""

    QUERY = """select command_add(device_id, 'GetParameterValues',
        '{"ParameterNames": ["InternetGatewayDevice.DeviceInfo.SoftwareVersion"]}', origin_ => 'bench')
        from (select %s::uuid as device_id) as device"""

    def __init__(self, lab):
        self.stopped, self.connection = threading.Event(), lab.pg()
        self.devices = [row[0] for row in lab.sql("select device_id from device order by serial")]
        self.thread = threading.Thread(target=self._queue, daemon=True)
        self.start = self.thread.start

    def _queue(self):
        at = 0
        with self.connection.cursor() as cursor:
            while not self.stopped.wait(0.1):
                for _ in range(COMMANDS_A_SECOND // 10):  # a transaction each
                    cursor.execute(self.QUERY, (self.devices[at % len(self.devices)],))
                    at += 7

    def stop(self):
        self.stopped.set()
        if self.thread.is_alive():
            self.thread.join()


def turn_pm_off(lab):
    """Cells upload no PM files: these are a part of their own, and would come all at once at a quarter of an hour."""
    lab.stop_services("provisioning-0")  # it begins with the profile as it is then
    lab.sql("""update profile set doc = jsonb_set(doc, '{values,pm.enable}', '"false"')""")
    lab.start_services("provisioning-0")


def quiet_run(lab, options, rate):
    counted, summary = load_hms(lab, options.cells, rate, options.seconds, f"load-quiet-{rate}")
    return result(f"quiet {rate}/s", rate, counted, summary)


def boot_run(lab, options):
    counted, summary = load_hms(lab, options.cells, 1000, options.seconds, "load-boot", "--work-fraction", 0.1, "--work", "boot")
    column = result("10% restarts", 1000, counted, summary)
    column["first_rpc"] = quantiles(summary["work"]["first_rpc"])
    return column


def command_run(lab, options):
    commands = Commands(lab)
    try:
        counted, summary = load_hms(lab, options.cells, 1000, options.seconds, "load-commands", alongside=commands)
    finally:
        commands.stop()
    column = result("10% commands", 1000, counted, summary)
    column["first_rpc"] = quantiles(summary["quiet"]["first_rpc"])
    return column


def inform_response(lab):
    """Body bytes and cookie of the front end's answer to a periodic Inform."""
    reply = Cpe(lab.url("both")).inform(["2 PERIODIC"])
    return len(reply.body), reply.headers["Set-Cookie"]


def web_run(lab, options, rate, answer):
    server = WebServer(lab.run / "nginx", lab.web_port(0), *answer)
    try:
        load = Load(lab, f"load-nginx-{rate}", ["--url", server.url, "--cells", options.cells, "--rate", rate, "--warmup", "5s",
                                                "--duration", f"{options.seconds}s"])

        def sample():
            values = {("machine", name): value for name, value in machine_cpu_us().items()}
            return {**values, "time": time.monotonic(), "sessions": server.requests() / 2, ("cpu", "nginx"): tree_cpu_us(server.pid),
                    ("cpu", "simulator"): tree_cpu_us(load.process.pid)}

        return result(f"nginx {rate}/s", rate, *load.measured(options.seconds, sample), aside="nginx")
    finally:
        server.close()


def idle_run(lab):
    """{process: CPU milliseconds a second} without any session: what a low rate pays in full."""
    counters = Counters(lab, {})
    before = counters.sample()
    time.sleep(8)
    spent = difference(before, counters.sample())
    return {key[1]: value / spent["time"] / 1000 for key, value in spent.items() if key[0] == "cpu"}


def measure(lab, options):
    options = argparse.Namespace(**{**vars(options), "cells": options.cells or 10000, "seconds": options.seconds or 30})
    idle = {}

    def notes(columns):
        yield from session_table.notes(columns)
        yield "without any session, CPU ms a second: " + ", ".join(f"{name} {spent:.0f}" for name, spent in idle.items())

    result = Result(f"Sessions: {options.cells:,} cells, {options.seconds} s a run", session_table.rows, notes)

    def add(column):
        result.add(column, session_table.progress(column))
        result.must(f"sessions that failed, {column['label']}", column["failed"], 0)

    turn_pm_off(lab)
    answer = inform_response(lab)
    for rate in options.rates:
        add(quiet_run(lab, options, rate))
        add(web_run(lab, options, rate, answer))
    add(boot_run(lab, options))
    add(command_run(lab, options))
    for service in ("provisioning", "alarms"):
        lab.check_caught_up(result, "hms.device-events", service)
    idle.update(idle_run(lab))
    lab.check_sound(result)
    return [result]
