"""Connection requests: from a command at the API to its execution at an idle cell, and what dead addresses cost those that live."""
import json
import random
import signal
import socket
import statistics
import subprocess
import time
import urllib.request
import uuid

from hmslab import eventually
from hmslab.tables import PARTITIONS

from report import Result, number, progress

CELLS = 50
COMMANDS = 200
CALLS, DEAD = 10000, 3333
DEADLINE_S = 120
AIM_MS, AIM_RATIO = 300, 1.5
SEPARATOR = "\n==hms-bench==\n"


# ---------------------------------------------------------------- from the command to its execution

class Cells:
    """Idle cells that can be called, each with credentials of its own."""

    def __init__(self, lab, count):
        self.lab, self.log = lab, open(lab.run / "log/reach-cells.log", "w", encoding="utf-8")
        self.process = subprocess.Popen([lab.bin / "hnbsim", "cells", "--both", lab.url("both"), "--mix", "generic", "--cells", str(count), "--callee", "127.0.0.1:0",
                                         "--serial-prefix", "CALL", "--periodic", "1h"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        eventually(lambda: len(self.ids()) == count, 120, 0.2)

    def ids(self):
        """Those of which HMS wants nothing any more, and whose sessions are over."""
        return [row[0] for row in self.lab.sql("select device_id::text from device join device_hot using (device_id) where serial like 'CALL%%' and state = 'SETTLED'"
                                               " and connection_request_url <> '' and rpc_methods <> '' and pending = 0 and hold_until < extract(epoch from now()) * 1e6")]

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.log.close()


def post(lab, device):
    body = json.dumps({"kind": "GetParameterValues", "arguments": {"ParameterNames": ["Device.DeviceInfo.SoftwareVersion"]}}).encode()
    request = urllib.request.Request(f"{lab.env['HMS_API_URL']}api/v1/devices/{device}/commands", method="POST", data=body,
                                     headers={"Authorization": f"Bearer {lab.env['HMS_API_TOKEN']}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return int(json.load(reply)["id"])


def command_run(lab, result):
    """One command after the other, each for another cell; its end is the time at which HMS has taken in the answer."""
    cells = Cells(lab, CELLS)
    try:
        devices, asked = cells.ids(), {}
        for at in range(COMMANDS):
            begun = time.time()
            asked[post(lab, devices[at % len(devices)])] = begun
            time.sleep(0.02 + random.random() * 0.02)
        rows = eventually(lambda: (lambda found: len(found) == COMMANDS and found)(
            lab.sql("select id, extract(epoch from ended)::float8, state from command_done where id = any(%s)", list(asked))), 120, 0.2)
    finally:
        cells.close()
    result.must("commands done", sum(state == "done" for _, _, state in rows), COMMANDS)
    took_ms = sorted((ended - asked[command]) * 1000 for command, ended, _ in rows)
    return {"label": "command", "median": statistics.median(took_ms), "p99": took_ms[len(took_ms) * 99 // 100], "count": len(took_ms)}


# ---------------------------------------------------------------- dead addresses

class Living:
    """An nginx that answers every request with 204."""

    def __init__(self, lab):
        conf = lab.run / "callees"
        conf.mkdir(exist_ok=True)
        self.port = lab.web_port(20)
        (conf / "nginx.conf").write_text(
            "daemon off;\nworker_processes 1;\nerror_log stderr crit;\npid nginx.pid;\nevents { worker_connections 16384; }\nhttp { access_log off; client_body_temp_path b; "
            "proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s; server { listen 127.0.0.1:%d backlog=16384; location / { return 204; } } }\n" % self.port)
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", str(conf), "-c", str(conf / "nginx.conf")], stdin=subprocess.DEVNULL)
        eventually(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None)

    def close(self):
        self.process.terminate()
        self.process.wait()


class Dead:
    """Loopback addresses at which connections are neither accepted nor refused: listeners whose queue is full, so that the kernel drops what else comes."""

    def __init__(self, count=8):
        self.sockets, self.addresses = [], []
        for _ in range(count):
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            self.sockets.append(listener)
            self.addresses.append(listener.getsockname())
            for _ in range(4):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(self.addresses[-1])
                self.sockets.append(filler)

    def close(self):
        for each in self.sockets:
            each.close()


def varint(value):
    out = b""
    while value > 0x7f:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number_, value):
    if isinstance(value, int):
        return varint(number_ << 3) + varint(value)
    return varint(number_ << 3 | 2) + varint(len(value)) + value


def request(device, attempt, url, now_us):
    """proto/reach.proto"""
    return b"".join([field(1, 1), field(2, 1), field(3, device), field(4, b"default"), field(5, attempt), field(6, 1), field(7, url.encode()), field(11, now_us),
                     field(12, now_us + DEADLINE_S * 1000000)])


def produce(lab, records):
    """records: (device, bytes)."""
    for part in range(PARTITIONS):
        mine = [value for device, value in records if (device[0] << 4 | device[1] >> 4) * PARTITIONS >> 12 == part]
        if mine:
            subprocess.run(["kcat", "-P", "-b", lab.env["HMS_KAFKA_BOOTSTRAP"], "-t", "hms.reach", "-p", str(part), "-D", SEPARATOR],
                           input=SEPARATOR.encode().join(mine), check=True)


def produced_ms(lab, first, count):
    """{attempt: when its record came to hms.reach}."""
    found = ((record, record.decode("reach", "ReachRequest")) for record in lab.records("hms.reach"))
    return {int(request_["attempt"]): record.time_ms for record, request_ in found if request_ and first <= int(request_["attempt"]) < first + count}


def calls_run(lab, result, label, living, dead):
    """All requests come in one burst: how long each living one waits from its record to its outcome."""
    first = random.getrandbits(40) << 16
    alive, gone = Living(lab), Dead()
    try:
        urls = [f"http://127.0.0.1:{alive.port}/{n}" for n in range(living)]
        urls += ["http://{}:{}/".format(*gone.addresses[n % len(gone.addresses)]) for n in range(dead)]
        order = list(enumerate(urls))
        random.shuffle(order)
        before = lab.metric("hms_reach_calls_total", "reach")
        now_us = int(time.time() * 1e6)
        records = [(device, request(device, first + n, url, now_us)) for n, url in order for device in (uuid.uuid4().bytes,)]
        produce(lab, records)
        eventually(lambda: lab.metric("hms_reach_calls_total", "reach") - before >= len(urls), DEADLINE_S, 0.2)
    finally:
        alive.close()
        gone.close()
    took_ms, outcomes, begun_ms = [], {}, produced_ms(lab, first, len(urls))
    for event in eventually(lambda: (lambda found: len(found) == len(urls) and found)(
            [each for each in lab.events() if first <= int((each.get("reach_result") or {}).get("attempt", 0)) < first + len(urls)]), 60, 1):
        reached = event["reach_result"]
        outcomes[reached.get("outcome")] = outcomes.get(reached.get("outcome"), 0) + 1
        if int(reached["attempt"]) - first < living:
            took_ms.append(int(event["recv_us"]) / 1000 - begun_ms[int(reached["attempt"])])
    progress(f"outcomes: {outcomes}")
    result.must("living devices reached", outcomes.get("ACCEPTED", 0), living)
    took_ms.sort()
    return {"label": label, "median": statistics.median(took_ms), "p99": took_ms[len(took_ms) * 99 // 100], "count": len(took_ms)}


# ---------------------------------------------------------------- the table

def rows(columns):
    yield "living devices", [number(column["count"], "{:,}") for column in columns]
    yield "ms, median", [number(column["median"]) for column in columns]
    yield "ms, p99", [number(column["p99"]) for column in columns]


def notes(columns):
    by = {column["label"]: column for column in columns}
    yield f"command: from its POST at the API until HMS has taken in the answer of an idle cell that had to be called; aim: a median under {AIM_MS} ms."
    yield (f"calls: all in one burst; from the record on hms.reach to the outcome; with dead ones the median is {by['a third dead']['median'] / by['all living']['median']:.2f} "
           f"times that without; aim: at most {AIM_RATIO}.")


def measure(lab, options):
    result = Result("Connection requests", rows, notes)
    with lab.settings("provisioning-0", HMS_PROVISIONING_CALL_NETWORK_RATE="0"):
        for column in (command_run(lab, result), calls_run(lab, result, "all living", CALLS - DEAD, 0), calls_run(lab, result, "a third dead", CALLS - DEAD, DEAD)):
            result.add(column, f"median {column['median']:.1f} ms, p99 {column['p99']:.1f} ms")
    if result.columns[0]["median"] >= AIM_MS:
        result.problems.append(f"a command takes {result.columns[0]['median']:.0f} ms, not under {AIM_MS}")
    if result.columns[2]["median"] > AIM_RATIO * result.columns[1]["median"]:
        result.problems.append(f"dead addresses make living ones wait {result.columns[2]['median'] / result.columns[1]['median']:.2f} times as long, not {AIM_RATIO}")
    return [result]
