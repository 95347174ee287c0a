#!/usr/bin/env bash
# Exits with 0 if the server of this container is ready. Without TLS; where the server speaks it, ask from outside.
#
#   healthy.sh [PORT]
set -euo pipefail

exec 3<>"/dev/tcp/127.0.0.1/${1:-8080}"
printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
