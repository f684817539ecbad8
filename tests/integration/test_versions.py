"""CWMP versions, session headers, fault 8005 (cwmp.md 1, 4 and 5)."""
import pytest
from hmslab import eventually, fault, rpc_response

KICK = ("6 CONNECTION REQUEST",)


def post_with(device, header, body=None):
    """An Inform (or another envelope) with one more header block."""
    device.cookies = {}
    device.hang_up()
    return device.post((body or device.inform_xml(KICK)).replace("</soap:Header>", f"{header}</soap:Header>"))


def use_version(reply):
    found = [each.split(">", 1)[1].split("<", 1)[0] for each in reply.body.decode().split("UseCWMPVersion")[1:2]]
    return found[0] if found else None


@pytest.mark.parametrize("offered, chosen", [("1.0,1.1,1.2,1.3,1.4", "1.4"), ("1.2, 1.0", "1.2"), ("1.4,9.9", "1.4"), (" 1.1 ", "1.1")])
def test_the_best_common_version_is_chosen_and_said(settled, offered, chosen):
    """[R1] [R4] UseCWMPVersion is one of those offered."""
    device = settled(cwmp="1-2")
    reply = post_with(device, f"<cwmp:SupportedCWMPVersions>{offered}</cwmp:SupportedCWMPVersions>")
    assert (reply.rpc, use_version(reply)) == ("InformResponse", chosen)


def test_without_a_common_version_it_is_fault_8006(settled):
    """[R1]"""
    device = settled(cwmp="1-2")
    reply = post_with(device, "<cwmp:SupportedCWMPVersions>2.0,3.1</cwmp:SupportedCWMPVersions>")
    assert (reply.status, reply.rpc, reply.text("FaultCode")) == (200, "Fault", "8006")


@pytest.mark.parametrize("header", ["", "<cwmp:SessionTimeout>60</cwmp:SessionTimeout>", "<cwmp:SupportedCWMPVersions/>"])
def test_without_an_offer_no_version_is_said(settled, header):
    """[R2]"""
    reply = post_with(settled(cwmp="1-2"), header)
    assert reply.rpc == "InformResponse" and use_version(reply) is None


@pytest.mark.parametrize("cwmp", ["1-0", "1-1", "1-2", "1-3", "1-4"])
def test_the_whole_session_is_in_the_devices_namespace(lab, settled, cwmp):
    """[R3] [R5] [Q8] Also in the two that the standard does not have."""
    device = settled(cwmp=cwmp)
    lab.command_add(device, "GetRPCMethods")
    uri = f"urn:dslforum-org:cwmp-{cwmp}".encode()
    inform = device.inform(KICK)
    own = device.request("<cwmp:GetRPCMethods/>")
    rpc = device.empty()
    assert (inform.rpc, own.rpc, rpc.rpc) == ("InformResponse", "GetRPCMethodsResponse", "GetRPCMethods")
    for reply in (inform, own, rpc):
        assert uri in reply.body and reply.body.count(b"urn:dslforum-org:cwmp-") == 1
    assert device.answer(rpc, rpc_response("GetRPCMethods")).status == 204


def test_unknown_events_are_ignored_and_unknown_methods_are_not(settled):
    """[R6] 8000 for the method, and the session goes on."""
    device = settled()
    assert device.inform(("6 CONNECTION REQUEST", "99 THE FUTURE", "X 0200F0 SOMETHING")).rpc == "InformResponse"
    reply = device.request("<cwmp:BrewCoffee/>", message_id="77")
    assert (reply.text("FaultCode"), reply.id) == ("8000", "77")
    assert device.empty().status == 204


def test_nothing_of_ours_has_hold_requests_or_no_more_requests(lab, settled):
    """Deprecated: never sent."""
    device = settled()
    lab.command_add(device, "GetRPCMethods")
    replies = [device.inform(KICK), device.empty()]
    assert all(b"HoldRequests" not in each.body and b"NoMoreRequests" not in each.body for each in replies)


def test_a_device_that_holds_requests_gets_no_rpc_until_it_lets_them_come(lab, settled):
    """HoldRequests on receipt: honoured, and the command comes in the next session."""
    device = settled()
    first = lab.command_add(device, "GetRPCMethods")
    second = lab.command_add(device, "GetParameterValues", {"ParameterNames": ["Device."]})
    device.inform(KICK)
    rpc = device.empty()
    held = device.envelope(rpc_response(rpc.rpc, params=device.params if rpc.rpc == "GetParameterValues" else None), rpc.id)
    reply = device.post(held.replace("</soap:Header>", "<cwmp:HoldRequests>1</cwmp:HoldRequests></soap:Header>"))
    assert reply.status == 204
    reply = post_with(device, '<cwmp:HoldRequests soap:mustUnderstand="1">true</cwmp:HoldRequests>')
    assert (reply.rpc, device.empty().status) == ("InformResponse", 204)
    reply = post_with(device, "<cwmp:HoldRequests>0</cwmp:HoldRequests>")
    rpcs, last = device.serve()
    assert last.status == 204 and len(rpcs) == 1
    eventually(lambda: lab.is_in(first, "done") and lab.is_in(second, "done"))


def test_the_session_lives_as_long_as_the_device_asks(lab, settled):
    """[H11] SessionTimeout: the wait ends well before it, whatever ours is; the session's record says so."""
    device = settled()
    for seconds, most in ((3, 3), (3600, 10)):
        assert post_with(device, f"<cwmp:SessionTimeout>{seconds}</cwmp:SessionTimeout>").rpc == "InformResponse"
        event = lab.events(device.device_id)[-1]
        assert 0 < event["hold_until_us"] - event["recv_us"] <= most * 1_000_000
        device.empty()


def test_an_rpc_that_the_device_wants_again_comes_again_in_the_same_session(lab, settled):
    """8005 from the device: the same RPC, three times at most; nothing is recorded for those."""
    device = settled()
    command = lab.command_add(device, "GetRPCMethods")
    device.inform(KICK)
    rpc = device.empty()
    for _ in range(3):
        again = device.answer(rpc, fault(8005, "Retry request"))
        assert again.body == rpc.body
    assert device.answer(again, rpc_response("GetRPCMethods")).status == 204
    eventually(lambda: lab.is_in(command, "done"))
    assert [each["rpc_result"]["command_id"] for each in lab.events(device.device_id) if "rpc_result" in each].count(command) == 1


def test_an_unsafe_rpc_that_was_not_executed_comes_again(lab, settled):
    """8005 says that nothing was done, so a Reboot may be sent again; its announcement, too."""
    device = settled()
    command = lab.command_add(device, "Reboot")
    device.inform(KICK)
    rpc = device.empty()
    again = device.answer(rpc, fault(8005))
    assert (again.rpc, again.id) == ("Reboot", rpc.id)
    assert device.answer(again, rpc_response("Reboot")).status == 204
    eventually(lambda: lab.is_in(command, "done"))


@pytest.mark.parametrize("method", ["GetRPCMethods", "Reboot"])
def test_a_device_that_never_stops_asking_again_gets_it_later_and_not_for_ever(lab, settled, method):
    """Three repetitions a grant, then as after a fault that may pass: it says that nothing was done, so an unsafe command comes again, too."""
    device = settled()
    command = lab.command_add(device, method)
    sent = []

    def session():
        device.inform(KICK)
        reply, times = device.empty(), 0
        while reply.rpc == method and times < 100:
            times += 1
            reply = device.answer(reply, fault(8005))
        assert reply.status in (204, 503)
        sent.extend([times] if times else [])
        return lab.is_in(command, "faulted")

    eventually(session, 120)
    assert len(sent) > 1 and set(sent) == {4}


def test_a_request_that_cannot_be_kept_at_this_moment_is_asked_for_again(lab, settled):
    """8005 of ours: the queue to Kafka is full; after three of them 503."""
    device = settled()
    complete = "<cwmp:TransferComplete><CommandKey>x</CommandKey><FaultStruct><FaultCode>0</FaultCode><FaultString/></FaultStruct></cwmp:TransferComplete>"
    device.inform(KICK)
    front_end = lab.instance("cwmp-frontend-0")
    front_end.arm("fe.request.full=error@*")
    try:
        codes = [device.request(complete).text("FaultCode") for _ in range(3)]
        assert codes == ["8005"] * 3
        assert device.request(complete).status == 503
        device.inform(KICK)
        assert device.request(complete).text("FaultCode") == "8005"
    finally:
        front_end.arm("")
    assert device.request(complete).rpc == "TransferCompleteResponse"
