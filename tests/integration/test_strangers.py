"""Connections that show nothing: they do not keep devices out (contracts 4)."""
import contextlib
import socket
import ssl
import urllib.parse

import pytest
from hmslab import eventually

KICK = ("6 CONNECTION REQUEST",)
ROOM = 40


@contextlib.contextmanager
def crowd(url, count, say=b"", context=None):
    """So many connections that say this much and no more; gone at the end."""
    parts, made = urllib.parse.urlsplit(url), []
    try:
        for _ in range(count):
            made.append(socket.create_connection((parts.hostname, parts.port), timeout=30))
            if context:
                with contextlib.suppress(OSError):  # the server may have closed it for the next one
                    made[-1] = context.wrap_socket(made[-1], server_hostname=parts.hostname)
            with contextlib.suppress(OSError):
                made[-1].sendall(say)
        yield made
    finally:
        for each in made:
            each.close()


def gone(connections):
    """How many of them the server has closed."""
    count = 0
    for each in connections:
        each.setblocking(False)
        try:
            while each.recv(65536):
                pass
            count += 1
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except OSError:
            count += 1
    return count


def evicted(lab):
    return lab.metric("hms_http_strangers_evicted_total", "cwmp-frontend")


HALF = {
    "silent": b"",
    "half_a_head": b"POST / HTTP/1.1\r\nHost: hms\r\nX-Slow: ",
    "half_a_body": b"POST / HTTP/1.1\r\nHost: hms\r\nContent-Length: 9000\r\n\r\n<soap",
    "challenged_and_kept": b"POST / HTTP/1.1\r\nHost: hms\r\nContent-Length: 0\r\n\r\n",
    "half_a_preface": b"PRI * HTTP/2.0\r\n",
}


@pytest.fixture(scope="module")
def small(lab):
    """A front end with few places."""
    with lab.settings("cwmp-frontend-0", HMS_HTTP_CONNECTIONS_MAX=str(ROOM), HMS_CWMP_FRONTEND_STRANGERS_CONNECTIONS_PERCENT="50"):
        yield lab


@pytest.mark.parametrize("say", HALF.values(), ids=HALF.keys())
def test_who_only_holds_connections_keeps_no_device_out_and_ends_no_session(small, cpe, say):
    """Twice as many as there are places in all: the oldest of them go, and a device is served on the connection that it has, and on new ones."""
    device, before = cpe(role="serving"), evicted(small)
    assert device.inform(KICK).rpc == "InformResponse"
    with crowd(device.url, 2 * ROOM, say) as strangers:
        eventually(lambda: evicted(small) >= before + 2 * ROOM - ROOM // 2)
        assert device.empty().status in (200, 204)
        late = cpe(role="serving")
        assert late.inform(KICK).rpc == "InformResponse" and late.empty().status in (200, 204)
        eventually(lambda: gone(strangers) >= 2 * ROOM - ROOM // 2)


def test_an_address_has_its_share_of_strangers(lab, cpe):
    device = cpe(role="serving")
    with lab.settings("cwmp-frontend-0", HMS_CWMP_FRONTEND_STRANGERS_CONNECTIONS_PER_SOURCE="5"):
        for number in range(6):  # they are known, so they do not count
            assert device.inform(KICK, on=number).rpc == "InformResponse"
        before = lab.metric("hms_http_strangers_limited_total", "cwmp-frontend")
        with crowd(device.url, 8) as strangers:
            eventually(lambda: gone(strangers) == 3)
        assert lab.metric("hms_http_strangers_limited_total", "cwmp-frontend") == before + 3
        eventually(lambda: device.inform(KICK, on="new").status == 200)


def test_half_open_tls_gives_way(lab, cpe):
    """TCP without a hello, and TLS without a request."""
    with lab.over_tls(), lab.settings("cwmp-frontend-0", HMS_HTTP_CONNECTIONS_MAX=str(ROOM), HMS_CWMP_FRONTEND_STRANGERS_CONNECTIONS_PERCENT="50"):
        device, before = cpe(role="serving"), evicted(lab)
        assert device.inform(KICK).rpc == "InformResponse"
        context = ssl.create_default_context(cafile=lab.env["HMS_CA_FILE"])
        with crowd(device.url, ROOM), crowd(device.url, ROOM, context=context):
            eventually(lambda: evicted(lab) >= before + ROOM)
            assert device.empty().status in (200, 204)
            late = cpe(role="serving")
            assert late.inform(KICK).rpc == "InformResponse"
