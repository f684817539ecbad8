"""What devices can do: asked once a software version, merged with the registry of quirks, shown, and held against every command (phones.md PH-3 to PH-5)."""
import json
import re

import pytest
from hmslab import STORY, dev, eventually, fault, rpc_response
from hmslab.api import ROOT

KICK = ("6 CONNECTION REQUEST",)
BOOT = ("1 BOOT",)
VERSION = "Device.DeviceInfo.SoftwareVersion"
PHONE = ["GetRPCMethods", "GetParameterNames", "GetParameterValues", "SetParameterValues", "GetAttributeValues", "SetAttributeValues", "AddObject", "DeleteObject",
         "Reboot", "Download", "TransferComplete", "X_ACME_Dial"]


@pytest.fixture
def phone(settled):
    """Makes devices with the methods of a phone, which speak CWMP 1.2 unless told otherwise."""
    return lambda **fields: settled(**{"methods": PHONE, "cwmp": "1-2", **fields})


@pytest.fixture
def registry(lab, tmp_path):
    """Called with quirks, it makes them those of the OUI 00D09E at provisioning."""
    def write(**quirks):
        entries = [{"oui": "00D09E", "why": "seen", "quirks": quirks}] if quirks else []
        (tmp_path / "test.json").write_text(json.dumps({"entries": entries}))
        before = {each.name: each.log().count("registry of quirks") for each in lab.instances("provisioning")}
        for each in lab.instances("provisioning"):
            each.signal(1)
        for each in lab.instances("provisioning"):
            eventually(lambda each=each: each.log().count("registry of quirks") > before[each.name])

    (tmp_path / "test.json").write_text(json.dumps({"entries": []}))
    with lab.settings("provisioning-0", "provisioning-1", HMS_PROVISIONING_QUIRKS_DIR=str(tmp_path)):
        yield write


def names(rpcs):
    return [rpc.rpc for rpc in rpcs]


def methods(api, device):
    """{name: source}, {name: reason} of a device."""
    found = api.get(f"/devices/{dev(device)}")["methods"]
    return {each["name"]: each["source"] for each in found["supported"]}, {each["name"]: each["reason"] for each in found["unsupported"]}


def refused(api, device, kind, arguments=None):
    """The reason with which the API refuses it; nothing is queued then."""
    answer = api("POST", f"/devices/{dev(device)}/commands", {"kind": kind, "arguments": arguments or {}})
    assert (answer.status, answer.json["field"]) == (422, "kind"), answer
    assert [each["kind"] for each in api.get(f"/devices/{dev(device)}/commands")["items"] if each["kind"] == kind and not each["ended"]] == []
    return answer.json["detail"]


def ended(lab, command, state="faulted"):
    return eventually(lambda: lab.is_in(command, state))


# ---- asked once ----

def test_a_phone_is_asked_for_its_methods_at_first_contact_and_after_a_change_of_its_software(lab, api, phone):
    """[PH-3] At no other time; its sessions are quiet in between."""
    device = phone()
    assert methods(api, device)[0] == {**{name: "device" for name in PHONE if name not in ("TransferComplete", "GetAttributeValues", "SetAttributeValues")},
                                       "GetParameterAttributes": "device", "SetParameterAttributes": "device"}
    assert names(device.session(KICK)[0]) == [] and names(device.session(BOOT)[0]) == [] and names(device.session(("0 BOOTSTRAP", "1 BOOT"))[0]) == []
    device.params[VERSION] = "2.0"
    device.methods = ["GetRPCMethods", "Reboot"]
    assert names(device.session(BOOT)[0]) == ["GetRPCMethods"]
    assert list(eventually(lambda: "Download" not in methods(api, device)[0] and methods(api, device)[0])) == ["GetRPCMethods", "Reboot"]
    assert lab.sql("select purpose, origin, count(*) from command_done where device_id = %s::uuid group by 1, 2 order by 1", dev(device)) == [
        ("methods", "procedure", 2), ("objects", "procedure", 1)]


def test_a_change_of_software_that_a_quiet_session_tells_of_is_asked_after_in_the_next(lab, phone):
    """[PH-3]"""
    device = phone()
    device.params[VERSION] = "2.0"
    assert device.session()[0] == []
    eventually(lambda: lab.entry(device).get(b"f") == b"1")
    assert names(device.session()[0]) == ["GetRPCMethods", "GetParameterNames"]
    eventually(lambda: lab.entry(device).get(b"f") == b"0")


@pytest.mark.parametrize("answer", [fault(9000, "Method not supported"), fault(8000, "?"), fault(9002, "Internal error"),
                                    rpc_response("GetRPCMethods", '<MethodList enc:arrayType="xsd:string[0]"></MethodList>')])
def test_a_device_that_does_not_say_is_not_asked_again_and_nothing_is_refused(lab, api, settled, answer):
    """[PH-3] Once a version."""
    device = settled(cwmp="1-2", product_class="Mute")
    device.params[VERSION] = "2.0"
    device.inform(BOOT)
    rpc = device.empty()
    assert rpc.rpc == "GetRPCMethods" and device.answer(rpc, answer).status == 204
    for events in (BOOT, KICK, ("0 BOOTSTRAP", "1 BOOT")):
        assert device.session(events)[0] == []
    eventually(lambda: lab.entry(device).get(b"f") == b"0")
    assert (api.get(f"/devices/{dev(device)}")["methods"], api.get(f"/devices/{dev(device)}")["rpc_methods"]) == ({"known": False, "supported": [], "unsupported": []}, None)
    command = lab.command_add(device, "Upload", {"FileType": "1 Vendor Configuration File"})
    assert names(device.session(KICK)[0]) == ["Upload"] and lab.command(command)["state"] != "faulted"


def test_a_device_that_breaks_off_at_the_question_is_asked_three_times(lab, settled):
    """[PH-3] It may be the question."""
    device = settled(product_class="Brittle")
    device.params[VERSION] = "2.0"
    for _ in range(3):
        device.inform(BOOT)
        assert device.empty().rpc == "GetRPCMethods"
        device.hang_up()
    assert device.session(BOOT)[0] == []
    eventually(lambda: lab.entry(device).get(b"f") == b"0")


def test_a_cell_is_asked_behind_everything_that_puts_it_into_service(lab, api, henb):
    """[PH-3] One RPC more in its first session; its registration does not wait for it."""
    cell = henb()
    cell.methods = PHONE
    cell.inform(("0 BOOTSTRAP", "1 BOOT"))
    reply, rpcs = cell.empty(), []
    while reply.rpc != "GetRPCMethods":
        rpcs.append(reply.rpc)
        reply = cell.answer(reply, cell.execute(reply))
    assert rpcs == STORY[:-1] and lab.state(cell) == "PROVISIONED"
    assert cell.answer(reply, cell.execute(reply)).status == 204
    assert eventually(lambda: methods(api, cell)[0])["Reboot"] == "device"


def test_held_and_blocked_devices_are_not_asked(lab, cpe, phone):
    """[PH-3]"""
    stranger = cpe(allow=False, params={VERSION: "1.0"})
    assert names(stranger.session(BOOT)[0]) == [] and lab.state(stranger) == "HELD"
    device = phone()
    lab.sql("select device_block(%s, 'tester', '')", dev(device))
    device.params[VERSION] = "2.0"
    eventually(lambda: lab.state(device) == "BLOCKED")
    assert names(device.session(BOOT)[0]) == []


# ---- merged and shown ----

def test_the_set_is_merged_with_the_registry_and_shown_with_where_it_is_from(lab, api, ctl, registry, phone):
    """[PH-3] Also when the registry changes."""
    registry(has=["ScheduleInform"], lacks=["AddObject"])
    device = phone(oui="00D09E", cwmp="1-0")
    can, cannot = methods(api, device)
    assert (can["ScheduleInform"], can["Reboot"], can["X_ACME_Dial"]) == ("registry", "device", "device")
    assert cannot["AddObject"] == refused(api, device, "AddObject", {"ObjectName": "Device.A."}) == "the registry of quirks says that the device lacks AddObject"
    assert cannot["Upload"] == refused(api, device, "Upload", {"FileType": "1 Vendor Configuration File"}) == "the device does not have Upload: GetRPCMethods did not name it"
    assert cannot["ChangeDUState"] == "ChangeDUState needs CWMP 1.2, the device speaks 1.0"
    assert set(can).isdisjoint(cannot) and api.get(f"/devices/{dev(device)}")["rpc_methods"] == list(can)
    shown = ctl("device", dev(device))
    assert re.search(r"ScheduleInform +yes +registry", shown.out) and re.search(r"Upload +no +the device does not have Upload", shown.out)
    answer = ctl("pull", dev(device))
    assert answer.status != 0 and "the device does not have Upload: GetRPCMethods did not name it" in answer.err
    registry(boolean="words")
    lab.command_add(device, "Reboot")
    device.session(KICK)
    eventually(lambda: "AddObject" in methods(api, device)[0] and "ScheduleInform" in methods(api, device)[1])


def test_a_model_that_must_not_be_asked_is_not(lab, api, registry, cpe):
    """[PH-3] "lacks": ["GetRPCMethods"]."""
    registry(lacks=["GetRPCMethods"])
    device = cpe(params={VERSION: "1.0"}, oui="00D09E")
    assert names(device.session(("0 BOOTSTRAP", "1 BOOT"))[0]) == []
    eventually(lambda: lab.entry(device).get(b"f") == b"0")
    assert methods(api, device)[1]["GetRPCMethods"] == "the registry of quirks says that the device lacks GetRPCMethods"


def test_the_methods_of_the_schema_are_those_of_the_code(lab):
    """The reasons of the API are made in SQL."""
    rows = re.findall(r'^CWMP_METHOD\(\w+, "(\w+)", \w+, 1_(\d)', (ROOT / "lib/include/hms/cwmp/methods.def").read_text(), re.MULTILINE)
    assert sorted(lab.sql("select name, since from api_v1.cpe_methods()")) == sorted((name, int(since)) for name, since in rows)


# ---- held against commands ----

def test_what_the_set_lacks_is_refused_at_once_and_ends_where_it_was_not_asked_of_the_api(lab, api, phone):
    """[PH-3] [PH-4]"""
    device = phone()
    for kind, arguments in (("FactoryReset", {}), ("Upload", {"FileType": "1 Vendor Configuration File"}), ("ScheduleInform", {"DelaySeconds": 9}), ("X_ACME_Ring", {})):
        reason = f"the device does not have {kind}: GetRPCMethods did not name it"
        assert refused(api, device, kind, arguments) == reason
        row = ended(lab, lab.command_add(device, kind, arguments))
        assert (row["fault"], row["note"], row["tries"]) == (9000, reason, 0)
    assert api("POST", f"/devices/{dev(device)}/commands", {"kind": "X_ACME_Dial"}).status == 202


def test_a_command_that_waits_ends_when_the_set_shows_that_it_cannot_be_done(lab, settled):
    """[PH-3] It was accepted while nothing was known."""
    device = settled(product_class="Later")
    command = lab.command_add(device, "FactoryReset", prio_=200, not_before_="2100-01-01")
    eventually(lambda: lab.one("select noticed from command where id = %s", command)["noticed"])
    device.params[VERSION], device.methods = "2.0", ["GetRPCMethods", "Reboot"]
    assert names(device.session(BOOT)[0]) == ["GetRPCMethods"]
    assert ended(lab, command)["note"] == "the device does not have FactoryReset: GetRPCMethods did not name it"


def test_a_fault_9000_takes_a_listed_method_out_until_the_next_version(lab, api, phone):
    """[PH-3]"""
    device = phone()
    command = lab.command_add(device, "Reboot")
    device.inform(KICK)
    rpc = device.empty()
    assert rpc.rpc == "Reboot" and device.answer(rpc, fault(9000, "Method not supported")).status == 204
    assert ended(lab, command)["fault"] == 9000
    assert refused(api, device, "Reboot") == methods(api, device)[1]["Reboot"] == "the device does not have Reboot: it answered with fault 9000"
    lab.command_add(device, "GetRPCMethods")
    assert names(device.session(KICK)[0]) == ["GetRPCMethods"]
    assert "Reboot" in methods(api, device)[1]
    device.params[VERSION] = "2.0"
    device.session(BOOT)
    eventually(lambda: "Reboot" in methods(api, device)[0])


# ---- doing without ----

@pytest.fixture
def cell(henb):
    """Makes cells in service that name these methods."""

    def make(methods_, **fields):
        made = henb(**fields)
        made.methods = methods_
        assert names(made.session(("0 BOOTSTRAP", "1 BOOT"))[0])[-1] == "GetRPCMethods"
        return made

    return make


def test_a_cell_that_has_no_factory_reset_is_deprovisioned_by_values_without_being_asked_first(lab, cell):
    """[PH-4] DEP-03."""
    device = cell(PHONE)
    lab.sql("select device_block(%s, 'tester', 'stolen')", dev(device))
    eventually(lambda: lab.entry(device).get(b"f") == b"3")
    assert names(device.session()[0]) == ["SetParameterValues"]
    eventually(lambda: lab.entry(device).get(b"f") == b"2")


def test_a_cell_that_has_no_download_is_configured_by_values_without_being_asked_first(cell):
    """[PH-4]"""
    device = cell([name for name in PHONE if name != "Download"])
    assert "Download" not in names(device.session(("0 BOOTSTRAP", "1 BOOT"))[0])


# ---- names that are absent ----

def absent(lab, device):
    return [row[0] for row in lab.sql("select name from absent_name where oui = %s and product_class = %s order by name", device.oui, device.product_class)]


def read(lab, device, wanted):
    """The names of each RPC in which they were asked for, and how the command ended."""
    command = lab.command_add(device, "GetParameterValues", {"ParameterNames": wanted})
    rpcs = device.session(KICK)[0]
    return [rpc.texts("string") for rpc in rpcs], eventually(lambda: (row := lab.command(command))["state"] in ("done", "faulted") and row)


def test_a_name_that_is_absent_does_not_keep_the_others_from_being_read(lab, ctl, settled):
    """[PH-5] Its fault does not say which it is; another device of the model and version is asked once more at most. Fails without the search."""
    one, other, newer = (settled(product_class="Partial") for _ in range(3))
    wanted = [f"Device.X_Part.Value{number}" for number in range(8)]
    for device in (one, other, newer):
        device.params.update({name: name[-1] for name in wanted if name != wanted[5]})
    asked, row = read(lab, one, wanted)
    assert len(asked) < 10 and [wanted[5]] in asked
    assert (row["state"], row["fault"], row["note"]) == ("done", 0, "1 name is not there: fault 9005")
    assert ([each["Value"] for each in row["result"]["parameters"]], row["result"]["absent"]) == (list("0123467"), [wanted[5]])
    assert absent(lab, one) == [wanted[5]]
    rest = [name for name in wanted if name != wanted[5]]
    eventually(lambda: read(lab, other, wanted)[0] == [wanted, rest])
    newer.params[VERSION] = "2.0"
    newer.session(BOOT)
    assert len(read(lab, newer, wanted)[0]) > 2  # a new version begins anew
    shown = ctl("command", dev(one), str(row["id"]))
    assert f"not there: {wanted[5]}" in shown.err and wanted[4] in shown.out


def test_a_name_that_the_fault_says_is_left_out_at_once(lab, settled):
    """[PH-5]"""
    device = settled(product_class="Outspoken")
    wanted = [f"Device.X_Part.Value{number}" for number in range(4)]
    command = lab.command_add(device, "GetParameterValues", {"ParameterNames": wanted})
    device.inform(KICK)
    rpc = device.answer(device.empty(), fault(9005, f"Invalid parameter name {wanted[2]}"))
    assert rpc.texts("string") == [wanted[0], wanted[1], wanted[3]]
    assert device.answer(rpc, rpc_response("GetParameterValues", params={name: "1" for name in rpc.texts("string")})).status == 204
    assert ended(lab, command, "done")["result"]["absent"] == [wanted[2]]


def test_what_was_learnt_is_listed_and_forgotten_and_taken_back_by_a_device_that_has_it(lab, settled):
    """[PH-5]"""
    device = settled(product_class="Fickle")
    name = "Device.X_Part.Late"
    assert read(lab, device, [name])[1]["state"] == "faulted"
    assert absent(lab, device) == [name]
    listed = lab.program("hmsadm", "quirks", "learnt", "--oui", device.oui, "--product-class", "Fickle").splitlines()
    assert [line.split("\t")[:5] for line in listed] == [[device.oui, "Fickle", "1.0", f"absent {name}", dev(device)]]
    assert lab.program("hmsadm", "quirks", "forget", "--oui", device.oui, "--product-class", "Fickle") == "1 forgotten\n"
    assert absent(lab, device) == []
    assert read(lab, device, [name])[1]["state"] == "faulted"
    device.params[name] = "here"
    eventually(lambda: read(lab, device, [name]) and absent(lab, device) == [])


def test_procedures_leave_out_what_a_model_does_not_have(lab, henb):
    """[PH-5] The alarm list of a cell: the first of its model is asked for each, the next ones are not."""
    def first_session(**fields):
        made = henb(product_class="Alarmless", **fields)
        made.unsaid = {}
        rpcs, last = made.session(("0 BOOTSTRAP", "1 BOOT"))
        assert (last.status, lab.state(made)) == (204, "PROVISIONED")
        return made, [rpc.texts("string") for rpc in rpcs if rpc.rpc == "GetParameterValues"]

    count, table = "Device.FaultMgmt.CurrentAlarmNumberOfEntries", "Device.FaultMgmt.CurrentAlarm."
    device, asked = first_session()
    assert asked == [[count, table], [count], [table]]
    assert absent(lab, device) == [table, count]
    eventually(lambda: first_session()[1] == [])
