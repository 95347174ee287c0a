"""Jobs: what loads, scrapes, migrations, statements and maintenance are while and after they run."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any, Callable, Iterator, Mapping

from tarn.errors import TarnError, UnreachableError, error_of
from tarn.transport import Transport

_ENDED = ("succeeded", "failed", "cancelled")
_POLL_FIRST, _POLL_LAST = 0.02, 0.5
# A job outlives its server; so long its next one may take to come up while somebody waits.
_SERVER_AWAY_MAX = 60.0

Progress = Callable[["Job"], None]


class Job:
    """One piece of work of the server, as it was when it was last asked for."""

    def __init__(self, transport: Transport, record: Mapping[str, Any]) -> None:
        self._transport = transport
        self._record: dict[str, Any] = dict(record)

    def __repr__(self) -> str:
        return f"<tarn.Job {self.id} {self.kind} {self.state}, {self.rows} rows>"

    @property
    def id(self) -> str:
        return str(self._record["id"])

    @property
    def kind(self) -> str:
        return str(self._record["kind"])

    @property
    def state(self) -> str:
        """queued, running, succeeded, failed or cancelled."""
        return str(self._record["state"])

    @property
    def ended(self) -> bool:
        return self.state in _ENDED

    @property
    def rows(self) -> int:
        """Rows so far."""
        return int(self._record.get("rows") or 0)

    @property
    def part(self) -> float | None:
        """How much is done, 0 to 1; None where nobody can know."""
        value = self._record.get("part")
        return None if value is None else float(value)

    @property
    def step(self) -> str:
        """What it is doing, in words."""
        return str(self._record.get("step") or "")

    @property
    def snapshot_id(self) -> int | None:
        """The snapshot that it committed."""
        value = self._record.get("snapshot_id")
        return None if value is None else int(value)

    @property
    def error(self) -> TarnError | None:
        """Why it failed, or that it was cancelled; None otherwise."""
        if self.state == "cancelled":
            return error_of(self._record.get("error") or {"code": "CANCELLED", "message": f"The job was cancelled: {self.id}"},
                            job_id=self.id)
        if self.state == "failed":
            return error_of(self._record.get("error") or {"message": f"The job failed: {self.id}"}, job_id=self.id)
        return None

    @property
    def result(self) -> dict[str, Any]:
        """What came of it: the answer of the call. Raises what failed the job; ValueError while it has not ended."""
        if (error := self.error) is not None:
            raise error
        if not self.ended:
            raise ValueError(f"job {self.id} is {self.state}: wait() for its end")
        return dict(self._record.get("result") or {})

    @property
    def record(self) -> dict[str, Any]:
        """Everything that the server says about it."""
        return dict(self._record)

    def refresh(self) -> Job:
        """Asks the server how it is now."""
        self._record = self._transport.call("GET", f"/api/v1/jobs/{self.id}")
        return self

    def wait(self, progress: Progress | None = None, timeout: float | None = None) -> Job:
        """Waits for its end and raises what failed it.

        progress: is called with this job whenever something has changed. timeout: seconds; TimeoutError when they are
        over, and the job goes on. A server that is restarted meanwhile has a minute to come back.
        """
        end = None if timeout is None else time.monotonic() + timeout
        pause, seen = _POLL_FIRST, None
        while True:
            if progress is not None and self._record != seen:
                seen = self._record
                progress(self)
            if self.ended:
                break
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"job {self.id} is {self.state} after {timeout:g} s")
            time.sleep(pause if end is None else max(0.0, min(pause, end - time.monotonic())))
            pause = min(pause * 1.5, _POLL_LAST)
            self._refresh_patiently()
        if (error := self.error) is not None:
            raise error
        return self

    def events(self) -> Iterator[Job]:
        """This job each time that something happens, until it has ended, as the server tells it (server-sent events).

        Raises TarnError with status 429 where too many watch already: wait() does not mind.
        """
        with self._transport.open("GET", f"/api/v1/jobs/{self.id}/events", headers={"Accept": "text/event-stream"}) as stream:
            for record in _events_of(stream):
                self._record = record
                yield self

    def cancel(self) -> Job:
        """Asks for its end; wait() tells when it has come. A job that has ended stays as it is."""
        self._record = self._transport.call("POST", f"/api/v1/jobs/{self.id}/cancel")
        return self

    def retry(self) -> Job:
        """A new job that does the same again."""
        return Job(self._transport, self._transport.call("POST", f"/api/v1/jobs/{self.id}/retry"))

    def _refresh_patiently(self) -> None:
        end = time.monotonic() + _SERVER_AWAY_MAX
        while True:
            try:
                self.refresh()
                return
            except TarnError as error:
                away = isinstance(error, UnreachableError) or error.status == 503
                if not away or time.monotonic() >= end:
                    raise
            time.sleep(_POLL_LAST)


def _events_of(stream: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    """The records in the data of a stream's events."""
    data: list[str] = []
    try:
        for line in stream:
            text = line.decode().rstrip("\r\n")
            if text.startswith("data:"):
                data.append(text[5:].removeprefix(" "))
            elif not text and data:
                yield json.loads("\n".join(data))
                data = []
    except (http.client.HTTPException, OSError) as error:
        raise UnreachableError("UNREACHABLE", f"The stream of events broke off: {error}", status=0) from error
