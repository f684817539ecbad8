"""A device's connection request server (TR-069 3.2.2): Digest by hashlib, and as many faults as a test wants."""
import hashlib
import http.server
import os
import threading
import urllib.request


class Callee:
    """Listens on a loopback address. answer: the status after credentials were right; credentials: (user name, password) or None: nothing is asked for; scheme: "MD5", "SHA-256", "basic",
    "no-qop". calls: the path of each request that was let in; seen: headers of all requests."""

    def __init__(self, credentials=None, scheme="MD5", answer=200, body=b"", headers=(), drop_after_challenge=False, address="127.0.0.1"):
        self.credentials, self.scheme, self.answer, self.body, self.headers = credentials, scheme, answer, body, headers
        self.drop_after_challenge = drop_after_challenge
        self.calls, self.seen, self.on_call = [], [], None
        self.nonce = os.urandom(8).hex()
        callee = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                callee.seen.append(dict(self.headers))
                if callee.credentials and not callee.right(self.path, self.headers.get("Authorization", "")):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", callee.challenge())
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    self.close_connection = callee.drop_after_challenge
                    return
                callee.calls.append(self.path)
                self.send_response(callee.answer)
                for name, value in callee.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(callee.body)))
                self.end_headers()
                try:
                    self.wfile.write(callee.body)
                except OSError:
                    pass  # HMS reads no more than it wants
                if callee.on_call:
                    callee.on_call()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.url = f"http://{address}:{self.server.server_port}/{os.urandom(4).hex()}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def challenge(self):
        if self.scheme == "basic":
            return 'Basic realm="cpe"'
        qop = "" if self.scheme == "no-qop" else ', qop="auth"'
        algorithm = "" if self.scheme == "no-qop" else f", algorithm={self.scheme}"
        return f'Digest realm="cpe", nonce="{self.nonce}"{qop}{algorithm}, opaque="x"'

    def right(self, path, header):
        user, password = self.credentials
        scheme, _, rest = header.partition(" ")
        if self.scheme == "basic":
            import base64
            return scheme == "Basic" and base64.b64decode(rest) == f"{user}:{password}".encode()
        if scheme != "Digest":
            return False
        got = urllib.request.parse_keqv_list(urllib.request.parse_http_list(rest))
        digest = hashlib.sha256 if self.scheme == "SHA-256" else hashlib.md5
        ha1, ha2 = (digest(text.encode()).hexdigest() for text in (f"{user}:cpe:{password}", f"GET:{path}"))
        middle = f"{got['nc']}:{got['cnonce']}:{got['qop']}:" if "qop" in got else ""
        return (got["username"], got["realm"], got["nonce"], got["uri"]) == (user, "cpe", self.nonce, path) and \
            ("qop" in got) == (self.scheme != "no-qop") and got["response"] == digest(f"{ha1}:{self.nonce}:{middle}{ha2}".encode()).hexdigest()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
