"""One run of h2load: so many requests over so many connections, one at a time on each, by HTTP/1.1 or HTTP/2 (h2c, by prior knowledge)."""
import collections
import re
import subprocess



def run(folder, urls, count, clients, http2, body=None):
    """urls: taken in turn by each connection. body: a file, to be PUT. Returns statuses {status: count}, bytes received, seconds, waits in us."""
    log, list_ = folder / "h2load.log", folder / "h2load.urls"
    log.unlink(missing_ok=True)
    list_.write_text("".join(f"{url}\n" for url in urls), encoding="ascii")
    command = ["h2load", "-n", str(count), "-c", str(clients), "-m1", "--log-file", log, "-i", list_]
    command += [] if http2 else ["--h1"]
    command += ["-H", ":method: PUT", "-d", body] if body else []
    text = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300).stdout
    lines = [tuple(map(int, line.split("\t"))) for line in log.read_text(encoding="ascii").splitlines()]
    traffic = re.search(r"\((\d+)\) data", text)
    if not lines or not traffic:
        raise SystemExit(f"bench: h2load failed:\n{text}")
    return {"statuses": collections.Counter(status for _, status, _ in lines), "bytes": int(traffic.group(1)), "waits": [wait for _, _, wait in lines],
            "seconds": (max(begun + wait for begun, _, wait in lines) - min(begun for begun, _, _ in lines)) / 1e6}
