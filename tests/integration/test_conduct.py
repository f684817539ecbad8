"""How a session is carried: HTTP around the messages, cookies, connections, credentials."""
import hashlib

import pytest
from hmslab import dev, eventually, rpc_response
from hmslab.raw import exchange, request

KICK = ("6 CONNECTION REQUEST",)
XML = 'Content-Type: text/xml; charset="utf-8"'


def test_an_rpc_travels_in_a_response_and_its_answer_in_the_next_post(lab, settled):
    """One envelope a message, as text/xml; the end is 204 without a body. [H1] [H2] [H4]"""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    replies = [device.inform(KICK), device.empty()]
    replies.append(device.answer(replies[1], rpc_response("GetRPCMethods")))
    assert [(reply.status, reply.rpc) for reply in replies] == [(200, "InformResponse"), (200, "GetRPCMethods"), (204, None)]
    assert all(reply.headers["Content-Type"].startswith("text/xml") and reply.body.count(b"Envelope>") == 1 for reply in replies[:2])
    assert (replies[2].body, replies[2].headers["Content-Type"]) == (b"", None)
    eventually(lambda: lab.is_in(command, "done"))


@pytest.mark.parametrize("header", [[], ["SOAPAction:"], ['SOAPAction: ""'], ["SOAPAction: urn:anything#Inform"]], ids=["absent", "empty", "quotes", "value"])
def test_soapaction_is_accepted_in_any_form(settled, header):
    """[H3]"""
    device = settled()
    assert exchange(device.url, request(headers=[XML, *header], body=device.inform_xml().encode())) == 200


@pytest.mark.parametrize("header", ["Content-Type: text/html", "Content-Type: application/soap+xml", "Expect: 100-continue"])
def test_another_content_type_and_expect_are_no_hindrance(settled, header):
    """[Q9]"""
    device = settled()
    status = exchange(device.url, request(headers=[header], body=device.inform_xml().encode()))
    assert status == 200 or (header.startswith("Expect") and status == 100)


def test_a_client_that_returns_no_cookie_is_known_by_its_connection(lab, settled):
    """[Q2]"""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    device.inform(KICK)
    device.cookies = {}
    rpc = device.empty()
    device.cookies = {}
    assert device.answer(rpc, rpc_response("GetRPCMethods")).status == 204
    eventually(lambda: lab.is_in(command, "done"))


def test_an_inform_may_follow_an_empty_post_on_its_connection(settled):
    """[Q3]"""
    device = settled()
    assert device.post(b"").status == 204
    assert device.post(device.inform_xml()).rpc == "InformResponse"
    assert device.empty().status == 204


def test_an_empty_post_where_credentials_are_asked_for_is_challenged_and_the_connection_stays(lab, cpe):
    """[Q3] [Q6]"""
    device = cpe(role="serving", params={"Device.ManagementServer.ParameterKey": ""})
    username, device.username = device.username, None
    assert device.post(b"").status == 401
    connection, = device.connections.values()
    port = connection.sock.getsockname()[1]
    device.username = username
    assert device.post(device.inform_xml(("1 BOOT",))).rpc == "InformResponse"
    assert connection.sock.getsockname()[1] == port


def without_qop(device, challenge):
    """The Authorization of RFC 2069."""
    ha1, ha2 = (hashlib.md5(text.encode()).hexdigest() for text in (f"{device.username}:{challenge['realm']}:{device.password}", "POST:/"))
    response = hashlib.md5(f"{ha1}:{challenge['nonce']}:{ha2}".encode()).hexdigest()
    return (f'Digest username="{device.username}", realm="{challenge["realm"]}", nonce="{challenge["nonce"]}", uri="/", '
            f'response="{response}"')


def test_digest_without_qop_is_accepted(cpe):
    """As often as the device likes: there is no count that could rise. [Q6]"""
    device = cpe(role="serving", params={"Device.ManagementServer.ParameterKey": ""})
    username, device.username = device.username, None
    challenge = device._digest_challenge(device.post(b""))
    device.username = username
    header = {"Authorization": without_qop(device, challenge)}
    device.username = None
    for _ in range(2):
        assert device.post(device.inform_xml(("1 BOOT",)), headers=header).rpc == "InformResponse"


def replaced(device, *pairs):
    body = device.inform_xml(KICK)
    for old, new in pairs:
        assert old in body
        body = body.replace(old, new)
    return body


ODD = {
    "no_events": ("<EventStruct><EventCode>6 CONNECTION REQUEST</EventCode><CommandKey></CommandKey></EventStruct>", ""),
    "empty_code": ("6 CONNECTION REQUEST", ""),
    "spelling": ("6 CONNECTION REQUEST", "6 ConnectionRequest"),
    "no_header": ('<soap:Header><cwmp:ID soap:mustUnderstand="1">1</cwmp:ID></soap:Header>', ""),
    "no_manufacturer": ("<Manufacturer>Test</Manufacturer>", ""),
    "padded_count": ("EventStruct[1]", "EventStruct[0008]"),
    "time_of_c": ("2026-01-01T00:00:00Z", "Thu Jan  1 08:05:49 1970"),
    "time_broken": ("2026-01-01T00:00:00Z", "2019-03-05T11:54::14"),
    "time_empty": ("2026-01-01T00:00:00Z", ""),
    "twice": ('<EventCode>', '<EventCode a="1" a="2">'),
    "prefix": ("cwmp:", "cwmp_x:"),
}


@pytest.mark.parametrize("how", ODD)
def test_an_odd_inform_begins_a_session_that_gets_its_command(lab, settled, how):
    """[Q7] [Q14]"""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    device.hang_up()
    device.cookies = {}
    pairs = [ODD[how]] + ([("xmlns:cwmp=", "xmlns:cwmp_x=")] if how == "prefix" else [])
    assert device.post(replaced(device, *pairs)).rpc == "InformResponse"
    rpc = device.empty()
    assert rpc.rpc == "GetRPCMethods"
    assert device.answer(rpc, rpc_response("GetRPCMethods")).status == 204
    eventually(lambda: lab.is_in(command, "done"))


@pytest.mark.parametrize("version", ["1-0", "1-1", "1-2", "1-3", "1-4"])
def test_a_whole_session_is_in_the_namespace_of_its_inform(lab, settled, version):
    """Also in those that no standard has. [Q8] [R3] [R5]"""
    device = settled(cwmp=version)
    lab.command_add(device, "GetRPCMethods")
    (rpc,), _ = device.session(KICK)
    device.inform(KICK)
    replies = [rpc, device.request("<cwmp:GetRPCMethods/>"), device.request("<cwmp:Nonsense/>")]
    assert [reply.rpc for reply in replies] == ["GetRPCMethods", "GetRPCMethodsResponse", "Fault"]
    assert all(b'"urn:dslforum-org:cwmp-' + version.encode() + b'"' in reply.body for reply in replies)


def test_an_empty_post_in_place_of_an_answer_fails_that_rpc_and_the_session_goes_on(lab, settled):
    """[Q4]"""
    device = settled()
    one, other = lab.command_add(device, "GetRPCMethods", prio_=1), lab.command_add(device, "GetParameterNames", {"ParameterPath": "Device."})
    device.inform(KICK)
    first = device.empty()
    rpcs, last = device.serve(device.empty())
    assert (first.rpc, last.status) == ("GetRPCMethods", 204)
    assert {"GetRPCMethods", "GetParameterNames"} == {each.rpc for each in rpcs}
    for command in (one, other):
        eventually(lambda command=command: lab.is_in(command, "done", "faulted"))


def test_a_session_that_was_left_in_mid_rpc_is_answered_no_more_after_the_newer_inform(lab, settled):
    """The newer one gets the command. [Q5]"""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    device.inform(KICK, on="old")
    rpc, cookies = device.empty(on="old"), dict(device.cookies)
    assert rpc.rpc == "GetRPCMethods"
    device.inform(KICK, on="new")
    again = device.empty(on="new")
    assert again.rpc == "GetRPCMethods" and again.id.split(".")[0] == rpc.id.split(".")[0]
    newer, device.cookies = device.cookies, cookies
    device.hang_up("old")
    assert device.empty(on="old").rpc is None
    device.cookies = newer
    assert device.answer(again, rpc_response("GetRPCMethods"), on="new").status == 204
    eventually(lambda: lab.is_in(command, "done"))


def test_a_transfer_that_ends_at_once_is_told_in_a_session_right_after_the_last(lab, settled):
    """On the connection of the session before, without a pause. [Q10]"""
    device = settled()
    command = lab.command_add(device, "Upload", {"FileType": "2 Vendor Log File", "URL": "http://logs.example/"})
    (rpc,), last = device.session(KICK)
    assert (rpc.rpc, last.status) == ("Upload", 204)
    key = rpc.text("CommandKey")
    assert device.post(device.inform_xml(("7 TRANSFER COMPLETE", ("M Upload", key)))).rpc == "InformResponse"
    assert device.request(device.transfer_complete(key)).rpc == "TransferCompleteResponse"
    assert device.empty().status == 204
    eventually(lambda: lab.is_in(command, "done"))


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_later_requests_of_a_session_are_taken_with_and_without_credentials(lab, cpe, scheme):
    """[A4]"""
    device = cpe(role="serving", scheme=scheme, params={"Device.DeviceInfo.SoftwareVersion": "1.0", "Device.ManagementServer.ParameterKey": ""})
    device.session(("0 BOOTSTRAP", "1 BOOT"))
    for shown in (True, False):
        assert device.inform().rpc == "InformResponse"
        username = device.username
        device.username = username if shown else None
        assert device.empty().status == 204
        device.username = username


def test_one_device_under_a_lower_case_oui_is_the_same_device(lab, settled):
    """[Q14]"""
    device = settled(oui="00D09E")
    before = lab.device(device)["sid"]
    device.oui = "00d09e"
    assert device.inform(KICK).rpc == "InformResponse"
    device.oui = "00D09E"
    eventually(lambda: lab.device(device)["sid"] != before)


def test_one_device_under_two_ouis_is_one_device_once_an_alias_says_so(lab, settled, cpe):
    """[Q14]"""
    device = settled(oui="00D09E")
    other = cpe(oui="0019AA", serial=device.serial, allow=False, params=device.params)
    lab.sql("insert into device_alias (alias, device_id) values (%s, %s)", dev(other), dev(device))
    lab.redis().hset(f"d:{{{other.device_id.hex()}}}", mapping={"v": "0", "a": device.device_id.hex()})
    command = lab.command_add(device, "GetRPCMethods")
    (rpc,), last = other.session(KICK)
    assert (rpc.rpc, last.status) == ("GetRPCMethods", 204)
    eventually(lambda: lab.is_in(command, "faulted", "done"))
