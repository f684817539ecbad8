"""Simulated cells for one run: hnbsim with its record."""
import json
import os
import signal
import subprocess


class Cells:
    """`hnbsim cells`, started at once. Every run has serial numbers of its own."""

    BACKOFF_SCALE = 0.1  # 0.5 to 1 s before the first retry instead of 5 to 10
    PM_SCALE = 225       # a period of 15 minutes in 4 s
    OUI = "0200F0"
    MIX = {"hnb": "HNB-V1", "hnb-both": "HNB-V1", "henb": "HENB-V2", "hnb2": "HNB-V2", "henb-both": "HENB-V2"}  # {kind: ProductClass}

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
        secured = self._passwords() if env["HMS_CA_FILE"] else ["--username", env["HMS_CWMP_USERNAME"], "--password", env["HMS_CWMP_PASSWORD"]]
        command = [
            f"{lab.bin}/hnbsim", "cells", "--cells", count, "--serial-prefix", prefix, "--seed", seed, "--record", self.record_file, *lists,
            "--pg", env["HMS_PG_DSN"], "--allow", "--oui", self.OUI, *secured,
            "--periodic", "2s", "--backoff-scale", self.BACKOFF_SCALE, "--stagger", "60ms", "--answer-delay", "150ms", "--timeout-http", "25s",
            "--mix", ",".join(self.MIX), "--pm-scale", self.PM_SCALE, "--control", fifo,
        ]
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def _passwords(self):
        """Gives each cell a password of its own, told to HMS before the cell is ever seen. The options by which the cells know them."""
        file, classes = self.lab.run / "password", list(self.MIX.values())
        for number in range(1, self.count + 1):
            serial, product_class = f"{self.prefix}{number:08}", classes[(number - 1) % len(classes)]
            username = f"{self.OUI}-{product_class.replace('-', '%2D')}-{serial}"
            file.write_text(f"own {serial}\n", encoding="ascii")
            self.lab.program("hmsadm", "credential", "--oui", self.OUI, "--product-class", product_class, "--serial", serial,
                             "--username", username, "--password-file", str(file))
        file.unlink()
        return ["--ca", self.lab.env["HMS_CA_FILE"], "--resume", "--password", "own {serial}"]

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
