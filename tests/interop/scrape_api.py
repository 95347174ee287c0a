"""The scraping calls of one server."""
import json
import urllib.error
import urllib.request

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Api:
    def __init__(self, server):
        self.server = server
        self.uri = server.uri + "/api/v1"

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.uri + path, method=method, headers={"Content-Type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with OPENER.open(request, timeout=110) as answer:
                return answer.status, json.loads(answer.read() or "{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "{}")

    def ok(self, path, **body):
        status, answer = self.call("POST", path, {"interval_ms": 0, **body})
        assert status == 200, answer
        assert answer["status"] == "success"
        return answer

    def fails(self, path, status, **body):
        got, answer = self.call("POST", path, {"interval_ms": 0, **body})
        assert got == status, answer
        return answer["message"]

    def rows(self, table, columns="*", order=1):
        return self.server.tarn.sql(f"SELECT {columns} FROM {table} ORDER BY {order}")
