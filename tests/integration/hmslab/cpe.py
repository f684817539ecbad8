"""A device that speaks raw CWMP: every POST, its connection, its URL and its cookies are in the test's hand."""
import hashlib
import http.client
import os
import re
import ssl
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from base64 import b64encode
from xml.sax.saxutils import escape

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:cwmp="urn:dslforum-org:cwmp-{cwmp}">'
    '<soap:Header>{header}</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>'
)

# What a factory-new HeNB that does not know Download is told at an HMS with both roles: discovery, registration, notifications, configuration, unlock, its alarms, PM uploads,
# and what it can do.
STORY = ["SetParameterValues"] * 2 + ["SetParameterAttributes"] * 2 + ["Download"] + ["SetParameterValues"] * 2 + [
    "GetParameterValues", "GetParameterNames", "AddObject", "SetParameterValues", "GetRPCMethods"]


def value_xml(value):
    """str, bool and int have a type of their own; others are given as (text, "xsd:type")."""
    if isinstance(value, bool):
        value = (str(value).lower(), "xsd:boolean")
    elif isinstance(value, int):
        value = (str(value), "xsd:unsignedInt" if value >= 0 else "xsd:int")
    elif isinstance(value, str):
        value = (value, "xsd:string")
    return f'<Value xsi:type="{value[1]}">{escape(value[0])}</Value>'


def list_xml(tag, item, parts):
    return f'<{tag} enc:arrayType="cwmp:{item}[{len(parts)}]">{"".join(parts)}</{tag}>'


def params_xml(params):
    return list_xml("ParameterList", "ParameterValueStruct", [
        f"<ParameterValueStruct><Name>{escape(name)}</Name>{value_xml(value)}</ParameterValueStruct>" for name, value in params.items()])


def rpc_response(method, inner="", params=None):
    """The body of a response; params: a ParameterList, for GetParameterValues."""
    return f"<cwmp:{method}Response>{params_xml(params) if params is not None else ''}{inner}</cwmp:{method}Response>"


def fault(code, text="", params=()):
    """The body of a CPE's fault; params: (name, code, text) of SetParameterValuesFault."""
    inner = "".join(f"<SetParameterValuesFault><ParameterName>{escape(name)}</ParameterName><FaultCode>{number}</FaultCode>"
                    f"<FaultString>{escape(why)}</FaultString></SetParameterValuesFault>" for name, number, why in params)
    return ("<soap:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault>"
            f"<FaultCode>{code}</FaultCode><FaultString>{escape(text)}</FaultString>{inner}</cwmp:Fault></detail></soap:Fault>")


def local(element):
    return element.tag.rsplit("}", 1)[-1]


class Reply:
    """An HTTP response; with an envelope in it, rpc is the method's name (e.g. "InformResponse", "Reboot", "Fault")."""

    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()
        self.rpc = self.id = self.element = None
        if self.body.lstrip().startswith(b"<"):
            envelope = ElementTree.fromstring(self.body)
            self.element = envelope.find(f"{{{SOAP}}}Body")[0]
            self.rpc = local(self.element)
            ids = [each.text for each in envelope.iterfind(f"{{{SOAP}}}Header/*") if local(each) == "ID"]
            self.id = ids[0] if ids else None

    def text(self, name):
        """Text of the first element with this local name, e.g. "FaultCode", "ParameterKey"; None if there is none."""
        return next((each.text or "" for each in self.element.iter() if local(each) == name), None)

    def texts(self, name):
        return [each.text or "" for each in self.element.iter() if local(each) == name]

    def params(self):
        """ParameterList of SetParameterValues."""
        return dict(zip(self.texts("Name"), self.texts("Value")))

    def __repr__(self):
        return f"<Reply {self.status} {self.rpc or len(self.body)} id={self.id}>"


class Cpe:
    """One device. A session is inform(), then empty() and answer() until the reply is 204; serve() does the rest of one by itself.

    Each POST goes over the connection `on` (any name; a new one for a new name), to `url` if given. Cookies are kept in self.cookies.
    ca: file with the certificates that it trusts for https. certificate: (file, key file) of its own."""

    def __init__(self, url, serial=None, oui="0200F0", product_class="HeNB", tenant="default", username=None, password="", scheme="basic",
                 params=None, cwmp="1-0", timeout=60, algorithm=None, ca=None, certificate=None):
        self.url, self.oui, self.product_class, self.tenant = url, oui, product_class, tenant
        self.serial = serial or os.urandom(6).hex().upper()
        self.username, self.password, self.scheme = username, password, scheme
        self.algorithm = algorithm or "MD5"  # which of several Digest challenges is answered
        self.params = params if params is not None else {}
        self.cwmp, self.timeout = cwmp, timeout
        self.ca, self.certificate = ca, certificate
        self.cookies, self.connections, self.challenge, self.count = {}, {}, None, 0
        self.notifications, self.downloads, self.resets = {}, None, True  # attributes; what it was told to fetch, None: does not know Download; FactoryReset
        self.uploads = []  # what it was told to send
        self.unsaid = {}  # what it has and does not say in Informs; "XNumberOfEntries" makes the table X., which may be empty
        self.methods = None  # those that it names; None: does not know GetRPCMethods

    @property
    def device_id(self):
        """As contracts section 1 has it."""
        text = "\0".join(["hms1", self.tenant, self.oui.upper(), self.product_class, self.serial])
        return hashlib.sha256(text.encode()).digest()[:16]

    # ---- HTTP ----

    def post(self, body=b"", url=None, on="main", headers=None):
        """Any body. A challenge is answered once (scheme digest)."""
        reply = self._send(body, url or self.url, on, headers or {})
        if reply.status == 401 and self.scheme == "digest" and self.username is not None:
            self.challenge, self.count = self._digest_challenge(reply), 0
            reply = self._send(body, url or self.url, on, headers or {})
        return reply

    def _send(self, body, url, on, headers):
        parts = urllib.parse.urlsplit(url)
        connection = self.connections.get((on, parts.netloc))
        if not connection:
            connection = self.connections[on, parts.netloc] = self._connection(parts)
        everything = {"Content-Type": 'text/xml; charset="utf-8"', "SOAPAction": ""} if body else {}
        if self.cookies:
            everything["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        everything.update(self._authorization(parts.path or "/"))
        everything.update(headers)
        try:
            connection.request("POST", parts.path or "/", body.encode() if isinstance(body, str) else body, everything)
            reply = Reply(connection.getresponse())
        except OSError:
            self.hang_up(on)
            raise
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";", 1)[0].split("=", 1)
            self.cookies[name.strip()] = value.strip()
        return reply

    def _connection(self, url):
        if url.scheme == "https":
            context = ssl.create_default_context(cafile=self.ca)
            if self.certificate:
                context.load_cert_chain(*self.certificate)
            return http.client.HTTPSConnection(url.netloc, timeout=self.timeout, context=context)
        return http.client.HTTPConnection(url.netloc, timeout=self.timeout)

    def hang_up(self, on=None):
        """Closes a connection, or all."""
        for key in [key for key in self.connections if on in (None, key[0])]:
            self.connections.pop(key).close()

    def _authorization(self, path):
        if self.username is None:
            return {}
        if self.scheme == "basic":
            return {"Authorization": "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode()}
        return {"Authorization": self._digest(path)} if self.challenge else {}

    def _digest_challenge(self, reply):
        found = [urllib.request.parse_keqv_list(urllib.request.parse_http_list(each.split(" ", 1)[1]))
                 for each in reply.headers.get_all("WWW-Authenticate") or [] if each.lower().startswith("digest ")]
        return next((each for each in found if each.get("algorithm", "MD5") == self.algorithm), None)

    def _digest(self, path):
        ask, cnonce = self.challenge, os.urandom(8).hex()
        self.count += 1
        algorithm = ask.get("algorithm", "MD5")
        digest = hashlib.sha256 if algorithm.upper() == "SHA-256" else hashlib.md5
        ha1, ha2 = (digest(text.encode()).hexdigest() for text in (f"{self.username}:{ask['realm']}:{self.password}", f"POST:{path}"))
        fields = {"username": self.username, "realm": ask["realm"], "nonce": ask["nonce"], "uri": path, "cnonce": cnonce}
        fields["response"] = digest(f"{ha1}:{ask['nonce']}:{self.count:08x}:{cnonce}:auth:{ha2}".encode()).hexdigest()
        if "opaque" in ask:
            fields["opaque"] = ask["opaque"]
        quoted = ", ".join(f'{name}="{value}"' for name, value in fields.items())
        return f"Digest {quoted}, algorithm={algorithm}, qop=auth, nc={self.count:08x}"

    # ---- CWMP ----

    def envelope(self, body, message_id=None):
        header = f'<cwmp:ID soap:mustUnderstand="1">{escape(message_id)}</cwmp:ID>' if message_id is not None else ""
        return ENVELOPE.format(cwmp=self.cwmp, header=header, body=body)

    def inform_xml(self, events=("2 PERIODIC",), params=None, retry=0, time="2026-01-01T00:00:00Z", message_id="1"):
        """events: codes, or (code, CommandKey)."""
        pairs = [(each, "") if isinstance(each, str) else each for each in events]
        event = list_xml("Event", "EventStruct", [f"<EventStruct><EventCode>{escape(code)}</EventCode><CommandKey>{escape(key)}"
                                                  "</CommandKey></EventStruct>" for code, key in pairs])
        return self.envelope(
            f"<cwmp:Inform><DeviceId><Manufacturer>Test</Manufacturer><OUI>{self.oui}</OUI><ProductClass>{escape(self.product_class)}"
            f"</ProductClass><SerialNumber>{escape(self.serial)}</SerialNumber></DeviceId>{event}<MaxEnvelopes>1</MaxEnvelopes>"
            f"<CurrentTime>{time}</CurrentTime><RetryCount>{retry}</RetryCount>{params_xml(self.params if params is None else params)}"
            "</cwmp:Inform>", message_id)

    def inform(self, events=("2 PERIODIC",), params=None, retry=0, url=None, on="main", **more):
        """A new session: without the cookies and the connection of the last one."""
        self.cookies = {}
        self.hang_up(on)
        return self.post(self.inform_xml(events, params, retry, **more), url, on)

    def empty(self, url=None, on="main"):
        return self.post(b"", url, on)

    def answer(self, rpc, body, url=None, on="main"):
        """body: of rpc_response() or fault(); rpc: the reply that carried the RPC."""
        return self.post(self.envelope(body, rpc.id), url, on)

    def request(self, body, url=None, on="main", message_id="r1"):
        """An RPC of the device, e.g. "<cwmp:TransferComplete>..."."""
        return self.post(self.envelope(body, message_id), url, on)

    # ---- a device that does as it is told ----

    def serve(self, reply=None, url=None, on="main", most=100):
        """From the empty POST (or from an RPC received) to the end of the session. Returns the replies that carried RPCs, and the last."""
        reply, rpcs = reply or self.empty(url, on), []
        while reply.rpc and len(rpcs) < most:
            rpcs.append(reply)
            reply = self.answer(reply, self.execute(reply), url, on)
        return rpcs, reply

    def session(self, events=("2 PERIODIC",), url=None, on="main", **more):
        """A whole one; asserts that the Inform is accepted. Returns the replies that carried RPCs, and the last."""
        reply = self.inform(events, url=url, on=on, **more)
        assert reply.rpc == "InformResponse", reply
        return self.serve(url=url, on=on)

    def execute(self, rpc):
        """Does an RPC on self.params: the body of its answer."""
        act = getattr(self, f"_do_{re.sub('[^A-Za-z]', '', rpc.rpc)}", None)
        return act(rpc) if act else fault(9000, "Method not supported")

    def _named(self, path):
        return {name: value for name, value in {**self.unsaid, **self.params}.items() if name == path or (path.endswith(".") or not path) and name.startswith(path)}

    def _do_GetParameterValues(self, rpc):
        found = {}
        for path in rpc.texts("string"):
            part = self._named(path)
            if not part and path[:-1] + "NumberOfEntries" not in {**self.unsaid, **self.params}:
                return fault(9005, "Invalid parameter name")
            found.update(part)
        return rpc_response("GetParameterValues", params=found)

    def _do_GetRPCMethods(self, rpc):
        if self.methods is None:
            return fault(9000, "Method not supported")
        return rpc_response("GetRPCMethods", f'<MethodList enc:arrayType="xsd:string[{len(self.methods)}]">'
                            f'{"".join(f"<string>{escape(name)}</string>" for name in self.methods)}</MethodList>')

    def _do_SetParameterValues(self, rpc):
        types = {"boolean": lambda text: text in ("1", "true"), "unsignedInt": int, "int": int}
        for struct in rpc.element.iter():
            if local(struct) == "ParameterValueStruct":
                name, value = struct[0].text, struct[1]
                kind = next((text for key, text in value.attrib.items() if key.endswith("}type")), "xsd:string").split(":")[-1]
                self.params[name] = types.get(kind, str)(value.text or "")
        key = rpc.text("ParameterKey")
        for name in [name for name in self.params if name.endswith(".ManagementServer.ParameterKey")]:
            self.params[name] = key
        return rpc_response("SetParameterValues", "<Status>0</Status>")

    def _do_SetParameterAttributes(self, rpc):
        """A parameter that is not there is taken, too: tables of event rows are not in params."""
        self.notifications.update(zip(rpc.texts("Name"), rpc.texts("Notification")))
        return rpc_response("SetParameterAttributes")

    def _do_AddObject(self, rpc):
        table = rpc.text("ObjectName")
        taken = {int(name[len(table):].split(".")[0]) for name in self._named(table) if name[len(table):].split(".")[0].isdigit()}
        number = min(set(range(1, len(taken) + 2)) - taken)
        self.params[f"{table}{number}.Alias"] = ""
        return rpc_response("AddObject", f"<InstanceNumber>{number}</InstanceNumber><Status>0</Status>")

    def _do_DeleteObject(self, rpc):
        row = rpc.text("ObjectName")
        if not self._named(row):
            return fault(9005, "Invalid parameter name")
        self.params = {name: value for name, value in self.params.items() if not name.startswith(row)}
        return rpc_response("DeleteObject", "<Status>0</Status>")

    def _do_GetParameterAttributes(self, rpc):
        structs = [f"<ParameterAttributeStruct><Name>{name}</Name><Notification>{self.notifications.get(name, 0)}</Notification>"
                   '<AccessList enc:arrayType="xsd:string[0]"/></ParameterAttributeStruct>' for name in rpc.texts("string")]
        return rpc_response("GetParameterAttributes", list_xml("ParameterList", "ParameterAttributeStruct", structs))

    def _do_Download(self, rpc):
        """Only kept: the test fetches, and says TransferComplete."""
        if self.downloads is None:
            return fault(9000, "Method not supported")
        self.downloads.append({name: rpc.text(name) for name in ("CommandKey", "FileType", "URL", "FileSize")})
        return rpc_response("Download", "<Status>1</Status><StartTime>0001-01-01T00:00:00Z</StartTime><CompleteTime>0001-01-01T00:00:00Z</CompleteTime>")

    def _do_Upload(self, rpc):
        """Only kept, as Download."""
        self.uploads.append({name: rpc.text(name) for name in ("CommandKey", "FileType", "URL")})
        return rpc_response("Upload", "<Status>1</Status><StartTime>0001-01-01T00:00:00Z</StartTime><CompleteTime>0001-01-01T00:00:00Z</CompleteTime>")

    def _do_FactoryReset(self, rpc):
        return rpc_response("FactoryReset") if self.resets else fault(9000, "Method not supported")

    def transfer_complete(self, command_key, code=0, text=""):
        """The body of the request."""
        return (f"<cwmp:TransferComplete><CommandKey>{escape(command_key)}</CommandKey><FaultStruct><FaultCode>{code}</FaultCode><FaultString>"
                f"{escape(text)}</FaultString></FaultStruct><StartTime>2026-01-01T00:00:00Z</StartTime><CompleteTime>2026-01-01T00:00:01Z"
                "</CompleteTime></cwmp:TransferComplete>")

    def _do_GetParameterNames(self, rpc):
        path, next_level = rpc.text("ParameterPath"), rpc.text("NextLevel") in ("1", "true")
        names = sorted(self._named(path))
        if next_level:
            names = sorted({path + re.match(r"[^.]*\.?", name[len(path):]).group(0) for name in names if name != path})
        structs = [f"<ParameterInfoStruct><Name>{name}</Name><Writable>1</Writable></ParameterInfoStruct>" for name in names]
        return rpc_response("GetParameterNames", list_xml("ParameterList", "ParameterInfoStruct", structs))
