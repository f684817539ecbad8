"""Large messages travel as several records (contracts 5)."""
from hmslab import eventually

KICK = ("6 CONNECTION REQUEST",)


def in_order(events):
    return [event["part"] for event in events] == list(range(len(events))) and [event["last"] for event in events] == [
        number == len(events) - 1 for number in range(len(events))]


def test_an_answer_of_20000_parameters_is_recorded_in_parts_and_kept(lab, settled):
    """A GetParameterValuesResponse of 2.6 MB was seen. The answer to the CPE leaves after the last acknowledgement. [H7]"""
    device = settled()
    for number in range(19_900):
        device.params[f"Device.X_Table.{number % 900 + 1}.Row{number // 900:02}.Description"] = f"the value of row {number}, long enough"
    command = lab.command_add(device, "GetParameterValues", {"ParameterNames": ["Device."]})
    rpcs, last = device.session(KICK)
    assert ([rpc.rpc for rpc in rpcs], last.status) == (["GetParameterValues"], 204)
    events = [event for event in lab.events(device.device_id) if event.get("rpc_result", {}).get("command_id") == command]
    assert len(events) > 5 and in_order(events)
    assert {(event["seq"], event["rpc_result"]["n"], event["rpc_result"]["outcome"]) for event in events} == {(2, 1, "RESPONSE")}
    sent = {param["name"]: param["value"] for event in events for param in event["rpc_result"]["params"]}
    assert sent == device.params
    row = eventually(lambda: lab.is_in(command, "done"))
    assert row["result"]["truncated"] is True
    assert lab.one("select length(doc) from device_param where device_id = %s", row["device_id"])["length"] > 50_000
    assert lab.sql("select count(*) from param_path where path like 'Device.X_Table.{i}.Row%%'") == [(23,)]


def test_an_inform_of_400_kilobytes_is_recorded_in_parts(lab, settled):
    """Informs with scan tables: identity and events stand in each part."""
    device = settled()
    params = {**device.params, **{f"Device.X_Scan.{number}.Entry": "x" * 60 for number in range(3000)}}
    assert device.inform(KICK, params).rpc == "InformResponse"
    assert device.empty().status == 204
    sid = lab.events(device.device_id)[-1]["sid"]
    events = lab.events(device.device_id, sid=sid)
    assert len(events) > 1 and in_order(events)
    assert {event["seq"] for event in events} == {1}
    assert {event["inform"]["device"]["serial"] for event in events} == {device.serial}
    assert sum(len(event["inform"]["params"]) for event in events) == len(params)
    assert len({event["param_hash"] for event in events}) == 1
    eventually(lambda: lab.device(device)["param_hash"] != 0 and lab.device(device)["sid"] == sid)
    eventually(lambda: lab.one("select length(doc) from device_param where device_id = hms_device_id(%s, %s, %s, %s)", device.tenant,
                               device.oui, device.product_class, device.serial))


def test_an_inform_of_too_many_parameters_keeps_what_must_be_kept(lab, settled):
    """Over the cap: identity, events and forced parameters are kept with TRUNCATED."""
    device = settled()
    params = {f"Device.X_Scan.{number}.Entry": "x" for number in range(9000)}
    params["Device.DeviceInfo.SoftwareVersion"] = "forced"
    params["Device.ManagementServer.ParameterKey"] = ""
    assert device.inform(KICK, params).rpc == "InformResponse"
    events = lab.events(device.device_id, sid=lab.events(device.device_id)[-1]["sid"])
    assert all(event["flags"] & 4 for event in events)
    kept = {param["name"]: param["value"] for event in events for param in event["inform"]["params"]}
    assert kept["Device.DeviceInfo.SoftwareVersion"] == "forced" and len(kept) < 9000
