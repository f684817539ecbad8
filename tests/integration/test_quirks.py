"""The registry of quirks: what models need done differently, at a real front end and a real provisioning."""
import json
import pathlib

import pytest
from hmslab import eventually, fault

KICK = ("6 CONNECTION REQUEST",)
ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = [f"Device.X_Test.Value{number}" for number in range(7)]


def entry(oui="00D09E", why="seen", **fields):
    return {"oui": oui, "why": why, **fields}


@pytest.fixture
def registry(lab, tmp_path):
    """Called with entries, it makes them those of both services; at the end they are as before. The folder is returned."""
    def write(*entries):
        (tmp_path / "test.json").write_text(json.dumps({"entries": entries}))
        return tmp_path

    write()
    with lab.settings("cwmp-frontend-0", "provisioning-0", "provisioning-1", HMS_CWMP_FRONTEND_QUIRKS_DIR=str(tmp_path),
                      HMS_PROVISIONING_QUIRKS_DIR=str(tmp_path)):
        yield write


def reload(lab, *instances):
    """SIGHUP; returns when each has read its registry."""
    before = {name: lab.instance(name).log().count("registry of quirks") for name in instances}
    for name in instances:
        lab.instance(name).signal(1)
    for name in instances:
        eventually(lambda name=name: lab.instance(name).log().count("registry of quirks") > before[name])


def restart(lab, registry, *entries):
    registry(*entries)
    reload(lab, "cwmp-frontend-0", "provisioning-0", "provisioning-1")


def fired(lab, quirk):
    return (lab.metric("hms_fe_quirks_applied_total", quirk=quirk), lab.metric("hms_prov_quirks_total", quirk=quirk))


def learnt(lab, device):
    return lab.sql("select value, times from learnt_quirk where oui = %s and product_class = %s and quirk = 'get_values_max'", device.oui,
                   device.product_class)


def test_answers_are_made_as_the_model_needs_them(lab, registry, settled):
    """200 instead of 204 and an XML declaration, for that model only and for its version only. [Q1] [H4]"""
    restart(lab, registry, entry(product_class="Odd*", software_version={"from": "1.0", "before": "2"},
                                 quirks={"empty_200": True, "xml_declaration": True}))
    odd, before = settled(oui="0200F0", product_class="Plain"), fired(lab, "xml_declaration")
    assert not odd.inform(KICK).body.startswith(b"<?xml") and odd.empty().status == 204
    odd.oui, odd.product_class = "00D09E", "Odd1"
    assert odd.inform(KICK).body.startswith(b"<?xml")
    reply = odd.empty()
    assert (reply.status, reply.body, reply.headers["Content-Length"]) == (200, b"", "0")
    assert fired(lab, "xml_declaration")[0] > before[0]
    assert not odd.inform(KICK, params={**odd.params, "Device.DeviceInfo.SoftwareVersion": "2.0"}).body.startswith(b"<?xml")


def test_a_session_keeps_its_quirks_at_every_front_end(lab, registry, settled):
    """They travel in the cookie: the other front end has no registry here. [H8]"""
    restart(lab, registry, entry(quirks={"empty_200": True}))
    device = settled(product_class="Elsewhere")
    device.oui = "00D09E"
    device.inform(KICK)
    assert device.empty(url=lab.url("both", 1), on="other").status == 200


def test_a_mistake_in_a_file_keeps_what_was_there_and_is_named(lab, registry, settled):
    device = settled(product_class="Mistaken")
    restart(lab, registry, entry(quirks={"xml_declaration": True}))
    folder = registry(entry(quirks={"xml_declaration": "yes"}))
    reload(lab, "cwmp-frontend-0", "provisioning-0", "provisioning-1")
    assert all("test.json: entry 1: quirks: xml_declaration: neither true nor false" in lab.instance(name).log()
               for name in ("cwmp-frontend-0", "provisioning-0"))
    device.oui = "00D09E"
    assert device.inform(KICK).body.startswith(b"<?xml")
    with pytest.raises(RuntimeError, match="entry 1: quirks: xml_declaration"):
        lab.program("hmsadm", "quirks", "check", "--dir", str(folder))


def read(device, most):
    """Serves the session of a device that answers 9002 to more names than `most`; returns how many were asked for each time."""
    device.params.update({name: name[-1] for name in NAMES})
    asked, reply = [], device.inform(KICK) and device.empty()
    while reply.rpc:
        asked.append(len(reply.texts("string")))
        body = device.execute(reply) if asked[-1] <= most else fault(9002, "Internal error")
        reply = device.answer(reply, body)
    return asked


def values(row):
    return [each["Value"] for each in row["result"]["parameters"]]


def test_reads_are_no_longer_than_the_model_takes(lab, registry, settled):
    """The command is one for who asked. [Q13]"""
    restart(lab, registry, entry(product_class="Short", quirks={"get_values_max": 3}))
    device, before = settled(oui="00D09E", product_class="Short"), fired(lab, "get_values_max")
    command = lab.command_add(device, "GetParameterValues", {"ParameterNames": NAMES})
    assert read(device, 100) == [3, 3, 1]
    assert values(eventually(lambda: lab.is_in(command, "done"))) == list("0123456")
    assert fired(lab, "get_values_max")[1] == before[1] + 2


def test_what_a_device_shows_is_learnt_for_its_model_and_version(lab, settled):
    """Without a restart, and not for other versions. [Q13]"""
    one = settled(product_class="Learner")
    command = lab.command_add(one, "GetParameterValues", {"ParameterNames": NAMES})
    assert read(one, 3) == [7, 3, 3, 1]
    assert values(eventually(lambda: lab.is_in(command, "done"))) == list("0123456")
    assert learnt(lab, one) == [(3, 1)]
    other, newer = settled(product_class="Learner"), settled(product_class="Learner")
    newer.params["Device.DeviceInfo.SoftwareVersion"] = "2.0"
    newer.session(KICK)  # it is asked for its methods

    def asked_of(device):
        lab.command_add(device, "GetParameterValues", {"ParameterNames": NAMES})
        return read(device, 100)

    eventually(lambda: asked_of(other) == [3, 3, 1])
    assert asked_of(newer) == [7]


def test_writes_are_cut_and_spelled_as_the_model_takes_them_and_wait_after_its_boot(lab, registry, settled):
    """[Q13]"""
    restart(lab, registry, entry(product_class="Slow", quirks={"set_values_max": 1, "boolean": "words", "time_zone": "offset", "lacks": ["Reboot"]}))
    device = settled(oui="00D09E", product_class="Slow")
    rows = [{"Name": "Device.X_Test.On", "Value": "1", "Type": "xsd:boolean"},
            {"Name": "Device.X_Test.At", "Value": "2026-01-01T00:00:00Z", "Type": "xsd:dateTime"}]
    command = lab.command_add(device, "SetParameterValues", {"ParameterList": rows})
    rpcs, _ = device.session(KICK)
    assert [rpc.params() for rpc in rpcs] == [{"Device.X_Test.On": "true"}, {"Device.X_Test.At": "2026-01-01T00:00:00+00:00"}]
    assert len({rpc.text("ParameterKey") for rpc in rpcs}) == 2
    eventually(lambda: lab.is_in(command, "done"))
    assert lab.entry(device)[b"k"].decode() == rpcs[-1].text("ParameterKey")
    reboot = lab.command_add(device, "Reboot")
    row = eventually(lambda: lab.is_in(reboot, "faulted"))
    assert (row["fault"], "registry of quirks" in row["note"]) == (9000, True)
    restart(lab, registry, entry(product_class="Slow", quirks={"set_delay_s": 86400}))
    command = lab.command_add(device, "SetParameterValues", {"ParameterList": rows})
    assert device.session(("1 BOOT",))[0] == [] and lab.command(command)["state"] == "queued"
    restart(lab, registry)
    assert len(device.session(KICK)[0]) == 1
    eventually(lambda: lab.is_in(command, "done"))




def test_the_page_of_quirks_is_what_table_and_readme_say(lab):
    table = lab.program("hmsadm", "quirks", "doc")
    assert (ROOT / "docs/quirks.md").read_text() == (ROOT / "deploy/quirks/README.md").read_text() + "\n" + table, "run make docs"
