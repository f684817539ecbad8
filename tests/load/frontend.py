"""What a periodic session (Inform and empty POST) costs the front end alone, by how it is connected, beside an nginx that answers the same POSTs
with fixed bodies; and what reading an Inform costs."""
import argparse
import json
import shlex
import subprocess
import time

from benchlab import ROOT
from counters import tree_cpu_us
from report import Result, number
from sessions import Load, inform_response
from webserver import WebServer

FRONT_END = "cwmp-frontend-0"
WARMUP_S = 3
CATALOG_S = 1  # until provisioning has read where cells are sent
HANDSHAKES_SLOWER = 4  # sessions with a TLS handshake
PARSED = 20000  # times in each round
INFORM_BYTES = 2500
AIMS = {"plain, new": 1.8, "TLS, full": 1.15}  # times nginx
AIM_PARSE_US = 8
# (label, listener, options of the cells, kind of their handshakes)
KINDS = (
    ("plain, new", "plain", (), None),
    ("plain, kept alive", "plain", ("--connection", "keep"), None),
    ("TLS, full", "tls", (), "full"),
    ("TLS, resumed", "tls", ("--resume",), "resumed"),
    ("TLS, kept alive", "tls", ("--connection", "keep"), None),
    ("mutual, full", "mutual", (), "full"),
    ("mutual, resumed", "mutual", ("--resume",), "resumed"),
)


class Rig:
    """The listeners of the front end, and how cells come to them. plain is the lab's own one."""

    def __init__(self, lab):
        self.lab, folder = lab, lab.run / "secret/tls"
        script = ". {0}/common.sh && . {0}/tls.sh && tls_certificates && tls_client {1} cell /O=Bench/CN=cell".format(
            ROOT / "deploy/dev", shlex.quote(str(folder)))
        subprocess.run(["bash", "-c", script], env={**lab._environ, "HMS_RUN": str(lab.run)}, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        self.tls = {"certificate": folder / "server.pem", "key": folder / "server.key", "ca": folder / "ca.pem"}
        self.client = ["--ca", folder / "ca.pem", "--cert", folder / "cell.pem", "--key", folder / "cell.key"]
        self.urls = {"plain": lab.url("both"), **{name: f"https://127.0.0.1:{lab.web_port(10 + at)}/" for at, name in enumerate(("tls", "mutual"))}}

    def settings(self, **more):
        """Of the front end; for lab.settings()."""
        made = {"HMS_LISTENER_MUTUAL_TLS_CLIENT_AUTH": "require", "HMS_LISTENER_MUTUAL_TLS_CLIENT_CA": str(self.tls["ca"]), **more}
        for name in ("tls", "mutual"):
            listener = {"ADDRESS": self.urls[name].split("/")[2], "PUBLIC_URL": self.urls[name], "ROLE": "both", "AUTH": "none",
                        "TLS_CERTIFICATE": str(self.tls["certificate"]), "TLS_KEY": str(self.tls["key"])}
            made.update({f"HMS_LISTENER_{name.upper()}_{key}": value for key, value in listener.items()})
        return made

    def lead_to(self, listener):
        """Where HMS sends cells when they register, so that they stay where they are."""
        self.lab.sql("update site set doc = jsonb_set(doc, '{values,management.url}', to_jsonb(%s::text))", self.urls[listener])
        time.sleep(2 * CATALOG_S)

    def cells(self, listener):
        """Options of hnbsim; the certificate is only for who asks for one."""
        return {"plain": [], "tls": self.client[:2], "mutual": self.client}[listener]


def done(lab):
    """Sessions and handshakes so far, of one moment."""
    samples = lab.instance(FRONT_END).metrics()
    return {"sessions": sum(value for (name, _), value in samples.items() if name == "hms_fe_session_ends_total"),
            **{kind: samples.get(("hms_tls_handshakes_total", (("kind", kind),)), 0) for kind in ("full", "resumed")}}


def rate_of(options, kind):
    """Sessions a second: what the simulator, one thread, can do as well."""
    return options.rate if kind[3] is None else options.rate / HANDSHAKES_SLOWER


def load(lab, options, name, kind, url, cells, *more):
    return Load(lab, f"frontend-{name}", ["--url", url, "--cells", options.cells, "--rate", rate_of(options, kind), "--warmup", f"{WARMUP_S}s", "--duration",
                                          f"{options.seconds}s", *cells, *more])


def spent(counted, label):
    return {label: counted["cpu"] / counted["sessions"], "rate": counted["sessions"] / counted["time"], "simulator": counted["simulator"] / counted["sessions"]}


def ours(lab, rig, options, result, kind):
    label, listener, more, wanted = kind
    pid = lab.instance(FRONT_END).pid
    rig.lead_to(listener)
    running = load(lab, options, "hms", kind, rig.urls[listener], rig.cells(listener), "--prepare", "--timeout", "300s", *more)

    def sample():
        return {"time": time.monotonic(), **done(lab), "cpu": tree_cpu_us(pid), "simulator": tree_cpu_us(running.process.pid)}

    counted, summary = running.measured(options.seconds, sample)
    result.must(f"sessions that failed, {label}", summary["quiet"]["begun"] - summary["quiet"]["done"], 0)
    for each in ("full", "resumed"):
        if each != wanted:
            result.must(f"{each} handshakes, {label}", int(counted[each]), 0)
    # Those of the sessions that were under way at either end of the time belong to another session than is counted.
    if wanted:
        result.must(f"sessions without a handshake of their own, {label}", max(0, int(counted["sessions"] - counted[wanted] - rate_of(options, kind) // 10)), 0)
    return spent(counted, "front end")


def theirs(lab, rig, options, result, kind, web):
    label, listener, more, wanted = kind
    url = {"plain": web.url, "tls": web.tls_url, "mutual": web.mutual_url}[listener]
    running = load(lab, options, "nginx", kind, url, rig.cells(listener), *more)

    def sample():
        return {"time": time.monotonic(), "sessions": web.requests() / 2, "cpu": tree_cpu_us(web.pid), "simulator": tree_cpu_us(running.process.pid)}

    counted, summary = running.measured(options.seconds, sample)
    result.must(f"sessions with nginx that failed, {label}", summary["quiet"]["begun"] - summary["quiet"]["done"], 0)
    if wanted == "resumed":  # a cell's first one cannot be
        result.must(f"cells whose handshakes with nginx were full more than once, {label}", max(0, summary["counts"]["tls_handshakes"]["full"] - options.cells), 0)
    return spent(counted, "nginx")


def session_table(columns):
    yield "CPU, us a session:", [""] * len(columns)
    for name in ("front end", "nginx"):
        yield f"  {name}", [number(column["cpu"][name]) for column in columns]
    yield "  front end / nginx", [number(column["ratio"], "{:.2f}") for column in columns]
    yield "  aim", [number(AIMS.get(column["label"]), "{:.2f}") for column in columns]
    yield "  simulator", [number(column["cpu"]["simulator"]) for column in columns]
    yield "sessions a second", [number(column["rate"], "{:,.0f}") for column in columns]


def session_runs(lab, rig, options):
    result = Result(f"Front end: periodic sessions of {options.cells:,} cells, {options.rate:,} a second, those with a TLS handshake {options.rate // HANDSHAKES_SLOWER:,}, {options.seconds} s a run", session_table)
    with lab.settings("provisioning-0", HMS_PROVISIONING_CATALOG_INTERVAL=f"{CATALOG_S}s"), lab.settings(FRONT_END, **rig.settings()):
        web = WebServer(lab.run / "nginx", lab.web_port(12), *inform_response(lab), tls=rig.tls)
        try:
            for kind in KINDS:
                hms, nginx = ours(lab, rig, options, result, kind), theirs(lab, rig, options, result, kind, web)
                ratio = hms["front end"] / nginx["nginx"]
                result.add({"label": kind[0], "cpu": {**nginx, **hms}, "ratio": ratio, "rate": hms["rate"]},
                           f"{hms['front end']:7.1f} us a session  nginx {nginx['nginx']:7.1f} us  {ratio:5.2f}")
        finally:
            web.close()
    return result


# ---- reading an Inform ----

def usual_inform():
    """An Inform of about INFORM_BYTES: the sample of the tests, with more parameters."""
    text = (ROOT / "tests/data/cwmp/inform-bootstrap-1-0.xml").read_text(encoding="utf-8")
    at, number_ = text.index("</ParameterList>"), 0
    while len(text) < INFORM_BYTES:
        more = (f"<ParameterValueStruct><Name>InternetGatewayDevice.X_BENCH.Value{number_}</Name>"
                f'<Value xsi:type="xsd:string">{number_}</Value></ParameterValueStruct>')
        text, number_ = text[:at] + more + text[at:], number_ + 1
    return text


def parse_table(columns):
    yield "bytes", [number(column["bytes"], "{:,}") for column in columns]
    yield "CPU, us: our scanner", [number(column["scanner"], "{:.2f}") for column in columns]
    yield "CPU, us: libxml2 (SAX2)", [number(column["libxml2"], "{:.2f}") for column in columns]
    yield "libxml2 / scanner", [number(column["libxml2"] / column["scanner"], "{:.2f}") for column in columns]
    yield "aim: scanner, us", [number(AIM_PARSE_US, "{:.0f}") for _ in columns]


def parsing(lab):
    result, inform = Result("Reading the Inform", parse_table), lab.run / "inform.xml"
    inform.write_text(usual_inform(), encoding="utf-8")
    figures = json.loads(subprocess.run([lab.bin / "bench_parse", inform, str(PARSED)], check=True, stdout=subprocess.PIPE).stdout)
    result.add({"label": "Inform", **figures}, f"{figures['scanner']:.2f} us by the scanner, {figures['libxml2']:.2f} us by libxml2")
    return result


def measure(lab, options):
    options = argparse.Namespace(**{**vars(options), "cells": options.cells or 300, "seconds": options.seconds or 6})
    rig = Rig(lab)
    lab.start_services()
    results = [session_runs(lab, rig, options), parsing(lab)]
    lab.check_sound(results[0])
    return results
