"""What a running system has used and done so far: CPU of each of its processes, and the stores' own counters."""
import os
import pathlib
import re
import subprocess
import time

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")
OWN_QUERIES = ("info", "config", "client", "hello", "auth", "ping", "select")  # of Redis, by whoever looks


def _stat(pid):
    """Parent and CPU ticks, of children that have ended too, of a process; None if it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except (OSError, IndexError):
        return None
    return int(fields[1]), sum(map(int, fields[11:15]))


def _tree(roots):
    """{pid: CPU ticks} of processes and all their descendants."""
    stats = {int(name): _stat(name) for name in os.listdir("/proc") if name.isdigit()}
    stats = {pid: stat for pid, stat in stats.items() if stat}
    wanted, grew = set(roots), True
    while grew:
        more = {pid for pid, (parent, _) in stats.items() if parent in wanted} - wanted
        wanted |= more
        grew = bool(more)
    return {pid: stats[pid][1] for pid in wanted if pid in stats}


def tree_cpu_us(*roots):
    """CPU of processes and all their descendants, living or reaped, in microseconds."""
    return sum(_tree(roots).values()) * TICK_US


def tree_rss_bytes(*roots):
    """Resident memory of processes and all their descendants."""
    return sum(int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in _tree(roots)) * os.sysconf("SC_PAGE_SIZE")


def machine_cpu_us():
    """CPU that the whole machine has used, and what its host took away (steal)."""
    fields = [int(text) for text in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return {"busy": (sum(fields[:3]) + fields[5] + fields[6]) * TICK_US, "steal": fields[7] * TICK_US}


def redis_calls(client):
    """{command: calls}; a script counts as evalsha, and what it calls inside Redis counts, too."""
    stats = client.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): value["calls"] for name, value in stats.items()}
    return {name: count for name, count in calls.items() if not name.startswith(OWN_QUERIES)}


def kafka_records(brokers, topic, partitions):
    """Records that a topic has ever held, by its end offsets."""
    asked = [word for part in range(partitions) for word in ("-t", f"{topic}:{part}:-1")]
    text = subprocess.run(["kcat", "-b", brokers, "-Q", *asked], check=True, stdout=subprocess.PIPE, text=True, timeout=30).stdout
    return sum(int(number) for number in re.findall(r"offset (\d+)", text))


# What a process is called in the figures, and what it is.
SERVICES = {"front end": "cwmp-frontend", "provisioning": "provisioning", "alarms": "alarms", "pm-ingest": "pm-ingest", "northbound": "northbound",
            "file server": "fileserver"}


class Counters:
    """Samples of a lab with one of each service. processes: {label: pid} besides its own."""

    def __init__(self, lab, processes):
        self.lab, self.redis = lab, lab.redis()
        self.pids = {
            **{label: lab.instance(f"{service}-0").pid for label, service in SERVICES.items()},
            "Kafka": lab.instance("kafka").pid, "PostgreSQL": lab.instance("postgres").pid, "Redis": lab.instance("redis").pid, **processes,
        }
        self.partitions = lab.sql("select count(*) from consumer_offset where service = 'provisioning' and topic = 'hms.device-events'")[0][0]

    def sample(self):
        values = {("cpu", label): tree_cpu_us(pid) for label, pid in self.pids.items()}
        values["time"] = time.monotonic()
        values.update({("machine", name): value for name, value in machine_cpu_us().items()})
        values["sessions"] = self.lab.metric("hms_fe_session_ends_total")
        values["statements"] = self.lab.metric("hms_pg_statements_total")
        values["transactions"] = self.lab.metric("hms_stream_batches_total", service="provisioning")
        values["trips"] = self.lab.metric("hms_redis_commands_total")
        values["records"] = kafka_records(self.lab.env["HMS_KAFKA_BOOTSTRAP"], "hms.device-events", self.partitions)
        values.update({("redis", name): count for name, count in redis_calls(self.redis).items()})
        return values


def difference(before, after):
    return {key: value - before.get(key, 0) for key, value in after.items()}
