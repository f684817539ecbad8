"""placeholder"""
import json, urllib.request, urllib.error, time
def test_smoke(lab, settled):
    env = lab.env
    def get(path, method="GET", body=None, token=env["HMS_API_TOKEN"]):
        req = urllib.request.Request(env["HMS_API_URL"] + "api/v1" + path, method=method, data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": "Bearer " + token, **({"Content-Type": "application/json"} if body is not None else {})})
        try:
            with urllib.request.urlopen(req, timeout=20) as r:
                return r.status, json.loads(r.read())
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode(), dict(e.headers)
    print(get("/devices", token="x"*20)); print(get("/devices?limit=2"))
    print(get("/status"))
    d = settled(serial="S1")
    id = d.device_id.hex()
    print(get("/devices?limit=2"))
    import uuid
    id = str(uuid.UUID(hex=id))
    for p in ("", "/history", "/parameters", "/commands", "/files"):
        print(p, get(f"/devices/{id}{p}"), "\n")
    print(get("/devices/0200F0-HeNB-S1/commands", "POST", {"kind": "GetParameterValues", "arguments": {"ParameterNames": ["Device."]}}))
    print(get("/devices/0200F0-S1/commands"))
    for p in ("/tokens", "/audit", "/files", "/stream/dead", "/devices?nope=1", "/xx", "/devices?state=X"):
        print(p, get(p), "\n")
    print(get(f"/devices/{id}/block", "POST", {"reason": "x"}))
    print(get(f"/devices/{id}/block", "POST", {"reason": "x", "y": 2}))
    print(get("/devices", "POST", {"reason": "x", "y": 2}))
    assert 0
