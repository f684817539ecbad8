"""Groups of commands, by the API and by hmsctl: what becomes of the others when one fails, to the end of the group."""
import json

import pytest
from hmslab import dev, eventually, fault
from hmslab.api import Ctl

KICK = ("6 CONNECTION REQUEST",)
NAMES = {"kind": "GetParameterNames", "arguments": {"ParameterPath": "Device."}}
BROKEN = {"kind": "GetParameterNames", "arguments": {"ParameterPath": "Broken."}}


def asked(api, device, mode, *commands, **more):
    answer = api("POST", f"/devices/{dev(device)}/command-groups", {"mode": mode, "commands": list(commands), **more})
    assert answer.status == 202, answer
    return answer.json["id"]


def ended(api, device, group):
    found = api.get(f"/devices/{dev(device)}/command-groups/{group}?wait=30")
    assert found["ended"], found
    return found


def served(device, events=KICK):
    """A session in which what is asked about Broken. is refused. Returns the RPCs."""
    device.inform(events)
    reply, rpcs = device.empty(), []
    while reply.rpc:
        rpcs.append(reply)
        reply = device.answer(reply, fault(9005) if reply.text("ParameterPath") == "Broken." else device.execute(reply))
    return rpcs


def states(group):
    return [(each["kind"], each["state"]) for each in group["commands"]]


def test_a_group_is_done_in_its_order_in_one_session(lab, api, settled):
    device = settled()
    group = asked(api, device, "all", {"kind": "SetParameterValues", "arguments": {"ParameterList": [{"Name": "Device.X", "Value": "1"}]}}, NAMES,
                  {"kind": "AddObject", "arguments": {"ObjectName": "Device.T."}})
    assert [rpc.rpc for rpc in served(device)] == ["SetParameterValues", "GetParameterNames", "AddObject"]
    found = ended(api, device, group)
    assert (found["state"], found["total"], found["done"], found["failed"]) == ("done", 3, 3, 0)
    assert lab.one("select pending from device_hot where device_id = %s", dev(device))["pending"] == 0


def test_all_stops_at_the_first_failure_and_the_rest_says_why(api, settled):
    device = settled()
    group = asked(api, device, "all", NAMES, BROKEN, NAMES)
    assert len(served(device)) == 2
    found = ended(api, device, group)
    assert (found["state"], states(found)[2][1]) == ("failed", "cancelled")
    assert found["note"] == "member 2, GetParameterNames, ended faulted 9005"
    assert found["commands"][2]["note"] == "not sent: " + found["note"]


def test_independent_members_all_go_out(api, settled):
    device = settled()
    group = asked(api, device, "independent", BROKEN, NAMES, NAMES)
    assert len(served(device)) == 3
    found = ended(api, device, group)
    assert (found["state"], found["done"], found["failed"]) == ("failed", 2, 1)


def undoable(device):
    device.params.update({"Device.T.1.Alias": "", "Device.X": "1"})
    return [{"kind": "AddObject", "arguments": {"ObjectName": "Device.T."}, "undo": {"kind": "DeleteObject", "arguments": {"ObjectName": "Device.T.2."}}},
            {"kind": "SetParameterValues", "arguments": {"ParameterList": [{"Name": "Device.X", "Value": "2"}]},
             "undo": {"kind": "SetParameterValues", "arguments": {"ParameterList": [{"Name": "Device.X", "Value": "1"}]}}}, NAMES, BROKEN]


def test_undo_brings_back_what_was(lab, api, settled):
    device = settled()
    before = dict(device.params, **{"Device.T.1.Alias": "", "Device.X": "1"})
    group = asked(api, device, "undo", *undoable(device))
    assert [rpc.rpc for rpc in served(device)] == ["AddObject", "SetParameterValues", "GetParameterNames", "GetParameterNames", "SetParameterValues", "DeleteObject"]
    found = ended(api, device, group)
    assert (found["state"], found["done"], found["undone"]) == ("undone", 3, 2)
    assert [each["purpose"] for each in found["commands"]] == [""] * 4 + ["undo"] * 2
    key = "Device.ManagementServer.ParameterKey"
    assert {**device.params, key: ""} == {**before, key: ""}
    assert lab.one("select pending from device_hot where device_id = %s", dev(device))["pending"] == 0


def test_an_undo_that_fails_is_said(api, settled):
    device = settled()
    device._do_DeleteObject = None  # it does not know it
    group = asked(api, device, "undo", *undoable(device))
    served(device)
    found = ended(api, device, group)
    assert (found["state"], found["undone"]) == ("undo_failed", 1) and "DeleteObject to undo ended faulted" in found["note"]


def test_a_group_outlives_a_restart_of_the_decider(lab, api, settled):
    device = settled()
    device._do_DeleteObject = None
    group = asked(api, device, "undo", *undoable(device))
    device.inform(KICK)
    rpc = device.empty()
    assert rpc.rpc == "AddObject"
    device.answer(rpc, device.execute(rpc))
    device.hang_up()
    for owner in lab.instances("provisioning"):
        owner.kill()
        owner.start()
    lab.steady()
    eventually(lambda: served(device) and api.get(f"/devices/{dev(device)}/command-groups/{group}")["ended"])
    assert ended(api, device, group)["state"] == "undo_failed"


def test_a_group_can_be_cancelled(lab, api, settled):
    device = settled()
    group = asked(api, device, "all", NAMES, NAMES)
    path = f"/devices/{dev(device)}/command-groups/{group}"
    assert api("DELETE", path).status == 202
    found = ended(api, device, group)
    assert found["state"] == "failed" and [state for _, state in states(found)] == ["cancelled"] * 2
    assert served(device) == []
    assert api("DELETE", path).status == 409
    assert api("DELETE", path[:-3] + "000").status == 404
    assert api("GET", path[:-3] + "000").status == 404


@pytest.mark.parametrize("field, body", [
    ("commands", {"mode": "all", "commands": []}),
    ("commands", {"mode": "all", "commands": [{"kind": "Reboot"}] * 65}),
    ("commands", {"mode": "all", "commands": {}}),
    ("mode", {"mode": "some", "commands": [NAMES]}),
    ("commands.1.kind", {"mode": "all", "commands": [NAMES, {"kind": "NoSuch"}]}),
    ("commands.0.arguments.CommandKey", {"mode": "all", "commands": [{"kind": "Reboot", "arguments": {"CommandKey": "x"}}]}),
    ("commands.0.arguments.ParameterPath", {"mode": "all", "commands": [{"kind": "GetParameterNames"}]}),
    ("commands.0.arguments", {"mode": "all", "commands": [{"kind": "Reboot", "arguments": 7}]}),
    ("commands.0", {"mode": "all", "commands": ["Reboot"]}),
    ("commands.0.prio", {"mode": "all", "commands": [{"kind": "Reboot", "prio": 1}]}),
    ("commands.0.undo", {"mode": "all", "commands": [{"kind": "Reboot", "undo": NAMES}]}),
    ("commands.0.undo.kind", {"mode": "undo", "commands": [{"kind": "Reboot", "undo": {"kind": "NoSuch"}}]}),
    ("commands.1.arguments.FileId", {"mode": "all", "commands": [NAMES, {"kind": "Download", "arguments": {
        "FileType": "1 F", "FileId": "00000000-0000-4000-8000-000000000000"}}]}),
])
def test_a_bad_group_is_refused_whole_with_its_place(lab, api, settled, field, body):
    device = settled()
    answer = api("POST", f"/devices/{dev(device)}/command-groups", body)
    assert (answer.status, answer.json["field"]) == (422, field), answer
    assert lab.sql("select count(*) from command where device_id = %s", dev(device)) == [(0,)]
    assert lab.sql("select count(*) from command_group where device_id = %s", dev(device)) == [(0,)]


def test_passwords_in_groups_are_shown_to_nobody(lab, api, settled):
    device = settled()
    upload = {"kind": "Upload", "arguments": {"FileType": "1 V", "URL": "http://a/", "Password": "geheim"}}
    asked(api, device, "undo", {**upload, "undo": upload})
    rows = lab.sql("select args::text from api_audit where action = 'command_group_add' order by id desc limit 1")
    assert "geheim" not in rows[0][0] and rows[0][0].count("***") == 2


def test_hmsctl_sends_a_group_and_waits_for_its_end(lab, settled, tmp_path):
    device, ctl = settled(), Ctl(lab)
    file = tmp_path / "group.json"
    file.write_text(json.dumps({"mode": "all", "commands": [NAMES, BROKEN, NAMES]}))
    process = ctl.start("rpc-group", dev(device), str(file))
    eventually(lambda: lab.sql("select 1 from command_group where device_id = %s", dev(device)))
    served(device)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "failed: member 2, GetParameterNames, ended faulted 9005" in err, (out, err)
    assert [line.split()[1:3] for line in out.splitlines()[1:]] == [["GetParameterNames", state] for state in ("done", "faulted", "cancelled")] or "cancelled" in out
    group = ctl("rpc-groups", dev(device), "-q").out.strip()
    assert ctl("rpc-groups", dev(device), group, "-q").out == "failed\n"
    assert "cancelled" in ctl("rpc-groups", dev(device), group).out
    file.write_text("{")
    assert ctl("rpc-group", dev(device), str(file)).status == 2
