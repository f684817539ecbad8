"""Uploads to and downloads from one file server, beside an nginx (PUT, GET) on the same files, over HTTP/1.1 and HTTP/2."""
import os

from hmslab.files import OTHER, Files

import h2load
from counters import tree_cpu_us
from report import Result, cpu_rows, ms, number, quantiles
from webserver import FileWebServer

DEVICES = 16
KIB, MIB = 1 << 10, 1 << 20
RECORD_MAX = 512 * KIB  # [fileserver] record_max_bytes: larger files go to disk


class Bench:
    """What all runs of a size share."""

    def __init__(self, lab, web, size, count, clients):
        self.lab, self.web, self.size, self.count, self.clients = lab, web, size, count, clients
        self.files, self.ids = Files(lab), [os.urandom(16) for _ in range(DEVICES)]
        self.body = lab.run / f"body-{size}"
        self.body.write_bytes(os.urandom(size))
        data = self.body.read_bytes()
        self.file_id = self.files.add(data, ref=f"firmware/bench{size}" if size > RECORD_MAX else None)
        web.add(str(size), data)

    def urls(self, upload, nginx, http2):
        if nginx:
            return [f"{self.web.url_of(http2)}{f'put/{n}' if upload else f'get/{self.size}'}" for n in range(DEVICES)]
        return [self.files.upload_url(each, OTHER) + "f" if upload else self.files.download_url(each, self.file_id) for each in self.ids]

    def kept(self):
        """What the file server says it has kept, and what the topic has got."""
        return self.lab.metric("hms_fs_upload_bytes_kept_total"), self.lab.topic_records("hms.files")

    def run(self, result, upload, http2, nginx):
        """Rate and CPU of one server."""
        pids = {"nginx": self.web.pid} if nginx else {"file server": self.lab.instance("fileserver-0").pid}
        spent, kept = {**self.lab.cpu_us(), **{name: tree_cpu_us(pid) for name, pid in pids.items()}}, self.kept()
        got = h2load.run(self.lab.run, self.urls(upload, nginx, http2), self.count, self.clients, http2, self.body if upload else None)
        used = {name: now - spent[name] for name, now in self.lab.cpu_us(**pids).items()}
        self.check(result, f"{'nginx' if nginx else 'file server'}, {self.label(upload, http2)}", got, upload, nginx, kept)
        rate = self.count / got["seconds"]
        wanted = ("nginx",) if nginx else ("file server", "Kafka", "PostgreSQL")
        return {"rate": rate, "mb": rate * self.size / 1e6, "wait": quantiles(got["waits"]), "cpu": {name: used[name] / self.count for name in wanted}}

    def check(self, result, who, got, upload, nginx, before):
        ok = sum(count for status, count in got["statuses"].items() if status // 100 == 2)
        result.must(f"{who}: requests answered 2xx", ok, self.count)
        if not upload:
            result.must(f"{who}: bytes received", got["bytes"], self.count * self.size)
        elif nginx:
            sizes = {path.stat().st_size for path in self.web.folder.glob("put/*")}
            result.must(f"{who}: files of another size", len(sizes - {self.size}), 0)
        else:
            kept, records = self.kept()
            result.must(f"{who}: bytes kept", int(kept - before[0]), self.count * self.size)
            result.must(f"{who}: records of hms.files", records - before[1], self.count)

    @staticmethod
    def label(upload, http2):
        return f"{'upload' if upload else 'download'}, HTTP/{'2' if http2 else '1.1'}"

    def column(self, result, upload, http2):
        ours, web = (self.run(result, upload, http2, nginx) for nginx in (False, True))
        result.add({"label": self.label(upload, http2), "ours": ours, "nginx": web, "cpu": {**ours["cpu"], **web["cpu"]}},
                   f"{ours['rate']:9,.1f} files/s  {ours['mb']:7,.1f} MB/s   nginx {web['rate']:9,.1f} files/s  {web['mb']:7,.1f} MB/s")
        self.web.clear()


def table(columns):
    for who, name in (("ours", "file server"), ("nginx", "nginx")):
        yield f"{name}: files a second", [number(column[who]["rate"]) for column in columns]
        yield f"{name}: MB a second", [number(column[who]["mb"]) for column in columns]
        yield f"{name}: p50 / p99 ms a file", [ms(column[who]["wait"]) for column in columns]
    yield "nginx is faster by", [number(column["nginx"]["rate"] / column["ours"]["rate"], "{:.2f}") for column in columns]
    yield from cpu_rows(columns, "a file", ("file server", "nginx", "Kafka", "PostgreSQL"))
    yield "  file server / nginx", [number(column["cpu"]["file server"] / max(1, column["cpu"]["nginx"]), "{:.2f}") for column in columns]


def measure(lab, options):
    lab.only("fileserver-0")
    web, results = FileWebServer(lab.run / "nginx-files", lab.web_port(1)), []
    try:
        for size, name, count in ((64 * KIB, "64 KiB", options.small_files), (64 * MIB, "64 MiB", options.large_files)):
            bench = Bench(lab, web, size, count, min(count, options.clients))
            result = Result(f"Files of {name}: {count:,} of them over {bench.clients} connections, a file server and an nginx", table)
            h2load.run(lab.run, bench.urls(True, False, False), max(1, count // 8), 1, False, bench.body)  # what is compiled at its first use
            for upload in (True, False):
                for http2 in (False, True):
                    bench.column(result, upload, http2)
            lab.check_sound(result)
            results.append(result)
    finally:
        web.close()
    return results
