"""The private system that is measured: one of each service, release build, in build/bench-run."""
import fcntl
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

from hmslab import Lab, eventually  # noqa: E402
from hmslab.tables import PARTITIONS  # noqa: E402

from counters import kafka_records, tree_cpu_us  # noqa: E402

SETTINGS = {
    "HMS_CWMP_FRONTEND_UNKNOWN_DEVICES": "accept", "HMS_PROVISIONING_UNKNOWN_DEVICES": "accept",
    # a few devices upload and fetch all the files
    "HMS_FILESERVER_UPLOADS_PER_DEVICE": "0", "HMS_FILESERVER_DOWNLOADS_PER_DEVICE": "0",
    "HMS_FILESERVER_DAY_BYTES_PER_DEVICE": "0", "HMS_HTTP_REQUESTS_PER_CONNECTION": "1000000",
}
WEB_PORT = 480  # in the block of ports of the run folder: no service has it, nor those that follow
STORES = {"Kafka": "kafka", "PostgreSQL": "postgres", "Redis": "redis"}


class BenchLab(Lab):
    def __init__(self):
        os.environ.setdefault("HMS_BIN", str(ROOT / "build/release/bin"))
        super().__init__(replicas=1, settings=SETTINGS)
        self.bin = pathlib.Path(os.environ["HMS_BIN"])

    def _claim(self):
        self.run = ROOT / "build/bench-run"
        self.run.mkdir(parents=True, exist_ok=True)
        self._lock = open(self.run / "lock", "w", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("bench: another run is under way in build/bench-run")

    def only(self, *instances):
        """These services run and no others, so that nothing else takes CPU or consumes what a part sends."""
        running = [path.name for path in (self.run / "pids").glob("*-[0-9]")]
        others = [name for name in running if name not in instances]
        if others:
            self.stop_services(*others)
        if instances:
            self.start_services(*instances)

    def web_port(self, number):
        block = dict(line.split("=") for line in (self.run / "ports").read_text().split())["port_block"]
        return int(block) + WEB_PORT + number

    def topic_records(self, topic):
        """Records that it has ever held."""
        return kafka_records(self.env["HMS_KAFKA_BOOTSTRAP"], topic, PARTITIONS)

    def cpu_us(self, **more):
        """{process: CPU so far} of the stores, and of more: {label: pid}."""
        pids = {**{label: self.instance(name).pid for label, name in STORES.items()}, **more}
        return {label: tree_cpu_us(pid) for label, pid in pids.items()}

    def check_sound(self, result):
        """Nothing was set aside, and nothing waits to be said."""
        result.must("dead events", self.sql("select count(*) from dead_event")[0][0], 0)
        result.must("rows left in the outbox", self.sql("select count(*) from outbox")[0][0], 0)

    def check_caught_up(self, result, topic, service):
        """The service has consumed all that is on the topic."""
        wanted = self.topic_records(topic)

        def consumed():
            return sum(next_ for next_, _ in self.offsets(topic, service).values())

        try:
            eventually(lambda: consumed() == wanted, 30, 0.2)
        except AssertionError:
            pass  # the count says it
        result.must(f"records of {topic} that {service} has consumed", consumed(), wanted)
