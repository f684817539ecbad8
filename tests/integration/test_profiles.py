"""Profiles, pools and search as operators have them: the API, on real stores and devices."""
import json
import threading
import uuid

import pytest
from hmslab import dev, eventually
from hmslab.api import new_token
from test_desired import CODE, INTERVAL, SERVICE, TABLE, come, comes_to, desired, names
from test_northbound import Checked, refused

SECRET = SERVICE + "STUNPassword"


@pytest.fixture
def api(lab):
    return Checked(lab)


@pytest.fixture
def profile(lab):
    """A name for a profile that is gone in the end, with its pools' leases."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    yield name
    lab.sql("delete from profile where name = %s", name)
    lab.sql("delete from profile_head where name = %s", name)


def put(api, name, document, **more):
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return api("PUT", f"/profiles/{name}" + ("?note=" + more["note"] if more else ""), text)


def apply(api, name, document):
    stored = put(api, name, document)
    assert stored.status == 200, stored
    active = api("POST", f"/profiles/{name}/activate", {"version": stored.json["version"]})
    assert active.status == 200, active
    return stored.json["version"]


def plan(api, name, document=None, query=""):
    answer = api("POST", f"/profiles/{name}/plan{query}", json.dumps(document).encode() if document is not None else None)
    assert answer.status == 200, answer
    return answer.json


def only(device, **members):
    return {"selector": {"serial": [device.serial]}, **members}


# ---- versions ----

def test_a_version_counts_when_it_is_activated_and_an_older_one_when_it_is_again(lab, api, settled, profile):
    device = settled()
    device.params[CODE] = ""
    first = put(api, profile, only(device, parameters={CODE: "one"}), note="begin").json
    assert (first["version"], first["active"], first["new"]) == (1, None, True)
    assert put(api, profile, only(device, parameters={CODE: "one"})).json["new"] is False
    assert put(api, profile, only(device, parameters={CODE: "two"})).json["version"] == 2
    assert lab.sql("select count(*) from profile_head where name = %s", profile)[0][0] == 0
    for version, was, value in ((1, None, "one"), (2, 1, "two"), (1, 2, "one")):
        answer = api("POST", f"/profiles/{profile}/activate", {"version": version, "note": f"to {value}"})
        assert (answer.json["active"], answer.json["was"]) == (version, was)
        eventually(lambda: comes_to(lab, device, "in_sync") is not None and device.params[CODE] == value)
    shown = api.get(f"/profiles/{profile}")
    assert (shown["active"], shown["version"], shown["newest"], shown["changed_by"], shown["note"]) == (1, 1, 2, "admin", "to one")
    assert shown["document"]["parameters"] == {CODE: "one"} and shown["version_note"] == "begin"
    assert [(each["version"], each["active"]) for each in api.get(f"/profiles/{profile}/versions")["items"]] == [(2, False), (1, True)]
    assert api("POST", f"/profiles/{profile}/off", {"note": "enough"}).json == {"name": profile, "active": None, "was": 1,
                                                                                "href": f"/api/v1/profiles/{profile}"}
    assert api.get(f"/profiles/{profile}")["active"] is None
    done = [row[0] for row in lab.sql("select action from api_audit where args ->> 'profile' = %s and status = 200 order by id", profile)]
    assert done == ["profile_put"] * 3 + ["profile_activate"] * 3 + ["profile_off"]


@pytest.mark.parametrize("text, line, member, why", [
    (b'{\n  "parameters": {\n    "lte.tac": [1]\n  }\n}', 3, "parameters.lte.tac", "not a text"),
    (b'{\n\n  "sellector": {}\n}', 3, "sellector", "no such member"),
    (b'{"parameters": {"lte.tac": "{device.serail}"}}', 1, "parameters.lte.tac", "{device.serail}"),
    (b'{\n"priority": 1,\n}', 3, "", ""),
    (b'{\n"parameters": {\n"' + SECRET.encode() + b'": "***"}}', 3, "", "secret"),
    (b"", 1, "", ""),
])
def test_a_mistake_in_a_document_is_refused_with_its_line_and_member_and_leaves_nothing(lab, api, profile, text, line, member, why):
    for answer in (put(api, profile, text), api("POST", f"/profiles/{profile}/plan", text) if text else put(api, profile, text)):
        assert refused(answer, 422, "invalid")
        assert (answer.json["line"], answer.json["member"]) == (line, member) and why in answer.json["detail"], answer
    assert lab.sql("select count(*) from profile where name = %s", profile)[0][0] == 0


def test_what_cannot_be_changed_is_refused(api, profile):
    assert refused(put(api, profile, {"parameters": {"lte.tac": "{pool.nowhere}"}}), 422, "invalid", "{pool.nowhere}")
    assert refused(put(api, "no%20name", {}), 422, "invalid", "profile")
    assert refused(api("POST", f"/profiles/{profile}/activate", {"version": 1}), 404, "not-found", "profile")
    assert refused(api("POST", f"/profiles/{profile}/off", {}), 404, "not-found", "profile")
    put(api, profile, {})
    assert refused(api("POST", f"/profiles/{profile}/activate", {"version": 7}), 404, "not-found", "version")
    assert refused(api("GET", f"/profiles/{profile}?version=7"), 404, "not-found", "profile")
    assert refused(api("GET", f"/profiles/{profile}/diff?from=1&to=9"), 404, "not-found")
    assert refused(api("POST", f"/profiles/{profile}/plan?version=9"), 404, "not-found", "profile")
    assert refused(api("POST", f"/profiles/{profile}/plan?version=1", b"{}"), 422, "invalid", "version")
    assert refused(api("POST", f"/profiles/{profile}/plan?device=0200F0-NOBODY"), 404, "not-found")


def test_a_viewer_reads_and_changes_nothing(lab, profile):
    viewer = Checked(lab, new_token(lab, f"viewer-{profile}", "viewer"))
    assert viewer("GET", "/profiles").status == 200 and viewer("GET", "/pools").status == 200
    for method, path, body in (("PUT", f"/profiles/{profile}", b"{}"), ("POST", f"/profiles/{profile}/plan", b"{}"), ("POST", f"/profiles/{profile}/off", {}),
                               ("PUT", "/pools/x", {"scope": "tenant", "from": 1, "to": 2})):
        assert refused(viewer(method, path, body), 403, "forbidden")


def test_two_versions_differ_by_parameter_and_secrets_are_shown_nowhere(lab, api, profile):
    put(api, profile, {"parameters": {"lte.tac": 1, CODE: "x", SECRET: "hush-1", INTERVAL: {"value": "5"}}})
    put(api, profile, {"priority": 7, "parameters": {"lte.tac": 2, SECRET: "hush-2", INTERVAL: 5, "lte.cell_identity": {"value": 9, "secret": True}},
                       "values": {"wifi.psk": "hush-3"}})
    diff = api.get(f"/profiles/{profile}/diff")
    assert (diff["from"], diff["to"]) == (1, 2)
    assert [(each["member"], each["change"], each["old"], each["new"]) for each in diff["items"]] == [
        (f"parameters.{CODE}", "removed", "x", None), (f"parameters.{INTERVAL}", "changed", "5", 5), (f"parameters.{SECRET}", "changed", "***", "***"),
        ("parameters.lte.cell_identity", "added", None, {"value": "***", "secret": True}), ("parameters.lte.tac", "changed", 1, 2),
        ("priority", "added", None, 7), ("values.wifi.psk", "added", None, "***")]
    back = api.get(f"/profiles/{profile}/diff?from=2&to=1")
    assert {each["change"] for each in back["items"]} == {"added", "removed", "changed"}
    assert "hush" not in json.dumps([diff, back, api.get(f"/profiles/{profile}"), api.get(f"/profiles/{profile}?version=2")])
    assert lab.sql("select count(*) from api_audit a where position('hush' in a::text) > 0")[0][0] == 0


# ---- plans ----

def test_a_plan_says_what_provisioning_then_sends_and_changes_nothing(lab, api, settled, profile):
    device = settled()
    device.params.update({INTERVAL: 60, CODE: "old", TABLE + "3.Id": "7", TABLE + "3.Name": "old"})
    document = only(device, parameters={"management.periodic_interval": 300, CODE: "new", SECRET: "hush"},
                    objects=[{"path": TABLE, "key": ["Id"], "others": "remove", "rows": [{"Id": "9", "Name": "nine"}]}])
    device.params[SECRET] = ""
    unread = plan(api, profile, document, f"?device={dev(device)}")
    assert (unread["state"], unread["version"], unread["selected"]) == ("would_change", 1, True)
    assert unread["steps"][0]["step"] == "read"
    apply(api, profile, only(device, read=[CODE, INTERVAL, TABLE]))
    comes_to(lab, device, "in_sync")
    before = lab.sql("select notes from device_desired where device_id = %s", dev(device))
    whole = plan(api, profile, document, f"?device={device.oui}-{device.serial}")
    assert [step["step"] for step in whole["steps"]] == ["delete", "add", "set"]
    assert "hush" not in json.dumps(whole) and "Digest" not in json.dumps(whole)
    shall = {each["name"]: (each["is"], each["shall"], each["profile"]) for each in whole["differences"]}
    assert shall[CODE] == ("old", "new", {"name": profile, "version": 2}) and shall[INTERVAL][:2] == ("60", "300") and shall[SECRET][1] == "***"
    assert before == lab.sql("select notes from device_desired where device_id = %s", dev(device))
    apply(api, profile, document)
    rpcs = []
    eventually(lambda: rpcs.extend(comes_to(lab, device, "in_sync")) or device.params[CODE] == "new")
    assert names(rpcs) == [step["method"] for step in whole["steps"]]
    sent = {row["Name"].replace("{new1}", "1"): row["Value"] for row in whole["steps"][2]["arguments"]["ParameterList"]}
    assert {**rpcs[2].params(), SECRET: "***"} == sent
    after = plan(api, profile, None, f"?device={dev(device)}")
    assert (after["state"], after["steps"], after["differences"]) == ("in_sync", [], [])


def test_a_plan_takes_no_value_of_a_pool_and_shows_the_one_that_is_there(lab, api, settled, profile):
    pool = f"p{profile[5:]}"
    device = settled()
    device.params[CODE] = ""
    document = only(device, parameters={CODE: "{pool." + pool + "}", INTERVAL: {"value": "{pool." + pool + "}", "type": "unsignedInt"}})
    device.params[INTERVAL] = 60
    assert api("PUT", f"/pools/{pool}", {"from": 7000, "to": 7000, "scope": "tenant"}).status == 200
    shown = plan(api, profile, document, f"?device={dev(device)}")
    assert lab.sql("select count(*) from id_pool_lease where pool = %s", pool)[0][0] == 0
    assert "would be allotted" not in json.dumps(shown["differences"]) and shown["state"] == "to_read"
    apply(api, profile, only(device, read=[CODE, INTERVAL]))
    comes_to(lab, device, "in_sync")
    shown = plan(api, profile, document, f"?device={dev(device)}")
    assert {each["shall"] for each in shown["differences"]} == {"{pool.%s}: would be allotted" % pool}
    apply(api, profile, document)
    eventually(lambda: comes_to(lab, device, "in_sync") is not None and device.params[CODE] == "7000")
    assert int(device.params[INTERVAL]) == 7000
    other = settled()
    full = plan(api, profile, only(other, parameters=document["parameters"]), f"?device={dev(other)}")
    assert full["state"] == "failing" and "no free value" in full["reason"]
    assert [row["value"] for row in api.get(f"/pools/{pool}/leases")["items"]] == ["7000"]
    assert refused(api("DELETE", f"/pools/{pool}/leases/{dev(device)}"), 409, "conflict", "device")
    lab.sql("update device_hot set last_inform = now() - interval '2 days' where device_id = %s", dev(device))
    assert api("DELETE", f"/pools/{pool}/leases/{dev(device)}").json["value"] == "7000"
    assert refused(api("DELETE", f"/pools/{pool}/leases/{dev(device)}"), 404, "not-found", "device")
    assert (api.get(f"/pools/{pool}")["leased"], api.get(f"/pools/{pool}")["free"]) == (0, 1)


def test_the_plan_for_all_counts_devices_by_what_would_become_of_them(lab, api, settled, profile):
    region = profile
    devices = [settled() for _ in range(4)]
    for device, value in zip(devices, ("same", "other", "", "")):
        device.params[CODE] = value
        assert api("PATCH", f"/devices/{dev(device)}", {"region": region}).status == 200
    apply(api, profile, {"selector": {"region": [region]}, "read": [CODE]})
    for device in devices[:3]:
        comes_to(lab, device, "in_sync")
    api("POST", f"/devices/{dev(devices[2])}/block", {})
    document = {"selector": {"region": [region]}, "parameters": {CODE: "same"}}
    counted = plan(api, profile, document, "?samples=1")
    assert (counted["devices"], counted["states"]) == (4, {"in_sync": 1, "would_change": 1, "not_ready": 1, "to_read": 1})
    assert counted["parameters"] == [{"name": CODE, "devices": 1}] and counted["steps"] == {"set": 1, "read": 1}
    assert len(counted["samples"]) == 1 and counted["reasons"] == [{"reason": "BLOCKED", "devices": 1}]
    failing = plan(api, profile, {"selector": {"region": [region]}, "parameters": {CODE: "{group.nothing}"}})
    assert failing["states"] == {"failing": 3, "not_ready": 1}
    assert failing["reasons"][0] == {"reason": f"profile {profile}: {CODE}: group \"\" of the device has no value nothing", "devices": 3}
    leaving = plan(api, profile, {"selector": {"serial": [devices[0].serial]}, "parameters": {CODE: "same"}})
    assert (leaving["devices"], leaving["leaving"]) == (1, 3)


def test_a_plan_over_many_pages_counts_every_device_once(lab, api, profile):
    lab.sql("insert into device (device_id, tenant, oui, product_class, serial, state, region) select hms_device_id('default', '0200F0', 'PAGES', n::text), 'default',"
            " '0200F0', 'PAGES', n::text, 'SETTLED', %s from generate_series(1, 1201) n", profile)
    try:
        lab.sql("insert into device_hot (device_id) select device_id from device where region = %s", profile)
        counted = plan(api, profile, {"selector": {"region": [profile]}, "parameters": {CODE: "x"}})
        assert (counted["devices"], counted["states"], counted["steps"]) == (1201, {"to_read": 1201}, {"read": 1201})
    finally:
        lab.sql("delete from device_hot where device_id in (select device_id from device where region = %s)", profile)
        lab.sql("delete from device where region = %s", profile)


def test_only_one_plan_over_all_is_made_at_a_time_and_others_are_answered_meanwhile(lab, api, profile):
    """The first plan waits for a table that is locked."""
    put(api, profile, {"parameters": {CODE: "x"}})
    first = []
    connection = lab.pg()
    with connection.cursor() as cursor:
        cursor.execute("begin; lock table learnt_quirk in access exclusive mode")
        thread = threading.Thread(target=lambda: first.append(plan(api, profile)))
        thread.start()
        eventually(lambda: lab.sql("select 1 from pg_stat_activity where application_name like 'hms-northbound-plan%%' and wait_event_type = 'Lock'"))
        assert refused(api("POST", f"/profiles/{profile}/plan"), 429, "rate")
        assert api("GET", "/devices?limit=1").status == 200
        cursor.execute("rollback")
    connection.close()
    thread.join(60)
    assert first and first[0]["version"] == 1


# ---- how devices stand, and who changed what ----

def test_status_counts_devices_by_state_and_lists_them_with_their_reason(lab, api, settled, profile):
    devices = [settled(), settled()]
    for device in devices:
        device.params[CODE] = ""
    document = {"selector": {"serial": [device.serial for device in devices]}, "parameters": {CODE: "x"}}
    apply(api, profile, document)
    comes_to(lab, devices[0], "in_sync")
    api("PATCH", f"/devices/{dev(devices[1])}", {"region": "west"})
    version = apply(api, profile, {**document, "parameters": {CODE: "{device.region}"}})
    comes_to(lab, devices[0], "failing")
    eventually(lambda: come(devices[1]) is not None and devices[1].params[CODE] == "west")
    comes_to(lab, devices[1], "in_sync")
    status = api.get(f"/profiles/{profile}/status")
    assert (status["devices"], status["states"], status["versions"]) == (2, {"failing": 1, "in_sync": 1}, {str(version): 1, str(version - 1): 1})
    assert status["reasons"][0]["devices"] == 1 and "region" in status["reasons"][0]["reason"]
    (row,) = api.get(f"/profiles/{profile}/devices?state=failing&reason=*region*")["items"]
    assert (row["device_id"], row["state"]) == (dev(devices[0]), "failing")
    assert len(api.all(f"/profiles/{profile}/devices", 1)) == 2
    assert [row["device_id"] for row in api.get(f"/profiles/{profile}/devices?version={version}")["items"]] == [dev(devices[1])]
    shown = api.get(f"/devices/{dev(devices[1])}")["desired"]
    assert (shown["state"], shown["profiles"], shown["looked_at"]) == ("in_sync", [{"name": profile, "version": version}], True)


def test_the_history_of_a_parameter_says_who_changed_it(lab, api, settled, profile):
    device = settled()
    device.params.update({CODE: "", INTERVAL: 60})
    version = apply(api, profile, only(device, parameters={CODE: "ours", INTERVAL: {"value": "300", "type": "unsignedInt"}}))
    comes_to(lab, device, "in_sync")
    device.params[CODE] = "theirs"
    come(device, ("4 VALUE CHANGE",), told=[CODE])
    eventually(lambda: desired(lab, device)["state"] == "in_sync" and device.params[CODE] == "ours")
    path = f"/devices/{dev(device)}/parameters/history"
    rows = eventually(lambda: (lambda found: len(found) == 3 and found)(api.get(f"{path}?name={CODE}")["items"]))
    assert [(row["old"], row["new"], row["source"], row["who"]) for row in rows] == [
        ("theirs", "ours", "profile", f"{profile} {version}"), ("ours", "theirs", "device", "device"), ("", "ours", "profile", f"{profile} {version}")]
    assert api.all(path, 1) == api.get(path)["items"] and len(api.get(path)["items"]) == 4
    assert [row["name"] for row in api.get(f"{path}?text=interval")["items"]] == [INTERVAL]


def test_values_of_a_group_are_what_its_devices_get(lab, api, settled, profile):
    device = settled()
    device.params[CODE] = ""
    assert api("PUT", f"/groups/{profile}", {}).status == 200
    assert refused(api("PUT", "/groups/no-such/values", {"values": {}}), 404, "not-found", "group")
    assert refused(api("PUT", f"/groups/{profile}/values", {"values": {"Upper": "x"}}), 422, "invalid", "values.Upper")
    answer = api("PUT", f"/groups/{profile}/values", {"values": {"ring": 1, "radius_secret": "hush"}})
    assert answer.json["values"] == {"ring": "1", "radius_secret": "***"}
    assert refused(api("PUT", f"/groups/{profile}/values", {"values": {"radius_secret": "***"}}), 422, "invalid", "values.radius_secret")
    assert lab.sql("select count(*) from api_audit a where position('hush' in a::text) > 0")[0][0] == 0
    apply(api, profile, {"selector": {"group": [profile]}, "parameters": {CODE: "ring-{group.ring}"}})
    api("PATCH", f"/devices/{dev(device)}", {"group": profile})
    comes_to(lab, device, "in_sync")
    assert device.params[CODE] == "ring-1"
    api("PUT", f"/groups/{profile}/values", {"values": {"ring": 2}})
    eventually(lambda: comes_to(lab, device, "in_sync") is not None and device.params[CODE] == "ring-2")


@pytest.mark.parametrize("body, field", [
    ({"scope": "tenant"}, "values"), ({"scope": "tenant", "from": 1}, "values"), ({"scope": "tenant", "from": 1, "to": 2, "values": ["1"]}, "values"),
    ({"scope": "tenant", "from": 2, "to": 1}, "to"), ({"scope": "tenant", "from": 0, "to": 4294967296}, "to"), ({"scope": "neighbourhood", "radius_m": 1, "from": 0, "to": 65536}, "to"), ({"scope": "neighbourhood", "values": ["1"]}, "radius_m"),
    ({"scope": "tenant", "radius_m": 3, "values": ["1"]}, "radius_m"), ({"scope": "tenant", "values": []}, "values"), ({"scope": "tenant", "values": [1]}, "values"),
    ({"scope": "here", "values": ["1"]}, "scope")])
def test_a_pool_that_makes_no_sense_is_refused(api, body, field):
    assert refused(api("PUT", "/pools/bad", body), 422, "invalid", field)
    assert refused(api("PUT", "/pools/B%20ad", {"scope": "tenant", "values": ["1"]}), 422, "invalid", "pool")
    assert refused(api("GET", "/pools/bad"), 404, "not-found", "pool")


# ---- search ----

def test_devices_are_found_by_what_they_have(lab, api, settled, profile):
    devices = [settled(serial=f"{profile}-{n}") for n in range(3)]
    api("PATCH", f"/devices/{dev(devices[0])}", {"tags": [profile], "region": f"{profile}-north"})
    path = lab.sql("insert into param_path (path) values ('Device.X_SEARCH.{i}.Y') on conflict (path) do update set path = excluded.path returning id")[0][0]
    for device, value in zip(devices, (f"{profile}%a", f"{profile}_b", "c")):
        lab.sql("insert into device_attr (path_id, value, device_id) values (%s, %s, %s)", path, value, dev(device))

    def found(query):
        return [int(item["serial"][-1]) for item in sorted(api.get(f"/devices?{query}")["items"], key=lambda item: item["serial"])]

    assert found(f"serial={profile}-1") == [1] and found(f"serial={profile}-*") == [0, 1, 2] and found(f"serial=*{profile[6:]}-2") == [2]
    assert found(f"serial={profile}-_") == [] and found(f"tag={profile}") == [0] and found(f"region={profile}*") == [0]
    assert found(f"serial={profile}*&software_version=1.*") == [0, 1, 2] and found(f"serial={profile}*&software_version=2.*") == []
    assert found(f"parameter=Device.X_SEARCH.4.Y&value={profile}%25a") == [0]
    assert found(f"parameter=Device.X_SEARCH.4.Y&value={profile}_*") == [1]
    tac = "Device.Services.FAPService.{i}.CellConfig.LTE.EPC.TAC"
    path = lab.sql("insert into param_path (path) values (%s) on conflict (path) do update set path = excluded.path returning id", tac)[0][0]
    lab.sql("insert into device_attr (path_id, value, device_id) values (%s, %s, %s)", path, profile, dev(devices[1]))
    assert found(f"parameter=lte.tac&value={profile}") == [1] == found(f"parameter={tac.replace('{i}', '3')}&value={profile}")
    assert refused(api("GET", "/devices?parameter=no.such.name"), 422, "invalid", "parameter") and refused(api("GET", "/devices?value=1"), 422, "invalid", "value")
    assert found("parameter=Device.X_SEARCH.4.Y") == [0, 1, 2] and found("parameter=Device.X_NO.Such&value=c") == []
