#!/usr/bin/env bash
# What the image has beside the program: certificates of authorities, time zones, an account without a shell, a home.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -qy --no-install-recommends ca-certificates tzdata
rm -rf /var/lib/apt/lists/*
groupadd --gid 10001 tarn
useradd --uid 10001 --gid 10001 --home-dir /var/lib/tarn --no-create-home --shell /usr/sbin/nologin tarn
install -d -o tarn -g tarn -m 0750 /var/lib/tarn
