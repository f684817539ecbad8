"""Client certificates: whose Inform is whose, on every front end and after a resumption; what is refused is counted."""
import contextlib
import shlex
import shutil
import socket
import ssl
import subprocess
import urllib.parse

import pytest
from hmslab import dev, eventually
from test_story import states, story
from test_tls import GET, failures, files, handshakes, reload, s_client

FRONT_ENDS = ("cwmp-frontend-0", "cwmp-frontend-1")


class Pki:
    """The CA of the lab, by deploy/dev/tls.sh."""

    def __init__(self, lab, folder):
        self.lab, self.folder, self.count = lab, folder, 0

    def _tls_sh(self, *call):
        script = f". {self.lab.root}/deploy/dev/common.sh && . {self.lab.root}/deploy/dev/tls.sh && {shlex.join(call)}"
        subprocess.run(["bash", "-c", script], env=self.lab._environ, check=True, capture_output=True)

    def issue(self, subject, *extension):
        """(certificate, key) of a client."""
        self.count += 1
        name = f"client{self.count}"
        self._tls_sh("tls_client", str(self.folder), name, subject, *extension)
        return f"{self.folder}/{name}.pem", f"{self.folder}/{name}.key"

    def cells(self, folder, *args):
        self._tls_sh("tls_cells", str(folder), *args)

    def revoke(self, *certificates):
        """A new list, which takes the place of the last one."""
        (self.folder / "index").write_text("")
        conf = self.folder / "ca.conf"
        conf.write_text(f"[ca]\ndefault_ca = d\n[d]\ndatabase = {self.folder}/index\ndefault_md = sha256\n")
        ca = ["openssl", "ca", "-config", conf, "-cert", files(self.lab) / "ca.pem", "-keyfile", files(self.lab) / "ca.key"]
        for certificate in certificates:
            subprocess.run([*ca, "-revoke", certificate[0]], check=True, capture_output=True)
        subprocess.run([*ca, "-gencrl", "-crldays", "2", "-out", self.folder / "crl.new"], check=True, capture_output=True)
        (self.folder / "crl.new").rename(self.folder / "crl.pem")


@pytest.fixture(scope="module")
def pki(lab, tmp_path_factory):
    with lab.over_tls():
        made = Pki(lab, tmp_path_factory.mktemp("pki"))
        made.revoke()
        yield made


@contextlib.contextmanager
def asking(pki, **settings):
    """Front ends whose listener `both` asks for certificates."""
    settings = {"tls_client_ca": str(files(pki.lab) / "ca.pem"), "tls_client_crl": str(pki.folder / "crl.pem"), "tls_client_auth": "request", **settings}
    with pki.lab.settings(*FRONT_ENDS, **{f"HMS_LISTENER_BOTH_{key.upper()}": value for key, value in settings.items()}):
        yield pki


@pytest.fixture(scope="module")
def alone(pki):
    """The certificate is all that a device shows."""
    with asking(pki, auth="certificate", certificate_dns="{serial}.hnb.example.org") as made:
        yield made


def wrong(lab, reason):
    return lab.metric("hms_fe_auth_failures_total", "cwmp-frontend", reason=reason)


def own(pki, device):
    return pki.issue(f"/CN={device.oui}-{device.product_class}-{device.serial}")


# ---- the certificate alone ----

def test_a_certificate_that_names_the_device_lets_it_in_on_every_front_end(lab, alone, henb):
    """[A5] [A7]: CN; later POSTs go to the other front end over connections of their own."""
    cell = henb(username=None)
    cell.certificate = own(alone, cell)
    assert cell.inform(("0 BOOTSTRAP", "1 BOOT"), on="0").rpc == "InformResponse"
    rpcs, last = cell.serve(url=lab.url("both", 1), on="1")
    assert rpcs and last.status == 204


def test_a_device_without_a_product_class_has_a_cn_of_two_parts(alone, cpe):
    """[A5]: OUI-SerialNumber iff ProductClass is empty; percent-encoding."""
    bare = cpe(username=None, product_class="", serial="A-1.x")
    bare.certificate = alone.issue("/CN=0200F0-A%2D1%2Ex")
    assert bare.inform(("1 BOOT",)).rpc == "InformResponse"
    other = cpe(username=None, product_class="Set-Top", serial="A1")
    other.certificate = alone.issue("/CN=0200F0-Set%2DTop-A1")
    assert other.inform(("1 BOOT",)).rpc == "InformResponse"
    other.certificate = alone.issue("/CN=0200F0-Set-Top-A1")
    assert other.inform(("1 BOOT",)).text("FaultCode") == "8001"


def test_a_certificate_of_another_device_is_refused_and_counted(lab, alone, cpe):
    """[A7], TS 33.320: the identity of the certificate is the DeviceId's."""
    device, other, before = cpe(username=None), cpe(username=None), wrong(lab, "certificate_of_another")
    device.certificate = own(alone, other)
    for number in range(2):
        assert device.inform(("1 BOOT",), url=lab.url("both", number), on=str(number)).text("FaultCode") == "8001"
    assert wrong(lab, "certificate_of_another") == before + 2
    assert lab.events(device.device_id) == []


def test_a_certificate_that_names_no_device_is_not_enough(lab, alone, cpe):
    """[A7]: a generic certificate."""
    device, before = cpe(username=None), wrong(lab, "certificate_names_none")
    device.certificate = alone.issue("/O=Maker/CN=Maker device CA client")
    assert device.inform(("1 BOOT",)).text("FaultCode") == "8001"
    assert wrong(lab, "certificate_names_none") == before + 1


def test_without_a_certificate_nothing_is_read(lab, alone, cpe):
    """[A7]: and neither does a password help."""
    before = lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason="certificate")
    assert cpe().inform(("1 BOOT",)).status == 403
    assert lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason="certificate") == before + 1


def test_a_session_that_began_with_a_password_is_none_where_a_certificate_is_asked_for(lab, alone, cpe):
    """[A7]: the cookie says what was shown, and that is not enough; nor the other way round for who shows a password only."""
    device, before = cpe(role="serving"), lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason="certificate")
    assert device.inform(("1 BOOT",)).rpc == "InformResponse"
    assert device.post(b"", lab.url("both"), on="both").status == 403
    assert lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason="certificate") == before + 1
    assert device.empty().status in (200, 204, 503)


def test_a_group_can_ask_for_less_than_a_certificate(lab, alone, cpe):
    """[A7]: the listener asks for certificates; a device of the group comes with its password alone, others are refused as before."""
    device, other, name = cpe(scheme="digest"), cpe(scheme="digest"), "uncertified"
    lab.sql("select device_group_set('default', %s, 'none')", name)
    lab.sql("select device_set(%s, 'test', %s)", dev(device), name)
    try:
        eventually(lambda: lab.entry(device).get(b"g") == name.encode() and device.inform(("1 BOOT",)).rpc == "InformResponse")
        assert other.inform(("1 BOOT",)).status == 403 and other.post(b"").status == 403
    finally:
        lab.sql("select device_set(%s, 'test', '')", dev(device))
        lab.sql("select device_group_delete('default', %s)", name)


def test_the_dns_name_of_a_3gpp_certificate_is_an_identity(lab, alone, cpe):
    """[A7], TS 33.320: FQDN in subjectAltName and CN."""
    device, other = cpe(username=None), cpe(username=None)
    name = f"{device.serial.lower()}.hnb.example.org"
    device.certificate = other.certificate = alone.issue(f"/CN={name}", f"subjectAltName=DNS:{name}")
    assert device.inform(("1 BOOT",)).rpc == "InformResponse"
    before = wrong(lab, "certificate_of_another")
    assert other.inform(("1 BOOT",)).text("FaultCode") == "8001"
    assert wrong(lab, "certificate_of_another") == before + 1


def test_a_certificate_of_another_ca_is_refused(lab, alone, cpe, tmp_path):
    """[A7]"""
    device, before = cpe(username=None), failures(lab, "certificate")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    f"/CN={device.oui}-{device.product_class}-{device.serial}", "-keyout", tmp_path / "x.key", "-out", tmp_path / "x.pem"],
                   check=True, capture_output=True)
    device.certificate = tmp_path / "x.pem", tmp_path / "x.key"
    with pytest.raises((ssl.SSLError, OSError)):
        device.inform(("1 BOOT",))
    assert failures(lab, "certificate") == before + 1


def test_simulated_cells_show_certificates_of_their_own(lab, alone, tmp_path):
    """[A7]: hnbsim --cert; files by the development CA."""
    alone.cells(tmp_path, "0200F0", "HENB%2DV2", "TLSMUT", "1", "2")
    story(lab, "--serial-prefix", "TLSMUT", "--cells", "2", "--mix", "henb-both", "--spread", "--ca", lab.env["HMS_CA_FILE"],
          "--cert", f"{tmp_path}/{{serial}}.pem", "--key", f"{tmp_path}/{{serial}}.key")
    assert states(lab, "TLSMUT") == {"IN_SERVICE": 2}


# ---- resumption ----

def resumes(lab, tmp_path, version, certificate, url):
    """Whether the session in the file is resumed there; a new one, if it gets one, takes its place."""
    old = tmp_path / "session"
    status, out = s_client(lab, version, "-cert", certificate[0], "-key", certificate[1], "-sess_in", str(old), "-sess_out", str(tmp_path / "new"),
                           text=GET, url=url)
    assert status == 0, out
    if (tmp_path / "new").exists():
        shutil.move(tmp_path / "new", old)
    return "Reused, " in out


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_session_is_resumed_by_the_other_front_end_and_after_a_reload(lab, alone, tmp_path, version):
    certificate, before = alone.issue("/CN=somebody"), handshakes(lab, kind="resumed")
    first, second = lab.url("both", 0), lab.url("both", 1)
    assert s_client(lab, version, "-cert", certificate[0], "-key", certificate[1], "-sess_out", str(tmp_path / "session"), text=GET, url=first)[0] == 0
    assert resumes(lab, tmp_path, version, certificate, second)
    assert handshakes(lab, kind="resumed") == before + 1
    reload(lab, lab.instance("cwmp-frontend-1"))
    assert resumes(lab, tmp_path, version, certificate, second)


def test_a_resumed_session_says_whose_it_is(lab, alone, cpe):
    """[A7]: the certificate is not shown again."""
    device, other = cpe(username=None), cpe(username=None)
    certificate = own(alone, device)
    context = ssl.create_default_context(cafile=lab.env["HMS_CA_FILE"])
    context.load_cert_chain(*certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    session = None
    for number, who, expected in ((0, device, b"InformResponse"), (1, device, b"InformResponse"), (1, other, b"8001")):
        parts = urllib.parse.urlsplit(lab.url("both", number))
        body = who.inform_xml(("1 BOOT",)).encode()
        with context.wrap_socket(socket.create_connection((parts.hostname, parts.port)), server_hostname="127.0.0.1", session=session) as tls:
            assert tls.session_reused == (session is not None)
            tls.sendall(b"POST / HTTP/1.1\r\nHost: hms\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            answer = b""
            while more := tls.recv(65536):
                answer += more
            session = tls.session
        assert expected in answer


def test_a_revoked_certificate_is_refused_resumed_or_not(lab, alone, tmp_path):
    """[A7], TS 33.320: after SIGHUP, and without one when the file has changed."""
    certificate, before = alone.issue("/CN=to be revoked"), failures(lab, "revoked")
    show, url = ("-cert", certificate[0], "-key", certificate[1], "-tls1_2"), lab.url("both", 0)
    assert s_client(lab, *show, "-sess_out", str(tmp_path / "session"), text=GET, url=url)[0] == 0
    try:
        alone.revoke(certificate)
        reload(lab, lab.instance("cwmp-frontend-0"))
        assert s_client(lab, *show, "-sess_in", str(tmp_path / "session"), text=GET, url=url)[0] != 0
        assert s_client(lab, *show, text=GET, url=url)[0] != 0
        assert failures(lab, "revoked") == before + 2
        eventually(lambda: s_client(lab, *show, text=GET, url=lab.url("both", 1))[0] != 0)
    finally:
        alone.revoke()
        for name in FRONT_ENDS:
            reload(lab, lab.instance(name))


# ---- a certificate and a password ----

def test_a_generic_certificate_needs_the_password_and_the_password_the_certificate(lab, pki, cpe):
    """[A7]: generic certificate: HTTP authentication on top; one of the device itself has to be the right one then, too."""
    with asking(pki, auth="certificate+digest", bootstrap_username=lab.env["HMS_CWMP_USERNAME"],
                bootstrap_password=lab.env["HMS_CWMP_PASSWORD"]):
        generic = pki.issue("/CN=maker")
        device = cpe(scheme="digest", certificate=generic)
        assert device.inform(("1 BOOT",)).rpc == "InformResponse"
        assert device.empty(url=lab.url("both", 1), on="other").status in (200, 204)
        device.password = "guess"
        assert device.inform(("1 BOOT",)).status == 401
        assert cpe(scheme="digest").inform(("1 BOOT",)).status == 403
        other = cpe(scheme="digest")
        other.certificate = own(pki, device)
        assert other.inform(("1 BOOT",)).text("FaultCode") == "8001"
        other.certificate = own(pki, other)
        assert other.inform(("1 BOOT",)).rpc == "InformResponse"


def test_without_a_certificate_there_is_no_connection_where_one_is_required(lab, pki, cpe):
    """SEC-01."""
    with asking(pki, auth="certificate", tls_client_auth="require"):
        before, device = failures(lab, "no_certificate"), cpe(username=None)
        with pytest.raises((ssl.SSLError, OSError)):
            device.inform(("1 BOOT",))
        assert failures(lab, "no_certificate") == before + 1
        device.certificate = own(pki, device)
        assert device.inform(("1 BOOT",)).rpc == "InformResponse"


# ---- groups ----

def test_a_group_can_ask_for_a_certificate_where_the_listener_only_takes_one(lab, pki, cpe):
    """[A7]: stricter than the listener's none; its own certificate lets it in, and for the session at any listener of the tenant."""
    with asking(pki, auth="none"):
        device, name = cpe(username=None), "certified"
        lab.sql("select device_group_set('default', %s, 'certificate')", name)
        lab.sql("select device_set(%s, 'test', %s)", dev(device), name)
        try:
            eventually(lambda: lab.entry(device).get(b"g") == name.encode() and device.inform(("1 BOOT",)).rpc == "Fault")
            before = wrong(lab, "certificate_absent")
            assert device.inform(("1 BOOT",)).text("FaultCode") == "8001" and wrong(lab, "certificate_absent") == before + 1
            device.hang_up()
            device.certificate = own(pki, device)
            assert device.inform(("1 BOOT",)).rpc == "InformResponse"
            assert device.empty(lab.url("serving", 1), on="other").status in (200, 204, 503)
        finally:
            lab.sql("select device_set(%s, 'test', '')", dev(device))
            lab.sql("select device_group_delete('default', %s)", name)
