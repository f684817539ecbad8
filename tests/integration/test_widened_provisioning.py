"""What provisioning does with a cell beside registration: notifications, alarm list, PM uploads, configuration by file, de-provisioning."""
import pytest
from hmslab import STORY, dev, eventually, fault, rpc_response

BOOT = ("0 BOOTSTRAP", "1 BOOT")
KICK = ("6 CONNECTION REQUEST",)
CHANGE = ("4 VALUE CHANGE",)
ADMIN = "Device.Services.FAPService.1.FAPControl.LTE.AdminState"
ROW = "Device.FaultMgmt.ExpeditedEvent.3."


def names(rpcs):
    return [rpc.rpc for rpc in rpcs]


def finish_transfer(cell, key, code=0):
    """The session in which a cell says TransferComplete; the replies that carried RPCs."""
    cell.inform(("7 TRANSFER COMPLETE", ("M Download", key)))
    assert cell.request(cell.transfer_complete(key, code, "as it is")).rpc == "TransferCompleteResponse"
    return cell.serve()[0]


@pytest.fixture
def registered(henb):
    """Makes cells that have been through all of it."""

    def make(**fields):
        cell = henb(**fields)
        assert names(cell.session(BOOT)[0]) == STORY
        return cell

    return make


def test_a_registered_cell_is_told_what_to_notify(registered):
    """FM-03, IPC-02."""
    cell = registered()
    assert cell.notifications == {
        "Device.FaultMgmt.ExpeditedEvent.": "2", "Device.FaultMgmt.QueuedEvent.": "1", "Device.IPsec.IKEv2SA.1.LocalAddress": "2",
        "Device.Services.FAPService.1.FAPControl.LTE.OpState": "2", "Device.Services.FAPService.1.FAPControl.LTE.RFTxStatus": "2"}


def test_after_another_bootstrap_it_is_told_again(registered):
    cell = registered()
    cell.notifications.clear()
    cell.session(BOOT)
    assert "Device.FaultMgmt.ExpeditedEvent." in cell.notifications


def test_pm_uploads_are_expected_once_the_cell_has_confirmed_them(lab, registered):
    """PM-01: a row of FAP.PerfMgmt.Config, its values, then the cell's reference to it."""
    cell = registered()
    row = "Device.FAP.PerfMgmt.Config.1."
    assert (cell.params[row + "Enable"], cell.params[row + "PeriodicUploadInterval"]) == (True, 900)
    assert cell.params[row + "URL"].startswith(lab.env["HMS_FILES_URL"] + "u/")
    assert cell.params["Device.Services.FAPService.1.FAPControl.LTE.PMConfig"] == row[:-1]
    expected = eventually(lambda: lab.one("select interval_s, phase::text, until from device_pm where device_id = %s", dev(cell)))
    assert (expected["interval_s"], expected["until"]) == (900, None) and expected["phase"].startswith("2026-01-01")


def test_a_reset_cell_keeps_one_row_of_pm_and_one_open_expectation(lab, registered):
    cell = registered()
    cell.session(BOOT)
    assert [name for name in cell.params if name.endswith(".Alias")] == ["Device.FAP.PerfMgmt.Config.1.Alias"]
    eventually(lambda: [row["until"] is None for row in lab.rows(
        "select until from device_pm where device_id = %s order by since", dev(cell))] == [False, True])


def test_an_add_object_whose_answer_was_lost_adds_nothing_twice(lab, henb):
    cell = henb()
    cell.inform(BOOT)
    reply = cell.empty()
    while reply.rpc != "AddObject":
        reply = cell.answer(reply, cell.execute(reply))
    cell.execute(reply)
    cell.hang_up()
    rpcs = cell.session(KICK)[0]
    assert names(rpcs) == ["GetParameterNames", "SetParameterValues", "GetRPCMethods"]
    assert [name for name in cell.params if name.endswith(".Alias")] == ["Device.FAP.PerfMgmt.Config.1.Alias"]
    assert lab.sql("select state from command_done where device_id = %s and kind = 'AddObject'", dev(cell)) == [("unknown",)]


def test_a_configuration_by_file_is_done_with_transfer_complete_and_its_file_goes_away(lab, henb):
    """CMF-01 to CMF-05; U-REG-07: the radio waits for it."""
    cell = henb()
    cell.downloads = []
    rpcs = cell.session(BOOT)[0]
    assert names(rpcs)[4] == "Download" and ADMIN not in cell.params
    (told,) = cell.downloads
    file = eventually(lambda: lab.one("select body, size, kind, expires, sha256 = sha256(body) as whole from file where device_id = %s", dev(cell)))
    assert (told["FileType"], told["FileSize"], file["kind"], file["whole"]) == ("3 Vendor Configuration File", str(file["size"]), "cm", True)
    assert told["URL"].startswith(lab.env["HMS_FILES_URL"] + "d/") and told["URL"].endswith("/cm.xml") and file["expires"]
    assert b'<FAPService index="1">' in bytes(file["body"]) and b"<TAC>5001</TAC>" in bytes(file["body"])
    assert names(finish_transfer(cell, told["CommandKey"])) == ["SetParameterValues", "GetRPCMethods"]
    assert cell.params[ADMIN] is True
    eventually(lambda: lab.one("select 1 from file where device_id = %s", dev(cell)) is None)
    row = lab.one("select state, result from command_done where device_id = %s and kind = 'Download'", dev(cell))
    assert (row["state"], row["result"]["answer"]["FaultStruct"]["FaultCode"]) == ("done", 0)


def test_a_file_whose_transfer_never_ended_goes_away_with_its_time(lab):
    row = "insert into file (id, tenant, kind, name, size, sha256, body, expires) values (gen_random_uuid(), 'default', 'cm', 'x', 1, '', 'x', {}) returning id"
    (old,), (kept,) = lab.sql(row.format("now() - interval '1 second'"))[0], lab.sql(row.format("now() + interval '1 hour'"))[0]
    eventually(lambda: lab.one("select 1 from file where id = %s", old) is None)
    assert lab.one("select 1 from file where id = %s", kept)


def test_a_file_that_the_cell_could_not_apply_fails_its_registration(lab, henb):
    """CMF-04: the code is kept; nothing is switched on."""
    cell = henb()
    cell.downloads = []
    cell.session(BOOT)
    assert finish_transfer(cell, cell.downloads[0]["CommandKey"], 9018) == []
    eventually(lambda: lab.state(cell) == "FAILED")
    row = lab.one("select state, fault, note from command_done where device_id = %s and kind = 'Download'", dev(cell))
    assert (row["state"], row["fault"], row["note"]) == ("faulted", 9018, "as it is") and ADMIN not in cell.params


def test_a_partial_alarm_row_is_completed_in_its_session_and_reaches_the_alarm_list(lab, registered):
    """Contracts 7: what must happen in the Inform's own session is provisioning's rule."""
    cell = registered()
    whole = {ROW + "EventTime": "2026-05-01T12:00:00Z", ROW + "AlarmIdentifier": "A-7", ROW + "NotificationType": "NewAlarm",
             ROW + "EventType": "Communications Alarm", ROW + "ProbableCause": "Loss Of Signal", ROW + "PerceivedSeverity": "Major"}
    cell.inform(CHANGE, {**cell.params, **dict(list(whole.items())[:3])})
    reply = cell.empty()
    assert (reply.rpc, reply.texts("string")) == ("GetParameterValues", [ROW])
    assert cell.answer(reply, rpc_response("GetParameterValues", params=whole)).status == 204
    alarm = eventually(lambda: lab.one("select probable_cause, perceived_severity from api_v1.alarms where device_id = %s and identifier = 'A-7'",
                                       dev(cell)))
    assert (alarm["probable_cause"], alarm["perceived_severity"]) == ("Loss Of Signal", "Major")


def test_a_boot_has_the_alarm_list_read_and_alarms_that_are_gone_cleared(lab, registered):
    cell = registered()
    row = {ROW + "EventTime": "2026-05-01T12:00:00Z", ROW + "AlarmIdentifier": "A-8", ROW + "NotificationType": "NewAlarm",
           ROW + "EventType": "Communications Alarm", ROW + "ProbableCause": "Loss Of Signal", ROW + "PerceivedSeverity": "Major"}
    cell.session(CHANGE, params={**cell.params, **row})
    severity = "select perceived_severity from api_v1.alarms where device_id = %s and identifier = 'A-8'"
    eventually(lambda: lab.one(severity, dev(cell)))
    reply = cell.inform(("1 BOOT",)) and cell.empty()
    while reply.rpc != "GetParameterValues":
        reply = cell.answer(reply, cell.execute(reply))
    assert reply.texts("string") == ["Device.FaultMgmt.CurrentAlarmNumberOfEntries", "Device.FaultMgmt.CurrentAlarm."]
    cell.answer(reply, rpc_response("GetParameterValues", params={"Device.FaultMgmt.CurrentAlarmNumberOfEntries": 0}))
    eventually(lambda: lab.one(severity, dev(cell))["perceived_severity"] == "Cleared")


# ---- de-provisioning ----

def block(lab, cell):
    lab.sql("select device_block(%s, 'tester', 'stolen')", dev(cell))
    eventually(lambda: lab.entry(cell).get(b"f") == b"3")  # work to be done, and blocked


def test_a_blocked_cell_is_reset_and_its_bootstrap_leads_nowhere_until_it_is_unblocked(lab, registered):
    """DEP-01 to DEP-06, at every role."""
    cell = registered()
    block(lab, cell)
    assert names(cell.session()[0]) == ["FactoryReset"]
    eventually(lambda: lab.entry(cell).get(b"f") == b"2")
    for role in ("initial", "serving", "both"):
        rpcs, last = cell.session(BOOT, url=lab.url(role))
        assert (rpcs, last.status) == ([], 204)
    assert lab.state(cell) == "BLOCKED"
    assert lab.rows("select 1 from device_pm where device_id = %s and until is null", dev(cell)) == []
    lab.sql("select device_unblock(%s, 'tester', '')", dev(cell))
    eventually(lambda: lab.entry(cell).get(b"f") == b"1")
    assert "SetParameterValues" in names(cell.session(BOOT)[0])
    assert lab.state(cell) == "PROVISIONED"


def test_a_cell_without_factory_reset_is_reset_by_values(lab, registered):
    """DEP-02 (9000), DEP-03."""
    cell = registered()
    cell.resets = False
    block(lab, cell)
    assert names(cell.session()[0]) == ["FactoryReset", "SetParameterValues"]
    assert cell.params[ADMIN] is False
    assert cell.params["Device.Services.FAPService.1.FAPControl.LTE.Gateway.S1SigLinkServerList"] == ""
    assert cell.session(BOOT)[0] == []


def test_commands_of_a_blocked_cell_never_reach_it(lab, registered):
    cell = registered()
    waiting = lab.command_add(cell, "GetRPCMethods")
    block(lab, cell)
    eventually(lambda: lab.is_in(waiting, "cancelled"))
    late = lab.command_add(cell, "GetRPCMethods")
    eventually(lambda: lab.is_in(late, "cancelled"))
    assert names(cell.session()[0]) == ["FactoryReset"]


# ---- commands of operators ----

def test_operators_add_and_delete_objects_and_set_attributes(lab, settled):
    device = settled()
    commands = [lab.command_add(device, kind, payload) for kind, payload in (
        ("SetParameterAttributes", {"ParameterList": [{"Name": "Device.X", "Notification": 2}]}),
        ("AddObject", {"ObjectName": "Device.Table."}), ("DeleteObject", {"ObjectName": "Device.Table.1."}))]
    device.inform(KICK)
    reply, seen = device.empty(), []
    while reply.rpc:
        seen.append(reply.rpc)
        done = device.execute(reply) if reply.rpc != "DeleteObject" else rpc_response("DeleteObject", "<Status>0</Status>")
        reply = device.answer(reply, done)
    assert sorted(seen) == ["AddObject", "DeleteObject", "SetParameterAttributes"]
    rows = [eventually(lambda id_=each: lab.is_in(id_, "done")) for each in commands]
    assert ["InstanceNumber", "1"] in rows[1]["result"]["fields"]
    assert device.notifications == {"Device.X": "2"}


def test_an_operators_download_runs_until_the_device_has_said_its_end(lab, settled):
    device = settled()
    device.downloads = []
    command = lab.command_add(device, "Download", {"FileType": "1 Firmware Upgrade Image", "URL": "http://files.example/fw", "FileSize": 9})
    assert names(device.session(KICK)[0]) == ["Download"]
    eventually(lambda: lab.is_in(command, "running"))
    assert finish_transfer(device, "") == []  # an empty CommandKey: seen in the field
    assert eventually(lambda: lab.is_in(command, "done"))["fault"] in (0, None)
    assert ("TransferComplete", "") in lab.history(device)


def test_an_operators_download_that_the_device_refuses_is_faulted(lab, settled):
    device = settled()
    command = lab.command_add(device, "Download", {"FileType": "1 Firmware Upgrade Image", "URL": "ftp://files.example/fw"})
    device.inform(KICK)
    device.answer(device.empty(), fault(9013, "no such protocol"))
    assert eventually(lambda: lab.is_in(command, "faulted"))["fault"] == 9013
