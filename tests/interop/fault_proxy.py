"""An HTTP proxy in front of an object store that loses, cuts, delays and refuses what a test wants it to.

    with FaultProxy(endpoint) as proxy:
        proxy.plan(lambda request: Fault.SLOW_DOWN if request.number % 7 == 0 else None)

Requests keep their Host header, so that signatures stay valid.
"""
import dataclasses
import enum
import http.client
import http.server
import socket
import struct
import threading
import time
import urllib.parse


class Fault(enum.Enum):
    INTERNAL_ERROR = "500 before the store sees the request"
    SLOW_DOWN = "503 SlowDown before the store sees the request"
    RESET = "the connection is reset before the store sees the request"
    LOST_ANSWER = "the store does it, and the connection is reset"
    CUT_ANSWER = "the store does it, and half of the answer arrives"
    SLOW = "the answer takes a second"
    FORBIDDEN = "403 AccessDenied"


@dataclasses.dataclass
class Request:
    number: int  # of all requests, from 0
    method: str
    path: str
    query: dict

    @property
    def kind(self):
        """The S3 operation."""
        if self.method == "POST":
            return "CompleteMultipartUpload" if "uploadId" in self.query else "CreateMultipartUpload"
        if "uploadId" in self.query:
            return {"PUT": "UploadPart", "DELETE": "AbortMultipartUpload"}.get(self.method, self.method)
        names = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
        return "ListObjects" if "list-type" in self.query else names.get(self.method, self.method)


def error_body(code):
    return (f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>injected</Message>'
            "<RequestId>1</RequestId></Error>").encode()


class FaultProxy:
    def __init__(self, endpoint):
        self.target = urllib.parse.urlsplit(endpoint).netloc
        self.log = []  # (kind, fault or None)
        self._plan = None
        self._lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                outer._handle(self)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # clients that go away

        self._server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def plan(self, decide):
        """`decide(request)` gives a Fault or None; None as `decide` passes all on. Starts the log anew."""
        with self._lock:
            self._plan, self.log = decide, []

    def faults(self):
        return [fault for _, fault in self.log if fault]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        with self._lock:
            request = Request(len(self.log), handler.command, url.path,
                              urllib.parse.parse_qs(url.query, keep_blank_values=True))
            fault = self._plan(request) if self._plan else None
            self.log.append((request.kind, fault))
        body = self._body(handler)
        if fault is Fault.RESET:
            return self._reset(handler)
        if fault is Fault.INTERNAL_ERROR:
            return self._refuse(handler, 500, "InternalError")
        if fault is Fault.SLOW_DOWN:
            return self._refuse(handler, 503, "SlowDown")
        if fault is Fault.FORBIDDEN:
            return self._refuse(handler, 403, "AccessDenied")
        if fault is Fault.SLOW:
            time.sleep(1)
        status, headers, answer = self._forward(handler, body)
        if fault is Fault.LOST_ANSWER:
            return self._reset(handler)
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        if fault is Fault.CUT_ANSWER:
            handler.wfile.write(answer[:len(answer) // 2])
            return self._reset(handler)
        handler.wfile.write(answer)
        return None

    @staticmethod
    def _body(handler):
        """The request's body; one in chunks as it came, chunk by chunk."""
        if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        body = b""
        while True:
            line = handler.rfile.readline()
            size = int(line.split(b";")[0], 16)
            body += line
            if size == 0:
                break
            body += handler.rfile.read(size + 2)
        while line not in (b"\r\n", b""):  # the trailers
            line = handler.rfile.readline()
            body += line
        return body

    def _forward(self, handler, body):
        connection = http.client.HTTPConnection(self.target, timeout=60)
        try:
            connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in handler.headers.items():
                if name.lower() not in ("connection", "expect"):
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            headers = [(name, value) for name, value in answer.getheaders()
                       if name.lower() not in ("connection", "transfer-encoding", "keep-alive")]
            if handler.command != "HEAD" and "content-length" not in (name.lower() for name, _ in headers):
                headers.append(("Content-Length", str(len(content))))
            return answer.status, headers, content
        finally:
            connection.close()

    @staticmethod
    def _refuse(handler, status, code):
        body = b"" if handler.command == "HEAD" else error_body(code)
        handler.send_response(status)
        handler.send_header("Content-Type", "application/xml")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    @staticmethod
    def _reset(handler):
        """Ends the connection with an RST: linger 0."""
        handler.wfile.flush()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.connection.close()
