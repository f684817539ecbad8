"""HTTP as bytes, for requests that no client makes."""
import socket
import urllib.parse


def exchange(url, data, timeout=20):
    """Sends data over a new connection and reads until the status line. Returns the status, or None when the connection was closed."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=timeout) as connection:
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was sent: the answer is there all the same
        answer = b""
        try:
            while b"\r\n" not in answer:
                more = connection.recv(4096)
                if not more:
                    return None
                answer += more
        except ConnectionResetError:
            return None
    return int(answer.split(b" ", 2)[1])


def request(method="POST", headers=(), body=b"", length=True):
    """A request as bytes."""
    lines = [f"{method} / HTTP/1.1", "Host: hms", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(body, size):
    """The body in chunks of this size."""
    pieces = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
