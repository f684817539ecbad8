"""Fixtures: one lab for the whole run, whose services start with the first test that asks for them."""
import signal

import pytest

from .api import Api, Ctl
from .cpe import Cpe
from .lab import Lab, eventually


# A command in doubt ends when no session can be live any more: with the default that is 10 minutes after the last Inform.
# PM uploads are missing soon, and samples of a long time ago are kept. Groups are known soon. Tries after faults come at once.
SETTINGS = {"HMS_PROVISIONING_SESSION_LIVE": "10s", "HMS_PROVISIONING_FAULT_RETRY_MIN": "100ms", "HMS_PROVISIONING_FAULT_RETRY_MAX": "1s",
            "HMS_CWMP_FRONTEND_GROUPS_REFRESH": "200ms", "HMS_CWMP_FRONTEND_TRACE_REFRESH": "200ms", "HMS_PM_INGEST_GRACE": "3s", "HMS_PM_INGEST_RETENTION_DAYS": "10000"}

GENERIC = {"Device.DeviceInfo.SoftwareVersion": "1.0", "Device.ManagementServer.ParameterKey": ""}
LTE = "Device.Services.FAPService.1.FAPControl.LTE."
HENB = {**GENERIC, LTE + "OpState": False, LTE + "RFTxStatus": False,
        "Device.FAP.GPS.LockedLatitude": ("48137000", "xsd:int"), "Device.FAP.GPS.LockedLongitude": ("11575000", "xsd:int")}
NO_ALARMS = {"Device.FaultMgmt.CurrentAlarmNumberOfEntries": 0}


@pytest.fixture(scope="session", autouse=True)
def end_on_sigterm():
    """So that a run that is told to end stops its lab, too."""
    before = signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", 143))
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def stores():
    """A Lab with PostgreSQL, Redis and Kafka, and no service yet. No sanitizer may have reported anything by its end."""
    lab = Lab(settings=SETTINGS)
    try:
        lab.start_stores()
        yield lab
    finally:
        lab.close()
    assert lab.sanitizer_reports() == {}


@pytest.fixture(scope="session")
def lab(stores):
    """The same with two of each service."""
    stores.start_services()
    stores.steady()
    return stores


@pytest.fixture
def cpe(lab):
    """Makes devices: cpe(role="both", number=0, **fields of Cpe). They are allowed unless allow=False, and hang up at the end."""
    lab.steady()  # whatever the test before did to services and stores
    made = []

    def make(role="both", number=0, allow=True, **fields):
        defaults = {"username": lab.env["HMS_CWMP_USERNAME"], "password": lab.env["HMS_CWMP_PASSWORD"],
                    "ca": lab.env["HMS_CA_FILE"] or None}
        device = Cpe(lab.url(role, number), **{**defaults, **fields})
        if allow:
            lab.sql("select device_allow(%s, %s, %s, %s)", device.tenant, device.oui, device.product_class, device.serial)
        made.append(device)
        return device

    yield make
    for device in made:
        device.hang_up()


@pytest.fixture
def settled(lab, cpe):
    """Makes devices that are no cells and of which HMS wants nothing: their periodic sessions are quiet. methods: those that they name; None: they do not say."""

    def make(methods=None, **fields):
        device = cpe(params=dict(GENERIC), **fields)
        device.methods = methods
        rpcs, last = device.session(("0 BOOTSTRAP", "1 BOOT"))
        names = ["GetParameterNames"] if methods and "GetParameterNames" in methods else []  # it may be more than it seems
        assert ([rpc.rpc for rpc in rpcs], last.status) == (["GetRPCMethods", *names], 204)
        eventually(lambda: lab.state(device) == "SETTLED")
        eventually(lambda: lab.entry(device).get(b"f") == b"0")
        # A quiet session at the end: otherwise HMS would grant to the held one until its promise is over (contracts 3, POST: "ended").
        device.session()
        eventually(lambda: lab.device(device)["hold_until"] == 0)
        lab.redis().delete(f"m:{{{device.device_id.hex()}}}")
        return device

    return make


@pytest.fixture
def henb(cpe):
    """Makes a factory-new HeNB at a place whose HMS has both roles."""

    def make(**fields):
        cell = cpe(params=dict(HENB), **fields)
        cell.unsaid = dict(NO_ALARMS)
        return cell

    return make


@pytest.fixture
def undecided(lab):
    """Called, it pauses provisioning, so that nothing is decided until it is called again with False. Lags that were reported stay for 10 s."""
    owners = lab.instances("provisioning")

    def pause(yes=True):
        if yes:
            lab.steady()
        for owner in owners:
            (owner.pause if yes else owner.resume)()

    yield pause
    pause(False)
    lab.steady()
    eventually(lab.caught_up, 40)


@pytest.fixture
def api(lab):
    """The operators' API, as its administrator."""
    return Api(lab)


@pytest.fixture
def ctl(lab):
    """hmsctl, as an administrator runs it."""
    return Ctl(lab)
