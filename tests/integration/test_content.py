"""Bodies in every dress: content codings, charsets, Expect, SOAPAction, content types (cwmp.md 2, device-quirks 9)."""
import gzip
import subprocess
import zlib

import pytest
from hmslab import eventually, rpc_response
from hmslab.raw import chunked, exchange, request

KICK = ("6 CONNECTION REQUEST",)
XML = 'Content-Type: text/xml; charset="utf-8"'


def raw_deflate(body):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


PACKED = {
    "gzip": ("gzip", gzip.compress), "x-gzip": ("x-gzip", gzip.compress), "GZIP": ("GZIP", gzip.compress), "zlib": ("deflate", zlib.compress),
    "raw": ("deflate", raw_deflate), "identity": ("identity", bytes), "two_members": ("gzip", lambda body: gzip.compress(body[:70]) + gzip.compress(body[70:])),
}


def refused(lab, reason):
    return lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason=reason)


@pytest.mark.parametrize("coding, pack", PACKED.values(), ids=PACKED.keys())
def test_a_packed_inform_is_read(lab, settled, coding, pack):
    """[H12] [Q9] Also in chunks."""
    device = settled()
    before = len(lab.events(device.device_id))
    body = pack(device.inform_xml(KICK).encode())
    assert exchange(device.url, request(headers=[XML, f"Content-Encoding: {coding}"], body=body)) == 200
    assert exchange(device.url, request(headers=[XML, f"Content-Encoding: {coding}", "Transfer-Encoding: chunked"], length=False, body=chunked(body, 7))) == 200
    assert len(lab.events(device.device_id)) == before + 2


@pytest.mark.parametrize("coding", ["compress", "x-compress", "br", "gzip, gzip", "exi"])
def test_another_coding_is_415_and_counted_and_told_what_is_understood(lab, settled, coding):
    """[H12] The device comes back uncompressed."""
    device, counted = settled(), refused(lab, "content_encoding")
    reply = device.post(device.inform_xml(KICK), headers={"Content-Encoding": coding})
    assert (reply.status, reply.headers["Accept-Encoding"]) == (415, "gzip, deflate")
    assert refused(lab, "content_encoding") == counted + 1
    assert device.inform(KICK).rpc == "InformResponse"


@pytest.mark.parametrize("lines, status", [(("gzip", "gzip"), 415), (("gzip", "br"), 415), (("identity", "gzip"), 200), (("gzip", "identity"), 200)])
def test_several_lines_of_content_encoding_are_one_list(lab, settled, lines, status):
    """[H12] Twice packed is not understood, and counted."""
    device, counted = settled(), refused(lab, "content_encoding")
    body = gzip.compress(device.inform_xml(KICK).encode())
    assert exchange(device.url, request(headers=[XML, *(f"Content-Encoding: {each}" for each in lines)], body=body)) == status
    assert refused(lab, "content_encoding") == counted + (status == 415)


def test_an_empty_post_with_a_content_encoding_is_empty(settled):
    """[H12] The header is there, but nothing is packed."""
    device = settled()
    device.inform(KICK)
    assert device.post(b"", headers={"Content-Encoding": "gzip"}).status == 204


@pytest.mark.parametrize("how", ["bomb", "cut", "not_packed", "damaged"])
def test_a_packed_body_that_cannot_be_unpacked_is_refused_and_not_recorded(lab, settled, how):
    """[H12] 413 for what becomes too long, 400 for damage."""
    device = settled()
    before = sum(lab.end_offsets().values())
    body = gzip.compress(device.inform_xml(KICK).encode())
    bodies = {"bomb": gzip.compress(device.inform_xml(KICK).encode() + b" " * (64 << 20)), "cut": body[:-9], "not_packed": device.inform_xml(KICK).encode(),
              "damaged": body[:-8] + b"\0\0\0\0" + body[-4:]}
    reply = device.post(bodies[how], headers={"Content-Encoding": "gzip"})
    assert reply.status == (413 if how == "bomb" else 400)
    assert sum(lab.end_offsets().values()) == before


def test_a_packed_answer_of_many_parts_is_kept_whole(lab, settled):
    """[H7] [H12] 4 MB in 60 KB: what it becomes is read at the pace of Kafka."""
    device = settled()
    command = lab.command_add(device, "GetParameterValues", {"ParameterNames": ["Device."]})
    device.inform(KICK)
    rpc = device.empty()
    params = {f"Device.X_Big.{number}.Value": "x" * 100 for number in range(20_000)}
    body = device.envelope(rpc_response("GetParameterValues", params=params), rpc.id).encode()
    reply = device.post(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    assert reply.status == 204
    parts = [event for event in lab.events(device.device_id) if "rpc_result" in event]
    assert len(parts) > 8 and sum(len(each["rpc_result"]["params"]) for each in parts) == 20_000
    eventually(lambda: lab.is_in(command, "done"))


CHARSETS = {"utf-8": "\u00e9\u4e2d", "us-ascii": "plain", "iso-8859-1": "caf\u00e9", "windows-1252": "\u20ac", "gb2312": "\u4e2d\u56fd", "gbk": "\u4e2d\u570b",
            "big5": "\u4e2d", "shift_jis": "\u3042", "euc-kr": "\uac00", "koi8-r": "\u041f", "iso-8859-15": "\u20ac"}


@pytest.mark.parametrize("where", ["header", "prolog", "both"])
@pytest.mark.parametrize("charset", CHARSETS)
def test_a_declared_charset_is_converted(lab, settled, charset, where):
    """[H2] [Q9] By the Content-Type, by the XML declaration, or by both."""
    device, text = settled(), CHARSETS[charset]
    body = device.inform_xml(KICK, {**device.params, "Device.X_Text": text})
    body = body.replace('encoding="UTF-8"', "" if where == "header" else f'encoding="{charset}"').encode(charset)
    headers = {"Content-Type": "text/xml" if where == "prolog" else f'text/xml; charset="{charset}"'}
    assert device.post(body, headers=headers).rpc == "InformResponse"
    params = {each["name"]: each["value"] for each in lab.events(device.device_id)[-1]["inform"]["params"]}
    assert params["Device.X_Text"] == text


def test_utf_16_is_known_by_its_mark(lab, settled):
    """[Q9] As Windows writes it."""
    device = settled()
    body = device.inform_xml(KICK).replace("UTF-8", "utf-16").encode("utf-16")
    assert device.post(body, headers={"Content-Type": "text/xml"}).rpc == "InformResponse"


@pytest.mark.parametrize("headers, prolog", [({"Content-Type": "text/xml; charset=x-martian"}, ""), ({"Content-Type": "text/xml"}, 'encoding="utf-7"')])
def test_an_unknown_charset_is_400_says_so_and_is_counted(lab, settled, headers, prolog):
    """[H5] [Q9]"""
    device, counted = settled(), refused(lab, "charset")
    reply = device.post(device.inform_xml(KICK).replace('encoding="UTF-8"', prolog), headers=headers)
    assert (reply.status, reply.body) == (400, b"this charset is not understood")
    assert refused(lab, "charset") == counted + 1


@pytest.mark.parametrize("header", [None, "", '""', "urn:dslforum-org:cwmp-1-0#Inform", '"Inform"', "\x80\xff"])
def test_soapaction_may_be_anything(settled, header):
    """[H3]"""
    device = settled()
    lines = [XML] + ([f"SOAPAction: {header}"] if header is not None else [])
    data = request(headers=lines, body=device.inform_xml(KICK).encode())
    assert exchange(device.url, data) == 200


@pytest.mark.parametrize("kind", ["text/html", "application/soap+xml; charset=utf-8; action=\"x\"", "application/octet-stream", "text/xml;charset=", "", ";;;", None])
def test_content_types_are_forgiven(settled, kind):
    """[H2] [Q9]"""
    device = settled()
    lines = [f"Content-Type: {kind}"] if kind is not None else []
    assert exchange(device.url, request(headers=lines, body=device.inform_xml(KICK).encode())) == 200


def test_an_empty_post_may_have_a_content_type_and_a_soapaction(settled):
    """[H3] Seen: Content-Length: 0 with both."""
    device = settled()
    device.inform(KICK)
    assert device.post(b"", headers={"Content-Type": "text/xml", "SOAPAction": '""'}).status == 204


def test_curl_that_waits_for_100_is_told_to_go_on(lab, settled, tmp_path):
    """[Q9] A client that sends "Expect: 100-continue" and would wait for long: it is answered before it has sent its body."""
    device = settled()
    file = tmp_path / "inform"
    file.write_text(device.inform_xml(KICK))
    before = len(lab.events(device.device_id))
    done = subprocess.run(["curl", "-sv", "--noproxy", "*", "--expect100-timeout", "600", "-m", "60", "-H", "Expect: 100-continue", "-H", "Content-Type: text/xml", "--data-binary",
                           f"@{file}", device.url], capture_output=True, text=True, check=True)
    assert "HTTP/1.1 100 Continue" in done.stderr and "InformResponse" in done.stdout
    assert len(lab.events(device.device_id)) == before + 1


def test_an_expectation_that_is_not_known_is_417(settled):
    """RFC 9110 10.1.1"""
    device = settled()
    assert exchange(device.url, request(headers=[XML, "Expect: tea"], body=device.inform_xml(KICK).encode())) == 417
