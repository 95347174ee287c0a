#!/usr/bin/env bash
# Builds the program from the checkout around this script and installs it below a directory, on a bare Debian 12.
#
#   packaging/container/build.sh PREFIX
set -euo pipefail

prefix=${1:?"build.sh: PREFIX is missing"}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
./quickstart.sh --build-only
cmake --install build/release --prefix "$prefix"
