"""TLS on the ports for devices and on the admin port; OpenSSL's s_client, curl and Python are clients that we did not write."""
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.parse

import pytest
from hmslab import STORY, eventually
from hmslab.files import OTHER, Files
from hmslab.raw import exchange, request
from test_programs import binary, config, run
from test_story import states, story


@pytest.fixture(scope="module")
def tls(lab):
    """The lab while devices come over TLS."""
    with lab.over_tls():
        yield lab


def files(lab):
    return lab.run / "secret/tls"


def address(url):
    return urllib.parse.urlsplit(url).netloc


def s_client(lab, *options, text="", url=None):
    """openssl s_client that trusts our CA: its exit status and what it printed."""
    done = subprocess.run(["openssl", "s_client", "-connect", address(url or lab.url("both")), "-CAfile", lab.env["HMS_CA_FILE"],
                           "-verify_return_error", "-ign_eof", *options],
                          input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.returncode, done.stdout


def handshakes(lab, **labels):
    return lab.metric("hms_tls_handshakes_total", "cwmp-frontend", **labels)


def failures(lab, reason):
    return lab.metric("hms_tls_handshake_failures_total", "cwmp-frontend", reason=reason)


GET = "GET / HTTP/1.1\r\nHost: hms\r\nConnection: close\r\n\r\n"


# ---- devices ----

def test_the_story_passes_over_tls(tls):
    """U-DISC-03: cells are discovered and registered over https, and sent on to an https URL."""
    summary = story(tls, "--serial-prefix", "TLSSTORY", "--cells", "6", "--spread", "--seed", "7", "--ca", tls.env["HMS_CA_FILE"])
    assert summary
    assert states(tls, "TLSSTORY") == {"IN_SERVICE": 6}
    assert handshakes(tls, kind="full") > 0
    assert tls.url("serving").startswith("https://")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_cells_resume_on_any_front_end(tls, version):
    """hnbsim --resume: every POST goes to the other front end over a new connection, and after its first one with a listener a cell resumes."""
    cells, before = 4, {kind: handshakes(tls, kind=kind) for kind in ("full", "resumed")}
    spoken = tls.metric("hms_tls_versions_total", "cwmp-frontend", version=f"TLSv{version}")
    summary = story(tls, "--serial-prefix", f"TLSRESUME{version[-1]}", "--cells", str(cells), "--spread", "--resume", "--tls", version, "--ca", tls.env["HMS_CA_FILE"])
    said = summary["counts"]["tls_handshakes"]
    seen = {kind: handshakes(tls, kind=kind) - count for kind, count in before.items()}
    assert said["resumed"] > said["full"] > 0
    assert all(abs(seen[kind] - said[kind]) <= cells for kind in seen), (seen, said)  # each may have been leaving at the end
    assert tls.metric("hms_tls_versions_total", "cwmp-frontend", version=f"TLSv{version}") - spoken == sum(seen.values())


def test_cells_that_do_not_trust_the_certificate_do_not_talk(tls):
    before = failures(tls, "refused_by_peer")
    with pytest.raises(RuntimeError, match="sessions that ended: TLS handshake failed"):
        story(tls, "--serial-prefix", "TLSDOUBT", "--cells", "1", "--timeout", "3s")
    assert failures(tls, "refused_by_peer") > before
    assert states(tls, "TLSDOUBT") == {"ALLOWED": 1}


def test_cells_talk_to_anybody_when_told_so(tls):
    story(tls, "--serial-prefix", "TLSBLIND", "--cells", "1", "--insecure")
    assert states(tls, "TLSBLIND") == {"IN_SERVICE": 1}


def test_a_session_over_tls_with_a_large_inform(tls, henb):
    cell = henb()
    cell.params.update({f"Device.X_TEST.{number}": "v" * 1000 for number in range(600)})
    rpcs, last = cell.session(("0 BOOTSTRAP", "1 BOOT"))
    assert ([rpc.rpc for rpc in rpcs], last.status) == (STORY, 204)


# ---- clients that we did not write ----

@pytest.mark.parametrize("version", ["1_2", "1_3"])
def test_s_client_gets_an_answer_and_close_notify(tls, version):
    status, out = s_client(tls, f"-tls{version}", "-alpn", "http/1.1", text=GET)
    assert status == 0 and "HTTP/1.1 405" in out, out
    assert "ALPN protocol: http/1.1" in out and "Compression: NONE" in out
    assert f"TLSv{version.replace('_', '.')}" in out and "unexpected eof" not in out


def test_s_client_resumes_its_session(tls, tmp_path):
    url, before = tls.url("both"), handshakes(tls, kind="resumed")
    assert s_client(tls, "-sess_out", str(tmp_path / "session"), text=GET, url=url)[0] == 0
    status, out = s_client(tls, "-sess_in", str(tmp_path / "session"), text=GET, url=url)
    assert status == 0 and "Reused, TLSv1.3" in out, out
    assert handshakes(tls, kind="resumed") == before + 1


def test_an_old_version_is_refused_and_counted(tls):
    before = failures(tls, "version")
    status, out = s_client(tls, "-tls1_1", "-cipher", "ALL@SECLEVEL=0")
    assert status != 0 and "protocol version" in out, out
    assert failures(tls, "version") == before + 1


def test_curl_posts_an_inform(tls, cpe):
    device = cpe(params={"Device.ManagementServer.ParameterKey": ""})
    done = subprocess.run(["curl", "-sS", "--cacert", tls.env["HMS_CA_FILE"], "-H", "Content-Type: text/xml", "--data-binary", "@-",
                           "-w", "\n%{http_code} %{ssl_verify_result}", "-u", f"{device.username}:{device.password}", "--basic",
                           tls.url("both").replace("127.0.0.1", "localhost")], input=device.inform_xml(), text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0 and "InformResponse" in done.stdout, done
    assert done.stdout.endswith("\n200 0")


def curl(lab, *options):
    """The status of the answer, of a server whose certificate is trusted."""
    done = subprocess.run(["curl", "-sS", "--cacert", lab.env["HMS_CA_FILE"], "-w", "%{http_code}", "-o", *options], text=True, capture_output=True,
                          timeout=60, check=True)
    return done.stdout


def test_curl_uploads_a_large_file_and_downloads_it_again(tls, tmp_path):
    """PM-04, CMF-02 over https."""
    servers, device, sent, got = Files(tls), os.urandom(16), tmp_path / "sent", tmp_path / "got"
    sent.write_bytes(os.urandom(3_000_000))
    assert servers.upload_url(device).startswith("https://")
    assert curl(tls, "/dev/null", "-T", str(sent), servers.upload_url(device, OTHER) + "a.bin") == "201"
    assert curl(tls, "/dev/null", "--data", "x", servers.upload_url(device, OTHER, credentials=True) + "a.bin") == "401"
    (record,) = servers.records(device)
    file_id = servers.add(servers.content(record), device)
    assert curl(tls, str(got), servers.download_url(device, file_id, "a.bin")) == "200"
    assert got.read_bytes() == sent.read_bytes()


def test_plain_http_on_a_tls_port_is_closed_and_counted(tls):
    before = failures(tls, "plain_http")
    assert exchange(tls.url("both"), request(body=b"<x/>")) is None
    assert failures(tls, "plain_http") == before + 1


def test_a_refusal_is_logged_with_the_peer(tls):
    """At most one line a second, so that it may take another try."""
    def logged():
        exchange(tls.url("both"), request(body=b"<x/>"))
        return re.search(r'level=warn .*msg="TLS handshake failed" peer=127\.0\.0\.1:\d+ reason=plain_http detail="http request"',
                         tls.instance("cwmp-frontend-0").log())

    eventually(logged, every=0.3)


# ---- certificates ----

def issue(lab, folder, name):
    """Another certificate of the lab's CA."""
    pathlib.Path(folder).mkdir(exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days", "2",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-CA", files(lab) / "ca.pem", "-CAkey", files(lab) / "ca.key",
                    "-keyout", f"{folder}/server.key", "-out", f"{folder}/server.pem"], check=True, capture_output=True)


def connect(lab, url):
    parts = urllib.parse.urlsplit(url)
    context = ssl.create_default_context(cafile=lab.env["HMS_CA_FILE"])
    return context.wrap_socket(socket.create_connection((parts.hostname, parts.port), timeout=20), server_hostname="localhost")


def name_of(connection):
    return dict(pair for rdn in connection.getpeercert()["subject"] for pair in rdn)["commonName"]


def reload(lab, instance):
    before = instance.metrics()["hms_app_reloads_total", (("result", "ok"),)]
    instance.signal(signal.SIGHUP)
    eventually(lambda: instance.metrics()["hms_app_reloads_total", (("result", "ok"),)] == before + 1)


@pytest.mark.parametrize("service, listener, variable, status", [("cwmp-frontend", "both", "HMS_CWMP_BOTH_URLS", 405),
                                                                 ("fileserver", "files", "HMS_FILES_URLS", 404)])
def test_sighup_takes_a_new_certificate_and_drops_nobody(tls, tmp_path, service, listener, variable, status):
    server, url = tls.instance(f"{service}-0"), tls.env[variable].split()[0]
    expiry = "hms_tls_certificate_not_after_seconds", (("listener", listener),)
    old, before = connect(tls, url), server.metrics()[expiry]
    shutil.copytree(files(tls), tmp_path / "kept")
    try:
        issue(tls, tmp_path / "new", "renewed")
        for name in ("server.key", "server.pem"):
            shutil.copy(tmp_path / "new" / name, files(tls) / name)
        reload(tls, server)
        with connect(tls, url) as new:
            assert (name_of(old), name_of(new)) == ("localhost", "renewed")
        assert server.metrics()[expiry] < before
        (files(tls) / "server.key").write_text("broken\n")
        reload(tls, server)
        assert "the listener keeps its certificate" in server.log() and "server.key" in server.log()
        with connect(tls, url) as new:
            assert name_of(new) == "renewed"
        old.sendall(GET.encode())
        assert old.recv(100).startswith(f"HTTP/1.1 {status}".encode())
    finally:
        old.close()
        for name in ("server.key", "server.pem"):
            shutil.copy(tmp_path / "kept" / name, files(tls) / name)
        reload(tls, server)


@pytest.mark.parametrize("setting, counter, labels", [
    ("[http]\naccept_rate_per_source = 1", "hms_http_connections_limited_total", {}),
    ("[tls]\nfull_handshake_rate = 1", "hms_tls_handshake_failures_total", {"reason": "rate"}),
], ids=["accepts", "full_handshakes"])
def test_what_is_over_a_rate_is_refused_from_a_reload_on(tls, setting, counter, labels):
    server, conf = tls.instance("cwmp-frontend-0"), tls.run / "conf/cwmp-frontend-0.conf"
    kept, before = conf.read_text(), tls.metric(counter, "cwmp-frontend", **labels)

    def refused():
        try:
            connect(tls, tls.url("both")).close()
        except (OSError, ssl.SSLError):
            return tls.metric(counter, "cwmp-frontend", **labels) > before

    try:
        conf.write_text(f"{kept}\n{setting}\n")
        reload(tls, server)
        eventually(refused, every=0)
    finally:
        conf.write_text(kept)
        reload(tls, server)
    for _ in range(20):
        connect(tls, tls.url("both")).close()


@pytest.mark.parametrize("settings, words", [
    ({"HMS_LISTENER_BOTH_TLS_CERTIFICATE": "/nowhere/a.pem"}, ["[listener both]", "tls_certificate", "/nowhere/a.pem"]),
    ({"HMS_LISTENER_BOTH_TLS_KEY": "/nowhere/a.key"}, ["[listener both]", "tls_key", "/nowhere/a.key"]),
    ({"HMS_LISTENER_BOTH_PUBLIC_URL": "http://hms.example/"}, ["[listener both]", "tls_certificate", "public_url"]),
    ({"HMS_LISTENER_BOTH_PUBLIC_URL": "hms.example"}, ["[listener both]", "public_url", "https://"]),
    ({"HMS_LISTENER_BOTH_TLS_CIPHERS": "NONE-SUCH"}, ["[listener both]", "tls_ciphers", "NONE-SUCH"]),
    ({"HMS_LISTENER_BOTH_AUTH": "certificate+digest"}, ["[listener both]", "auth", "tls_client_auth"]),
    ({"HMS_LISTENER_BOTH_TLS_CLIENT_AUTH": "require"}, ["[listener both]", "tls_client_ca"]),
    ({"HMS_ADMIN_TLS_CERTIFICATE": "/nowhere/a.pem"}, ["[admin]", "tls_certificate", "/nowhere/a.pem"]),
])
def test_a_mistake_stops_the_start_and_is_named(tls, settings, words):
    good = {f"HMS_LISTENER_BOTH_TLS_{key}": str(files(tls) / name) for key, name in (("CERTIFICATE", "server.pem"), ("KEY", "server.key"))}
    status, out, err = run(tls, "cwmp-frontend", "--config", str(config(tls, "cwmp-frontend-5", "cwmp-frontend-0")), **{**good, **settings})
    assert status == 1 and [word for word in words if word not in out + err] == [], out + err


def test_the_admin_port_speaks_tls_when_told_so(tls):
    conf = config(tls, "cwmp-frontend-6", "cwmp-frontend-0")
    port = int(re.search(r"\[admin\][^\[]*?\nport = (\d+)", conf.read_text()).group(1))
    environ = {**tls._environ, "HMS_SERVICE_SECRET_FILE": tls.env["HMS_SERVICE_SECRET_FILE"],
               "HMS_ADMIN_TLS_CERTIFICATE": str(files(tls) / "server.pem"), "HMS_ADMIN_TLS_KEY": str(files(tls) / "server.key")}
    with open(tls.run / "log/cwmp-frontend-6.log", "w") as log:
        process = subprocess.Popen([binary(tls, "cwmp-frontend"), "--config", str(conf)], env=environ, stdout=log, stderr=log)

    def page(path):
        done = subprocess.run(["curl", "-sS", "--cacert", tls.env["HMS_CA_FILE"], f"https://127.0.0.1:{port}{path}"], text=True, capture_output=True,
                              timeout=20, check=False)
        return done.stdout

    try:
        eventually(lambda: page("/healthz") == "ok\n", 30)
        assert "hms_tls_handshakes_total" in page("/metrics")
        assert exchange(f"http://127.0.0.1:{port}/", request("GET")) is None
        process.send_signal(signal.SIGHUP)
        eventually(lambda: 'hms_app_reloads_total{result="ok"} 1' in page("/metrics"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert process.returncode == 0
