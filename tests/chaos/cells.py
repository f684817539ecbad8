"""Simulated cells for one run: hnbsim with its record."""
import json
import os
import signal
import subprocess


class Cells:
    """`hnbsim cells`, started at once. Every run has serial numbers of its own."""

    BACKOFF_SCALE = 0.1  # 0.5 to 1 s before the first retry instead of 5 to 10
    PM_SCALE = 225       # a period of 15 minutes in 4 s

    def __init__(self, lab, prefix, count, seed, urls):
        """urls: {role: [url, ...]}; devices go round them."""
        self.lab, self.prefix, self.count = lab, prefix, count
        self.record_file = lab.run / "log" / f"{prefix}.jsonl"
        self.record_file.unlink(missing_ok=True)
        self.log = open(lab.run / "log" / f"{prefix}.log", "w", encoding="utf-8")
        lists = [word for role, list_ in urls.items() for word in (f"--{role}", lab.url(role), f"--{role}-urls", ",".join(list_))]
        env = lab.env
        fifo = lab.run / "control"
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo)
        self.control = os.open(fifo, os.O_RDWR)
        command = [
            f"{lab.bin}/hnbsim", "cells", "--cells", count, "--serial-prefix", prefix, "--seed", seed, "--record", self.record_file, *lists,
            "--pg", env["HMS_PG_DSN"], "--allow", "--username", env["HMS_CWMP_USERNAME"], "--password", env["HMS_CWMP_PASSWORD"],
            "--periodic", "2s", "--backoff-scale", self.BACKOFF_SCALE, "--stagger", "60ms", "--answer-delay", "150ms", "--timeout-http", "25s",
            "--mix", "hnb,hnb-both,henb,hnb2,henb-both", "--pm-scale", self.PM_SCALE, "--control", fifo,
        ]
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def tell(self, line):
        """Such as "raise SERIAL": see hnbsim --help, --control."""
        os.write(self.control, line.encode() + b"\n")

    def devices(self):
        """{serial: {"id", "state", "pending", "unsettled"}}"""
        rows = self.lab.rows("select serial, device_id::text as id, model, state, pending, flags & 1 as unsettled"
                             " from device join device_hot using (device_id) where serial like %s", self.prefix + "%")
        return {row.pop("serial"): row for row in rows}

    def record(self):
        """What there is of it; a line that is being written is left out."""
        text = self.record_file.read_text(encoding="utf-8")
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def stop(self):
        """Sessions under way get a few seconds. An exit status that says the record is not complete raises."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self._close()
        if status != 128 + signal.SIGTERM:
            raise RuntimeError(f"hnbsim: exit status {status}: see {self.log.name}")

    def abort(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
            self._close()

    def _close(self):
        self.log.close()
        os.close(self.control)
