"""The system under test: a run folder of deploy/dev with its stores and services."""
import contextlib
import fcntl
import http.client
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time
import urllib.error
import urllib.request

import psycopg2
import redis

from .records import Records
from .tables import PARTITIONS, Tables

ROOT = pathlib.Path(__file__).resolve().parents[3]
CONSUMERS = ("provisioning", "alarms", "pm-ingest")  # services that own partitions


def eventually(check, seconds=40, every=0.05):
    """Calls check until it returns something true, and returns that. An AssertionError or OSError inside counts as not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            result = check()
            if result:
                return result
            problem = AssertionError(f"still {result!r} after {seconds} s: {check}")
        except (AssertionError, OSError, http.client.HTTPException) as error:
            problem = error
        if time.monotonic() > end:
            raise problem
        time.sleep(every)


# However slow the machine is that runs the tests.
NO_OVERLOAD = {f"HMS_CWMP_FRONTEND_SHED_{what}": "0" for what in ("PRODUCE", "LOOP", "LAG")}


class Lab(Tables):
    """Its folder is build/lab-<n> with the lowest n that no other run holds. What an interrupted run left there is stopped and removed.
    Logs stay after the end."""

    root = ROOT

    def __init__(self, replicas=2, settings=None):
        """settings: more environment of the services, e.g. {"HMS_CWMP_FRONTEND_HOLD_OTHER": "2s"}."""
        self.replicas = replicas
        self._claim()
        self.failpoints = self.run / "failpoints"
        self._environ = {
            **os.environ, "HMS_RUN": str(self.run), "REPLICAS": str(replicas), "HMS_FAILPOINT_DIR": str(self.failpoints),
            "LSAN_OPTIONS": f"suppressions={pathlib.Path(__file__).with_name('lsan.supp')}:print_suppressions=0",
            "HMS_BIN": os.environ.get("HMS_BIN", str(ROOT / "build/asan-ubsan/bin")), **NO_OVERLOAD, **(settings or {}),
        }
        self._script("hms", "stop")
        self._script("stores", "purge")
        for old in (self.run / "log").glob("*"):
            old.unlink()
        self.failpoints.mkdir(exist_ok=True)
        for old in self.failpoints.glob("*"):
            old.unlink()

    def _claim(self):
        for number in range(100):
            self.run = ROOT / f"build/lab-{number}"
            self.run.mkdir(parents=True, exist_ok=True)
            self._lock = open(self.run / "lock", "w")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                self._lock.close()
        raise RuntimeError("no free lab folder under build/")

    def _script(self, name, *args, settings=None):
        return self._run(ROOT / "deploy/dev" / name, args, {**self._environ, **(settings or {})})

    @staticmethod
    def _run(program, args, environ):
        done = subprocess.run([program, *args], env=environ, stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=300, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} {' '.join(args)}: exit status {done.returncode}\n{done.stdout}")
        return done.stdout

    def program(self, name, *args):
        """Runs hmsadm or hnbsim with the settings of $HMS_RUN/env; returns what it printed. An exit status other than 0 raises."""
        settings = ("HMS_POSTGRES_DSN", "HMS_KAFKA_BOOTSTRAP", "HMS_REDIS_URL", "HMS_SERVICE_SECRET_FILE")
        return self._run(f"{self._environ['HMS_BIN']}/{name}", args, {**self._environ, **{key: self.env[key] for key in settings}})

    # ---- stores and services: start and stop ----

    def start_stores(self, *names):
        self._script("stores", "start", *names)

    def stop_stores(self, *names):
        self._script("stores", "stop", *names)

    def start_services(self, *instances):
        """All of them, or those that are named, e.g. "provisioning-0"; waits until they are ready."""
        self._script("hms", "start", *instances)

    def stop_services(self, *instances):
        self._script("hms", "stop", *instances)

    @contextlib.contextmanager
    def settings(self, *instances, **settings):
        """Within the block these instances run with other settings, e.g. HMS_CWMP_FRONTEND_UNKNOWN_DEVICES="refuse"."""
        self.stop_services(*instances)
        self._script("hms", "start", *instances, settings=settings)
        try:
            self.steady()
            yield
        finally:
            self.stop_services(*instances)
            self.start_services(*instances)
            self.steady()

    @contextlib.contextmanager
    def over_tls(self):
        """Within the block the ports for devices speak TLS, and lab.env says https."""
        self.stop_services()
        self._environ["TLS"] = "1"
        try:
            self.start_services()
            self.steady()
            yield
        finally:
            self.stop_services()
            del self._environ["TLS"]
            self.start_services()
            self.steady()

    def steady(self):
        """Waits until all services are ready, every partition has its owner, and the front ends know the lags."""
        front_ends = self.instances("cwmp-frontend")
        consumers = [self.instances(name) for name in CONSUMERS]
        eventually(lambda: all(each.get("/readyz")[0] == 200 and "degraded" not in each.get("/readyz")[1]
                               for each in sum(consumers, front_ends)), 60)
        for owners in consumers:
            eventually(lambda owners=owners: sum(each.metrics()["hms_stream_partitions", ()] for each in owners) == PARTITIONS, 60)
        eventually(lambda: all(self.redis().exists(f"hms:lag:{part}") for part in range(PARTITIONS)), 30)
        eventually(lambda: all(each.metrics()["hms_fe_lag_max_ms", ()] >= 0 for each in front_ends), 30)

    def close(self):
        try:
            self.stop_services()
        finally:
            self._script("stores", "purge")
            self._lock.close()

    def instance(self, name):
        """A daemon by its name: "cwmp-frontend-0", "provisioning-1", "postgres", "redis", "kafka"."""
        return Instance(self, name)

    def instances(self, service):
        return [Instance(self, f"{service}-{number}") for number in range(self.replicas)]

    # ---- looking into it ----

    @property
    def env(self):
        """The addresses of $HMS_RUN/env."""
        lines = (self.run / "env").read_text().splitlines()
        return dict(shlex.split(line)[0].split("=", 1) for line in lines)

    def url(self, role, number=0):
        """The listener of front end `number`; role: initial, serving, both."""
        return self.env[f"HMS_CWMP_{role.upper()}_URLS"].split()[number]

    def pg(self):
        """A new connection, in autocommit."""
        connection = psycopg2.connect(self.env["HMS_PG_DSN"])
        connection.autocommit = True
        return connection

    def sql(self, query, *args):
        """The rows of one statement."""
        connection = self.pg()
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, args)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def redis(self):
        return redis.Redis.from_url(self.env["HMS_REDIS_URL"])

    def entry(self, device):
        """The cache entry of a device, as a dictionary; empty if there is none."""
        return self.redis().hgetall(f"d:{{{device.device_id.hex()}}}")

    def produce(self, value, partition, topic="hms.device-events", key=b"key"):
        """Puts a record on a topic; returns its offset."""
        payload = self.run / "payload"
        payload.write_bytes(value)
        before = self.end_offsets(topic).get(partition, 0)
        subprocess.run(["kcat", "-P", "-b", self.env["HMS_KAFKA_BOOTSTRAP"], "-t", topic, "-p", str(partition), "-k", key, payload], check=True)
        return next(r.offset for r in self.records(topic) if r.partition == partition and r.offset >= before and r.value == value)

    def records(self, topic, partition=None):
        """Everything on a topic (or one partition of it) as a list of Record, in the order of partition and offset."""
        return Records(self.env["HMS_KAFKA_BOOTSTRAP"], self.run).read(topic, partition)

    def event_records(self, device_id=None, **fields):
        """(Record, DeviceEvent as a dictionary) of one device (bytes) and with these values, e.g. sid=7; what is none is left out."""
        wanted = {**fields, **({"device_id": device_id} if device_id else {})}
        found = [(record, record.device_event()) for record in self.records("hms.device-events")]
        return [(record, event) for record, event in found if event and all(event.get(name) == value for name, value in wanted.items())]

    def events(self, device_id=None, **fields):
        """The same without the records."""
        return [event for _, event in self.event_records(device_id, **fields)]

    def metric(self, name, service=None, **labels):
        """Sum of a metric over all instances (of a service) that answer."""
        names = [path.name for path in (self.run / "pids").glob(f"{service or '*'}-[0-9]")]
        samples = [Instance(self, each).metrics() for each in names]
        return sum(value for sample in samples for (found, has), value in sample.items()
                   if found == name and labels.items() <= dict(has).items())

    def sanitizer_reports(self):
        """What sanitizers wrote, to files of their own or, as UBSan in a build with ASan does, into the log."""
        logs = {path.name: path.read_text(errors="replace") for path in (self.run / "log").glob("*-[0-9].log*")}
        files = {path.name: path.read_text(errors="replace") for path in (self.run / "log").glob("asan.*")}
        # That the leak checker could not stop a thread of librdkafka's is no report, but a warning that comes before one, on a busy machine.
        found = {name: text for name, text in files.items()
                 if any("was not suspended. False leaks are possible" not in line for line in text.splitlines())}
        return {**found, **{name: text[max(text.index("runtime error:") - 300, 0):][:4000] for name, text in logs.items() if "runtime error:" in text}}


class Instance:
    """One daemon of a lab."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name

    @property
    def pid(self):
        return int((self.lab.run / "pids" / self.name).read_text())

    def alive(self):
        try:
            return str(self.lab.run).encode() in pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except OSError:
            return False

    def signal(self, number):
        os.kill(self.pid, number)

    def pause(self):
        """Stops it as a long garbage collection or a lost host would. Returns when the kernel has done so."""
        self.signal(signal.SIGSTOP)
        eventually(self.paused)

    def resume(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """kill -9; returns when it is gone."""
        self.signal(signal.SIGKILL)
        eventually(lambda: not self.alive())

    def start(self):
        """Also after kill(). Stores keep their data, Redis has none."""
        (self.lab.start_stores if self.name in ("postgres", "redis", "kafka") else self.lab.start_services)(self.name)

    def stop(self):
        (self.lab.stop_stores if self.name in ("postgres", "redis", "kafka") else self.lab.stop_services)(self.name)

    def log(self):
        return (self.lab.run / "log" / f"{self.name}.log").read_text(errors="replace")

    # ---- services only ----

    @property
    def admin_url(self):
        """Of the first worker."""
        conf = (self.lab.run / "conf" / f"{self.name}.conf").read_text()
        return "http://127.0.0.1:" + re.search(r"\[admin\][^\[]*?\nport = (\d+)", conf).group(1)

    def get(self, path):
        """Status and text of a page of the admin port."""
        try:
            with urllib.request.urlopen(self.admin_url + path, timeout=10) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metrics(self):
        """{(name, ((label, value), ...)): number}"""
        samples = {}
        for line in self.get("/metrics")[1].splitlines():
            match = re.fullmatch(r'([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)', line)
            if match:
                name, labels, value = match.groups()
                samples[name, tuple(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))] = float(value)
        return samples

    def arm(self, failpoints):
        """Sets failpoints of the running process, e.g. "post.before=kill@1"; "" clears them."""
        file = self.lab.failpoints / self.name
        new = file.with_suffix(".new")
        new.write_text(failpoints)
        new.replace(file)

    def paused(self):
        """Whether it is stopped, e.g. by a failpoint."""
        return pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1][0] in "Tt"

    def fired(self):
        """Names of the failpoints that fired since the lab began."""
        file = self.lab.failpoints / f"{self.name}.fired"
        return [line.split("=")[0] for line in file.read_text().splitlines()] if file.exists() else []
