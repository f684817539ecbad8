"""Bad input at the edge: what is answered, what is counted, and that nothing of it is recorded."""
import pytest
from hmslab import eventually, fault, rpc_response
from hmslab.raw import chunked, exchange, request

KICK = ("6 CONNECTION REQUEST",)
XML = 'Content-Type: text/xml; charset="utf-8"'


def refused(lab, reason):
    return lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason=reason)


def records(lab):
    return sum(lab.end_offsets().values())


MALFORMED = {
    "no_xml": b"hello",
    "cut_off": b"<?xml version='1.0'?><soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Body>",
    "another_vocabulary": b"<html><body/></html>",
    "empty_body_element": b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>",
    "entity_bomb": b"<!DOCTYPE a [<!ENTITY x 'xxxxxxxxxx'><!ENTITY y '&x;&x;&x;&x;&x;&x;&x;&x;'>]>"
                   b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>&y;</s:Body></s:Envelope>",
    "deep": b"<a>" * 100000,
    "zeros": bytes(1000),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_soap_is_400_and_counted_and_not_recorded(lab, body):
    """[H5]"""
    counted, before = refused(lab, "malformed"), records(lab)
    assert exchange(lab.url("both"), request(headers=[XML], body=body)) == 400
    assert refused(lab, "malformed") == counted + 1
    assert records(lab) == before


def test_an_unknown_acs_method_is_fault_8000_with_its_id(lab, settled):
    """[R6] [H4]"""
    device = settled()
    device.inform(KICK)
    reply = device.request("<cwmp:FlyToTheMoon><When>now</When></cwmp:FlyToTheMoon>", message_id="id <&> 77")
    assert (reply.status, reply.rpc, reply.text("FaultCode"), reply.id) == (200, "Fault", "8000", "id <&> 77")
    assert device.empty().status == 204


@pytest.mark.parametrize("oui, serial", [("", "S1"), ("0200F0", ""), ("", "")])
def test_an_inform_without_identity_is_fault_8003_and_not_recorded(lab, cpe, oui, serial):
    """Not in its DeviceId, nor in its ParameterList."""
    device, before = cpe(allow=False), records(lab)
    device.oui, device.serial = oui, serial
    reply = device.inform(KICK, params={"Device.DeviceInfo.SoftwareVersion": "1"}, message_id="42")
    assert (reply.rpc, reply.text("FaultCode"), reply.id) == ("Fault", "8003", "42")
    assert records(lab) == before


def test_an_inform_with_its_identity_in_the_parameter_list_is_accepted(lab, settled):
    """Device-quirks 14: some leave DeviceId empty. [Q14]"""
    device = settled()
    oui, serial, product_class = device.oui, device.serial, device.product_class
    device.oui = device.serial = device.product_class = ""
    reply = device.inform(KICK, params={**device.params, "Device.DeviceInfo.ManufacturerOUI": oui, "Device.DeviceInfo.SerialNumber": serial,
                                        "Device.DeviceInfo.ProductClass": product_class})
    device.oui, device.serial, device.product_class = oui, serial, product_class
    assert reply.rpc == "InformResponse"
    assert lab.events(device.device_id)[-1]["classes"] == 1 << 6


@pytest.mark.parametrize("how", ["announced", "chunked"])
def test_an_oversize_body_is_413(lab, cpe, how):
    """A body outside a session: at most inform_max_bytes (4 MiB)."""
    params = {f"Device.X.{number}.Value": "x" * 100 for number in range(20_000)}
    body, before = cpe(allow=False).inform_xml(KICK, params).encode(), records(lab)
    assert len(body) > 4 << 20
    if how == "announced":
        status = exchange(lab.url("both"), request(headers=[XML], body=body))
    else:
        status = exchange(lab.url("both"), request(headers=[XML, "Transfer-Encoding: chunked"], length=False, body=chunked(body, 65536)))
    assert status == 413
    assert records(lab) == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_a_method_other_than_post_is_405(lab, method):
    assert exchange(lab.url("both"), request(method)) == 405


@pytest.mark.parametrize("headers", [["X-Long: " + "x" * 17000], [f"X-{n}: y" for n in range(100)]], ids=["bytes", "fields"])
def test_headers_over_the_limit_are_431(lab, headers):
    assert exchange(lab.url("both"), request(headers=headers)) == 431


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                                  b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                  b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
                         ids=["tls", "negative_length", "two_lengths", "bad_chunk"])
def test_what_is_not_http_is_400_or_a_closed_connection(lab, data):
    assert exchange(lab.url("both"), data) in (400, None)


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_chunked_inform_is_read_whatever_the_size_of_its_chunks(lab, settled, size):
    """[H7] [Q9]"""
    device = settled()
    before = len(lab.events(device.device_id))
    body = chunked(device.inform_xml(KICK).encode(), size)
    assert exchange(device.url, request(headers=[XML, "Transfer-Encoding: chunked"], length=False, body=body)) == 200
    assert len(lab.events(device.device_id)) == before + 1


def test_an_empty_post_without_session_is_204(lab):
    """Device-quirks 3: some clients send one before their Inform. [Q3] [H4]"""
    before = records(lab)
    assert exchange(lab.url("both"), request()) == 204
    assert records(lab) == before


@pytest.mark.parametrize("cookie", ["x", "hms=", "hms=AAAA", "hms=" + "A" * 3000, "hms=\x7f\xff", "; ; =; hms"])
def test_a_garbage_cookie_is_no_session(lab, cookie):
    status = exchange(lab.url("both"), request(headers=[f"Cookie: {cookie}"]))
    assert status in (204, 400)
    body = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:c='urn:dslforum-org:cwmp-1-0'><s:Body>" \
           b"<c:RebootResponse/></s:Body></s:Envelope>"
    assert exchange(lab.url("both"), request(headers=[XML, f"Cookie: {cookie}"], body=body)) == 400


def test_a_cookie_that_was_changed_is_not_taken(lab, settled):
    """It is sealed: an empty POST with it is the middle of a session that nobody knows."""
    device = settled()
    device.inform(KICK)
    (name, value), = device.cookies.items()
    for at in (0, len(value) // 2, len(value) - 2):
        changed = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1:]
        assert exchange(device.url, request(headers=[f"Cookie: {name}={changed}"])) == 400
    assert exchange(device.url, request(headers=[f"Cookie: {name}={value}"])) == 204


def test_a_cookie_of_another_session_does_not_answer_for_this_one(lab, settled):
    """The answer of one device's RPC with the cookie of another is refused, and that command goes on."""
    one, other = settled(), settled()
    command = lab.command_add(one, "GetRPCMethods")
    one.inform(KICK)
    rpc = one.empty()
    other.inform(KICK)
    assert other.answer(rpc, rpc_response("GetRPCMethods")).status == 400
    assert lab.command(command)["state"] == "granted"
    assert one.answer(rpc, rpc_response("GetRPCMethods")).status == 204
    eventually(lambda: lab.is_in(command, "done"))


def test_an_answer_without_a_request_is_400(lab, settled):
    """[H5]"""
    device = settled()
    device.inform(KICK)
    reply = device.request(rpc_response("Reboot"))
    assert reply.status == 400
    assert refused(lab, "unexpected") > 0


def test_a_fault_about_a_response_of_ours_ends_nothing(lab, settled):
    """Clients that do not know TransferCompleteResponse answer it with 9000: after that they get what waits for them."""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    device.inform(["7 TRANSFER COMPLETE"])
    reply = device.request(device.transfer_complete("unknown"), message_id="own1")
    assert reply.rpc == "TransferCompleteResponse"
    rpc = device.request(fault(9000, "Method not supported"), message_id=reply.id)
    assert rpc.rpc == "GetRPCMethods", rpc
    assert device.answer(rpc, rpc_response("GetRPCMethods")).status == 204
    eventually(lambda: lab.is_in(command, "done"))
    assert device.request(fault(9000), message_id="own2").status == 204  # and it is no way to stay
    assert lab.metric("hms_fe_answers_total", outcome="unasked") > 0


def test_a_fault_with_the_id_of_an_rpc_that_was_not_sent_is_400(lab, settled):
    """[H5]"""
    one, other = settled(), settled()
    lab.command_add(one, "GetRPCMethods")
    one.inform(KICK)
    rpc = one.empty()
    other.inform(KICK)
    assert other.answer(rpc, fault(9000)).status == 400


def test_what_only_an_acs_sends_is_400(lab, settled):
    """[H5]"""
    device = settled()
    device.inform(KICK)
    assert device.request("<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>").status == 400


def test_text_that_postgres_could_not_store_is_made_storable_before_it_is_recorded(lab, settled):
    """Contracts 5: valid UTF-8 without U+0000; Latin-1 bytes are forgiven. [Q9]"""
    device = settled()
    body = device.inform_xml(KICK, {**device.params, "Device.X_Bad": "caf\u00e9"}).encode("latin-1").replace(b'encoding="UTF-8"', b"")
    reply = device.post(body)
    assert reply.status in (200, 400)
    eventually(lab.caught_up)
    assert lab.sql("select * from dead_event") == []
