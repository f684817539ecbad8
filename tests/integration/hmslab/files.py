"""Signed URLs, made here from the layout that lib/device/file_url.c states: a second pair of eyes."""
import base64
import hashlib
import hmac
import pathlib
import struct
import time
import urllib.parse
import uuid

from .tables import PARTITIONS

UPLOAD, DOWNLOAD = 1, 2
PM, LOG, CONFIGURATION, OTHER = 1, 2, 3, 4


def token(secret, op, kind, device_id, command_id=0, file_id=bytes(16), expires_us=0):
    prk = hmac.new(bytes(32), secret, hashlib.sha256).digest()
    key = hmac.new(prk, b"file-url\x01", hashlib.sha256).digest()
    plain = bytes([1, op, kind]) + device_id + struct.pack(">Q", command_id) + file_id + struct.pack(">q", expires_us)
    return base64.urlsafe_b64encode(plain + hmac.new(key, plain, hashlib.sha256).digest()[:16]).rstrip(b"=").decode()


class Files:
    """What tests want of the file servers of a lab."""

    def __init__(self, lab):
        self.lab = lab
        self.secret = pathlib.Path(lab.env["HMS_SECRET_FILE"]).read_bytes()
        self.root = lab.run / "data/files"

    def base(self, number=0, credentials=False):
        return self.lab.env["HMS_FILES_CREDENTIALS_URLS" if credentials else "HMS_FILES_URLS"].split()[number]

    def upload_url(self, device_id, kind=PM, number=0, credentials=False, **more):
        return f"{self.base(number, credentials)}u/{token(self.secret, UPLOAD, kind, device_id, **more)}/"

    def download_url(self, device_id, file_id, name="file", number=0, credentials=False, **more):
        made = token(self.secret, DOWNLOAD, OTHER, device_id, file_id=file_id, **more)
        return f"{self.base(number, credentials)}d/{made}/{urllib.parse.quote(name)}"

    def records(self, device_id=None, name=None):
        """FileEvents as dictionaries, of one device (b"": of accounts), with this name."""
        partition = (device_id[0] << 4 | device_id[1] >> 4) * PARTITIONS >> 12 if device_id else None
        found = [record.decode("file_event", "FileEvent") for record in self.lab.records("hms.files", partition)]
        return [each for each in found if each and device_id in (None, each["device_id"]) and name in (None, each["name"])]

    def content(self, record):
        """The bytes of an upload, from its record or from the storage."""
        return (self.root / record["ref"]).read_bytes() if record["ref"] else record["body"]

    def parts(self):
        """What is half stored now."""
        return sorted(path.name for path in (self.root / "part").glob("*.part"))

    def stored(self, device_id):
        """The files of a device."""
        return sorted(path.name for path in (self.root / "device" / device_id.hex()[:2] / device_id.hex()).glob("*"))

    def add(self, body, device_id=None, expires="1 hour", ref=None, sha256=None, kind="cm", size=None):
        """A row of table file; its id."""
        file_id = uuid.uuid4()
        if ref:
            path = self.root / ref
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        self.lab.sql("""insert into file (id, tenant, kind, name, type, size, sha256, body, ref, device_id, expires)
                     values (%s, 'default', %s, 'cm.xml', 'text/xml', %s, %s, %s, %s, %s, now() + %s::interval)""",
                     str(file_id), kind, len(body) if size is None else size, sha256 or hashlib.sha256(body).digest(), None if ref else body, ref,
                     device_id and str(uuid.UUID(bytes=device_id)), expires)
        return file_id.bytes


def in_us(seconds):
    """A time in microseconds, from now."""
    return int((time.time() + seconds) * 1_000_000)


def file_id_of(device_id, kind, body):
    """FileEvent.file_id."""
    return hashlib.sha256(device_id + bytes([kind]) + hashlib.sha256(body).digest()).digest()[:16]
