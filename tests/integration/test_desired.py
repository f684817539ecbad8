"""Desired configuration: profiles become what devices have, with the fewest RPCs; drift is mended, and who changed what is kept."""
import json
import urllib.request

import pytest
from hmslab import dev, eventually, fault
from test_widened_provisioning import BOOT, finish_transfer

CHANGE = ("4 VALUE CHANGE",)
SERVICE = "Device.ManagementServer."
INTERVAL = SERVICE + "PeriodicInformInterval"
CODE = "Device.DeviceInfo.ProvisioningCode"
TABLE = "Device.X_TEST.Row."
KEY = SERVICE + "ParameterKey"


@pytest.fixture
def profile(lab):
    """Makes versions of profiles that select one device: profile(device, document, name="..."); the version's number. They are gone in the end."""
    made = set()

    def make(device, document, name=None):
        name = name or f"test-{device.serial}"
        made.add(name)
        document = {"selector": {"serial": [device.serial]}, **document}
        return lab.sql("insert into profile (tenant, name, version, doc) select 'default', %s, coalesce(max(version), 0) + 1, %s from profile"
                       " where name = %s returning version", name, json.dumps(document), name)[0][0]

    yield make
    for name in made:
        lab.sql("delete from profile where name = %s", name)
        lab.sql("delete from profile_head where name = %s", name)


def desired(lab, device):
    return lab.one("select * from device_desired where device_id = %s", dev(device))


def come(device, events=("2 PERIODIC",), **changed):
    """A session whose Inform carries the forced parameters, and what has changed; the RPCs of it."""
    forced = {name: device.params[name] for name in ("Device.DeviceInfo.SoftwareVersion", KEY)}
    return device.session(events, params={**forced, **{name: device.params[name] for name in changed.get("told", ())}})[0]


def comes_to(lab, device, state, most=90):
    """The device comes until it stands so; the RPCs that it got on the way."""
    rpcs = []

    def stands_so():
        rpcs.extend(come(device))
        row = desired(lab, device)
        return row and row["state"] == state

    eventually(stands_so, most, 0.2)
    return rpcs


def names(rpcs):
    return [rpc.rpc for rpc in rpcs]


def test_a_profile_reaches_a_device_with_one_read_and_one_write_and_then_it_is_quiet(lab, settled, profile):
    device = settled()
    device.params[INTERVAL] = 60
    device.params[CODE] = "same"
    version = profile(device, {"parameters": {"management.periodic_interval": 300, CODE: "same"}})
    rpcs = comes_to(lab, device, "in_sync")
    assert names(rpcs) == ["GetParameterValues", "SetParameterValues"]
    assert rpcs[1].params() == {INTERVAL: "300"}
    assert device.params[INTERVAL] == 300
    row = desired(lab, device)
    assert (row["profiles"], row["reason"]) == ([[f"test-{device.serial}", version]], "")
    assert lab.device(device)["applied_hash"] == row["hash"]
    assert device.params[KEY].startswith("=")
    assert come(device) == []
    eventually(lambda: lab.entry(device).get(b"f") == b"0" and lab.entry(device).get(b"k", b"").endswith(device.params[KEY].encode()))
    assert come(device) == []


def test_drift_is_mended_in_the_session_that_tells_it_and_who_changed_what_is_kept(lab, settled, profile):
    device = settled()
    device.params[CODE] = ""
    profile(device, {"parameters": {CODE: "ours"}})
    comes_to(lab, device, "in_sync")
    device.params[CODE] = "theirs"
    rpcs = come(device, CHANGE, told=[CODE])
    assert [rpc.params() for rpc in rpcs] == [{CODE: "ours"}]
    eventually(lambda: desired(lab, device)["state"] == "in_sync")
    changes = lab.sql("select old, new, source::text from param_history where device_id = %s order by at", dev(device))
    assert changes == [("", "ours", "P"), ("ours", "theirs", "D"), ("theirs", "ours", "P")]
    assert [state for _, state in lab.history(device, "desired")] == ["pending", "in_sync", "drifted", "in_sync"]


def test_drift_that_is_not_to_be_mended_is_shown(lab, settled, profile):
    device = settled()
    device.params[CODE] = ""
    profile(device, {"repair": False, "parameters": {CODE: "ours"}})
    comes_to(lab, device, "in_sync")
    device.params[CODE] = "theirs"
    assert come(device, CHANGE, told=[CODE]) == []
    eventually(lambda: desired(lab, device)["state"] == "drifted")
    assert desired(lab, device)["reason"] == CODE
    assert device.params[CODE] == "theirs"


def test_a_rollback_sets_what_the_older_version_said(lab, settled, profile):
    device = settled()
    device.params[CODE] = ""
    first = profile(device, {"parameters": {CODE: "one"}})
    comes_to(lab, device, "in_sync")
    profile(device, {"parameters": {CODE: "two"}})
    eventually(lambda: comes_to(lab, device, "in_sync") is not None and device.params[CODE] == "two")
    lab.sql("update profile_head set version = %s where name = %s", first, f"test-{device.serial}")
    eventually(lambda: comes_to(lab, device, "in_sync") is not None and device.params[CODE] == "one")


def test_a_value_that_the_device_refuses_makes_it_fail_with_the_reason_until_the_profile_is_another(lab, settled, profile):
    device = settled()
    device.params[CODE] = ""
    accept = device._do_SetParameterValues
    device._do_SetParameterValues = lambda rpc: (
        fault(9003, "Invalid arguments", [(CODE, 9007, "too long")]) if rpc.params().get(CODE) == "bad" else accept(rpc))
    profile(device, {"parameters": {CODE: "bad"}})
    comes_to(lab, device, "failing")
    assert desired(lab, device)["reason"] == f"SetParameterValues: fault 9003: {CODE}: 9007 too long"
    assert come(device) == []
    profile(device, {"parameters": {CODE: "good"}})
    comes_to(lab, device, "in_sync")
    assert device.params[CODE] == "good"


def test_what_the_device_does_not_have_is_left_out_and_the_rest_goes_on(lab, settled, profile):
    device = settled()
    device.params[CODE] = ""
    profile(device, {"parameters": {CODE: "x", "Device.X_NOT.There": "1", "lte.tac": 1}})
    comes_to(lab, device, "unsupported")
    assert device.params[CODE] == "x"
    assert desired(lab, device)["reason"] == "2 not supported"


def test_rows_are_made_matched_by_key_and_removed(lab, settled, profile):
    device = settled()
    device.params.update({TABLE + "3.Id": "7", TABLE + "3.Name": "old", TABLE + "4.Id": "8", TABLE + "4.Name": "other"})
    rows = {"path": TABLE, "key": ["Id"], "others": "remove", "rows": [{"Id": "7", "Name": "new"}, {"Id": "9", "Name": "nine"}]}
    profile(device, {"objects": [rows]})
    rpcs = comes_to(lab, device, "in_sync")
    assert names(rpcs) == ["GetParameterValues", "DeleteObject", "AddObject", "SetParameterValues"]
    table = {name: value for name, value in device.params.items() if name.startswith(TABLE) and not name.endswith("Alias")}
    assert table == {TABLE + "3.Id": "7", TABLE + "3.Name": "new", TABLE + "1.Id": "9", TABLE + "1.Name": "nine"}
    profile(device, {"objects": [{**rows, "others": "keep", "rows": [{"Id": "7", "Name": "new"}]}]})
    eventually(lambda: comes_to(lab, device, "in_sync") is not None and TABLE + "1.Id" not in device.params)  # HMS has made it
    assert TABLE + "3.Id" in device.params


def test_an_add_object_whose_answer_was_lost_makes_no_second_row(lab, settled, profile):
    device = settled()
    profile(device, {"objects": [{"path": TABLE, "key": ["Id"], "rows": [{"Id": "7", "Name": "new"}]}]})

    def until_add():
        assert device.inform(params={name: device.params[name] for name in ("Device.DeviceInfo.SoftwareVersion", KEY)}).rpc == "InformResponse"
        reply = device.empty()
        while reply.rpc and reply.rpc != "AddObject":
            reply = device.answer(reply, device.execute(reply))
        return reply if reply.rpc else None

    device.execute(eventually(until_add))  # and the session breaks off
    comes_to(lab, device, "in_sync")
    assert sorted(name for name in device.params if name.startswith(TABLE) and name.endswith(".Id")) == [TABLE + "1.Id"]


def test_notifications_are_read_first_and_set_where_they_differ(lab, settled, profile):
    device = settled()
    device.params.update({CODE: "x", INTERVAL: 60})
    device.notifications[INTERVAL] = "2"
    profile(device, {"parameters": {CODE: {"value": "x", "notify": 2}, INTERVAL: {"notify": 2}}})
    rpcs = comes_to(lab, device, "in_sync")
    assert names(rpcs) == ["GetParameterValues", "GetParameterAttributes", "SetParameterAttributes"]
    assert rpcs[2].texts("Name") == [CODE]


def test_a_secret_is_written_once_and_stands_nowhere_as_it_is(lab, settled, profile):
    device = settled()
    device.params[SERVICE + "STUNPassword"] = ""
    profile(device, {"parameters": {SERVICE + "STUNPassword": "hush-hush"}})
    assert names(comes_to(lab, device, "in_sync")) == ["SetParameterValues"]
    assert device.params[SERVICE + "STUNPassword"] == "hush-hush"
    device.params[SERVICE + "STUNPassword"] = ""
    assert come(device, CHANGE, told=[SERVICE + "STUNPassword"]) == []
    for table in ("command_done", "device_desired", "param_history"):
        assert lab.sql(f"select count(*) from {table} t where position('hush' in t::text) > 0")[0][0] == 0, table


def test_ids_of_a_pool_are_allotted_once_and_come_back(lab, settled, profile):
    lab.sql("insert into id_pool values ('default', 'cells', '{\"from\": 100, \"to\": 101, \"scope\": \"tenant\"}') on conflict do nothing")
    devices = [settled(), settled(), settled()]
    for device in devices:
        device.params[CODE] = ""
    for device in devices[:2]:
        profile(device, {"parameters": {CODE: "cell-{pool.cells}"}})
        comes_to(lab, device, "in_sync")
    profile(devices[2], {"parameters": {CODE: "cell-{pool.cells}"}})
    assert sorted(device.params[CODE] for device in devices[:2]) == ["cell-100", "cell-101"]
    comes_to(lab, devices[2], "failing")
    assert "pool cells has no free value" in desired(lab, devices[2])["reason"]
    lab.sql("select device_block(%s, 'test')", dev(devices[0]))  # de-provisioned
    eventually(lambda: lab.sql("select 1 from id_pool_lease where device_id = %s and released is not null", dev(devices[0])))
    comes_to(lab, devices[2], "in_sync")
    assert devices[2].params[CODE] == devices[0].params[CODE]


def test_what_is_known_of_a_device_is_known_after_a_restart(lab, settled, profile):
    """Otherwise each restart would have all devices read again at the next change of a profile."""
    device, other = settled(), settled()
    device.params[CODE] = ""
    profile(device, {"parameters": {CODE: "known"}})
    comes_to(lab, device, "in_sync")
    for owner in lab.instances("provisioning"):
        owner.kill()
        owner.start()
    lab.steady()
    gen = lab.device(device)["gen"]
    profile(other, {"parameters": {CODE: "another"}})
    assert names(sum((come(device) for _ in iter(lambda: lab.device(device)["gen"] > gen, True)), [])) == []
    assert desired(lab, device)["state"] == "in_sync"


def test_groups_tags_and_templates_make_the_value(lab, settled, profile):
    device = settled()
    device.params[CODE] = ""
    lab.sql("insert into device_group (tenant, name, doc) values ('default', 'canary', '{\"values\": {\"ring\": \"first\"}}') on conflict do nothing")
    profile(device, {"selector": {"serial": [device.serial], "group": ["canary"], "tag": ["lab"]},
                     "values": {"suffix": 7}, "parameters": {CODE: "{group.ring}-{device.region}-{suffix}"}})
    lab.sql("update device set group_name = 'canary', region = 'north', tags = '{lab}' where device_id = %s", dev(device))
    comes_to(lab, device, "in_sync")
    assert device.params[CODE] == "first-north-7"


def test_the_broken_document_of_one_profile_leaves_all_others_alone(lab, settled, profile):
    device = settled()
    device.params[CODE] = ""
    profile(device, {"parameters": {CODE: 1.5}}, name=f"broken-{device.serial}")
    profile(device, {"parameters": {CODE: "fine"}})
    comes_to(lab, device, "in_sync")
    assert device.params[CODE] == "fine"


def test_an_audit_finds_what_nobody_has_told(lab, settled, profile):
    device = settled()
    device.params[CODE] = ""
    profile(device, {"parameters": {CODE: "ours"}})
    comes_to(lab, device, "in_sync")
    device.params[CODE] = "theirs"
    assert come(device) == []
    with lab.settings("provisioning-0", "provisioning-1", HMS_PROVISIONING_AUDIT_INTERVAL="1s"):
        eventually(lambda: come(device) is not None and device.params[CODE] == "ours")
    assert "drifted" in [state for _, state in lab.history(device, "desired")]


def test_after_a_factory_reset_all_is_set_again(lab, settled, profile):
    device = settled()
    device.params.update({CODE: "", SERVICE + "STUNPassword": ""})
    profile(device, {"parameters": {CODE: "ours", SERVICE + "STUNPassword": "hush-hush"}})
    comes_to(lab, device, "in_sync")
    device.params.update({CODE: "", SERVICE + "STUNPassword": "", KEY: ""})
    come(device, BOOT)
    eventually(lambda: come(device) is not None and (device.params[CODE], device.params[SERVICE + "STUNPassword"]) == ("ours", "hush-hush"))
    comes_to(lab, device, "in_sync")


def test_values_go_in_one_file_where_the_profile_says_so(lab, henb, profile):
    cell = henb()
    cell.downloads = []
    cell.session(BOOT)
    finish_transfer(cell, cell.downloads[0]["CommandKey"])
    profile(cell, {"delivery": "file", "parameters": {"lte.tac": 4711}})
    eventually(lambda: come(cell) is not None and len(cell.downloads) == 2)
    with urllib.request.urlopen(cell.downloads[1]["URL"], timeout=30) as reply:
        assert b"<TAC>4711</TAC>" in reply.read()
    finish_transfer(cell, cell.downloads[1]["CommandKey"])
    comes_to(lab, cell, "in_sync")
    assert len(cell.downloads) == 2
