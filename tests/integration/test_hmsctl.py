"""hmsctl as an operator meets it: tables, JSON, waiting, exit statuses, one clear line when something is wrong."""
import json
import os
import re
import signal
import subprocess
import threading

import pytest
from hmslab import dev, eventually, fault
from hmslab.api import Ctl, new_token

KICK = ("6 CONNECTION REQUEST",)


def verbs(ctl):
    return re.findall(r"^  ([a-z-]+) ", ctl("--help").out.split("Options:")[0], re.MULTILINE)


def open_command(lab, device):
    rows = lab.sql("select id from command where device_id = %s and origin like 'operator:%%'", dev(device))
    return rows and rows[0][0]


def while_it_waits(lab, device, process, *sessions):
    """Does the device's part once the command is there; returns what hmsctl printed."""
    eventually(lambda: open_command(lab, device))
    device.session(KICK)
    out, err = process.communicate(timeout=60)
    assert "Sanitizer" not in err, err
    return process.returncode, out, err


# ---- usage ----

def test_help_of_every_verb_comes_from_the_table(ctl):
    names = verbs(ctl)
    assert {"status", "devices", "get", "set", "alarms", "pm", "stream"} <= set(names) and ctl.status == 0
    for name in names:
        assert ctl(name, "--help").status == 0 and ctl.out.startswith(f"usage: hmsctl {name}") and "--output" in ctl.out


def test_the_completion_is_bash_and_knows_every_verb(ctl):
    names = verbs(ctl)
    script = ctl("completion").out
    done = subprocess.run(["bash", "-c", script + '\nCOMP_WORDS=(hmsctl "") COMP_CWORD=1; _hmsctl; echo "${COMPREPLY[@]}"\n'
                           'COMP_WORDS=(hmsctl devices --st) COMP_CWORD=2; _hmsctl; echo "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert sorted(first.split()) == sorted(names) and second == "--state"


@pytest.mark.parametrize("args", [(), ("fly",), ("device",), ("device", "a", "b"), ("devices", "--severity", "Major"), ("devices", "-o", "xml"),
                                  ("devices", "--no-such"), ("set", "d", "novalue"), ("rpc", "d", "Reboot", "{"), ("stream", "live"), ("get", "d", "A", "--timeout", "soon"),
                                  ("get", "d", "A", "--timeout", "-1"), ("push", "d", "http://a/")])
def test_wrong_usage_is_status_2_and_one_line(ctl, args):
    assert ctl(*args).status == 2 and ctl.out == "" and ctl.err.startswith("hmsctl: ") and ctl.err.count("\n") == 1, ctl


# ---- the server ----

@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nonsense", "http://no-such-host.invalid/", "file:///etc/passwd"])
def test_a_server_that_is_away_is_status_3_and_one_clear_line(lab, url):
    ctl = Ctl(lab, HMS_API_URL=url)
    for args in (("status",), ("devices",), ("reboot", "0200F0-X")):
        assert ctl(*args).status == 3 and ctl.out == "" and ctl.err.count("\n") == 1 and url.rstrip("/") in ctl.err, ctl


def test_something_else_that_answers_is_not_taken_for_the_api(lab):
    ctl = Ctl(lab, HMS_API_URL=lab.instance("northbound-0").admin_url)
    assert ctl("status").status == 3 and "not this API" in ctl.err and ctl.err.count("\n") == 1, ctl


def test_a_token_that_is_not_accepted_is_status_3_and_a_role_that_does_not_suffice_status_1(lab, cpe):
    device = cpe()
    ctl = Ctl(lab, HMS_API_TOKEN="hms_" + "x" * 43)
    assert ctl("devices").status == 3 and "token" in ctl.err and ctl.err.count("\n") == 1
    ctl = Ctl(lab, HMS_API_TOKEN=new_token(lab, "ctl-viewer", "viewer"))
    assert ctl("device", dev(device)).status == 0
    assert ctl("block", dev(device)).status == 1 and "operator" in ctl.err
    assert lab.state(device) == "ALLOWED"


def test_url_and_token_come_from_options_environment_and_file(lab, tmp_path):
    environ = {"HMS_API_URL": "", "HMS_API_TOKEN": "", "HOME": str(tmp_path)}
    ctl = Ctl(lab, **environ)
    assert ctl("devices").status == 2 and "--url" in ctl.err
    assert ctl("devices", "--url", lab.env["HMS_API_URL"]).status == 2 and "token" in ctl.err
    folder = tmp_path / ".config/hms"
    folder.mkdir(parents=True)
    (folder / "ctl.conf").write_text(f"# mine\nurl = {lab.env['HMS_API_URL']}\ntoken = {lab.env['HMS_API_TOKEN']}\n")
    assert ctl("devices").status == 0
    assert ctl("devices", "--url", "http://127.0.0.1:1").status == 3
    (folder / "ctl.conf").write_text("url = x\npassword = y\n")
    assert ctl("devices").status == 2 and "ctl.conf:2" in ctl.err


# ---- looking ----

def test_status_fits_on_one_screen_and_names_what_runs(lab, ctl, cpe):
    cpe()
    text = eventually(lambda: ctl("status").out.count("2 of 2") >= 4 and ctl.out)
    assert ctl.status == 0 and len(text.splitlines()) <= 24 and max(map(len, text.splitlines())) <= 100
    for word in ("cwmp-frontend", "provisioning", "northbound", "postgres", "redis", "kafka", "lag", "devices", "ALLOWED", "alarms", "pm", "0.1.0"):
        assert word in text, word
    assert json.loads(ctl("status", "-o", "json").out)["stores"]["postgres"]["up"]


def test_lists_are_tables_that_fit_json_or_bare_values(lab, ctl, settled):
    device = settled(serial="CTL" + os.urandom(4).hex())
    ctl("devices", "--serial", device.serial)
    head, row = ctl.out.splitlines()
    assert head.startswith("DEVICE") and device.serial in row and "SETTLED" in row and max(len(head), len(row)) <= 100
    narrow = Ctl(lab, COLUMNS="80")("devices", "--serial", device.serial).out.splitlines()
    assert device.serial in narrow[1] and max(map(len, narrow)) <= 80
    assert ctl("devices", "--serial", device.serial, "-q").out == dev(device) + "\n"
    assert json.loads(ctl("devices", "--serial", device.serial, "-o", "json").out)["items"][0]["device_id"] == dev(device)
    assert ctl("devices", "--limit", "1").status == 0 and "--cursor" in ctl.err
    name = f"0200F0-{device.serial}"
    assert "SETTLED" in ctl("device", name).out
    assert "SETTLED" in ctl("history", name).out
    assert "Device.DeviceInfo.SoftwareVersion" in ctl("params", name, "software").out and "ParameterKey" not in ctl.out
    for verb in (("commands", name), ("files", name), ("files",), ("alarms",), ("alarm-history",), ("pm", name), ("pm", name, "X"), ("pm-missing",),
                 ("stream", "dead")):
        assert ctl(*verb).status == 0 and ctl.out, ctl
    assert ctl("device", "0200F0-NOSUCH").status == 1 and ctl.err == "hmsctl: no such device\n"
    assert ctl("history", name, "--cursor", "zzz").status == 1 and ctl.err.startswith("hmsctl: cursor: ") and ctl.err.count("\n") == 1
    assert ctl("devices", "--state", "X").err.startswith("hmsctl: state: one of HELD|")
    text = ctl("device", name).out
    assert text.index("serial") < text.index("state ") < text.index("peer_addr") and "{" not in text


# ---- doing ----

def test_get_and_set_wait_for_the_end_and_print_it(lab, ctl, settled):
    device = settled()
    device.params["Device.X.Number"] = 1
    process = ctl.start("set", dev(device), "Device.X.Number=17:unsignedInt", "Device.X.Text=a:b=c", "--reason", "test")
    status, out, _ = while_it_waits(lab, device, process)
    assert (status, out) == (0, "done\n")
    assert (device.params["Device.X.Number"], device.params["Device.X.Text"]) == (17, "a:b=c")
    process = ctl.start("get", dev(device), "Device.X.")
    status, out, _ = while_it_waits(lab, device, process)
    assert status == 0 and re.search(r"Device\.X\.Number +17", out) and "a:b=c" in out and out.endswith("done\n")
    process = ctl.start("get", dev(device), "Device.X.Number", "-o", "json")
    assert json.loads(while_it_waits(lab, device, process)[1])["result"]["parameters"] == [{"Name": "Device.X.Number", "Value": "17"}]


def test_a_fault_is_status_1_and_printed(lab, ctl, settled):
    device = settled()
    device._do_SetParameterValues = lambda rpc: fault(9003, "Invalid arguments", [("Device.X.Bad", 9007, "Invalid value")])
    process = ctl.start("set", dev(device), "Device.X.Bad=1")
    status, out, err = while_it_waits(lab, device, process)
    assert (status, out, err) == (1, "", "hmsctl: faulted 9003: Invalid arguments\n  Device.X.Bad: 9007 Invalid value\n")
    number = ctl("commands", dev(device), "--limit", "1", "-q").out.strip()
    assert "Device.X.Bad: 9007 Invalid value" in ctl("command", dev(device), number).out


def test_what_a_device_answers_besides_values_is_printed(lab, ctl, settled):
    device = settled()
    process = ctl.start("rpc", dev(device), "AddObject", '{"ObjectName": "Device.Table."}')
    assert while_it_waits(lab, device, process)[:2] == (0, "InstanceNumber  1\ndone\n")
    device.params["Device.X.Text"] = "one\ntwo\tthree\u202e"
    process = ctl.start("get", dev(device), "Device.X.Text")
    assert "one\\ntwo\\tthree" in while_it_waits(lab, device, process)[1]


def test_reboot_and_rpc_give_the_command_to_the_device(lab, ctl, settled):
    device = settled()
    number = ctl("rpc", dev(device), "GetParameterNames", '{"ParameterPath": "Device.", "NextLevel": true}', "--no-wait", "-q").out.strip()
    assert ctl("command", dev(device), number, "-q").out == "queued\n"
    device.session(KICK)
    eventually(lambda: ctl("command", dev(device), number, "-q").out == "done\n")
    assert "Device.DeviceInfo." in ctl("command", dev(device), number).out
    assert "Writable" not in ctl("rpc", "--help").out and "SetParameterAttributes ParameterList\n" in ctl.out and "FileId" in ctl.out
    assert ctl("reboot", dev(device), "--no-wait").status == 0
    assert [rpc.rpc for rpc in device.session(KICK)[0]] == ["Reboot"]
    assert ctl("rpc", dev(device), "Explode").status == 1 and "no such method" in ctl.err


def test_ctrl_c_leaves_the_command_running_and_says_how_to_look(lab, ctl, settled):
    device = settled()
    process = ctl.start("get", dev(device), "Device.")
    number = eventually(lambda: open_command(lab, device))
    eventually(lambda: lab.metric("hms_nbi_requests_waiting", "northbound") >= 1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and f"hmsctl command {dev(device)} {number}" in err
    assert lab.is_in(number, "queued")
    assert ctl("command", dev(device), str(number), "--cancel").status == 0
    eventually(lambda: lab.is_in(number, "cancelled"))


def test_a_wait_that_is_over_is_status_1_and_the_command_goes_on(lab, ctl, settled):
    device = settled()
    assert ctl("get", dev(device), "Device.", "--timeout", "1").status == 1 and "goes on" in ctl.err
    assert lab.is_in(open_command(lab, device), "queued")


def test_block_unblock_and_allow(lab, ctl, cpe):
    device = cpe(allow=False)
    assert ctl("allow", device.oui, device.product_class, device.serial).status == 0 and lab.state(device) == "ALLOWED"
    assert ctl("block", dev(device), "--reason", "moved").status == 0 and lab.state(device) == "BLOCKED"
    assert lab.device(device)["state_reason"] == "moved"
    assert ctl("allow", dev(device)).status == 1 and "unblock" in ctl.err
    assert ctl("unblock", dev(device), "-q").out == "ALLOWED\n"


def test_files_go_up_and_come_down(ctl, tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(bytes(range(256)) * 1000)
    name = ctl("upload", "firmware", "fw.bin", str(source), "-q").out.strip()
    assert ctl("download", name, "--to-file", str(target)).status == 0 and target.read_bytes() == source.read_bytes()
    assert name in ctl("files").out
    assert ctl("upload", "firmware", "fw.bin", "/nonexistent").status == 1 and "/nonexistent" in ctl.err
    assert ctl("download", "00000000-0000-4000-8000-000000000000").status == 1


def test_events_are_printed_as_they_come_until_ctrl_c(lab, ctl, cpe):
    process = ctl.start("events", "--type", "device")
    eventually(lambda: lab.metric("hms_nbi_event_listeners", "northbound") == 1)
    device, lines = cpe(), []
    reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()))
    reader.start()
    reader.join(30)
    assert lines and device.serial in lines[0] and "ALLOWED" in lines[0]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


# ---- groups ----

def test_groups_and_their_devices_by_the_command_line(lab, ctl, settled):
    device = settled()
    name = f"{device.oui}-{device.product_class}-{device.serial}"
    assert ctl("group", "ctl-1", "--auth", "digest", "--redirect-url", "http://own.example/").status == 0 and "digest" in ctl.out
    assert ctl("groups").status == 0 and "ctl-1" in ctl.out
    assert json.loads(ctl("groups", "ctl-1", "-o", "json").out)["redirect_url"] == "http://own.example/"
    assert ctl("group", "ctl-1").status == 0 and json.loads(ctl("groups", "ctl-1", "-o", "json").out)["auth"] is None
    assert ctl("assign", name, "--group", "ctl-1", "--region", "north", "--tags", "a, b").status == 0
    assert lab.device(device)["group_name"] == "ctl-1" and lab.device(device)["tags"] == ["a", "b"]
    assert ctl("devices", "--group", "ctl-1", "-q").out.split() == [dev(device)]
    assert ctl("group", "ctl-1", "--delete").status == 1 and "devices are in group ctl-1" in ctl.err
    assert ctl("assign", name, "--group", "", "--tags", "").status == 0
    assert (lab.device(device)["group_name"], lab.device(device)["region"], lab.device(device)["tags"]) == ("", "north", [])
    assert ctl("allow", "0200F0", "Phone", device.serial + "P", "--group", "ctl-1").status == 0
    assert ctl("devices", "--group", "ctl-1", "-q").out.split() != [] and ctl("assign", f"0200F0-Phone-{device.serial}P", "--group", "").status == 0
    assert ctl("group", "ctl-1", "--delete").status == 0 and ctl("groups", "ctl-1").status == 1


@pytest.mark.parametrize("args", [("assign", "d"), ("group", "g", "--delete", "--auth", "none"), ("allow", "d", "--group", "g"), ("groups", "--auth", "none")])
def test_groups_used_wrongly_are_status_2(ctl, args):
    assert ctl(*args).status == 2 and ctl.err.count("\n") == 1, ctl


# ---- profiles, pools, who changed what (docs/tutorial.md goes through the rest) ----

@pytest.fixture
def profile(lab):
    yield "ctl-test"
    lab.sql("delete from profile where name = 'ctl-test'")
    lab.sql("delete from profile_head where name = 'ctl-test'")


def test_a_profile_is_planned_applied_compared_and_taken_back(lab, ctl, settled, profile, tmp_path):
    device = settled()
    file = tmp_path / "profile.json"
    file.write_text(json.dumps({"selector": {"serial": [device.serial]}, "parameters": {"Device.DeviceInfo.ProvisioningCode": "one"}}))
    assert ctl("profile", "plan", profile, str(file)).status == 0 and re.search(r"devices +1\n", ctl.out) and re.search(r"states +to_read=1\n", ctl.out)
    one = ctl("profile", "plan", profile, str(file), "--device", dev(device)).out
    assert "What would be sent:" in one and re.search(r"1 +GetParameterValues +Device\.DeviceInfo\.ProvisioningCode", one)
    assert json.loads(ctl("profile", "plan", profile, str(file), "--device", dev(device), "-o", "json").out)["steps"][0]["step"] == "read"
    assert ctl("profile", "show", profile).status == 1 and ctl.err == "hmsctl: no such profile\n"
    assert ctl("profile", "put", profile, str(file), "--note", "first", "-q").out == "1\n"
    file.write_text(file.read_text().replace("one", "two"))
    assert ctl("profile", "apply", profile, str(file), "-q").out == "2\n"
    assert re.search(r"parameters\.Device\.DeviceInfo\.ProvisioningCode +changed +one +two", ctl("profile", "diff", profile, "1", "2").out)
    assert json.loads(ctl("profile", "show", profile, "-q", "--version", "1").out)["parameters"] == {"Device.DeviceInfo.ProvisioningCode": "one"}
    assert ctl("profile", "rollback", profile, "1", "--note", "worse", "-q").out == "1\n"
    assert re.search(r"ctl-test +1 +2 +\S+ \S+ +admin +worse", ctl("profile", "list").out)
    assert re.search(r"1 +yes .* first\n", ctl("profile", "versions", profile).out)
    assert re.search(r"active +1\n", ctl("profile", "status", profile).out) and ctl("profile", "status", profile, "--state", "in_sync").status == 0
    assert ctl("profile", "off", profile, "-q").out == "1\n"
    assert re.search(r"admin +profile_off +200 .*ctl-test", ctl("audit", "--limit", "5").out)


def test_a_mistake_in_a_document_is_shown_with_its_line(ctl, profile, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text('{\n  "parameters": {\n    "lte.tac": [1]\n  }\n}\n')
    for verb in ("apply", "put", "plan"):
        assert ctl("profile", verb, profile, str(file)).status == 1
        assert ctl.err == f"hmsctl: {file}: line 3: parameters.lte.tac: not a text, a whole number or a boolean\n    \"lte.tac\": [1]\n"
    file.write_text('{"a": 1,\n}')
    assert ctl("profile", "put", profile, str(file)).status == 1 and ctl.err.startswith(f"hmsctl: {file}: line 2: ")
    assert ctl("profile", "put", profile, "/nonexistent").status == 1 and "/nonexistent" in ctl.err
    for args in (("profile",), ("profile", "fly", "x"), ("profile", "apply", "x"), ("profile", "apply", "x", "f", "--version", "1"), ("profile", "rollback", "x"),
                 ("profile", "rollback", "x", "y"), ("pool",), ("pool", "show"), ("pool", "apply", "x"), ("group-values", "g", "x"), ("group-values", "g", "=1")):
        assert ctl(*args).status == 2 and ctl.out == "" and ctl.err.count("\n") == 1, ctl


def test_pools_and_values_of_groups(lab, ctl, settled, tmp_path):
    device, file = settled(), tmp_path / "pool.json"
    file.write_text('{"from": 10, "to": 19, "scope": "tenant"}')
    assert ctl("pool", "apply", "ctl.pool", str(file)).status == 0 and re.search(r"size +10\n", ctl.out)
    lab.sql("select id_pool_allot(%s, 'ctl.pool')", dev(device))
    assert re.search(r"ctl\.pool +10 +1 +9 ", ctl("pool", "list").out)
    assert re.search(rf"10 +{dev(device)} +{device.serial} ", ctl("pool", "show", "ctl.pool").out) and ctl("pool", "show", "ctl.pool", "-q").out == "10\n"
    assert ctl("pool", "release", "ctl.pool", dev(device)).status == 1 and "block it" in ctl.err
    file.write_text('{"from": 10,\n')
    assert ctl("pool", "apply", "ctl.pool", str(file)).status == 1 and f"{file}: line 2: " in ctl.err
    assert ctl("group", "ctl-values").status == 0
    assert ctl("group-values", "ctl-values", "ring=a=b", "interval=60").status == 0
    assert ctl("group-values", "ctl-values").out.split() == ["ring", "a=b", "interval", "60"]
    assert ctl("changes", dev(device)).status == 0 and ctl.out.startswith("AT")
