"""What a server keeps under names: schedules and connections."""

from __future__ import annotations

import urllib.parse
from typing import Any, Literal, Mapping

from tarn.jobs import Job
from tarn.transport import Transport

Records = list[dict[str, Any]]
Times = list[str]


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")


class Schedules:
    """Calls that the server makes again and again."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, owner: str | None = None) -> Records:
        """One's own; of administrators all, or those of one owner."""
        schedules: Records = self._transport.call("GET", "/api/v1/schedules", query={"owner": owner})["schedules"]
        return schedules

    def get(self, name: str) -> dict[str, Any]:
        """The schedule, with its next five runs."""
        return self._transport.call("GET", self._path(name))

    def add(self, name: str, call: str, request: Mapping[str, Any], *, cron: str | None = None, every: str | None = None,
            time_zone: str | None = None, start: str | None = None, end: str | None = None,
            overlap: Literal["skip", "queue", "cancel"] | None = None, catch_up: Literal["none", "last", "all"] | None = None,
            catch_up_max: int | None = None, jitter_seconds: int | None = None, pause_after_failures: int | None = None,
            description: str | None = None) -> dict[str, Any]:
        """Stores a schedule.

        call: a path below /api/v1 that becomes a job, such as "/load/postgres" or "/sql". request: the JSON that it takes,
        without passwords: name a stored connection. cron: five fields, or six with the second first; or every: "15m".
        """
        return self._transport.call("POST", "/api/v1/schedules", _present(dict(
            name=name, call=call, request=dict(request), cron=cron, every=every, time_zone=time_zone, start=start, end=end,
            overlap=overlap, catch_up=catch_up, catch_up_max=catch_up_max, jitter_seconds=jitter_seconds,
            pause_after_failures=pause_after_failures, description=description)))

    def change(self, name: str, **members: Any) -> dict[str, Any]:
        """Changes members that add() has too; the others stay."""
        return self._transport.call("PUT", self._path(name), members)

    def preview(self, *, cron: str | None = None, every: str | None = None, time_zone: str | None = None,
                start: str | None = None, end: str | None = None) -> Times:
        """When it would run: five times in UTC."""
        body = _present(dict(cron=cron, every=every, time_zone=time_zone, start=start, end=end))
        runs: Times = self._transport.call("POST", "/api/v1/schedules/preview", body)["next_runs"]
        return runs

    def pause(self, name: str) -> dict[str, Any]:
        """Runs it no more for now; what is due meanwhile is left out."""
        return self._transport.call("POST", self._path(name) + "/pause")

    def resume(self, name: str) -> dict[str, Any]:
        return self._transport.call("POST", self._path(name) + "/resume")

    def run(self, name: str) -> Job | None:
        """Runs it now. None if the run before goes on: this one begins when that has ended."""
        answer = self._transport.call("POST", self._path(name) + "/run")
        job_id = answer.get("job_id")
        return Job(self._transport, self._transport.call("GET", f"/api/v1/jobs/{job_id}")) if job_id else None

    def history(self, name: str) -> Records:
        """Its last runs, the newest first."""
        runs: Records = self._transport.call("GET", self._path(name) + "/history")["runs"]
        return runs

    def remove(self, name: str) -> None:
        """A run under way goes on."""
        self._transport.call("DELETE", self._path(name))

    @staticmethod
    def _path(name: str) -> str:
        return f"/api/v1/schedules/{_quoted(name)}"


class Connections:
    """Hosts, users and passwords under names that loads and schedules use."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> Records:
        """One's own and shared ones; never a secret."""
        connections: Records = self._transport.call("GET", "/api/v1/connections")["connections"]
        return connections

    def get(self, name: str) -> dict[str, Any]:
        return self._transport.call("GET", self._path(name))

    def add(self, name: str, type: Literal["postgres", "s3", "http"], *, shared: bool = False, description: str | None = None,
            **members: Any) -> dict[str, Any]:
        """Stores a connection.

        members: of postgres host, port, database, user, password, sslmode, sslrootcert; of s3 endpoint, region, path_style,
        bucket, access_key, secret_key, session_token; of http url, user, password, token. Secrets are kept encrypted.
        """
        return self._transport.call("POST", "/api/v1/connections", _present(dict(
            members, name=name, type=type, shared=shared, description=description)))

    def replace(self, name: str, type: Literal["postgres", "s3", "http"], *, shared: bool = False,
                description: str | None = None, **members: Any) -> dict[str, Any]:
        """As add(), for one that exists. Secrets that are left out stay, unless host, port, endpoint or URL change."""
        return self._transport.call("PUT", self._path(name), _present(dict(
            members, type=type, shared=shared, description=description)))

    def test(self, name: str) -> dict[str, Any]:
        """Connects once; raises what stands in the way."""
        return self._transport.call("POST", self._path(name) + "/test")

    def remove(self, name: str) -> None:
        self._transport.call("DELETE", self._path(name))

    @staticmethod
    def _path(name: str) -> str:
        return f"/api/v1/connections/{_quoted(name)}"
