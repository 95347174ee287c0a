"""Calls of a REST catalog on raw sockets, so that what is measured is the server's and not a client library's."""
import json
import re
import select
import socket
import statistics
import sys
import time

LAST_CHUNK = b"0\r\n\r\n"


def request_bytes(method, target, body=None, headers=(), token=None):
    """One request as it goes over the wire; a body that is bytes goes as it is, everything else as JSON."""
    text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(text)}", *headers]
    if not any(header.startswith("Content-Type") for header in headers):
        lines.append("Content-Type: application/json")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + text


class AnswerReader:
    """Takes bytes until one answer is whole."""

    def __init__(self, has_no_body=False):
        self.has_no_body = has_no_body  # it answers a HEAD
        self.data = b""
        self.head_end = -1

    def feed(self, data):
        """True once the answer is whole."""
        self.data += data
        if self.head_end < 0:
            self.head_end = self.data.find(b"\r\n\r\n")
            if self.head_end < 0:
                return False
            head = self.head = self.data[:self.head_end]
            self.status = int(head[9:12])
            self.is_chunked = b"ransfer-" in head
            self.begin = self.head_end + 4
            self.end = self.begin
            if not self.is_chunked and not self.has_no_body and self.status not in (204, 304):
                self.end += int(re.search(rb"\r\n[Cc]ontent-[Ll]ength: (\d+)", head).group(1))
        if self.is_chunked and not self.has_no_body and self.status not in (204, 304):
            return self.data.endswith(LAST_CHUNK)
        return len(self.data) >= self.end

    def body(self):
        left = self.data[self.begin:]
        if not self.is_chunked:
            return left
        pieces = []
        while True:
            size, _, left = left.partition(b"\r\n")
            if not size or int(size, 16) == 0:
                return b"".join(pieces)
            pieces.append(left[:int(size, 16)])
            left = left[int(size, 16) + 2:]

    def header(self, name):
        """The value of a header, or None."""
        found = re.search(rb"\r\n" + name.encode() + rb": ([^\r]+)", self.head + b"\r\n", re.IGNORECASE)
        return found.group(1).decode() if found else None


class Connection:
    """One kept connection; a call is one write and as few reads as it takes. Targets are below `base`."""

    def __init__(self, port, base, token=None):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.base, self.token = base, token
        self.tag = None

    def bytes_of(self, method, path, body=None, headers=()):
        return request_bytes(method, self.base + path, body, headers, self.token)

    def send(self, request):
        """Status and body."""
        self.socket.sendall(request)
        reader = AnswerReader(request.startswith(b"HEAD"))
        while not reader.feed(self.receive()):
            pass
        self.tag = reader.header("ETag")
        return reader.status, reader.body()

    def receive(self):
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the server has closed the connection")
        return data

    def call(self, method, path, body=None, headers=()):
        return self.send(self.bytes_of(method, path, body, headers))


def percentiles(times):
    """Of seconds, in milliseconds."""
    times = sorted(times)
    return {"p50": statistics.median(times) * 1000, "p99": times[min(len(times) - 1, int(len(times) * 0.99))] * 1000}


def timed(count, request_of, connection, statuses=(200, 204)):
    times = []
    for i in range(count):
        request = request_of(i)
        began = time.perf_counter()
        status, body = connection.send(request)
        times.append(time.perf_counter() - began)
        if status not in statuses:
            sys.exit(f"{request[:80]} was answered {status}: {body[:300]}")
    return percentiles(times)


def throughput(port, request, connections, seconds):
    """Requests a second, each connection asking again as soon as it is answered."""
    poll = select.epoll()
    sockets = {}
    for _ in range(connections):
        one = socket.create_connection(("127.0.0.1", port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(one.fileno(), select.EPOLLIN)
        sockets[one.fileno()] = [one, 0, b""]  # bytes of this answer, the last of them
    for one, *_ in sockets.values():
        one.sendall(request)
    done, began, wanted = 0, None, None
    while began is None or time.perf_counter() - began < seconds:
        for number, _ in poll.poll(1):
            state = sockets[number]
            data = state[0].recv(1 << 20)
            if not data:
                sys.exit("the server closes connections while they ask")
            if wanted is None:
                reader = AnswerReader()
                while not reader.feed(data):  # the first one whole: all answers are alike
                    data = state[0].recv(1 << 20)
                wanted, began = 0 if reader.is_chunked else len(reader.data), time.perf_counter()
                state[0].sendall(request)
                continue
            state[1] += len(data)
            state[2] = (state[2] + data)[-len(LAST_CHUNK):]
            if state[2] == LAST_CHUNK if wanted == 0 else state[1] >= wanted:
                state[1:] = [0, b""]
                done += 1
                state[0].sendall(request)
    took = time.perf_counter() - began
    for one, *_ in sockets.values():
        one.close()
    return done / took
