"""What HMS is compared with: an nginx that answers the two POSTs of a quiet session with as many bytes as a front end does, and one that takes
and serves files."""
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

CONF = """
daemon off;
worker_processes 1;
error_log stderr warn;
pid nginx.pid;
{user}
events {{ worker_connections 16384; }}
http {{
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	server {{
		listen 127.0.0.1:{port} backlog=4096;
		location = /counters {{ stub_status; }}
		{locations}
	}}
}}
"""
POSTS = """
		default_type "text/xml; charset=utf-8";
		add_header Set-Cookie "{cookie}";
		location / {{
			if ($content_type = "") {{ return 204; }}
			return 200 '{body}';
		}}
"""
# The same over TLS, on the next two ports; on the second one clients have to show a certificate.
TLS_POSTS = """
	}}
	server {{
		listen 127.0.0.1:{tls_port} ssl backlog=4096;
		{tls}
		{posts}
	}}
	server {{
		listen 127.0.0.1:{mutual_port} ssl backlog=4096;
		{tls}
		ssl_client_certificate {ca};
		ssl_verify_client on;
		{posts}
"""
TLS = "ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_timeout 12h; keepalive_requests 1000000;"
INFORM_RESPONSE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:cwmp="urn:dslforum-org:cwmp-1-0"><soap:Body>'
    "<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse></soap:Body></soap:Envelope>"
)


FILES = """
		listen 127.0.0.1:{http2_port} http2 backlog=4096;
		client_max_body_size 0;
		keepalive_requests 1000000;
		location /put/ {{ root {folder}; dav_methods PUT; create_full_put_path on; }}
		location /get/ {{ root {folder}; }}
"""


class Nginx:
    """One worker. locations: what it serves, beside its counters."""

    def __init__(self, folder, port, locations):
        self.folder, self.url = pathlib.Path(folder), f"http://127.0.0.1:{port}/"
        self.folder.mkdir(parents=True, exist_ok=True)
        user = "user root;" if os.geteuid() == 0 else ""
        conf = self.folder / "nginx.conf"
        conf.write_text(CONF.format(user=user, port=port, locations=locations))
        with open(self.folder / "nginx.log", "w", encoding="ascii") as log:
            self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", f"{self.folder}/", "-c", conf], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        self.pid = self.process.pid
        self._await()

    def _await(self):
        end = time.monotonic() + 10
        while True:
            try:
                self.requests()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise RuntimeError(f"nginx does not answer: see {self.folder}/nginx.log") from None
                time.sleep(0.05)

    def requests(self):
        """Requests so far."""
        with urllib.request.urlopen(self.url + "counters", timeout=5) as reply:
            return int(reply.read().split(b"\n")[2].split()[2])

    def close(self):
        self.process.terminate()
        self.process.wait(10)


class WebServer(Nginx):
    """body_bytes and cookie: those of the front end's InformResponse."""

    def __init__(self, folder, port, body_bytes, cookie, tls=None):
        """tls: {certificate, key, ca}, files; then the next two ports speak TLS."""
        posts = POSTS.format(cookie=cookie.replace('"', ""), body=INFORM_RESPONSE + " " * (body_bytes - len(INFORM_RESPONSE)))
        locations = "keepalive_requests 1000000;" + posts
        if tls:
            self.tls_url, self.mutual_url = (f"https://127.0.0.1:{port + number}/" for number in (1, 2))
            locations += TLS_POSTS.format(posts=posts, tls_port=port + 1, mutual_port=port + 2, ca=tls["ca"],
                                          tls=TLS.format(certificate=tls["certificate"], key=tls["key"]))
        super().__init__(folder, port, locations)


class FileWebServer(Nginx):
    """PUT to /put/<name>, GET of /get/<name>; HTTP/1.1 on the port, HTTP/2 on the next one. Like the file server it keeps no descriptor of a file open."""

    def __init__(self, folder, port):
        folder = pathlib.Path(folder)
        for name in ("put", "get"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        super().__init__(folder, port, FILES.format(folder=folder, http2_port=port + 1))
        self.http2_url = f"http://127.0.0.1:{port + 1}/"

    def url_of(self, http2):
        return self.http2_url if http2 else self.url

    def add(self, name, body):
        (self.folder / "get" / name).write_bytes(body)

    def clear(self):
        """Removes what was put."""
        for path in self.folder.glob("put/*"):
            path.unlink()

    def close(self):
        super().close()
        self.clear()
        for path in self.folder.glob("get/*"):
            path.unlink()
