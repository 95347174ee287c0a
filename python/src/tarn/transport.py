"""HTTP as the client needs it: JSON both ways, tokens that are renewed, errors as exceptions."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import IO, Any, Mapping

from tarn.errors import UnreachableError, error_of

# A token is renewed so many seconds before its end.
_RENEW_BEFORE = 10.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the caller's token to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Transport:
    """Calls to one server. Threads may share it."""

    def __init__(self, url: str, *, token: str | None = None, client_id: str | None = None, client_secret: str | None = None,
                 timeout: float = 60.0, ca_file: str | None = None) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"the URL of a server is like http://127.0.0.1:8080, not {url!r}")
        if parts.username or parts.password:
            raise ValueError("give client_id and client_secret in place of a user and password in the URL")
        if (client_id is None) != (client_secret is None) or (token is not None and client_id is not None):
            raise ValueError("give a token, or client_id and client_secret, or neither")
        self.url = url.rstrip("/")
        self.host: str = parts.hostname
        self.port: int = parts.port or (443 if parts.scheme == "https" else 80)
        self.scheme = parts.scheme
        self.is_loopback = parts.hostname in _LOOPBACK
        self.timeout = timeout
        self.ca_file = ca_file
        self.client_id = client_id
        self.client_secret = client_secret
        self._token = token
        self._token_ends: float | None = None
        self._lock = threading.Lock()
        handlers: list[urllib.request.BaseHandler] = [
            _NoRedirects(), urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file))]
        if self.is_loopback:
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def token(self) -> str | None:
        """An access token that is valid for now; None where nobody signs in."""
        with self._lock:
            expired = self._token_ends is not None and time.monotonic() >= self._token_ends
            if self.client_id is not None and (self._token is None or expired):
                self._sign_in()
            return self._token

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, query: Mapping[str, Any] | None = None,
             headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The answer of a call that takes and gives JSON."""
        headers = dict(headers or {})
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        with self.open(method, path, data, query=query, headers=headers) as answer:
            return self._decode(answer)

    def upload(self, path: str, data: IO[bytes], num_bytes: int, *, query: Mapping[str, Any]) -> dict[str, Any]:
        """Sends a file as it is read."""
        self.token()
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(num_bytes)}
        with self.open("POST", path, data, query=query, headers=headers) as answer:
            return self._decode(answer)

    def open(self, method: str, path: str, data: bytes | IO[bytes] | None = None, *, query: Mapping[str, Any] | None = None,
             headers: Mapping[str, str] | None = None) -> http.client.HTTPResponse:
        """The open answer of a call; errors are raised. The caller closes it."""
        present = {name: str(value) for name, value in (query or {}).items() if value is not None}
        url = self.url + path + (f"?{urllib.parse.urlencode(present)}" if present else "")
        try:
            return self._send(method, url, data, headers or {}, self.token())
        except urllib.error.HTTPError as refusal:
            renew = refusal.code == 401 and self.client_id is not None and (data is None or isinstance(data, bytes))
            if not renew:
                raise self._error(refusal) from None
        with self._lock:
            self._sign_in()
            token = self._token
        try:
            return self._send(method, url, data, headers or {}, token)
        except urllib.error.HTTPError as refusal:
            raise self._error(refusal) from None

    def _send(self, method: str, url: str, data: bytes | IO[bytes] | None, headers: Mapping[str, str],
              token: str | None) -> http.client.HTTPResponse:
        request = urllib.request.Request(url, data=data, method=method, headers=dict(headers))
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            answer: http.client.HTTPResponse = self._opener.open(request, timeout=self.timeout)
            return answer
        except urllib.error.HTTPError:
            raise
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise UnreachableError("UNREACHABLE", f"{self.url} does not answer: {reason}", status=0,
                                   hint="is the server up, and is this its address?") from error

    def _sign_in(self) -> None:
        """Takes a new token for the client's id and secret; the lock is held."""
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url = f"{self.url}/catalog/v1/oauth/tokens"
        try:
            with self._send("POST", url, urllib.parse.urlencode(form).encode(), headers, None) as answer:
                granted = self._decode(answer)
        except urllib.error.HTTPError as refusal:
            raise self._error(refusal) from None
        self._token = str(granted["access_token"])
        seconds = float(granted.get("expires_in", 300))
        self._token_ends = time.monotonic() + max(seconds - _RENEW_BEFORE, seconds / 2)

    def _decode(self, answer: http.client.HTTPResponse) -> dict[str, Any]:
        try:
            text = answer.read()
            decoded = json.loads(text) if text else {}
        except (http.client.HTTPException, OSError) as error:
            raise UnreachableError("UNREACHABLE", f"{self.url} broke its answer off: {error}", status=0) from error
        except ValueError:
            decoded = None
        if not isinstance(decoded, dict):
            raise UnreachableError("UNREACHABLE", f"{self.url} did not answer with a JSON object", status=0,
                                   hint="is this the address of a Tarn server?")
        return decoded

    def _error(self, refusal: urllib.error.HTTPError) -> Exception:
        with refusal:
            try:
                answer = json.loads(refusal.read())
            except (ValueError, http.client.HTTPException, OSError):
                answer = {}
        if not isinstance(answer, dict):
            answer = {}
        if "code" not in answer and "error_description" in answer:  # RFC 6749, of the token endpoint
            answer = {"code": "UNAUTHENTICATED", "message": answer["error_description"]}
        return error_of(answer, refusal.code)
