"""What an operator does with REST and hmsctl, to its end, on all parts: files to and from devices, PM read, de-provisioning, status."""
import datetime
import hashlib
import json
import os
import re
import urllib.request
import uuid

import pytest
from hmslab import dev, eventually
from hmslab.api import Api, Ctl, new_token
from hmslab.files import PM, Files
from test_pm import Cell, iso, quarter, simple

KICK = ("6 CONNECTION REQUEST",)
BOOT = ("0 BOOTSTRAP", "1 BOOT")
FIRMWARE = "1 Firmware Upgrade Image"


@pytest.fixture
def api(lab):
    return Api(lab)


@pytest.fixture
def ctl(lab):
    return Ctl(lab)


def refused(answer, field, status=422):
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer
    assert answer.json["field"] == field, answer


def put(url, body, name=""):
    request = urllib.request.Request(url + name, method="PUT", data=body)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return reply.status


def fetched(url):
    with urllib.request.urlopen(url, timeout=30) as reply:
        return reply.read()


def says_complete(device, key, event, code=0, text=""):
    """The session in which a device says that a transfer has ended."""
    device.inform(("7 TRANSFER COMPLETE", (event, key)))
    assert device.request(device.transfer_complete(key, code, text)).rpc == "TransferCompleteResponse"
    device.serve()


def waiting_for(lab, device, process, kind):
    """hmsctl's command is there: the device comes and takes it."""
    eventually(lambda: lab.sql("select 1 from command where device_id = %s and kind = %s", dev(device), kind))
    assert [rpc.rpc for rpc in device.session(KICK)[0]] == [kind]


def ended(process):
    out, err = process.communicate(timeout=60)
    assert "Sanitizer" not in err, err
    return process.returncode, out, err


# ---- files to a device ----

def test_a_file_of_an_operator_reaches_the_device_that_is_told_to_fetch_it(lab, api, ctl, settled, tmp_path):
    """Up by hmsctl, told by Download, fetched from a file server, in use by TransferComplete."""
    device, body = settled(), os.urandom(700_000)
    device.downloads = []
    (tmp_path / "fw").write_bytes(body)
    file = ctl("upload", "firmware", "fw v2 \u00e4.bin", str(tmp_path / "fw"), "-q").out.strip()
    process = ctl.start("push", dev(device), file)
    waiting_for(lab, device, process, "Download")
    (told,) = device.downloads
    assert (told["FileType"], told["FileSize"]) == (FIRMWARE, str(len(body)))
    assert told["URL"].startswith(lab.env["HMS_FILES_URL"] + "d/") and told["URL"].endswith("/fw_v2__.bin") and len(told["URL"]) <= 256
    assert fetched(told["URL"]) == body
    (row,) = api.get(f"/devices/{dev(device)}/commands?state=running")["items"]
    assert row["arguments"] == {"FileId": file, "FileName": "fw_v2__.bin", "FileSize": len(body), "FileType": FIRMWARE}
    says_complete(device, told["CommandKey"], "M Download")
    assert ended(process)[:2] == (0, "done\n")


def test_a_download_that_fails_on_the_device_is_told_with_its_fault(lab, ctl, settled):
    device = settled()
    device.downloads = []
    process = ctl.start("push", dev(device), "http://files.example/fw", "--file-type", FIRMWARE)
    waiting_for(lab, device, process, "Download")
    assert device.downloads[0]["URL"] == "http://files.example/fw"
    says_complete(device, device.downloads[0]["CommandKey"], "M Download", 9016, "no such file")
    status, out, err = ended(process)
    assert (status, out, err) == (1, "", "hmsctl: faulted 9016: no such file\n")


def test_a_file_that_the_device_may_not_have_is_refused_and_nothing_is_queued(lab, api, settled):
    device, other = settled(), settled()
    path = f"/devices/{dev(device)}/commands"
    mine = api("POST", f"/files?kind=cm&name=mine&device={dev(device)}", b"x").json["id"]
    foreign = api("POST", f"/files?kind=cm&name=foreign&device={dev(other)}", b"x").json["id"]
    away = Api(lab, new_token(lab, "away", "operator", "--tenant", "away"))("POST", "/files?kind=cm&name=away", b"x").json["id"]
    old = str(uuid.UUID(bytes=Files(lab).add(b"x", expires="-1 second")))
    for file in (foreign, away, old, str(uuid.uuid4())):
        answer = api("POST", path, {"kind": "Download", "arguments": {"FileType": FIRMWARE, "FileId": file}})
        refused(answer, "arguments.FileId")
    assert "another device" in api("POST", path, {"kind": "Download", "arguments": {"FileType": "x", "FileId": foreign}}).json["detail"]
    refused(api("POST", path, {"kind": "Download", "arguments": {"FileType": "x", "FileId": mine, "URL": "http://a/"}}), "arguments.FileId")
    refused(api("POST", path, {"kind": "Download", "arguments": {"FileType": "x"}}), "arguments.FileId")
    refused(api("POST", path, {"kind": "Upload", "arguments": {"FileType": "x", "FileId": mine}}), "arguments.FileId")
    refused(api("POST", path, {"kind": "SetParameterAttributes", "arguments": {"ParameterList": [{"Name": "A"}]}}), "arguments.ParameterList")
    assert [each["purpose"] for each in api.get(path)["items"]] == ["methods"]  # of its first contact
    assert api("POST", path, {"kind": "Download", "arguments": {"FileType": "x", "FileId": mine}}).status == 202


def test_a_password_of_a_transfer_reaches_the_device_and_nobody_else(lab, api, settled):
    device = settled()
    secret = uuid.uuid4().hex
    path = f"/devices/{dev(device)}/commands"
    api("POST", path, {"kind": "Upload", "arguments": {"FileType": "2 Vendor Log File", "URL": "https://logs.example/", "Username": "u", "Password": secret}})
    (rpc,) = device.session(KICK)[0]
    assert (rpc.text("Username"), rpc.text("Password")) == ("u", secret)
    eventually(lambda: api.get(path)["items"][0]["state"] == "running")
    assert api.get(path)["items"][0]["arguments"]["Password"] == "***"
    assert secret not in json.dumps(api.get("/audit?limit=20")) and secret not in json.dumps(api.get(path))


# ---- a file from a device ----

def test_a_device_that_is_told_to_upload_has_its_file_in_hms(lab, api, ctl, settled, tmp_path):
    device, body = settled(), b"<configuration/>" * 100
    process = ctl.start("pull", dev(device))
    waiting_for(lab, device, process, "Upload")
    (told,) = device.uploads
    assert told["FileType"] == "1 Vendor Configuration File" and told["URL"].startswith(lab.env["HMS_FILES_URL"] + "u/")
    assert put(told["URL"], body, "my.conf") == 201
    says_complete(device, told["CommandKey"], "M Upload")
    assert ended(process)[:2] == (0, "done\n")
    (file,) = eventually(lambda: api.get(f"/devices/{dev(device)}/files")["items"])
    assert (file["kind"], file["name"], file["size"], file["sha256"]) == ("configuration", "my.conf", len(body), hashlib.sha256(body).hexdigest())
    assert ctl("download", dev(device), file["id"], "--to-file", str(tmp_path / "out")).status == 0
    assert (tmp_path / "out").read_bytes() == body and file["id"] in ctl("files", dev(device), "--kind", "configuration").out


# ---- PM ----

def total(rows, member):
    return sum(row[member] for row in rows)


def test_pm_that_a_cell_has_put_is_read_as_a_series_and_what_is_missing_is_told(lab, api, ctl):
    """PM-04, PM-06: three periods are expected, the middle one never comes."""
    cell, end, span = Cell(lab), quarter(back=0), datetime.timedelta(minutes=15)
    start = end - 2 * span
    cell.told_to_upload(900, start - datetime.timedelta(seconds=1))
    where = Files(lab).upload_url(uuid.UUID(cell.id).bytes, PM)
    assert put(where, simple(start, [1, "NIL", 3]), "A.xml") == 201
    assert put(where, simple(end, [4, 5.5, "6,7"], suspect=True), "B.xml") == 201
    path, window = f"/devices/{cell.id}/pm", f"&from={iso(start)}"
    items = eventually(lambda: len(found := api.get(f"{path}?counter=RRC.Counter0{window}")["items"]) == 2 and found)
    assert [(each["value"], each["suspect"], each["object"], each["duration_ms"]) for each in items] == [
        (1, False, "HeNB=1", 900000), (4, True, "HeNB=1", 900000)]
    assert [datetime.datetime.fromisoformat(each["at"]) for each in items] == [start, end]
    assert api.all(f"{path}?counter=RRC.Counter0{window}", 1) == items
    assert api.get(f"{path}?counter=RRC.Counter0{window}&to={iso(end)}")["items"] == items[:1]
    assert api.get(f"{path}?counter=RRC.Counter0{window}&object=HeNB%3D2")["items"] == []
    assert [(each["value"], each["text"]) for each in api.get(f"{path}?counter=RRC.Counter2{window}")["items"]] == [(3, None), (None, "6,7")]
    assert [each["value"] for each in api.get(f"{path}?counter=RRC.Counter1{window}")["items"]] == [None, 5.5]
    counters = api.get(f"{path}/counters?from={iso(start)}")["items"]
    assert [(each["counter"], each["periods"]) for each in counters] == [(f"RRC.Counter{n}", 2) for n in range(3)]
    days = eventually(lambda: total(found := api.get(f"/pm/days?device={cell.id}")["items"], "missing_count") == 1 and found)
    assert (total(days, "expected"), total(days, "received")) == (3, 2)
    assert [datetime.datetime.fromisoformat(at) for each in days for at in each["missing"] or []] == [start + span]
    seen = api.get("/status")["pm"]
    assert seen["expected"] >= 3 and seen["missing"] >= 1 and seen["received"] >= 2 and seen["cells"] >= 1
    assert ctl("pm", cell.id, "RRC.Counter0", "--from", iso(start), "-q").out == "1\n4\n"
    assert ctl("pm", cell.id, "-q").out == "RRC.Counter0\nRRC.Counter1\nRRC.Counter2\n"
    assert re.search(r"6,7 +yes", ctl("pm", cell.id, "RRC.Counter2", "--from", iso(start)).out), ctl.out
    row = ctl("pm-missing", "--device", cell.id).out.splitlines()[-1]
    assert cell.serial in row and (start + span).strftime("%Y-%m-%d %H:%M:%S") in row
    assert re.search(r"^pm +\d+\.\d % complete: \d+ of \d+ due periods missing", ctl("status").out, re.MULTILINE), ctl.out


# ---- de-provisioning ----

def test_hmsctl_blocks_a_cell_which_is_reset_and_comes_back_to_nothing_until_it_is_unblocked(lab, ctl, henb):
    """DEP-01 to DEP-05."""
    cell = henb()
    cell.session(BOOT)
    eventually(lambda: lab.state(cell) == "PROVISIONED")
    name = f"{cell.oui}-{cell.product_class}-{cell.serial}"
    assert ctl("block", name, "--reason", "moved out", "-q").out == "BLOCKED\n"
    assert "moved out" in ctl("device", name).out and re.search(r"^devices .*BLOCKED.*^alarms", ctl("status").out, re.MULTILINE | re.DOTALL)
    eventually(lambda: lab.entry(cell).get(b"f") == b"3")
    assert [rpc.rpc for rpc in cell.session()[0]] == ["FactoryReset"]
    for url in ("initial", "serving", "both"):
        rpcs, last = cell.session(BOOT, url=lab.url(url))
        assert (rpcs, last.status) == ([], 204)
    assert ctl("allow", name).status == 1 and ctl.err == "hmsctl: the device is blocked: unblock it\n"
    assert ctl("block", name, "-q").out == "BLOCKED\n"  # again: nothing changes
    assert ctl("unblock", name, "-q").out == "ALLOWED\n" and ctl("unblock", name, "-q").out == "ALLOWED\n"
    eventually(lambda: lab.entry(cell).get(b"f") == b"1")
    assert "SetParameterValues" in [rpc.rpc for rpc in cell.session(BOOT)[0]]
    assert lab.state(cell) == "PROVISIONED"
    told = [line.split() for line in ctl("history", name).out.splitlines()[1:]]
    assert {"deprovisioned", "BLOCKED", "ALLOWED"} <= {word for line in told for word in line}


# ---- status ----

def test_status_is_of_now_and_says_once_what_a_service_lacks(lab, ctl):
    """Services are asked when somebody wants to know. Fails where their last answers are shown."""
    away = lab.instance("cwmp-frontend-1")
    with lab.settings("northbound-0", HMS_NORTHBOUND_ADMIN_AGE="0s"):
        for _ in range(3):
            assert "cwmp-frontend    2 of 2" in ctl("status").out
            away.kill()
            try:
                assert "cwmp-frontend    1 of 2" in ctl("status").out and "cwmp-frontend-1 is away: " in ctl.out
            finally:
                away.start()
                lab.steady()
        lab.instance("redis").kill()
        try:
            text = eventually(lambda: "northbound-0 is degraded: redis is away\n" in ctl("status").out and ctl.out)
            assert "degraded: degraded" not in text and len(text.splitlines()) <= 24
        finally:
            lab.instance("redis").start()
            lab.steady()
