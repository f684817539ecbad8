"""Authentication at the Inform: Digest and Basic, own, pending and bootstrap credentials (contracts 9)."""
import hashlib
import http.client
import urllib.parse

import pytest
from hmslab import eventually


@pytest.fixture
def with_credential(lab, cpe, tmp_path):
    """A device of the serving listener with a credential of its own."""
    def make(username="own", password="pass\u00e4word: 1", kind="own", **fields):
        device = cpe(role="serving", username=username, password=password, **fields)
        give(lab, tmp_path, device, username, password, kind)
        return device

    return make


def give(lab, folder, device, username, password, kind):
    file = folder / "password"
    file.write_text(password + "\n")
    # What its being allowed has led to is over, so that the next version is that of the credential.
    version = eventually(lambda: (row := lab.device(device)) and int(lab.entry(device).get(b"v", b"0"), 16) == row["q_ver"]
                         and not lab.sql("select 1 from device_timer where device_id = %s", row["device_id"]) and row["q_ver"])
    lab.program("hmsadm", "credential", "--oui", device.oui, "--product-class", device.product_class, "--serial", device.serial,
                "--username", username, "--password-file", str(file), "--kind", kind)
    eventually(lambda: int(lab.entry(device).get(b"v", b"0"), 16) > version)


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_device_with_its_own_credential_is_accepted(with_credential, scheme):
    """[A1] [A2]"""
    device = with_credential(password="secret", scheme=scheme)
    reply = device.inform(("1 BOOT",))
    assert reply.rpc == "InformResponse"


def test_a_device_may_answer_with_sha_256_where_it_is_offered(lab, with_credential):
    """[A2]"""
    device = with_credential(password="secret", scheme="digest", algorithm="SHA-256")
    with lab.settings("cwmp-frontend-0", HMS_LISTENER_SERVING_DIGEST_SHA256="true"):
        assert device.inform(("1 BOOT",)).rpc == "InformResponse"


def test_a_client_that_computes_for_an_empty_uri_is_accepted(lab, with_credential):
    """[Q6] As the client of many home routers does: RFC 2069, whatever the URL's path is, and with 32 characters of the nonce."""
    device = with_credential(password="secret", scheme="digest")
    challenge = device._send(device.inform_xml(("1 BOOT",)).encode(), device.url, "main", {}).headers.get_all("WWW-Authenticate")[0]
    nonce = challenge.split('nonce="')[1].split('"')[0][:32]

    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    def shown(password):
        response = md5(f"{md5(f'{device.username}:hms:{password}')}:{nonce}:{md5('POST:')}")
        header = f'Digest username="{device.username}", realm="hms", nonce="{nonce}", uri="", response="{response}"'
        return device._send(device.inform_xml(("1 BOOT",)).encode(), device.url, "main", {"Authorization": header})

    assert shown("guess").status == 401
    assert shown("secret").rpc == "InformResponse"


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_wrong_password_is_401_however_often(lab, with_credential, scheme):
    device = with_credential(password="secret", scheme=scheme)
    device.password = "guess"
    before = len(lab.events(device.device_id))
    for _ in range(4):
        reply = device.inform(("1 BOOT",))
        assert reply.status == 401 and reply.headers.get_all("WWW-Authenticate")
    assert len(lab.events(device.device_id)) == before
    device.password = "secret"
    assert device.inform(("1 BOOT",)).rpc == "InformResponse"


def test_a_wrong_password_does_not_tell_that_the_nonce_is_stale(with_credential):
    device = with_credential(scheme="digest")
    device.password = "guess"
    reply = device.inform(("1 BOOT",))
    assert reply.status == 401 and not any("stale=true" in each for each in reply.headers.get_all("WWW-Authenticate"))


def test_a_nonce_of_another_time_or_place_is_stale_for_who_knows_the_password(with_credential):
    """[A3] RFC 7616 3.3: stale=true, so that the client does not ask for the password again."""
    device = with_credential(scheme="digest")
    device.challenge = {"realm": "hms", "nonce": "0123456789abcdef0123456789abcdef", "qop": "auth", "algorithm": "MD5"}
    reply = device._send(device.inform_xml(("1 BOOT",)).encode(), device.url, "main", {})
    assert reply.status == 401
    challenges = [each for each in reply.headers.get_all("WWW-Authenticate") if each.startswith("Digest")]
    assert challenges and all("stale=true" in each for each in challenges)
    assert device.inform(("1 BOOT",)).rpc == "InformResponse"


def test_a_count_that_does_not_rise_within_a_connection_is_stale(with_credential):
    """[Q6] A client that uses one nonce for ever with nc=00000001 is told stale=true."""
    device = with_credential(scheme="digest")
    assert device.inform(("1 BOOT",)).status == 200
    device.count -= 1
    reply = device._send(device.inform_xml(("1 BOOT",)).encode(), device.url, "main", {})
    assert reply.status == 401 and "stale=true" in reply.headers.get_all("WWW-Authenticate")[0]


def test_a_device_that_reconnects_after_the_challenge_is_accepted_at_another_front_end(lab, with_credential):
    """[Q6] [A4] Nonces are stateless: the answer to a challenge may come over another connection, to another front end."""
    device = with_credential(scheme="digest")
    body = device.inform_xml(("1 BOOT",)).encode()
    reply = device._send(body, device.url, "first", {})
    assert reply.status == 401
    device.challenge = device._digest_challenge(reply)
    device.hang_up()
    assert device._send(body, lab.url("serving", 1), "second", {}).rpc == "InformResponse"


def test_the_bootstrap_credential_is_for_devices_without_their_own(lab, cpe, with_credential):
    fresh = cpe(role="serving")
    assert fresh.inform(("1 BOOT",)).rpc == "InformResponse"
    owner = with_credential()
    owner.username, owner.password = lab.env["HMS_CWMP_USERNAME"], lab.env["HMS_CWMP_PASSWORD"]
    assert owner.inform(("1 BOOT",)).status == 401


def test_the_bootstrap_credential_does_not_stand_for_a_device_with_its_own(lab, with_credential):
    """Who knows the shared password cannot come as any device: not even with 0 BOOTSTRAP, unless bootstrap_after_reset is set."""
    device = with_credential()
    device.username, device.password = lab.env["HMS_CWMP_USERNAME"], lab.env["HMS_CWMP_PASSWORD"]
    assert device.inform(("0 BOOTSTRAP", "1 BOOT")).status == 401
    with lab.settings("cwmp-frontend-0", HMS_LISTENER_SERVING_BOOTSTRAP_AFTER_RESET="true"):
        assert device.inform(("0 BOOTSTRAP", "1 BOOT")).rpc == "InformResponse"
        assert device.inform(("1 BOOT",)).status == 401


def test_sha_256_is_offered_behind_md5_where_the_listener_does(lab, cpe):
    """[A2] [Q6] Older clients fail with SHA-256: one of Java takes the last challenge, and its session never begins."""
    def algorithms():
        challenges = cpe(role="serving", username=None).inform().headers.get_all("WWW-Authenticate")
        assert all('qop="auth"' in each for each in challenges if each.startswith("Digest"))
        return [each.split("algorithm=")[1].split(",")[0] for each in challenges if each.startswith("Digest")]

    assert algorithms() == ["MD5"]
    with lab.settings("cwmp-frontend-0", HMS_LISTENER_SERVING_DIGEST_SHA256="true"):
        assert algorithms() == ["MD5", "SHA-256"]


def test_a_challenge_leaves_the_connection_open_and_the_inform_comes_once(lab, with_credential):
    """[A3] [H6] The retry comes over the same connection; what was challenged is not recorded."""
    device = with_credential(scheme="digest")
    before = len(lab.events(device.device_id))
    reply = device._send(device.inform_xml(("1 BOOT",)).encode(), device.url, "main", {})
    assert reply.status == 401 and "close" not in (reply.headers["Connection"] or "")
    sock = device.connections["main", device.url.split("/")[2]].sock
    device.challenge = device._digest_challenge(reply)
    assert device._send(device.inform_xml(("1 BOOT",)).encode(), device.url, "main", {}).rpc == "InformResponse"
    assert device.connections["main", device.url.split("/")[2]].sock is sock
    assert len(lab.events(device.device_id)) == before + 1


def test_a_client_that_answers_without_qop_is_accepted(with_credential):
    """[Q6] As RFC 2069 had it."""
    device = with_credential(password="secret", scheme="digest")
    reply = device._send(device.inform_xml(("1 BOOT",)).encode(), device.url, "main", {})
    ask = device._digest_challenge(reply)
    ha1, ha2 = (hashlib.md5(text.encode()).hexdigest() for text in (f"own:{ask['realm']}:secret", "POST:/"))
    response = hashlib.md5(f"{ha1}:{ask['nonce']}:{ha2}".encode()).hexdigest()
    header = f'Digest username="own", realm="{ask["realm"]}", nonce="{ask["nonce"]}", uri="/", response="{response}"'
    assert device._send(device.inform_xml(("1 BOOT",)).encode(), device.url, "main", {"Authorization": header}).rpc == "InformResponse"


def test_basic_with_an_empty_name_asks_for_a_challenge_and_is_no_failure(lab, with_credential):
    """[Q6] "Basic Og==" always, however often: not counted, not slowed."""
    device = with_credential()
    device.username = None
    before = lab.metric("hms_fe_auth_failures_total", "cwmp-frontend")
    for _ in range(100):
        assert device.post(device.inform_xml(("1 BOOT",)), headers={"Authorization": "Basic Og=="}).status == 401
    assert lab.metric("hms_fe_auth_failures_total", "cwmp-frontend") == before


def from_address(device, address):
    """The device's next connection comes from there."""
    device.hang_up()
    parts = urllib.parse.urlsplit(device.url)
    device.connections["main", parts.netloc] = http.client.HTTPConnection(parts.netloc, timeout=60, source_address=(address, 0))
    return device


def test_a_device_whose_password_is_guessed_from_many_addresses_is_not_locked_out(lab, with_credential):
    """Who failed waits, unchecked; the device is heard at once, at its own address and at a new one."""
    device = with_credential(password="secret", scheme="basic")
    body = device.inform_xml(("1 BOOT",)).encode()
    assert from_address(device, "127.0.5.1")._send(body, device.url, "main", {}).rpc == "InformResponse"
    device.password, statuses = "guess", []
    for number in range(3, 30):
        for _ in range(2):
            statuses.append(from_address(device, f"127.0.5.{number}")._send(body, device.url, "main", {}).status)
    assert statuses[0] == 401 and 503 in statuses
    assert statuses[-1] == 503  # its second try
    assert from_address(device, "127.0.5.1")._send(body, device.url, "main", {}).status == 401  # it was right before: checked
    device.password = "secret"
    for address in ("127.0.5.1", "127.0.5.2"):
        assert from_address(device, address)._send(body, device.url, "main", {}).rpc == "InformResponse"
    assert lab.metric("hms_fe_refusals_total", "cwmp-frontend", reason="device_auth_rate") > 0


def test_own_and_pending_credentials_are_both_accepted(lab, tmp_path, with_credential):
    """The answer to the change of a password may have been lost."""
    device = with_credential(password="old")
    give(lab, tmp_path, device, "own", "new", "pending")
    for password, status in (("old", 200), ("new", 200), ("other", 401)):
        device.password = password
        assert device.inform(("1 BOOT",)).status == status


def test_a_body_is_not_read_before_the_device_shows_anything(lab, cpe):
    """A challenge comes for any body; what it holds is not looked at."""
    device = cpe(role="serving", username=None)
    assert device.post(b"this is not XML").status == 401


@pytest.mark.parametrize("header", ["Digest", "Basic", "Basic !!!", "Basic Og==", "Digest username=\"", "Bearer abc", "Digest " + "a=b," * 500,
                                    "Digest username=own, nonce=\"\", response=zz, qop=auth, nc=zz"])
def test_an_authorization_that_cannot_be_read_is_401(with_credential, header):
    """[Q6]"""
    device = with_credential()
    device.username = None
    assert device.post(device.inform_xml(("1 BOOT",)), headers={"Authorization": header}).status == 401


def test_a_session_that_began_without_authentication_is_of_no_use_where_it_is_demanded(lab, settled):
    """The cookie of the open listener at the serving one."""
    device = settled(username=None)
    device.inform(("6 CONNECTION REQUEST",))
    assert device.empty(url=lab.url("serving"), on="other").status in (400, 401)


def test_a_device_with_its_own_credential_is_not_believed_without_it_at_a_listener_that_asks_for_none(with_credential, cpe):
    device = with_credential(password="secret", scheme="digest")
    stranger = cpe(role="both", serial=device.serial, username=None, scheme=None)
    reply = stranger.inform(("0 BOOTSTRAP", "1 BOOT"))
    assert reply.status == 401 and reply.headers.get_all("WWW-Authenticate")
    owner = cpe(role="both", serial=device.serial, username="own", password="secret", scheme="digest")
    assert owner.inform(("1 BOOT",)).rpc == "InformResponse"
