"""Uploads and downloads by signed URL and by credentials, whole, cut, and hostile (PM-04, CMF-02, CMF-05, FS-01)."""
import gzip
import hashlib
import http.client
import os
import socket
import subprocess
import urllib.parse

import pytest
from hmslab import eventually
from hmslab.files import CONFIGURATION, DOWNLOAD, LOG, OTHER, PM, Files, file_id_of, in_us, token

SMALL, LARGE = b"<measCollecFile/>" * 10, os.urandom(1_500_000)


@pytest.fixture(scope="session")
def files(lab):
    return Files(lab)


@pytest.fixture
def device():
    """A device id."""
    return os.urandom(16)


def send(method, url, body=b"", headers=None, suffix=""):
    """The response, with .body."""
    parts = urllib.parse.urlsplit(url + suffix)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers or {})
        response = connection.getresponse()
        response.body = response.read()
        return response
    finally:
        connection.close()


def raw(url, data, half_close=False):
    """Sends bytes, closes; what came back, as far as anything did."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(65536)
    return b""


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


def put_head(url, length, suffix=""):
    parts = urllib.parse.urlsplit(url + suffix)
    return f"PUT {parts.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


def curl(*args, body=None):
    """Status, headers and body as curl has them."""
    done = subprocess.run(["curl", "-s", "-S", "--max-time", "30", "-w", "\n%{http_code}", *args], input=body, stdout=subprocess.PIPE, check=True)
    text, _, status = done.stdout.rpartition(b"\n")
    return int(status), text


def only_record(files, device, body):
    """The one record of a device; it says what the bytes say."""
    (record,) = files.records(device)
    assert files.content(record) == body and record["size"] == len(body)
    assert record["sha256"] == hashlib.sha256(body).digest()
    return record


# ---- uploads: kept ----

@pytest.mark.parametrize(("method", "status"), [("PUT", 201), ("POST", 200)])
@pytest.mark.parametrize("body", [SMALL, LARGE, b"", b"x" * 524288, b"x" * 524289], ids=["small", "large", "empty", "most", "more"])
def test_an_answered_upload_is_in_a_record_with_its_bytes_and_their_digest(files, device, method, status, body):
    response = send(method, files.upload_url(device, command_id=77), body, {"Content-Type": "text/xml"}, "A20260101.xml")
    assert (response.status, response.body) == (status, b"")
    record = only_record(files, device, body)
    assert (record["name"], record["kind"], record["content_type"], record["command_id"]) == ("A20260101.xml", "PM", "text/xml", 77)
    assert record["file_id"] == file_id_of(device, PM, body) and record["peer_addr"] == "127.0.0.1" and record["fs"].startswith("fileserver-0")
    assert bool(record["ref"]) == (len(body) > 524288)
    assert files.parts() == []


def test_a_chunked_upload_is_kept_whatever_its_size(files, device):
    for body in (SMALL, LARGE):
        pieces = (body[at:at + 40000] for at in range(0, len(body), 40000))
        assert send("PUT", files.upload_url(device, LOG), pieces).status == 201
    small, large = sorted(files.records(device), key=lambda each: each["size"])
    assert files.content(small) == SMALL and files.content(large) == LARGE and large["kind"] == "LOG"


def test_gzip_is_kept_as_it_is_and_noted(files, device):
    body = gzip.compress(SMALL)
    assert send("PUT", files.upload_url(device), body, {"Content-Encoding": "gzip"}, "A.xml.gz").status == 201
    record = only_record(files, device, body)
    assert record["content_encoding"] == "gzip"


def form(boundary, *parts):
    """(headers, body) pairs as multipart/form-data."""
    text = b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary, headers, body) for headers, body in parts)
    return text + b"--%s--\r\n" % boundary


@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["small", "large"])
def test_of_a_form_the_file_is_kept_with_its_name(files, device, body):
    text = form(b"XyZ", (b'Content-Disposition: form-data; name="comment"', b"a field"),
                (b'Content-Disposition: form-data; name="f"; filename="C:\\pm\\A 1.xml"\r\nContent-Type: text/xml', body),
                (b'Content-Disposition: form-data; name="g"; filename="second"', b"not this one"))
    assert send("POST", files.upload_url(device), text, {"Content-Type": "multipart/form-data; boundary=XyZ"}).status == 200
    record = only_record(files, device, body)
    assert (record["name"], record["content_type"]) == ("A 1.xml", "text/xml")


def test_of_a_form_without_a_file_the_field_is_kept(files, device):
    text = form(b"b", (b'Content-Disposition: form-data; name="data"', SMALL))
    assert send("POST", files.upload_url(device), text, {"Content-Type": 'multipart/form-data; boundary="b"'}, "x.xml").status == 200
    assert only_record(files, device, SMALL)["name"] == "x.xml"


def test_curl_uploads_a_form(files, device, tmp_path):
    (tmp_path / "pm.xml").write_bytes(LARGE)
    assert curl("-F", f"file=@{tmp_path}/pm.xml", files.upload_url(device))[0] == 200
    assert only_record(files, device, LARGE)["name"] == "pm.xml"


@pytest.mark.parametrize(("suffix", "headers", "name"), [
    ("a%20b.xml", {}, "a b.xml"), ("sub/a.xml", {}, "a.xml"), ("/a.xml", {}, "a.xml"), ("%C3%A4.xml", {}, "\u00e4.xml"),
    ("a+b.xml?name=other", {}, "a+b.xml"), ("?filename=q+1.xml", {}, "q 1.xml"), ("?x=1&name=n%2Fm.xml", {}, "m.xml"),
    ("", {"Content-Disposition": 'attachment; filename="d.xml"'}, "d.xml"),
    ("", {"Content-Disposition": "attachment; filename*=UTF-8''%C3%A4.xml"}, "\u00e4.xml"),
    ("", {"Content-Disposition": 'attachment; filename="../../etc/passwd"'}, "passwd"),
    ("x" * 500 + ".xml", {}, "x" * 196 + ".xml"), (".hidden", {}, "hidden"), ("%FF.xml", {}, "_.xml"),
])
def test_the_name_comes_from_path_query_or_disposition_and_is_cleaned(files, device, suffix, headers, name):
    assert send("PUT", files.upload_url(device), SMALL, headers, suffix).status == 201
    assert only_record(files, device, SMALL)["name"] == name


def test_a_name_is_invented_where_there_is_none(files, device):
    assert send("PUT", files.upload_url(device).rstrip("/"), SMALL).status == 201
    assert only_record(files, device, SMALL)["name"].startswith(f"{device.hex()[:8]}-")


def test_a_repeated_upload_is_the_same_file(files, device):
    for number in (0, 1):
        assert send("PUT", files.upload_url(device, number=number), LARGE).status == 201
    first, second = files.records(device)
    assert (first["file_id"], first["ref"]) == (second["file_id"], second["ref"]) and first["fs"] != second["fs"]
    assert len(files.stored(device)) == 1


# ---- uploads: cut ----

def cut(files, device, body, at):
    url = files.upload_url(device)
    raw(url, (put_head(url, len(body), "cut.xml") + body)[:at])


def over(files):
    """Whether no upload is under way."""
    return all(each.metrics()["hms_fs_uploads", ()] == 0 for each in files.lab.instances("fileserver"))


def test_an_upload_that_is_cut_at_any_byte_leaves_nothing(files, device):
    url = files.upload_url(device)
    whole = len(put_head(url, len(SMALL), "cut.xml") + SMALL)
    for at in range(whole):
        cut(files, device, SMALL, at)
    for at in (0, 1, 300000, 524288, 524289, 800000, len(LARGE) - 1):
        cut(files, device, LARGE, whole - len(SMALL) + at)
    eventually(lambda: over(files) and files.parts() == [])
    assert files.records(device) == [] and files.stored(device) == []


def test_a_chunked_upload_or_form_that_is_cut_leaves_nothing(files, device):
    url, path = files.upload_url(device), urllib.parse.urlsplit(files.upload_url(device)).path
    chunks = f"PUT {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + b"5\r\nhello\r\n"
    for text in (chunks, chunks + b"0\r\n", chunks + b"0\r\n\r"):
        raw(url, text)
    text = form(b"b", (b'Content-Disposition: form-data; name="f"; filename="x"', SMALL))
    for at in range(len(text) - 4):
        assert send("POST", url, text[:at], {"Content-Type": "multipart/form-data; boundary=b"}).status == 400
    eventually(lambda: over(files) and files.parts() == [])
    assert files.records(device) == []


def test_what_a_killed_file_server_left_behind_goes_at_its_next_start_and_the_other_ones_stay(files, device, lab):
    body, opened = LARGE * 2, []
    for number in (0, 1):
        url = files.upload_url(device, number=number)
        parts = urllib.parse.urlsplit(url)
        opened.append(socket.create_connection((parts.hostname, parts.port), timeout=30))
        opened[-1].sendall(put_head(url, len(body)) + body[:-1])
    eventually(lambda: len(files.parts()) == 2)
    server = lab.instance("fileserver-0")
    server.kill()
    assert len(files.parts()) == 2
    server.start()
    assert len(files.parts()) == 1
    opened[1].sendall(body[-1:])
    assert status_of(opened[1].recv(4096)) == 201
    for each in opened:
        each.close()
    assert only_record(files, device, body)["fs"].startswith("fileserver-1")
    assert files.parts() == []


# ---- uploads: refused ----

def refused(files, device, status, response):
    assert response.status == status, (response.status, response.body)
    assert files.records(device) == [] and files.stored(device) == [] and files.parts() == []


@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["small", "large"])
def test_a_wrong_or_expired_signature_is_403_or_410(files, device, body):
    good = files.upload_url(device)
    for at in (40, -3):
        bad = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1:]
        refused(files, device, 403, send("PUT", bad, body))
    refused(files, device, 403, send("PUT", f"{files.base()}u/", body))
    refused(files, device, 403, send("PUT", f"{files.base()}u/x/y", body))
    refused(files, device, 403, send("PUT", f"{files.base()}u/{token(files.secret, DOWNLOAD, PM, device)}/", body))
    refused(files, device, 410, send("PUT", files.upload_url(device, expires_us=in_us(-1)), body))
    assert send("PUT", files.upload_url(device, expires_us=in_us(600)), SMALL).status == 201


def test_wrong_methods_and_unknown_paths(files, device):
    for method in ("GET", "HEAD", "DELETE", "PATCH", "OPTIONS"):
        response = send(method, files.upload_url(device))
        assert (response.status, response.headers["Allow"]) == (405, "PUT, POST")
    url = files.download_url(device, bytes(16))
    for method in ("PUT", "POST", "DELETE"):
        response = send(method, url, SMALL)
        assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")
    for path in ("", "u", "x", "pm/", "pm/a.xml", "%2e%2e/u/", "..", "/u/", "metrics", "etc/passwd"):
        refused(files, device, 404, send("PUT", files.base() + path, SMALL))


@pytest.mark.parametrize("tail", ["../x", "..", "%2e%2e", "%2E%2E/x", "a/../b", "a%2fb", "%5c..%5cx", "a%00b", "%0d%0aX:1", "a%7f", "%zz", "%1", "."])
def test_names_that_try_to_be_paths_are_400_and_nothing_is_kept(files, device, tail):
    refused(files, device, 400, send("PUT", files.upload_url(device), SMALL, suffix=tail))


def test_nul_line_ends_and_very_long_targets_are_refused(files, device):
    url = files.upload_url(device)
    path = urllib.parse.urlsplit(url).path.encode()
    for tail, status in ((b"a\0b", 400), (b"a" * 70000, 414), (b"a b", 400)):
        head = b"PUT " + path + tail + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
        assert status_of(raw(url, head, half_close=True)) == status
    assert files.records(device) == []


def test_a_form_that_is_none_is_400(files, device):
    for content_type, body in (("multipart/form-data", b"x"), ("multipart/form-data; boundary=" + "b" * 71, b"x"), ("multipart/form-data; boundary=b", b""),
                               ("multipart/form-data; boundary=b", b"--b--\r\n"), ("multipart/form-data; boundary=b", b"--b\r\n" + b"X: y\r\n" * 2000),
                               ("multipart/form-data; boundary=b", form(b"b", *[(b"X: y", b"")] * 100))):
        refused(files, device, 400, send("POST", files.upload_url(device), body, {"Content-Type": content_type}))


def test_limits_are_answered_and_nothing_is_kept(files, device, lab):
    with lab.settings("fileserver-0", HMS_FILESERVER_UPLOAD_MAX_BYTES="1000000", HMS_FILESERVER_DAY_BYTES_PER_DEVICE="700000"):
        url = files.upload_url(device)
        refused(files, device, 413, send("PUT", url, LARGE))
        chunked = send("PUT", url, (LARGE[at:at + 50000] for at in range(0, 1_050_000, 50000)))
        assert chunked.status in (413, 429)
        other = os.urandom(16)
        assert send("PUT", files.upload_url(other), b"x" * 600000).status == 201
        response = send("PUT", files.upload_url(other), b"y" * 200000)
        assert response.status == 429 and int(response.headers["Retry-After"]) >= 5
        assert len(files.records(other)) == 1
        eventually(lambda: files.parts() == [])
        assert files.records(device) == []


@pytest.mark.parametrize("size", [3_000_000, 200_000_000])
def test_a_refusal_of_a_large_body_is_seen_over_http2(files, device, tmp_path, size):
    """RFC 9113 8.1: the answer is whole before the body is asked not to be sent; curl 7.88 loses it to a reset that comes at once."""
    with open(tmp_path / "big", "wb") as file:
        file.truncate(size)
    status, text = curl("--http2-prior-knowledge", "-T", str(tmp_path / "big"), files.base() + "u/wrong/x")
    assert status == 403 and text
    assert files.stored(device) == [] and files.parts() == []


def test_uploads_of_one_device_at_once_are_capped(files, device, lab):
    with lab.settings("fileserver-0", HMS_FILESERVER_UPLOADS_PER_DEVICE="1"):
        url = files.upload_url(device)
        parts = urllib.parse.urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as first:
            first.sendall(put_head(url, 10) + b"12345")
            eventually(lambda: lab.instance("fileserver-0").metrics()["hms_fs_uploads", ()] == 1)
            assert send("PUT", url, SMALL).status == 429
            assert send("PUT", files.upload_url(os.urandom(16)), SMALL).status == 201
            first.sendall(b"67890")
            assert status_of(first.recv(4096)) == 201
        assert send("PUT", url, SMALL).status == 201


def test_a_full_disk_refuses_large_uploads_only(files, device, lab):
    with lab.settings("fileserver-0", HMS_STORAGE_FREE_MIN_BYTES="1000g"):
        assert "degraded: the storage is full" in lab.instance("fileserver-0").get("/readyz")[1]
        refused(files, device, 507, send("PUT", files.upload_url(device), LARGE))
        refused(files, device, 507, send("PUT", files.upload_url(device), (LARGE[:600000],)))
        assert send("PUT", files.upload_url(device), SMALL).status == 201


def test_kafka_away_is_503_with_retry_after_and_comes_back(files, device, lab):
    with lab.settings("fileserver-0", HMS_KAFKA_MESSAGE_TIMEOUT="1s"):
        kafka = lab.instance("kafka")
        kafka.stop()
        try:
            for body in (SMALL, LARGE):
                response = send("PUT", files.upload_url(device), body)
                assert response.status == 503 and 5 <= int(response.headers["Retry-After"]) <= 30
            status, why = lab.instance("fileserver-0").get("/readyz")
            assert status == 503 and "Kafka" in why
        finally:
            kafka.start()
        assert eventually(lambda: send("PUT", files.upload_url(device), SMALL).status == 201, 60)
        # A record that was refused may have landed all the same: duplicates are normal.
        assert any(files.content(each) == SMALL for each in files.records(device))


# ---- credentials ----

def set_password(lab, folder, serial, password):
    (folder / "password").write_text(password + "\n")
    lab.program("hmsadm", "credential", "--oui", "00256D", "--product-class", "Cell-1", "--serial", serial,
                "--username", f"00256D-Cell%2D1-{serial}", "--password-file", str(folder / "password"))


@pytest.fixture
def known(lab, tmp_path):
    """A device with a credential of its own: (id, user name, password)."""
    serial = os.urandom(6).hex()
    lab.program("hmsadm", "allow", "--oui", "00256D", "--product-class", "Cell-1", "--serial", serial)
    set_password(lab, tmp_path, serial, "own secret")
    row = lab.one("select device_id from device where serial = %s", serial)
    return bytes.fromhex(row["device_id"].replace("-", "")), f"00256D-Cell%2D1-{serial}", "own secret"


@pytest.mark.parametrize("scheme", ["--digest", "--basic", "--anyauth"])
def test_curl_uploads_with_credentials_and_a_signed_url(files, known, scheme, tmp_path):
    device, user, password = known
    (tmp_path / "file").write_bytes(LARGE)
    status, _ = curl(scheme, "-u", f"{user}:{password}", "-T", str(tmp_path / "file"), files.upload_url(device, credentials=True) + "pm.xml")
    assert status == 201
    assert only_record(files, device, LARGE)["account"] == user
    assert curl(scheme, "-u", f"{user}:wrong", "-T", str(tmp_path / "file"), files.upload_url(device, credentials=True) + "pm.xml")[0] == 401
    assert curl("-T", str(tmp_path / "file"), files.upload_url(device, credentials=True) + "pm.xml")[0] == 401
    assert len(files.records(device)) == 1


@pytest.mark.parametrize("scheme", ["--digest", "--basic"])
def test_without_a_signed_url_the_user_name_says_who_it_is(files, known, scheme):
    device, user, password = known
    url = files.base(credentials=True) + "pm/A.xml?x=1"
    assert curl(scheme, "-u", f"{user}:{password}", "-X", "POST", "--data-binary", "@-", url, body=SMALL)[0] == 200
    assert only_record(files, device, SMALL)["kind"] == "PM"
    for who in (f"{user}:wrong", f"{user}x:{password}", "nobody:x", "a-b-c-d:x", "%zz-a:x"):
        assert curl(scheme, "-u", who, "-T", "-", url, body=SMALL)[0] == 401
    assert len(files.records(device)) == 1


def test_a_challenge_offers_both_digests_and_basic_and_reads_the_body_first(files, known):
    device = known[0]
    url = files.upload_url(device, credentials=True)
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        for _ in range(2):  # the connection lives on
            connection.sendall(put_head(url, 5) + b"1234")
            connection.sendall(b"5")
            answer = connection.recv(65536)
            assert status_of(answer) == 401 and answer.count(b"WWW-Authenticate: Digest") == 2 and b"WWW-Authenticate: Basic" in answer
            assert b"Connection: close" not in answer


def test_a_digest_for_another_target_is_refused(files, known):
    device, user, password = known
    url = files.upload_url(device, credentials=True)
    challenge = send("PUT", url).headers.get_all("WWW-Authenticate")[0]
    nonce = challenge.split('nonce="')[1].split('"')[0]
    ha1, ha2 = (hashlib.md5(text.encode()).hexdigest() for text in (f"{user}:hms:{password}", "PUT:/elsewhere"))
    response = hashlib.md5(f"{ha1}:{nonce}:00000001:c:auth:{ha2}".encode()).hexdigest()
    header = f'Digest username="{user}", realm="hms", nonce="{nonce}", uri="/elsewhere", cnonce="c", nc=00000001, qop=auth, response="{response}"'
    refused(files, device, 401, send("PUT", url, SMALL, {"Authorization": header}))


def test_a_changed_password_is_known_soon(files, known, lab, tmp_path):
    device, user, password = known
    url = files.upload_url(device, credentials=True)
    assert curl("--basic", "-u", f"{user}:{password}", "-T", "-", url, body=SMALL)[0] == 201
    set_password(lab, tmp_path, user.split("-")[2], "new secret")
    assert eventually(lambda: curl("--basic", "-u", f"{user}:new secret", "-T", "-", url, body=SMALL)[0] == 201)


def test_an_account_has_its_own_folder_and_quota(files, lab):
    settings = {"HMS_ACCOUNT_OSS_PASSWORD": "account secret", "HMS_ACCOUNT_OSS_QUOTA_BYTES": "1000000"}
    with lab.settings("fileserver-0", **settings):
        url = files.base(credentials=True) + "pm/"
        before = len(files.records(b""))
        for body, status in ((SMALL, 201), (b"z" * 900000, 201), (b"y" * 900000, 507), (b"y" * 50000, 201)):
            assert (curl("--digest", "-u", "oss:account secret", "-T", "-", url + "report.txt", body=body)[0], len(body)) == (status, len(body))
        assert curl("--basic", "-u", "oss:wrong", "-T", "-", url + "report.txt", body=SMALL)[0] == 401
        found = files.records(b"")[before:]
        assert {each["account"] for each in found} == {"oss"} and len(found) == 3
        assert all(each["ref"].startswith("account/oss/") and hashlib.sha256(files.content(each)).digest() == each["sha256"] for each in found)


# ---- downloads ----

CM = b"<configDataFile/>" * 1000


@pytest.mark.parametrize(("body", "ref"), [(CM, None), (LARGE, "firmware/x1"), (b"", None)], ids=["row", "storage", "empty"])
def test_a_download_is_the_file_with_its_digest(files, device, body, ref):
    url = files.download_url(device, files.add(body, device, ref=ref), "CM file.xml", number=1)
    response = send("GET", url)
    assert (response.status, response.body) == (200, body)
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    assert response.headers["ETag"] == etag and response.headers["Content-Type"] == "text/xml" and response.headers["Last-Modified"]
    assert response.headers["Content-Length"] == str(len(body))
    head = send("HEAD", url)
    assert (head.status, head.body, head.headers["Content-Length"], head.headers["ETag"]) == (200, b"", str(len(body)), etag)
    for tags in (etag, f'"x", W/{etag}', "*"):
        again = send("GET", url, headers={"If-None-Match": tags})
        assert (again.status, again.body) == (304, b"")
    assert send("GET", url, headers={"If-None-Match": '"x"'}).status == 200


@pytest.mark.parametrize("ref", [None, "firmware/x2"], ids=["row", "storage"])
def test_one_range_is_served_and_what_is_none_is_ignored(files, device, ref):
    body = bytes(range(256)) * 4000
    url = files.download_url(device, files.add(body, ref=ref))
    for text, part in (("bytes=0-0", body[:1]), ("bytes=10-", body[10:]), ("bytes=-7", body[-7:]), ("bytes=700000-9999999", body[700000:]),
                       (f"bytes=-{len(body) + 5}", body)):
        response = send("GET", url, headers={"Range": text})
        assert (response.status, response.body) == (206, part), text
        first = int(response.headers["Content-Range"].split(" ")[1].split("-")[0])
        assert response.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(body)}"
    for text in (f"bytes={len(body)}-", "bytes=-0"):
        response = send("GET", url, headers={"Range": text})
        assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{len(body)}")
    for text in ("bytes=0-1,3-4", "bytes=5-2", "bytes=", "lines=1-2", "bytes=a-b", "bytes=-", "bytes=99999999999999999999-"):
        response = send("GET", url, headers={"Range": text})
        assert (response.status, response.body) == (200, body), text
    assert send("GET", url, headers={"Range": "bytes=0-0", "If-Range": '"other"'}).status == 200


def test_curl_resumes_a_download_at_the_pace_of_its_reader(files, device, tmp_path):
    url, out = files.download_url(device, files.add(LARGE * 8, ref="firmware/x3")), tmp_path / "out"
    out.write_bytes((LARGE * 8)[:1000])
    assert curl("-C", "-", "--limit-rate", "30M", "-o", str(out), url)[0] == 206
    assert out.read_bytes() == LARGE * 8


def test_expired_deleted_and_foreign_files_are_not_served(files, device, lab):
    file_id = files.add(CM, device)
    assert send("GET", files.download_url(device, files.add(CM, expires="-1 second"))).status == 410
    assert send("GET", files.download_url(device, file_id, expires_us=in_us(-1))).status == 410
    assert send("GET", files.download_url(os.urandom(16), file_id)).status == 404
    assert send("GET", files.download_url(device, bytes(16))).status == 404
    good = files.download_url(device, file_id)
    assert send("GET", good).status == 200
    assert send("GET", good[:60] + ("A" if good[60] != "A" else "B") + good[61:]).status == 403
    assert send("GET", good.replace("/d/", "/u/")).status == 403
    lab.sql("delete from file where id = %s", file_id.hex())
    assert send("GET", good).status == 404


def test_a_file_that_is_not_as_its_row_says_is_500_or_cut(files, device):
    for ref in ("firmware/none", "../secret/hms", "part", "firmware"):
        file_id = files.add(b"", size=5, sha256=bytes(32), ref="firmware/empty")
        files.lab.sql("update file set ref = %s where id = %s", ref, file_id.hex())
        assert send("GET", files.download_url(device, file_id)).status == 500


def test_a_download_with_the_credentials_of_the_device(files, known):
    device, user, password = known
    url = files.download_url(device, files.add(CM, device), credentials=True)
    for scheme in ("--digest", "--basic"):
        assert curl(scheme, "-u", f"{user}:{password}", url) == (200, CM)
        assert curl(scheme, "-u", f"{user}:wrong", url)[0] == 401
    assert curl(url)[0] == 401


def test_postgres_away_downloads_are_503_and_uploads_go_on(files, device, lab):
    url = files.download_url(device, files.add(CM, device))
    server, postgres = lab.instance("fileserver-0"), lab.instance("postgres")
    postgres.stop()
    try:
        eventually(lambda: "degraded: postgres" in server.get("/readyz")[1])
        assert server.get("/readyz")[0] == 200
        assert send("GET", url).status == 503
        assert send("PUT", files.upload_url(device, CONFIGURATION), SMALL).status == 201
        assert send("PUT", files.upload_url(device, OTHER, credentials=True), SMALL, {"Authorization": "Basic YTpi"}).status == 503
    finally:
        postgres.start()
    assert eventually(lambda: send("GET", url).status == 200)
    lab.steady()


def test_a_storage_that_cannot_be_written_is_not_ready(files, lab):
    server, part = lab.instance("fileserver-0"), files.root / "part"
    away = part.with_name("away")
    part.rename(away)
    try:
        eventually(lambda: server.get("/readyz")[0] == 503)
        assert "storage" in server.get("/readyz")[1]
        assert send("PUT", files.upload_url(os.urandom(16)), LARGE).status == 503
    finally:
        away.rename(part)
    eventually(lambda: server.get("/readyz")[0] == 200)


def test_an_upload_under_way_is_ended_before_the_server_is(files, device, lab):
    server, url = lab.instance("fileserver-0"), files.upload_url(device)
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(put_head(url, len(LARGE)) + LARGE[:600000])
        eventually(lambda: files.parts())
        server.signal(15)
        connection.sendall(LARGE[600000:])
        assert status_of(connection.recv(4096)) == 201
    eventually(lambda: not server.alive())
    server.start()
    only_record(files, device, LARGE)
