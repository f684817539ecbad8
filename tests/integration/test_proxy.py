"""The PROXY protocol before a listener: the address in it is the device's (limits per source behind a balancer)."""
import socket
import struct
import urllib.parse

import pytest
from hmslab.raw import request

KICK = ("6 CONNECTION REQUEST",)
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"


def header(version, address):
    if version == 1:
        return f"PROXY TCP4 {address} 127.0.0.1 5000 7547\r\n".encode()
    return V2 + socket.inet_aton(address) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", 5000, 7547)


def exchange(url, pieces, source=None):
    """The status of the answer, None when the connection is closed without one."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20, source_address=(source, 0) if source else None) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                connection.sendall(piece)
            answer = connection.recv(65536)
        except (BrokenPipeError, ConnectionResetError):
            return None
    return int(answer.split(b" ", 2)[1]) if answer else None


@pytest.fixture(scope="module")
def behind(lab):
    with lab.settings("cwmp-frontend-0", HMS_LISTENER_BOTH_PROXY_TRUSTED="127.0.9.0/24"):
        yield lab


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("size", [1, 1000])
def test_the_address_that_the_balancer_names_is_the_devices(behind, settled, version, size):
    device = settled(number=1)
    inform = header(version, "198.51.100.7") + request(headers=["Content-Type: text/xml"], body=device.inform_xml(KICK).encode())
    pieces = [inform[at:at + size] for at in range(0, len(inform), size)]
    assert exchange(behind.url("both"), pieces, "127.0.9.1") == 200
    assert behind.events(device.device_id)[-1]["peer_addr"] == "198.51.100.7"


def test_a_balancer_that_does_not_say_who_comes_is_refused(behind, settled):
    device = settled(number=1)
    plain = request(headers=["Content-Type: text/xml"], body=device.inform_xml(KICK).encode())
    before = len(behind.events(device.device_id))
    assert exchange(behind.url("both"), [plain], "127.0.9.1") is None
    assert exchange(behind.url("both"), [b"PROXY TCP4 nobody nowhere 1 2\r\n" + plain], "127.0.9.1") is None
    assert len(behind.events(device.device_id)) == before


def test_nobody_else_can_name_an_address(behind, settled):
    """A stranger's header is no HTTP; without one it is who it is."""
    device = settled(number=1)
    plain = request(headers=["Content-Type: text/xml"], body=device.inform_xml(KICK).encode())
    assert exchange(behind.url("both"), [header(1, "198.51.100.7") + plain], "127.0.8.1") in (400, None)
    assert exchange(behind.url("both"), [plain], "127.0.8.1") == 200
    assert behind.events(device.device_id)[-1]["peer_addr"] == "127.0.8.1"


def test_strangers_bodies_have_a_budget_by_the_address_that_the_balancer_names(lab, settled):
    """One address cannot fill the memory, and the others do not notice."""
    device = settled(number=1)
    body = device.inform_xml(KICK).encode()
    with lab.settings("cwmp-frontend-0", HMS_LISTENER_BOTH_PROXY_TRUSTED="127.0.9.0/24", HMS_CWMP_FRONTEND_STRANGERS_BYTES_PER_SOURCE="3k"):
        url = urllib.parse.urlsplit(lab.url("both"))
        with socket.create_connection((url.hostname, url.port), source_address=("127.0.9.2", 0)) as slow:
            slow.sendall(header(1, "198.51.100.7") + request(headers=["Content-Length: 9000"], length=False) + b"x" * 2900)
            inform = request(headers=["Content-Type: text/xml"], body=body)
            answers = [exchange(lab.url("both"), [header(1, "198.51.100.7") + inform], "127.0.9.1") for _ in range(3)]
            assert answers[-1] == 503
            assert exchange(lab.url("both"), [header(1, "198.51.100.8") + inform], "127.0.9.1") == 200
        assert lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason="strangers") > 0
