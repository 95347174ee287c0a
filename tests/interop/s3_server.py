#!/usr/bin/env python3
"""Runs a command against an S3 server in memory.

    s3_server.py COMMAND [ARGUMENT…]

Starts moto (PyPI: moto[server], in the Python that runs this) on a free port of 127.0.0.1, makes the bucket
"tarn-test", and runs COMMAND with TARN_TEST_S3_ENDPOINT and TARN_TEST_S3_BUCKET set. Exits as COMMAND does.
"""
import logging
import os
import subprocess
import sys
import urllib.request

BUCKET = "tarn-test"


def main() -> int:
    if len(sys.argv) < 2:
        print("usage: s3_server.py COMMAND [ARGUMENT…]", file=sys.stderr)
        return 2
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        print(f"s3_server.py: moto is missing ({error}); install 'moto[server]' into {sys.prefix}", file=sys.stderr)
        return 2

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line per request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        endpoint = f"http://127.0.0.1:{port}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT"), timeout=10).close()
        environment = dict(os.environ, TARN_TEST_S3_ENDPOINT=endpoint, TARN_TEST_S3_BUCKET=BUCKET)
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
            environment.pop(name, None)
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
