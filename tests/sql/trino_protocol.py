"""Trino's client protocol by hand: what a server says, with a session's state kept as clients must keep it."""
import json
import urllib.parse
import urllib.request

CAPABILITIES = "PATH,PARAMETRIC_DATETIME,SESSION_AUTHORIZATION"


class TrinoSession:
    def __init__(self, uri, user="bench"):
        self.uri, self.user = uri, user
        self.catalog = self.schema = self.transaction = None
        self.properties, self.prepared = {}, {}

    def ask(self, text):
        """{"columns", "rows", "updateType", "headers", "error"} of one statement, as far as it has them."""
        answer = {"headers": {}}
        page = self.call(f"{self.uri}/v1/statement", answer, body=text.encode())
        while True:
            if page.get("columns"):
                answer["columns"] = [[column["name"], column["type"]] for column in page["columns"]]
            if page.get("data"):
                answer.setdefault("rows", []).extend(page["data"])
            if "updateType" in page:
                answer["updateType"] = page["updateType"]
            if "error" in page:
                error = page["error"]
                answer["error"] = {"name": error["errorName"], "message": error["message"]}
                if place := error.get("errorLocation"):
                    answer["error"]["at"] = [place["lineNumber"], place["columnNumber"]]
            if "nextUri" not in page:
                self.keep(answer["headers"])
                return answer
            page = self.call(page["nextUri"], answer)

    def call(self, uri, answer, body=None):
        headers = {"X-Trino-User": self.user, "X-Trino-Time-Zone": "UTC", "X-Trino-Client-Capabilities": CAPABILITIES,
                   "X-Trino-Transaction-Id": self.transaction or "NONE"}
        if self.catalog:
            headers["X-Trino-Catalog"] = self.catalog
        if self.schema:
            headers["X-Trino-Schema"] = self.schema
        for name, values in (("Session", self.properties), ("Prepared-Statement", self.prepared)):
            if values:
                headers[f"X-Trino-{name}"] = ",".join(f"{k}={urllib.parse.quote_plus(v)}" for k, v in values.items())
        with urllib.request.urlopen(urllib.request.Request(uri, data=body, headers=headers), timeout=120) as response:
            answer["headers"] |= {name.removeprefix("X-Trino-"): value for name, value in response.headers.items()
                                  if name.startswith("X-Trino-")}
            return json.load(response)

    def keep(self, headers):
        self.catalog = headers.get("Set-Catalog", self.catalog)
        self.schema = headers.get("Set-Schema", self.schema)
        self.transaction = headers.get("Started-Transaction-Id", self.transaction)
        if "Clear-Transaction-Id" in headers:
            self.transaction = None
        for header, values in (("Set-Session", self.properties), ("Added-Prepare", self.prepared)):
            if header in headers:
                name, value = headers[header].split("=", 1)
                values[name] = urllib.parse.unquote_plus(value)
        self.properties.pop(headers.get("Clear-Session"), None)
        self.prepared.pop(headers.get("Deallocated-Prepare"), None)
