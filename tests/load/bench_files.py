"""Rates and CPU of uploads and downloads, beside an nginx on files of the same sizes: see tests/load/bench-files."""
import argparse
import fcntl
import json
import multiprocessing
import os
import pathlib
import socket
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

from hmslab import Lab  # noqa: E402
from hmslab.files import Files  # noqa: E402

import report  # noqa: E402
from counters import tree_cpu_us  # noqa: E402
from webserver import FileWebServer  # noqa: E402

WEB_PORT = 481  # in the block of ports of the run folder: no service has it


class FilesLab(Lab):
    """Stores and one file server, release build, in build/bench-run."""

    def __init__(self):
        os.environ.setdefault("HMS_BIN", str(ROOT / "build/release/bin"))
        limits = {"HMS_FILESERVER_UPLOADS_PER_DEVICE": "0", "HMS_FILESERVER_DAY_BYTES_PER_DEVICE": "0", "HMS_HTTP_REQUESTS_PER_CONNECTION": "1000000"}
        super().__init__(replicas=1, settings=limits)

    def _claim(self):
        self.run = ROOT / "build/bench-run"
        self.run.mkdir(parents=True, exist_ok=True)
        self._lock = open(self.run / "lock", "w", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("bench-files: another run is under way in build/bench-run")


def receive(connection, buffer):
    """One response with a Content-Length; its status."""
    got = connection.recv_into(buffer)
    head_end = buffer.find(b"\r\n\r\n", 0, got)
    while head_end < 0:
        more = connection.recv_into(memoryview(buffer)[got:])
        if not more:
            raise ConnectionError("closed")
        got += more
        head_end = buffer.find(b"\r\n\r\n", 0, got)
    head = bytes(buffer[:head_end]).lower()
    at = head.find(b"content-length:")
    left = (int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0) - (got - head_end - 4)
    while left > 0:
        more = connection.recv_into(buffer)
        if not more:
            raise ConnectionError("closed")
        left -= more
    return int(head[9:12])


def client(method, url, body, until, results):
    """Sends one request after the other; the content changes with each, so that no file is a repeated one."""
    parts, buffer, done, failed, waits = urllib.parse.urlsplit(url), bytearray(1 << 20), 0, 0, []
    body, mark = bytearray(body), os.urandom(8)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        while time.monotonic() < until:
            path = parts.path.replace("@", f"{os.getpid()}-{done}")
            if body:
                body[:16] = mark + done.to_bytes(8, "big")
            begun = time.monotonic()
            connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            connection.sendall(body)
            failed += receive(connection, buffer) // 100 != 2
            waits.append(time.monotonic() - begun)
            done += 1
    results.put((done, failed, waits))


def measure(label, method, url, body, pids, options):
    """Requests a second, CPU of the server a request, and the median wait."""
    results, until = multiprocessing.Queue(), time.monotonic() + options.seconds
    clients = [multiprocessing.Process(target=client, args=(method, url, body, until, results)) for _ in range(options.clients)]
    before = {name: tree_cpu_us(pid) for name, pid in pids.items()}
    begun = time.monotonic()
    for each in clients:
        each.start()
    answers = [results.get() for _ in clients]
    for each in clients:
        each.join()
    seconds, count = time.monotonic() - begun, sum(each[0] for each in answers)
    waits = sorted(wait for each in answers for wait in each[2])
    return {"label": label, "count": count, "failed": sum(each[1] for each in answers), "rate": count / seconds,
            "p50_ms": waits[len(waits) // 2] * 1000, "p99_ms": waits[len(waits) * 99 // 100] * 1000,
            "cpu_us": {name: (tree_cpu_us(pid) - before[name]) / count for name, pid in pids.items()}}


def pair(lab, files, web, size, options):
    """Uploads and downloads of one size, at both servers."""
    body = os.urandom(size)
    ours = {"file server": lab.instance("fileserver-0").pid, "Kafka": lab.instance("kafka").pid, "PostgreSQL": lab.instance("postgres").pid}
    theirs = {"nginx": web.pid}
    large = size > 524288
    file_id = files.add(body, ref=f"firmware/bench{size}" if large else None)
    web.add(f"{size}", body)
    yield measure(f"upload {size}", "PUT", files.upload_url(os.urandom(16)) + "@", body, ours, options)
    yield measure(f"nginx PUT {size}", "PUT", web.url + "put/@", body, theirs, options)
    yield measure(f"download {size}", "GET", files.download_url(os.urandom(16), file_id), b"", ours, options)
    yield measure(f"nginx GET {size}", "GET", f"{web.url}get/{size}", b"", theirs, options)


def line(run):
    cpu = ", ".join(f"{name} {spent:.0f}" for name, spent in run["cpu_us"].items())
    return (f"  {run['label']:<20} {run['rate']:9.1f} /s   p50 {run['p50_ms']:7.2f}  p99 {run['p99_ms']:7.2f} ms   CPU us each: {cpu}"
            + (f"   {run['failed']} FAILED" if run["failed"] else ""))


def main():
    parser = argparse.ArgumentParser(prog="tests/load/bench-files", description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="measured time of each run [10]")
    parser.add_argument("--sizes", type=lambda text: [int(each) for each in text.split(",")], default=[20000, 400000, 5000000],
                        help="bytes of a file [20000,400000,5000000]")
    parser.add_argument("--clients", type=int, default=8, help="connections [8]")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file, too")
    options = parser.parse_args()
    lab, runs, web = FilesLab(), [], None
    try:
        lab.start_stores()
        lab.start_services()
        block = dict(each.split("=") for each in (lab.run / "ports").read_text().split())["port_block"]
        web = FileWebServer(lab.run / "nginx-files", int(block) + WEB_PORT)
        print(f"{report.machine()}; {options.clients} connections, {options.seconds} s a run", flush=True)
        for size in options.sizes:
            for run in pair(lab, Files(lab), web, size, options):
                runs.append(run)
                print(line(run), flush=True)
    finally:
        if web:
            web.close()
        lab.close()
    if options.json:
        options.json.write_text(json.dumps({"machine": report.machine(), "runs": runs}, indent=1) + "\n")
    return int(any(run["failed"] for run in runs))


if __name__ == "__main__":
    sys.exit(main())
