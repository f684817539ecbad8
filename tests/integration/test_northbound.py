"""The REST API: every route, good and bad, on real stores, services and devices."""
import http.client
import json
import re
import socket
import threading
import urllib.parse
import uuid

import pytest
import yaml
from hmslab import Cpe, dev, eventually
from hmslab.api import ROOT, Api, new_token, schema_errors

KICK = ("6 CONNECTION REQUEST",)
DOCUMENT = yaml.safe_load((ROOT / "proto/openapi.yaml").read_text())
NOBODY = "00000000-0000-4000-8000-000000000000"


class Checked(Api):
    """Holds every answer against openapi.yaml."""

    def __call__(self, method, path, *args, **more):
        answer = super().__call__(method, path, *args, **more)
        operation = operation_of(method, path.split("?")[0])
        if operation and answer.json is not None:
            response = operation["responses"].get(str(answer.status)) or DOCUMENT["components"]["responses"]["Problem"]
            (content,) = response["content"].items()
            assert answer.headers["Content-Type"] == content[0], answer
            assert schema_errors(DOCUMENT, content[1]["schema"], answer.json) == []
        return answer


def operation_of(method, path):
    fitting = [(template.count("{"), operations) for template, operations in DOCUMENT["paths"].items()
               if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in operations]
    return min(fitting, key=lambda each: each[0])[1][method.lower()] if fitting else None


@pytest.fixture
def api(lab):
    return Checked(lab)


@pytest.fixture(scope="module")
def roles(lab):
    return {role: new_token(lab, f"test-{role}", role) for role in ("viewer", "operator", "admin")}


def refused(answer, status, problem, field=None):
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer
    assert answer.json["type"] == f"urn:hms:problem:{problem}" and answer.json["status"] == status, answer
    if field is not None:
        assert answer.json.get("field") == field, answer
    return True


def changes(lab):
    """What no refused request may change. Other devices go on: what HMS does by itself does not count."""
    return lab.sql("select (select count(*) from command_all where origin like 'operator:%%'), (select count(*) from device), (select count(*) from file),"
                   " (select count(*) from api_idempotency), (select count(*) from device_history where detail ? 'by'),"
                   " (select count(*) from api_audit where status < 300), (select count(*) from api_token where revoked is null)")


# ---- the description ----

def test_openapi_is_whole():
    """Every reference leads somewhere, every captured part is a parameter, every operation has a name of its own and a refusal."""
    assert DOCUMENT["openapi"].startswith("3.1")
    text = json.dumps(DOCUMENT)
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', text)):
        found = DOCUMENT
        for part in reference.split("/"):
            assert part in found, reference
            found = found[part]
    names = []
    for path, item in DOCUMENT["paths"].items():
        given = {each["$ref"].rsplit("/", 1)[1] for each in item.get("parameters", [])}
        assert given == set(re.findall(r"\{(\w+)\}", path)), path
        for method, operation in item.items():
            if method != "parameters":
                names.append(operation["operationId"])
                assert "default" in operation["responses"] and len(operation["responses"]) == 2, path
    assert len(names) == len(set(names))
    used = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert used == set(DOCUMENT["components"]["schemas"])


def test_every_read_route_answers_as_described(lab, api, settled):
    """No route is left out: those of openapi.yaml are those of the code (a unit test)."""
    device = settled()
    upload, file = add_upload(lab, device), api("POST", "/files?kind=other&name=x", b"123", Content_Type="application/octet-stream").json["id"]
    command = api("POST", f"/devices/{dev(device)}/commands", {"kind": "GetRPCMethods"}).json["id"]
    command_group = api("POST", f"/devices/{dev(device)}/command-groups", {"mode": "all", "commands": [{"kind": "GetRPCMethods"}]}).json["id"]
    job = api("POST", "/jobs", {"kind": "GetRPCMethods", "selection": {"tag": "nobody has it"}}).json["id"]
    add_alarm(lab, device)
    assert api("PUT", "/groups/read-me", {}).status == 200
    trace, session = add_trace(lab, api, device)
    lab.sql("insert into dead_event (service, topic, part, off, reason, payload) values ('s', 't', 1, 2, 'r', 'x')")
    assert api("PUT", "/profiles/read-me", b"{}").status == 200
    assert api("PUT", "/pools/read.me", {"scope": "tenant", "values": ["1"]}).status == 200
    for path, item in DOCUMENT["paths"].items():
        if "get" in item and path != "/events":
            part = path.replace("{device}", dev(device)).replace("{command}", command)
            part = part.replace("{id}", upload if "/devices/" in path else file).replace("{command_group}", command_group).replace("{job}", job)
            part = part.replace("{group}", "read-me").replace("{trace}", trace).replace("{session}", session).replace("{dead}", "s:t:1:2").replace("{profile}", "read-me").replace("{pool}", "read.me")
            answer = api("GET", part + ("?counter=x" if path.endswith("/pm") else ""))
            assert answer.status == 200, (path, answer)
            refused(api("GET", part + "?no_such=1"), 422, "unknown-field", "no_such")
            if "{device}" in path:
                refused(api("GET", part.replace(dev(device), NOBODY) + ("?counter=x" if path.endswith("/pm") else "")), 404, "not-found")
                refused(api("GET", part.replace(dev(device), "nothing") + ("?counter=x" if path.endswith("/pm") else "")), 422, "invalid", "device")


@pytest.fixture(autouse=True)
def no_dead(lab):
    """Other tests want no dead events."""
    yield
    lab.sql("delete from dead_event where service = 's'")


def add_trace(lab, api, device):
    """A recording, and a session of three messages."""
    lab.sql("select api_v1.trace_store(1000000000, jsonb_build_array(jsonb_build_object('device_id', %s::text, 'sid', 77, 'at_us', 1, 'ord', 1, 'fe', 'f',"
            " 'from_device', true, 'bytes', 5, 'cut', false, 'content', '[[\"a\", \"b\"]]'::jsonb, 'soap', '<a/>', 'seq', 1, 'part', 3, 'off', 9),"
            " jsonb_build_object('device_id', %s::text, 'sid', 77, 'at_us', 2, 'ord', 2, 'fe', 'f', 'from_device', false, 'bytes', 5, 'cut', false,"
            " 'status', 200, 'n', 1, 'command_id', 5, 'dispatched', 4, 'part', 3), jsonb_build_object('device_id', %s::text, 'sid', 77, 'at_us', 3,"
            " 'ord', 3, 'fe', 'f', 'from_device', true, 'bytes', 5, 'cut', true, 'digest', '00')))", dev(device), dev(device), dev(device))
    answer = api("POST", "/traces", {"device": dev(device), "for_s": 1})
    assert answer.status == 201 and answer.headers["Location"] == answer.json["href"], answer
    return answer.json["id"], "77"


def add_upload(lab, device, body=b"text\x00"):
    name = str(uuid.uuid4())
    lab.sql("insert into upload (device_id, id, tenant, kind, name, size, sha256, received, body) values (%s, %s, 'default', 'log', 'l', %s, sha256(%s),"
            " now(), %s)", dev(device), name, len(body), body, body)
    return name


def add_alarm(lab, device, number=7, tenant="default"):
    columns = dict(lab.sql("select column_name, data_type from information_schema.columns where table_name = 'alarm' and is_nullable = 'NO'"))
    values = {name: {"text": "", "boolean": False, "uuid": dev(device)}.get(kind, 0) for name, kind in columns.items() if "timestamp" not in kind}
    values.update(id=number, tenant=tenant, state="ACTIVE_UNACK", severity=2, probable_cause="High Temperature", device_id=dev(device))
    times = [name for name, kind in columns.items() if "timestamp" in kind]
    names = ", ".join([*values, *times])
    lab.sql(f"insert into alarm ({names}) values ({', '.join(['%s'] * len(values) + ['now()'] * len(times))})", *values.values())
    return f"{dev(device)}.{number}"


# ---- who may ----

@pytest.mark.parametrize("header", [None, "Bearer", "Bearer ", "Basic YWRtaW46YWRtaW4=", "Bearer hms_" + "x" * 43, "Bearer " + "y" * 5000])
def test_without_a_valid_token_nothing_is_told(lab, header):
    before = changes(lab)
    for method, path in (("GET", "/status"), ("PUT", "/devices")):
        answer = Checked(lab, "none")(method, path, {"oui": "0200F0", "serial": "NOTOKEN"} if method == "PUT" else None,
                                      **({"Authorization": header} if header is not None else {}))
        refused(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert changes(lab) == before


def test_roles_end_where_they_should_and_the_attempt_is_in_the_audit(lab, roles, settled):
    device = settled()
    before = changes(lab)
    viewer, operator, admin = (Checked(lab, roles[role]) for role in ("viewer", "operator", "admin"))
    assert viewer("GET", f"/devices/{dev(device)}").status == 200
    for method, path, body in (("POST", f"/devices/{dev(device)}/commands", {"kind": "Reboot"}), ("POST", f"/devices/{dev(device)}/block", {}),
                               ("PUT", "/devices", {"oui": "0200F0", "serial": "V"}), ("POST", "/files?kind=cm&name=x", b"x"),
                               ("DELETE", f"/devices/{dev(device)}/commands/1", None), ("GET", "/audit", None)):
        refused(viewer(method, path, body), 403, "forbidden")
    for method, path in (("GET", "/tokens"), ("GET", "/audit"), ("GET", "/stream/dead"), ("DELETE", f"/tokens/{NOBODY}")):
        refused(operator(method, path), 403, "forbidden")
    assert changes(lab) == before
    row = eventually(lambda: [each for each in admin.get("/audit")["items"] if each["who"] == "test-viewer" and each["action"] == "device_block"])[0]
    assert (row["status"], row["role"], row["peer"]) == (403, "viewer", "127.0.0.1")


def test_a_revoked_or_expired_token_is_refused(lab, roles):
    admin, token = Checked(lab, roles["admin"]), new_token(lab, "short", "viewer", "--days", "1")
    short = Checked(lab, token)
    assert short("GET", "/devices").status == 200
    (row,) = [each for each in admin.all("/tokens", 2) if each["name"] == "short"]
    assert row["expires"]
    assert admin("DELETE", f"/tokens/{row['id']}").json["revoked"]
    eventually(lambda: short("GET", "/devices").status == 401)
    refused(admin("DELETE", f"/tokens/{NOBODY}"), 404, "not-found")
    own = next(each for each in admin.all("/tokens", 2) if each["name"] == "test-admin")
    refused(admin("DELETE", f"/tokens/{own['id']}"), 409, "conflict")
    lab.sql("update api_token set revoked = null, expires = now() - interval '1 second' where name = 'short'")
    eventually(lambda: short("GET", "/devices").status == 401)


def test_another_tenant_sees_and_changes_nothing(lab, settled):
    device = settled()
    other = Checked(lab, new_token(lab, "other", "admin", "--tenant", "other"))
    assert other.get("/devices")["items"] == [] and other.get("/alarms")["items"] == []
    for path in ("", "/history", "/parameters", "/commands", "/files", "/pm?counter=x", "/pm/counters"):
        refused(other("GET", f"/devices/{dev(device)}{path}"), 404, "not-found")
    before = lab.device(device)
    refused(other("POST", f"/devices/{dev(device)}/block", {}), 404, "not-found")
    refused(other("POST", f"/devices/{dev(device)}/commands", {"kind": "Reboot"}), 404, "not-found")
    refused(other("POST", f"/alarms/{add_alarm(lab, device, 8)}/ack", {}), 404, "not-found")
    assert lab.device(device)["state"] == before["state"]


# ---- what is refused ----

BAD = [
    ("POST", "/devices/{d}/commands", b"{", {"Content_Type": "application/json"}, 400, "bad-json"),
    ("POST", "/devices/{d}/commands", b"[]", {"Content_Type": "application/json"}, 400, "bad-json"),
    ("POST", "/devices/{d}/commands", b"\xff", {"Content_Type": "application/json"}, 400, "bad-json"),
    ("POST", "/devices/{d}/commands", b"{}", {"Content_Type": "text/plain"}, 415, "media-type"),
    ("POST", "/devices/{d}/commands", {}, {}, 422, "invalid"),
    ("POST", "/devices/{d}/commands", {"kind": "Reboot", "sudo": True}, {}, 422, "unknown-field"),
    ("POST", "/devices/{d}/commands", {"kind": "Reboot", "arguments": {"CommandKey": "mine"}}, {}, 422, "invalid"),
    ("POST", "/devices/{d}/commands", {"kind": "Reboot", "not_before": "2026-13-45T99:99:99Z"}, {}, 422, "invalid"),
    ("POST", "/devices/{d}/commands", {"kind": "Reboot"}, {"Idempotency_Key": "k" * 129}, 422, "invalid"),
    ("POST", f"/devices/{NOBODY}/commands", {"kind": "Reboot"}, {}, 404, "not-found"),
    ("POST", "/devices/0200F0-NoSuch/block", {}, {}, 404, "not-found"),
    ("POST", "/devices/{d}/block", {"why": "x"}, {}, 422, "unknown-field"),
    ("GET", "/devices/{d}/commands/1", None, {}, 404, "not-found"),
    ("DELETE", "/devices/{d}/commands/1", None, {}, 404, "not-found"),
    ("GET", "/devices/{d}/commands/x", None, {}, 422, "invalid"),
    ("GET", "/devices/{d}/history?cursor=x", None, {}, 422, "invalid"),
    ("GET", "/devices/{d}/history?cursor=%5B1%2C2%2C3%5D", None, {}, 422, "invalid"),
    ("GET", "/devices/{d}", b"body", {}, 400, "bad-request"),
    ("PUT", "/devices", {"oui": "0200F0"}, {}, 422, "invalid"),
    ("POST", "/files?kind=cm", b"x", {}, 422, "invalid"),
    ("POST", "/alarms/x/ack", {}, {}, 422, "invalid"),
    ("POST", f"/alarms/{NOBODY}.1/ack", {}, {}, 404, "not-found"),
    ("POST", f"/alarms/{NOBODY}.1/comment", {}, {}, 422, "invalid"),
    ("GET", "/nothing", None, {}, 404, "not-found"),
    ("PATCH", "/devices", {}, {}, 405, "method-not-allowed"),
]


@pytest.mark.parametrize("method, path, body, headers, status, problem", BAD, ids=[f"{b[0]}-{b[1]}-{b[4]}-{n}" for n, b in enumerate(BAD)])
def test_what_is_wrong_is_refused_and_changes_nothing(lab, api, known, method, path, body, headers, status, problem):
    before = changes(lab)
    refused(api(method, path.replace("{d}", dev(known)), body, **headers), status, problem)
    assert changes(lab) == before


@pytest.fixture(scope="module")
def known(lab):
    device = Cpe(lab.url("both"))
    lab.sql("select device_allow(%s, %s, %s, %s)", device.tenant, device.oui, device.product_class, device.serial)
    return device


def test_a_body_that_is_too_large_is_refused_with_and_without_a_length(lab, api, known):
    before, path = changes(lab), f"/devices/{dev(known)}/commands"
    refused(api("POST", path, b" " * (1048576 + 1), Content_Type="application/json"), 413, "too-large")
    host = urllib.parse.urlsplit(api.url).netloc
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("POST", "/api/v1" + path, iter([b" " * 65536] * 20), {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"},
                       encode_chunked=True)
    reply = connection.getresponse()
    assert (reply.status, json.loads(reply.read())["type"]) == (413, "urn:hms:problem:too-large")
    assert changes(lab) == before


def test_an_upload_that_is_cut_leaves_nothing(lab, api):
    before, where = changes(lab), urllib.parse.urlsplit(api.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as link:
        link.sendall(f"POST /api/v1/files?kind=cm&name=cut HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\nContent-Length: 1000\r\n\r\nhalf".encode())
    assert api("GET", "/files").status == 200
    assert changes(lab) == before


def test_the_store_away_is_503_with_a_time_and_then_all_is_well_again(lab, api, known):
    before, answers = changes(lab), []

    def ask():
        answers.append(api("POST", f"/devices/{dev(known)}/commands", {"kind": "Reboot"}))
        return refused(answers[-1], 503, "unavailable") and api("GET", "/devices")

    lab.instance("postgres").kill()
    try:
        answer = eventually(ask)
        refused(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    finally:
        lab.instance("postgres").start()
    lab.steady()
    eventually(lambda: api("GET", "/devices").status == 200)
    kept = sum(each.status == 202 for each in answers)  # by a backend that outlived its server for a moment
    assert changes(lab)[0][0] == before[0][0] + kept


def test_a_token_that_asks_too_often_is_told_so(lab, roles):
    with lab.settings("northbound-1", HMS_NORTHBOUND_RATE_PER_TOKEN="1"):
        api = Api(lab, roles["viewer"], number=1)
        answers = [api("GET", "/devices") for _ in range(8)]
        assert [each.status for each in answers][:3] == [200] * 3 and answers[-1].status == 429
        assert answers[-1].headers["Retry-After"]


# ---- devices ----

def test_devices_are_listed_by_page_and_filter(lab, api):
    prefix = uuid.uuid4().hex[:8].upper()
    for number in range(7):
        answer = api("PUT", "/devices", {"oui": "0200f0", "product_class": "Paged", "serial": f"{prefix}{number}"})
        assert answer.json["state"] == "ALLOWED"
    found = api.all("/devices?product_class=Paged", 3)
    serials = [each["serial"] for each in found if each["serial"].startswith(prefix)]
    assert sorted(serials) == [f"{prefix}{number}" for number in range(7)]
    assert [each["device_id"] for each in found] == sorted({each["device_id"] for each in found})
    assert [each["serial"] for each in api.get(f"/devices?text={prefix.lower()}3")["items"]] == [f"{prefix}3"]
    one = api.get(f"/devices?serial={prefix}4")["items"][0]
    whole = {**one, "methods": {"known": False, "supported": [], "unsupported": []}, "call": None}  # of one device only
    whole["desired"] = api.get(f"/devices/0200F0-{prefix}4")["desired"]
    assert (whole["desired"]["looked_at"], whole["desired"]["profiles"]) == (False, [])
    assert api.get(f"/devices/0200F0-{prefix}4") == whole == api.get(f"/devices/0200f0-Paged-{prefix}4")
    assert api.get(f"/devices?serial={prefix}4&state=FAILED")["items"] == []
    api("PUT", "/devices", {"oui": "0200F0", "product_class": "Other", "serial": f"{prefix}4"})
    refused(api("GET", f"/devices/0200F0-{prefix}4"), 409, "conflict", None)


def test_a_parameter_is_read_changed_and_seen(lab, api, settled):
    """I4: the answer 202 is the acceptance; the wait ends with the command."""
    device = settled()
    device.params["Device.X.Label"] = "before"
    path = f"/devices/{dev(device)}"
    accepted = api("POST", f"{path}/commands", {"kind": "SetParameterValues", "reason": "test", "arguments": {
        "ParameterList": [{"Name": "Device.X.Label", "Value": "after"}]}})
    assert accepted.status == 202 and accepted.headers["Location"] == f"/api/v1{path}/commands/{accepted.json['id']}"
    read = api("POST", f"{path}/commands", {"kind": "GetParameterValues", "arguments": {"ParameterNames": ["Device.X."]}}).json
    waited = []
    thread = threading.Thread(target=lambda: waited.append(api("GET", f"{path}/commands/{read['id']}?wait=60", timeout=90)))
    thread.start()
    eventually(lambda: lab.metric("hms_nbi_requests_waiting", "northbound") >= 1)
    device.session(KICK)
    thread.join(60)
    (answer,) = waited
    assert answer.json["state"] == "done" and answer.json["result"]["parameters"] == [{"Name": "Device.X.Label", "Value": "after"}]
    assert api.get(f"{path}/commands/{accepted.json['id']}")["origin"] == "operator:admin"
    seen = eventually(lambda: api.get(f"{path}/parameters?text=label")["items"])
    assert [(each["name"], each["value"]) for each in seen] == [("Device.X.Label", "after")]
    names = [each["name"] for each in api.all(f"{path}/parameters?prefix=Device.", 1)]
    assert names == sorted(names) and len(names) >= 3
    assert [each["id"] for each in api.all(f"{path}/commands", 1)][:2] == [read["id"], accepted.json["id"]]  # and the one of its first contact


def test_a_wait_ends_in_time_and_a_cancelled_command_is_cancelled(lab, api, settled):
    device = settled()
    path = f"/devices/{dev(device)}/commands"
    command = api("POST", path, {"kind": "GetRPCMethods"}).json["id"]
    assert not api("GET", f"{path}/{command}?wait=1").json["ended"]
    assert api("DELETE", f"{path}/{command}").status == 202
    ended = api("GET", f"{path}/{command}?wait=60").json
    assert ended["state"] == "cancelled"
    refused(api("DELETE", f"{path}/{command}"), 409, "conflict")


def test_a_post_with_a_key_has_its_effect_once(lab, api, known):
    """Also when it comes to both services at once."""
    path, key = f"/devices/{dev(known)}/commands", uuid.uuid4().hex
    answers = []

    def post(number):
        answers.append(Api(lab, number=number % 2)("POST", path, {"kind": "GetRPCMethods"}, Idempotency_Key=key))

    threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.status for each in answers} == {202} and len({each.json["id"] for each in answers}) == 1
    refused(api("POST", path, {"kind": "Reboot"}, Idempotency_Key=key), 409, "conflict", "Idempotency-Key")
    lab.sql("update api_idempotency set created = created - interval '25 hours' where key = %s", key)
    assert api("POST", path, {"kind": "GetRPCMethods"}, Idempotency_Key=key).json["id"] != answers[0].json["id"]
    again = uuid.uuid4().hex
    refused(api("POST", f"/devices/{NOBODY}/commands", {"kind": "Reboot"}, Idempotency_Key=again), 404, "not-found")
    assert lab.sql("select count(*) from api_idempotency where key = %s", again) == [(0,)]


def test_a_blocked_device_is_told_nothing_until_it_is_unblocked(lab, api, henb):
    """DEP-01, DEP-04, DEP-05: a factory-new cell that bootstraps while it is blocked is answered and not provisioned."""
    cell = henb()
    path = f"/devices/{dev(cell)}"
    assert api("POST", f"{path}/block", {"reason": "moved"}).json["was"] == "ALLOWED"
    assert (lab.device(cell)["state"], lab.device(cell)["flags"] & 2) == ("BLOCKED", 2)
    assert api("POST", f"{path}/block", {}).status == 200
    refused(api("POST", f"{path}/allow", {}), 409, "conflict")
    refused(api("PUT", "/devices", {"oui": cell.oui, "product_class": cell.product_class, "serial": cell.serial}), 409, "conflict")
    for events in (("0 BOOTSTRAP", "1 BOOT"), ("1 BOOT",), ("2 PERIODIC",)):
        rpcs, last = cell.session(events)
        assert (rpcs, last.status) == ([], 204)
    assert lab.state(cell) == "BLOCKED"
    assert [each["state"] for each in api.get(f"{path}/history")["items"] if each["kind"] == "state"] == ["BLOCKED", "ALLOWED"]
    assert api("POST", f"{path}/unblock", {}).json["state"] == "ALLOWED"
    rpcs, _ = cell.session(("0 BOOTSTRAP", "1 BOOT"))
    assert [rpc.rpc for rpc in rpcs].count("SetParameterValues") >= 2
    eventually(lambda: lab.state(cell) in ("PROVISIONED", "IN_SERVICE"))
    audit = [each for each in api.get("/audit")["items"] if each["arguments"].get("device") == [dev(cell)]]
    assert [(each["action"], each["status"]) for each in audit] == [("device_unblock", 200), ("device_allow", 409), ("device_block", 200), ("device_block", 200)]


def test_a_block_during_a_procedure_ends_it(lab, api, henb):
    """The flag changes under the row lock: nothing is granted after it but the reset (DEP-02)."""
    cell = henb()
    assert cell.inform(("0 BOOTSTRAP", "1 BOOT")).rpc == "InformResponse"
    first = cell.empty()
    assert first.rpc == "SetParameterValues"
    api("POST", f"/devices/{dev(cell)}/block", {})
    reset = cell.answer(first, cell.execute(first))
    assert reset.rpc == "FactoryReset"
    assert cell.answer(reset, cell.execute(reset)).rpc is None
    assert cell.session(("1 BOOT",))[0] == []
    assert lab.state(cell) == "BLOCKED"


def test_a_held_device_is_allowed(lab, api, cpe):
    device = cpe(allow=False, params={"Device.DeviceInfo.SoftwareVersion": "1.0"})
    device.session(("0 BOOTSTRAP", "1 BOOT"))
    eventually(lambda: lab.state(device) == "HELD")
    assert api("POST", f"/devices/{dev(device)}/allow", {}).json["state"] == "ALLOWED"
    assert api("POST", f"/devices/{dev(device)}/allow", {}).status == 200


# ---- files, alarms, events, status ----

def test_files_come_back_byte_for_byte(lab, api, settled):
    body, device = bytes(range(256)) * 5000, settled()
    put = api("POST", "/files?kind=firmware&name=fw%201.bin", body, Content_Type="application/octet-stream")
    assert put.status == 201
    name = put.json["id"]
    assert api.get(f"/files/{name}")["size"] == len(body)
    answer = api("GET", f"/files/{name}/content")
    assert answer.body == body and answer.headers["Content-Type"] == "application/octet-stream"
    assert any(each["id"] == name for each in api.all("/files?kind=firmware", 1))
    assert api("DELETE", f"/files/{name}").status == 200
    refused(api("GET", f"/files/{name}"), 404, "not-found")
    upload = add_upload(lab, device, b"log\x00\xff")
    assert api("GET", f"/devices/{dev(device)}/files/{upload}/content").body == b"log\x00\xff"
    assert [each["id"] for each in api.get(f"/devices/{dev(device)}/files?kind=log")["items"]] == [upload]
    refused(api("GET", f"/devices/{dev(device)}/files/{name}"), 404, "not-found")


def test_alarms_are_listed_and_what_operators_want_is_done(lab, api, settled):
    device = settled()
    alarms = [add_alarm(lab, device, number) for number in (1, 2, 3)]
    assert sorted(each["id"] for each in api.all(f"/alarms?device={dev(device)}&severity=Major", 2)) == alarms
    assert api.get(f"/alarms?device={dev(device)}&severity=Critical")["items"] == []
    for what, body in (("ack", {}), ("unack", {}), ("clear", {"reason": "gone"}), ("comment", {"text": "seen"})):
        answer = api("POST", f"/alarms/{alarms[0]}/{what}", body)
        assert (answer.status, answer.json["request"]) == (202, what)
    told = eventually(lambda: (items := api.get(f"/alarms/history?device={dev(device)}")["items"]) and len(items) >= 4 and items)
    assert {(each["alarm"], each["who"], each["system"]) for each in told} == {(alarms[0], "admin", "northbound")}
    assert len(api.all(f"/alarms/history?device={dev(device)}", 1)) == len(told)
    assert api.get("/status")["alarms"]["Major"] >= 2


def test_events_are_told_live_and_once(lab, api, settled):
    where = urllib.parse.urlsplit(api.url)
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    connection.request("GET", "/api/v1/events?type=device", headers={"Authorization": f"Bearer {api.token}"})
    stream = connection.getresponse()
    assert (stream.status, stream.headers["Content-Type"]) == (200, "text/event-stream")
    assert stream.readline().startswith(b": listening")
    serials = [f"EV{uuid.uuid4().hex[:8]}" for _ in range(3)]
    for serial in serials:
        api("PUT", "/devices", {"oui": "0200F0", "serial": serial})
    told = []
    while set(serials) - set(told):
        line = stream.readline()
        assert line
        if line.startswith(b"data: "):
            event = json.loads(line[6:])
            told += [event["serial"]] if event["state"] == "ALLOWED" else []
    marker = f"EV{uuid.uuid4().hex[:8]}"
    api("PUT", "/devices", {"oui": "0200F0", "serial": marker})
    while marker not in told:
        line = stream.readline()
        if line.startswith(b"data: "):
            told.append(json.loads(line[6:])["serial"])
    assert [told.count(serial) for serial in serials] == [1, 1, 1]
    connection.close()
    eventually(lambda: lab.metric("hms_nbi_event_listeners", "northbound") == 0)


class Listener:
    """Live events of one token."""

    def __init__(self, api, token):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(api.url).netloc, timeout=60)
        self.connection.request("GET", "/api/v1/events", headers={"Authorization": f"Bearer {token}"})
        self.stream = self.connection.getresponse()
        self.status = self.stream.status

    def close(self):
        self.connection.close()


def test_live_events_end_with_the_token(lab, api):
    for name, end in (("sse-revoked", "revoked = now()"), ("sse-expired", "expires = now()")):
        listener = Listener(api, new_token(lab, name, "viewer"))
        assert listener.status == 200
        lab.sql(f"update api_token set {end} where name = %s", name)
        while listener.stream.readline():
            pass
        listener.close()
    eventually(lambda: lab.metric("hms_nbi_event_listeners", "northbound") == 0)


def test_one_token_does_not_take_all_places_of_requests(lab, api, known):
    command = api("POST", f"/devices/{dev(known)}/commands", {"kind": "GetRPCMethods"}).json["id"]
    path, instance = f"/devices/{dev(known)}/commands/{command}", lab.instance("northbound-0")
    with lab.settings("northbound-0", HMS_NORTHBOUND_WAITS_PER_TOKEN="2"):
        token = new_token(lab, "wait-greedy", "viewer")
        held = [http.client.HTTPConnection(urllib.parse.urlsplit(api.url).netloc, timeout=60) for _ in range(2)]
        for number, each in enumerate(held):
            each.request("GET", f"/api/v1{path}?wait=60", headers={"Authorization": f"Bearer {token}"})
            eventually(lambda: instance.metrics()["hms_nbi_requests_waiting", ()] == number + 1)
        refused(Checked(lab, token)("GET", path + "?wait=60"), 429, "rate", "wait")
        assert Checked(lab, token)("GET", path).status == 200 and api("GET", path + "?wait=1").status == 200
        for each in held:
            each.close()
    api("DELETE", path)


def test_one_token_does_not_take_all_places_of_listeners(lab, api):
    with lab.settings("northbound-0", HMS_NORTHBOUND_EVENTS_PER_TOKEN="2", HMS_NORTHBOUND_EVENTS_MAX="3"):
        token = new_token(lab, "sse-greedy", "viewer")
        held = [Listener(api, token) for _ in range(3)]
        assert [each.status for each in held] == [200, 200, 429]
        other = Listener(api, api.token)
        assert other.status == 200
        for each in (*held, other):
            each.close()


def test_status_knows_what_runs_and_what_does_not(lab, api):
    def states():
        return {each["instance"]: each["state"] for each in api.get("/status")["services"]}

    eventually(lambda: all(each["version"] for each in api.get("/status")["services"]))
    status = api.get("/status")
    assert {"cwmp-frontend-0", "provisioning-1", "northbound-0"} <= set(states())
    assert all(store["up"] for store in status["stores"].values()) and len(status["lag"]["partitions_ms"]) == 16
    instance = lab.instance("cwmp-frontend-1")
    instance.kill()
    try:
        eventually(lambda: states()["cwmp-frontend-1"] == "away")
    finally:
        instance.start()
        lab.steady()


def test_drain_ends_those_who_wait_with_what_is_known(lab, known):
    api = Api(lab, number=1)
    command = api("POST", f"/devices/{dev(known)}/commands", {"kind": "GetRPCMethods"}).json["id"]
    waited = []
    thread = threading.Thread(target=lambda: waited.append(api("GET", f"/devices/{dev(known)}/commands/{command}?wait=60")))
    thread.start()
    instance = lab.instance("northbound-1")
    eventually(lambda: instance.metrics()["hms_nbi_requests_waiting", ()] == 1)
    instance.stop()
    thread.join(30)
    instance.start()
    assert [each.status for each in waited] == [200] and not waited[0].json["ended"]


# ---- groups ----

def test_groups_are_made_changed_listed_and_removed(api):
    made = api("PUT", "/groups/phones-1", {"auth": "digest", "redirect_url": "https://phones.example/acs"})
    assert (made.status, made.json["auth"], made.headers["Location"]) == (200, "digest", "/api/v1/groups/phones-1")
    assert api.get("/groups/phones-1") == {name: value for name, value in made.json.items() if name != "href"}
    again = api("PUT", "/groups/phones-1", {"auth": "digest", "redirect_url": "https://phones.example/acs"})
    assert again.json["changed"] == made.json["changed"]
    bare = api("PUT", "/groups/phones-1", {})
    assert (bare.json["auth"], bare.json["redirect_url"]) == (None, "") and bare.json["changed"] > made.json["changed"]
    api("PUT", "/groups/phones-2", {"auth": "none"})
    assert {"phones-1", "phones-2"} <= {each["name"] for each in api.all("/groups", 1)}
    for name in ("phones-1", "phones-2"):
        assert api("DELETE", f"/groups/{name}").json == {"name": name, "deleted": True}
        refused(api("DELETE", f"/groups/{name}"), 404, "not-found", "group")
        refused(api("GET", f"/groups/{name}"), 404, "not-found")


@pytest.mark.parametrize("path, body, field", [
    ("/groups/a%20b", {}, "group"), ("/groups/-a", {}, "group"), ("/groups/" + "a" * 65, {}, "group"), ("/groups/x", {"auth": "maybe"}, "auth"),
    ("/groups/x", {"auth": None}, "auth"), ("/groups/x", {"redirect_url": "ftp://x/"}, "redirect_url"), ("/groups/x", {"redirect_url": "http://a b/"}, "redirect_url"),
    ("/groups/x", {"redirect_url": "http://a\r\nX: y"}, "redirect_url"), ("/groups/x", {"redirect_url": "http://" + "x" * 2000}, "redirect_url")])
def test_what_is_no_group_is_refused_by_its_field(lab, api, path, body, field):
    before = lab.sql("select count(*) from device_group")
    refused(api("PUT", path, body), 422, "invalid", field)
    assert lab.sql("select count(*) from device_group") == before


def test_a_device_is_put_into_a_group_with_region_and_tags_and_found_by_them(lab, api, settled):
    device, path = settled(), "/groups/cells-9"
    here = f"/devices/{dev(device)}"
    refused(api("PATCH", here, {"group": "cells-9"}), 422, "invalid", "group")
    assert api("PUT", path, {}).status == 200
    answer = api("PATCH", here, {"group": "cells-9", "region": "north", "tags": ["pilot", "a", "pilot"]})
    assert answer.json == {"device_id": dev(device), "group": "cells-9", "region": "north", "tags": ["a", "pilot"]}
    eventually(lambda: lab.entry(device).get(b"g") == b"cells-9")
    for query in ("group=cells-9", "group=cells-9&tag=pilot", "group=cells-9&region=north", "tag=pilot&group=cells-9"):
        assert [each["device_id"] for each in api.get(f"/devices?{query}")["items"]] == [dev(device)]
    assert api.get("/devices?group=cells-9&tag=other")["items"] == []
    assert api("PATCH", here, {"region": "south"}).json["group"] == "cells-9"
    refused(api("DELETE", path), 409, "conflict", "group")
    shown = api.get(here)
    assert (shown["group"], shown["region"], shown["tags"]) == ("cells-9", "south", ["a", "pilot"])
    kinds = [each["kind"] for each in api.get(here + "/history")["items"]]
    assert kinds.count("set") == 2
    assert api("PATCH", here, {"group": "", "tags": []}).json == {"device_id": dev(device), "group": "", "region": "south", "tags": []}
    eventually(lambda: lab.entry(device).get(b"g") == b"")
    assert api("DELETE", path).status == 200
    audit = [(each["action"], each["status"]) for each in api.get("/audit")["items"]]
    assert audit.index(("group_delete", 200)) < audit.index(("group_delete", 409)) < audit.index(("device_set", 422))


@pytest.mark.parametrize("body, field", [({"tags": "a"}, "tags"), ({"tags": [7]}, "tags"), ({"tags": [""]}, "tags"), ({"tags": ["a b"]}, "tags"), ({"tags": ["x"] * 33}, "tags"),
                                         ({"tags": [["a"]]}, "tags"), ({"region": "x" * 129}, "region"), ({"group": 7}, "group"), ({"group": "nowhere"}, "group")])
def test_what_no_device_can_be_given_is_refused_and_changes_nothing(api, known, body, field):
    before = api.get(f"/devices/{dev(known)}")
    refused(api("PATCH", f"/devices/{dev(known)}", body), 422, "invalid", field)
    assert api.get(f"/devices/{dev(known)}") == before


def test_a_device_that_was_never_seen_is_allowed_into_its_group(lab, api):
    assert api("PUT", "/groups/early", {"auth": "basic"}).status == 200
    serial = uuid.uuid4().hex
    identity = {"oui": "0200F0", "product_class": "Phone", "serial": serial}
    refused(api("PUT", "/devices", {**identity, "group": "nowhere"}), 422, "invalid", "group")
    assert lab.sql("select count(*) from device where serial = %s", serial) == [(0,)]
    made = api("PUT", "/devices", {**identity, "group": "early", "tags": ["new"]})
    shown = api.get(f"/devices/{made.json['device_id']}")
    assert (shown["state"], shown["group"], shown["tags"]) == ("ALLOWED", "early", ["new"])
    assert api("PATCH", f"/devices/{made.json['device_id']}", {"group": ""}).status == 200
    assert api("DELETE", "/groups/early").status == 200


def test_only_admins_change_groups_and_operators_who_is_in_them(lab, roles, known):
    viewer, operator, admin = (Checked(lab, roles[role]) for role in ("viewer", "operator", "admin"))
    for who in (viewer, operator):
        refused(who("PUT", "/groups/mine", {}), 403, "forbidden")
        refused(who("DELETE", "/groups/mine"), 403, "forbidden")
        assert who("GET", "/groups").status == 200
    refused(viewer("PATCH", f"/devices/{dev(known)}", {"tags": []}), 403, "forbidden")
    assert operator("PATCH", f"/devices/{dev(known)}", {"tags": ["x"]}).status == 200
    assert admin("PUT", "/groups/mine", {}).status == 200 and admin("DELETE", "/groups/mine").status == 200
