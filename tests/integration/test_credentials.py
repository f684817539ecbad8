"""Credentials that HMS gives a device at its first contact (TR-069 3.4.4, contracts 9): pending until the device has shown them, in clear nowhere."""
import subprocess

import pytest
from hmslab import eventually, fault

SERVICE = "Device.ManagementServer."


@pytest.fixture(scope="module")
def giving(lab):
    """The newest profile has the part "credentials"; until the end."""
    version, = lab.sql("insert into profile (tenant, name, version, doc) select tenant, name, version + 1,"
                       " jsonb_set(doc, '{kinds,henb,credentials}', '{}') from profile where active order by version desc limit 1 returning version")[0]
    with lab.settings("provisioning-0", "provisioning-1"):
        yield
        lab.sql("delete from profile where version = %s", version)


@pytest.fixture
def cell(giving, henb):
    return henb(role="serving")


def kinds(lab, device):
    return [row[0] for row in lab.sql("select kind from device_credential where device_id = %s order by kind", lab.device(device)["device_id"])]


def given(rpc):
    values = rpc.params()
    return {name.rsplit(".", 1)[1]: value for name, value in values.items() if name.startswith(SERVICE) and ("Username" in name or "Password" in name)}


def first_contact(device):
    """Up to the RPC with the credentials, which is the first."""
    assert device.inform(("0 BOOTSTRAP", "1 BOOT")).rpc == "InformResponse"
    rpc = device.empty()
    assert rpc.rpc == "SetParameterValues"
    return rpc, given(rpc)


def accept(device, rpc):
    """Does it, and goes on to the end of the session; as TR-069 has it, passwords are never reported."""
    body = device.execute(rpc)
    for name in [each for each in device.params if each.startswith(SERVICE) and ("Username" in each or "Password" in each)]:
        del device.params[name]
    return device.serve(device.answer(rpc, body))


def take(device, values):
    device.username, device.password = values["Username"], values["Password"]


def owner(lab, cell):
    """A cell that has been given credentials, has shown them, and is known by them."""
    rpc, values = first_contact(cell)
    accept(cell, rpc)
    take(cell, values)
    cell.session()
    eventually(lambda: kinds(lab, cell) == [1, 3])
    return values


def dump(lab):
    """Everything that PostgreSQL, Redis and Kafka hold, and all that was logged."""
    text = subprocess.run(["pg_dump", "--inserts", lab.env["HMS_PG_DSN"]], capture_output=True, check=True).stdout
    redis = lab.redis()
    for key in redis.keys("*"):
        kind = redis.type(key)
        text += key + (repr(redis.hgetall(key)).encode() if kind == b"hash" else repr(redis.get(key)).encode() if kind == b"string" else b"")
    for topic in ("hms.device-events", "hms.alarms", "hms.work"):
        text += b"".join(record.value or b"" for record in lab.records(topic))
    return text + b"".join(path.read_bytes() for path in (lab.run / "log").glob("*.log"))


def test_the_first_contact_gives_credentials_that_hold_from_then_on(lab, cell):
    """[A5] Unique and random; both are accepted until the device has shown the new one, then it is the only one."""
    shared = (lab.env["HMS_CWMP_USERNAME"], lab.env["HMS_CWMP_PASSWORD"])
    rpc, values = first_contact(cell)
    assert set(values) == {"Username", "Password", "ConnectionRequestUsername", "ConnectionRequestPassword"}
    assert values["Username"] == f"{cell.oui}-HeNB-{cell.serial}" and len(values["Password"]) == 32 != len(set(values.values()))
    assert kinds(lab, cell) == [2, 4]
    accept(cell, rpc)
    assert cell.inform().rpc == "InformResponse"  # the shared one: it may not have taken its own
    take(cell, values)
    assert cell.inform().rpc == "InformResponse"
    eventually(lambda: kinds(lab, cell) == [1, 3])
    eventually(lambda: lab.entry(cell))
    stranger_name, stranger_password = cell.username, cell.password
    cell.username, cell.password = shared
    assert eventually(lambda: cell.inform(("0 BOOTSTRAP",)).status == 401)
    take(cell, {"Username": stranger_name, "Password": stranger_password})
    assert cell.session(("1 BOOT",))[1].status in (204, 503)


def test_no_store_and_no_log_has_them_in_clear(lab, cell):
    rpc, values = first_contact(cell)
    before = dump(lab)
    accept(cell, rpc)
    take(cell, values)
    cell.session()
    eventually(lambda: kinds(lab, cell) == [1, 3])
    everything = before + dump(lab)
    for name in ("Password", "ConnectionRequestUsername", "ConnectionRequestPassword"):
        assert values[name].encode() not in everything, name


@pytest.mark.parametrize("applied", [True, False])
def test_a_lost_answer_locks_nobody_out(lab, cell, applied):
    """The device took them, or not: it comes with what it has, and is told the same once more, or no more."""
    _, values = first_contact(cell)
    if applied:
        take(cell, values)
    assert cell.inform(("1 BOOT",)).rpc == "InformResponse"
    if not applied:
        rpc = cell.empty()
        assert given(rpc) == values
        accept(cell, rpc)
        take(cell, values)
        cell.session()
    eventually(lambda: kinds(lab, cell) == [1, 3])


def test_a_lost_grant_or_cache_locks_nobody_out(lab, cell):
    """Redis is wiped between: the view knows the pending credential, and the shared one holds until it was shown."""
    _, values = first_contact(cell)
    for password in (None, values):
        lab.redis().flushall()
        lab.steady()
        if password:
            take(cell, values)
        eventually(lambda: cell.inform(("1 BOOT",)).status == 200)
    eventually(lambda: kinds(lab, cell) == [1, 3])


def test_a_device_that_refuses_them_keeps_the_shared_one(lab, cell):
    rpc, _ = first_contact(cell)
    cell.serve(cell.answer(rpc, fault(9003, "no", [(SERVICE + "Username", 9008, "not writable")])))
    assert cell.inform(("1 BOOT",)).rpc == "InformResponse"
    assert 1 not in kinds(lab, cell)


def test_credentials_taken_away_let_a_device_that_was_reset_by_hand_come_again(lab, cell):
    """hmsadm credential --kind none."""
    shared = (lab.env["HMS_CWMP_USERNAME"], lab.env["HMS_CWMP_PASSWORD"])
    owner(lab, cell)
    cell.username, cell.password = shared
    eventually(lambda: cell.inform(("0 BOOTSTRAP", "1 BOOT")).status == 401)
    lab.program("hmsadm", "credential", "--oui", cell.oui, "--product-class", cell.product_class, "--serial", cell.serial, "--kind", "none")
    eventually(lambda: cell.inform(("0 BOOTSTRAP", "1 BOOT")).status == 200)


def test_a_device_that_is_no_cell_gets_none_by_default(lab, cpe):
    phone = cpe(role="serving", product_class="Phone", params={"Device.DeviceInfo.SoftwareVersion": "1.0"})
    rpcs, last = phone.session(("0 BOOTSTRAP", "1 BOOT"))
    assert ([rpc.rpc for rpc in rpcs], last.status) == (["GetRPCMethods"], 204)
    eventually(lambda: lab.state(phone) == "SETTLED" and lab.entry(phone).get(b"f") == b"0")
    assert kinds(lab, phone) == []


@pytest.fixture(scope="module")
def giving_all(lab):
    """The newest profile has the part "credentials" for devices that are no cells; until the end."""
    version, = lab.sql("insert into profile (tenant, name, version, doc) select tenant, name, version + 1,"
                       " jsonb_set(doc, '{kinds,generic}', '{\"credentials\": {}}') from profile where active order by version desc limit 1"
                       " returning version")[0]
    with lab.settings("provisioning-0", "provisioning-1"):
        yield
        lab.sql("delete from profile where version = %s", version)


@pytest.mark.parametrize("root", ["Device.", "InternetGatewayDevice."])
def test_a_device_that_is_no_cell_gets_them_where_the_profile_says_so(lab, giving_all, cpe, root):
    """TR-069 3.4.4: a phone, in the paths of its own root; it is settled when it has them, and they hold from then on."""
    phone = cpe(role="serving", product_class="Phone", params={root + "DeviceInfo.SoftwareVersion": "1.0", root + "ManagementServer.ParameterKey": ""})
    shared = (phone.username, phone.password)
    assert phone.inform(("0 BOOTSTRAP", "1 BOOT")).rpc == "InformResponse"
    rpc = phone.empty()
    values = {name.removeprefix(root + "ManagementServer."): value for name, value in rpc.params().items()}
    assert rpc.rpc == "SetParameterValues" and set(values) == {"Username", "Password", "ConnectionRequestUsername", "ConnectionRequestPassword"}
    assert values["Username"] == f"{phone.oui}-Phone-{phone.serial}"
    assert phone.serve(phone.answer(rpc, phone.execute(rpc)))[1].status == 204
    eventually(lambda: lab.state(phone) == "SETTLED" and kinds(lab, phone) == [2, 4])
    take(phone, values)
    phone.session()
    eventually(lambda: kinds(lab, phone) == [1, 3])
    phone.username, phone.password = shared
    eventually(lambda: phone.inform(("1 BOOT",)).status == 401)
    take(phone, values)
    phone.session()
    eventually(lambda: lab.entry(phone).get(b"f") == b"0")


def test_a_factory_reset_of_ours_lets_the_device_come_with_either(lab, cell):
    """Its own credential is in doubt from the moment the reset is handed out, and holds again once it is shown."""
    shared = (lab.env["HMS_CWMP_USERNAME"], lab.env["HMS_CWMP_PASSWORD"])
    values = owner(lab, cell)
    command = lab.command_add(cell, "FactoryReset")
    cell.inform(("6 CONNECTION REQUEST",))
    rpcs, _ = cell.serve()
    assert "FactoryReset" in [each.rpc for each in rpcs]
    eventually(lambda: lab.is_in(command, "done") and kinds(lab, cell) == [2, 4])
    cell.username, cell.password = shared
    eventually(lambda: cell.inform(("0 BOOTSTRAP", "1 BOOT")).status == 200)
    again = cell.empty()
    assert given(again)["Username"] == values["Username"]
