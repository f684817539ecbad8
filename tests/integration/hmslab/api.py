"""The REST API and hmsctl, as their callers see them."""
import json
import os
import pathlib
import re
import subprocess
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Answer:
    """status, headers (any case), body (bytes), json (None where it is no JSON)."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.json = json.loads(body) if "json" in (headers.get("Content-Type") or "") else None

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Api:
    """Calls of one token. number: which northbound."""

    def __init__(self, lab, token=None, number=0):
        self.lab, self.token = lab, token or lab.env["HMS_API_TOKEN"]
        self.url = lab.env["HMS_API_URLS"].split()[number] + "api/v1"

    def __call__(self, method, path, body=None, timeout=60, **headers):
        """body: bytes as they are, or what JSON can hold. headers: Content_Type="..." and so on."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token != "none" else {}
        if body is not None and not isinstance(body, bytes):
            body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        request = urllib.request.Request(self.url + path, method=method, data=body, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                return Answer(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def get(self, path):
        answer = self("GET", path)
        assert answer.status == 200, answer
        return answer.json

    def all(self, path, limit):
        """Every item of a list, page by page."""
        found, cursor = [], None
        while True:
            more = f"&cursor={urllib.request.quote(cursor)}" if cursor else ""
            page = self.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{more}")
            assert len(page["items"]) <= limit
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found


def new_token(lab, name, role, *more):
    return lab.program("hmsadm", "token", "create", "--name", name, "--role", role, *more).strip()


class Ctl:
    """hmsctl: status, out, err of one call."""

    def __init__(self, lab, **environ):
        self.lab = lab
        self.environ = {**lab._environ, "HMS_API_URL": lab.env["HMS_API_URL"], "HMS_API_TOKEN": lab.env["HMS_API_TOKEN"],
                        "HOME": "/nonexistent", "COLUMNS": "100", **environ}
        self.environ.pop("XDG_CONFIG_HOME", None)

    def start(self, *args):
        return subprocess.Popen([os.path.join(self.lab._environ["HMS_BIN"], "hmsctl"), *args], env=self.environ, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __call__(self, *args):
        process = self.start(*args)
        self.out, self.err = process.communicate(timeout=120)
        assert "Sanitizer" not in self.err and "runtime error" not in self.err, self.err
        self.status = process.returncode
        return self

    def __repr__(self):
        return f"<{self.status} {self.out!r} {self.err!r}>"


def schema_errors(document, schema, value, where="$"):
    """What of a value is not as a schema of openapi.yaml says: the parts of JSON Schema that the file uses."""
    while "$ref" in schema:
        found = document
        for part in schema["$ref"].lstrip("#/").split("/"):
            found = found[part]
        schema = found
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    allowed = schema.get("type", [])
    allowed = [allowed] if isinstance(allowed, str) else allowed
    fits = not allowed or any(isinstance(value, kinds[kind]) if kind in kinds else isinstance(value, (int, float)) and not isinstance(value, bool)
                              and (kind == "number" or isinstance(value, int)) for kind in allowed)
    if not fits:
        return [f"{where}: {value!r} is not {allowed}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is not one of {schema['enum']}"]
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        return [f"{where}: {value!r} does not match"]
    errors = []
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        errors += [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
        if schema.get("additionalProperties") is False:
            errors += [f"{where}.{name} is not described" for name in value if name not in properties]
        for name, part in value.items():
            if name in properties:
                errors += schema_errors(document, properties[name], part, f"{where}.{name}")
    if isinstance(value, list):
        for index, part in enumerate(value):
            errors += schema_errors(document, schema.get("items", {}), part, f"{where}[{index}]")
    return errors
