"""A web server that misbehaves on purpose, for tests of who reads it: each path does one thing."""
import email.utils
import functools
import gzip
import http.server
import json
import socket
import threading
import time
import urllib.parse
import zlib

COUNTRIES = """<!doctype html><html><head><title>t</title></head><body>
<table class="wikitable sortable"><caption>By GDP</caption>
<tr><th rowspan=2>Country</th><th colspan=2>GDP (US$ million)</th><th rowspan=2>Date<sup class="reference"><a href="#n">[1]</a>
</sup></th></tr><tr><th>Forecast</th><th>Share</th></tr>
<tr><td><span style="display:none">!</span><a href="/us">United&nbsp;States</a></td><td>30,337,162</td><td>26.1%</td>
<td>1 March 2024</td></tr>
<tr><td><a href="/de">Germany</a><sup class=reference>[2]</sup></td><td>4,921,563</td><td>4.2%</td><td>2 March 2024</td></tr>
<tr><td>Tuvalu</td><td>65</td><td>0%</td><td>–</td></tr></table></body></html>"""

SCRIPTED = """<!doctype html><body><ul id=out></ul><script>
setTimeout(() => { for (const n of ["one", "two", "three"]) {
  const li = document.createElement("li"); li.textContent = n; document.getElementById("out").append(li); } }, 300);
fetch("http://169.254.169.254/latest/").then(() => { document.title = "reached"; });
</script>"""

FEED = """<?xml version="1.0" encoding="ISO-8859-1"?><rss version="2.0"><channel><title>News</title>
<item><title>Caf\u00e9 &amp; more</title><link>http://x/1</link><pubDate>Fri, 01 Mar 2024 12:00:00 GMT</pubDate></item>
<item><title><![CDATA[<b>Two</b>]]></title><link>http://x/2</link><pubDate>Sat, 02 Mar 2024 12:00:00 +0100</pubDate></item>
</channel></rss>""".encode("latin-1")


@functools.cache
def bomb():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, status=200, kind="text/html; charset=utf-8", headers=()):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def json(self, value, headers=()):
        self.answer(json.dumps(value), kind="application/json", headers=headers)

    def reset(self):
        """Ends the connection with RST in the middle of an answer."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()
        self.close_connection = True

    def do_POST(self):
        self.serve()

    def do_GET(self):
        self.serve()

    def serve(self):
        parts = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(parts.query))
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        rude = self.server.rude
        with rude.lock:
            rude.seen.append((self.command, self.path, dict(self.headers), time.monotonic()))
            count = rude.counts[parts.path] = rude.counts.get(parts.path, 0) + 1
        page = parts.path.strip("/").replace("-", "_").split("/")[0].split(".")[0]
        handler = getattr(self, "page_" + page, None)
        if handler is None:
            self.answer("not here", 404)
        else:
            handler(count)

    def page_robots(self, _):
        robots = self.server.rude.robots
        self.answer(robots or "none", 200 if robots else 404, "text/plain")

    def page_countries(self, _):
        self.answer(COUNTRIES)

    def page_gzipped(self, _):
        self.answer(gzip.compress(COUNTRIES.encode()), headers=[("Content-Encoding", "gzip")])

    def page_list(self, _):
        self.answer("<ul><li>caf\u00e9<li>na\u00efve</ul>".encode("latin-1"), kind="text/html")

    def page_unknown_charset(self, _):
        self.answer("<ul><li>x</ul>", kind="text/html; charset=klingon")

    def page_blocks(self, _):
        number = int(self.query.get("page", 1))
        rows = "".join(f'<div class="data-row" data-id="{number * 10 + i}"><h3 class=title><a href="item/{i}">T{i}</a></h3>'
                       f'<span class=price>$1,0{i}0.50</span></div>' for i in range(3))
        more = f'<a class=next href="?page={number + 1}">next</a>' if number < 3 else ""
        self.answer(rows + more)

    def page_looping(self, _):
        self.answer('<ul><li>x</ul><a class=next href="/looping">next</a>')

    def page_feed(self, _):
        self.answer(FEED, kind="application/rss+xml")

    def page_own(self, _):
        self.answer(self.server.rude.page)

    def page_scripted(self, _):
        self.answer(SCRIPTED)

    def page_spa(self, _):
        """Pages of three rows that scripts make of /data, with a link to the next one."""
        number = int(self.query.get("page", 1))
        self.answer(f"""<!doctype html><body><main id=out></main><script>
            setTimeout(async () => {{
              const rows = await (await fetch("/data?page={number}")).json();
              const out = document.getElementById("out");
              for (const row of rows) {{
                const div = document.createElement("div");
                div.className = "data-row"; div.textContent = row; out.append(div);
              }}
              if ({number} < 3) {{
                const a = document.createElement("a");
                a.className = "next"; a.href = "?page={number + 1}"; out.append(a);
              }}
            }}, 2000);</script>""")

    def page_data(self, _):
        number = int(self.query.get("page", 1))
        self.json([f"row {number * 10 + i}" for i in range(3 if number <= 3 else 0)])

    def page_inner(self, _):
        """A page whose scripts ask for what only those who signed in see, and for what another host has."""
        self.answer("<ul id=out></ul><script>const add = t => { const li = document.createElement('li');"
                    "li.textContent = t; document.getElementById('out').append(li); };"
                    "const ask = async u => { try { const r = await fetch(u, {mode: u.startsWith('/') ? 'cors' : 'no-cors'});"
                    "add(r.status + ' ' + (await r.text()).slice(0, 40)); } catch (e) { add('refused'); } };"
                    f"ask('/secret'); ask('{self.query.get('other', '/array')}/elsewhere');"
                    f"ask('/redirect?to={self.query.get('other', '')}/array');</script>")

    def page_secret(self, _):
        allowed = self.headers.get("Authorization") == "Bearer tok-5" or "session=s9" in self.headers.get("Cookie", "")
        self.answer("for members" if allowed else "who are you", 200 if allowed else 401)

    def page_gate(self, _):
        """Scripts set a cookie and come again."""
        if "gate=open" in self.headers.get("Cookie", ""):
            self.answer("<ul><li>inside</ul><script>setInterval(() => location.reload(), 3000)</script>")
        else:
            self.answer("<ul><li>outside</ul><script>document.cookie = 'gate=open'; location.reload();</script>")

    def page_late(self, _):
        self.answer("<ul id=out></ul><script>setTimeout(() => { const li = document.createElement('li');"
                    "li.className = 'late'; li.textContent = 'late'; document.getElementById('out').append(li); }, 1500);"
                    "fetch('/slow');</script>")

    def page_endless(self, _):
        self.answer("<p>x<script>setTimeout(() => { while (true) {} }, 10)</script>")

    def page_greedy(self, _):
        self.answer("<p>x<script>fetch('/huge').then(r => r.text())</script>")

    def page_grown(self, _):
        self.answer("<p>x<script>document.body.append('y'.repeat(6 << 20))</script>")

    def page_large(self, _):
        self.answer("<body><script>for (let i = 0; i < 30000; i++) { const p = document.createElement('p');"
                    "p.className = 'n'; p.textContent = i + ' \\u{1F600}'.repeat(20) + i; document.body.append(p); }</script>")

    def page_alert(self, _):
        self.answer("<script>alert('stop'); document.write('<ul><li>' + confirm('go?') + '</ul>')</script>")

    def page_items(self, _):
        """115 records, by offset and limit, by page, by cursor or by the header Link."""
        total, limit = 115, int(self.query.get("limit", 50))
        if "page" in self.query:
            start = (int(self.query["page"]) - 1) * limit
        else:
            start = int(self.query.get("offset", self.query.get("cursor", 0)))
        items = [{"id": i, "name": f"n{i}", "at": "2024-03-01T12:00:00Z", "owner": {"login": "ada", "plan": {"n": i}},
                  "tags": ["a", "b"], "score": i / 4} for i in range(start, min(total, start + limit))]
        end = start + limit
        url = f"http://{self.headers['Host']}/items?limit={limit}&offset={end}"
        headers = [("Link", f'<{url}>; rel="next", </items>; rel="first"')] if end < total else []
        self.json({"data": {"items": items}, "next": str(end) if end < total else None}, headers)

    def page_array(self, _):
        self.json([{"a": 1, "b": "x"}, {"a": 2}])

    def page_private(self, _):
        if self.headers.get("Authorization") != "Bearer tok-5" and self.query.get("key") != "k-7":
            self.answer("who are you", 401)
        else:
            self.json([{"ok": True}])

    def page_login(self, _):
        if self.command == "GET":
            self.answer('<form method=post action="/login"><input type=hidden name=csrf value=c5><input name=user>'
                        '<input type=password name=pw></form>')
        elif dict(urllib.parse.parse_qsl(self.body)) == {"csrf": "c5", "user": "ada", "pw": "s3cr&t"}:
            self.answer("", 303, headers=[("Set-Cookie", "session=s9; Path=/; HttpOnly"), ("Location", "/member")])
        else:
            self.answer("wrong", 403)

    def page_member(self, _):
        signed_in = "session=s9" in self.headers.get("Cookie", "")
        self.answer("<ul><li>secret list</ul>" if signed_in else "sign in", 200 if signed_in else 403)

    def page_slow(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        try:
            for _ in range(600):
                self.wfile.write(b"x")
                self.wfile.flush()
                if self.server.rude.ends.wait(0.05):
                    return
        except OSError:
            pass

    def page_flaky(self, count):
        """Reset, cut off, 503, 429 with Retry-After, then right."""
        if count == 1:
            self.reset()
        elif count == 2:
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b"<ul><li>half")
            self.close_connection = True
        elif count == 3:
            self.answer("busy", 503)
        elif count == 4:
            self.answer("slow down", 429, headers=[("Retry-After", "1")])
        else:
            self.answer("<ul><li>whole</ul>")

    def page_dated(self, count):
        """429 with the moment from which on it is right again."""
        if count == 1:
            at = email.utils.formatdate(time.time() + 2, usegmt=True)
            self.answer("slow down", 429, headers=[("Retry-After", at)])
        else:
            self.json([{"ok": True}])

    def page_reset(self, _):
        self.reset()

    def page_cut(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "5000")
        self.end_headers()
        self.wfile.write(b'[{"half": 1},')
        self.close_connection = True

    def page_drip(self, _):
        """A page that goes on for ever, a little at a time."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while not self.server.rude.ends.wait(0.1):
                self.wfile.write(b"4\r\n<li>\r\n")
                self.wfile.flush()
        except OSError:
            pass
        self.close_connection = True

    def page_garbage(self, _):
        self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
        self.close_connection = True

    def page_no_gzip(self, _):
        self.answer("plain", headers=[("Content-Encoding", "gzip")])

    def page_nowhere(self, _):
        self.answer("", 302)

    def page_wrapped(self, _):
        self.json({"status": "ok", "data": [{"id": 1, "price": 9.5}, {"id": 2, "price": 10}]})

    def page_issues(self, _):
        """As github.com has them: an array, with the next page in the header Link."""
        size, page = int(self.query.get("per_page", 30)), int(self.query.get("page", 1))
        issues = [{"number": n, "title": f"Issue {n}", "state": self.query.get("state"), "user": {"login": "ada"},
                   "created_at": "2024-03-01T12:00:00Z", "labels": [{"name": "bug"}]}
                  for n in range((page - 1) * size, min(page * size, 250))]
        url = f"http://{self.headers['Host']}/issues?state=closed&per_page={size}&page={page + 1}"
        self.json(issues, [("Link", f'<{url}>; rel="next"')] if page * size < 250 else [])

    def page_pricing(self, _):
        self.answer("""<table class="table"><thead><tr><th>Product<sup>[1]</sup></th><th>List price</th><th>Change</th>
            <th>Since</th><th>Units</th></tr></thead><tbody>
            <tr data-id="1"><td>Alpha<a href=\"#n2\">[2]</a></td><td>\u20ac1,299.00</td><td>+3.5%</td><td>Mar 1, 2024</td><td>12,500</td></tr>
            <tr data-id="2"><td>Beta<sup class="reference">[b]</sup></td><td>\u20ac 89.90</td><td>-0.5%</td><td>Apr 2, 2024</td>
            <td>980</td></tr></tbody></table><ol><li>first</li><li>second</li></ol>
            <div class="data-row" data-id="7"><b class="n">x</b></div>""")

    def page_never(self, _):
        self.answer("later", 429, headers=[("Retry-After", "86400")])

    def page_broken(self, _):
        self.answer("always", 500)

    def page_huge(self, _):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while not self.server.rude.ends.is_set():
                self.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        except OSError:
            self.close_connection = True

    def page_bomb(self, _):
        self.answer(bomb(), headers=[("Content-Encoding", "gzip")])

    def page_deep(self, _):
        self.answer("<div>" * 100_000)

    def page_redirect(self, _):
        self.answer("", 302, headers=[("Location", self.query["to"])])

    def page_loop(self, _):
        self.answer("", 302, headers=[("Location", "/loop")])


class RudeServer:
    """`seen` has a tuple of method, path, headers and time for each request; `page` is what /own answers."""

    def __init__(self, address="127.0.0.1"):
        self.page = ""
        self.seen, self.counts, self.lock, self.robots = [], {}, threading.Lock(), None
        self.ends = threading.Event()
        self.http = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.http.daemon_threads = True
        self.http.rude = self
        self.port = self.http.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def paths(self):
        with self.lock:
            return [path for _, path, _, _ in self.seen]

    def close(self):
        self.ends.set()
        self.http.shutdown()
        self.http.server_close()
