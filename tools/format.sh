#!/usr/bin/env bash
# Formats our C++ with the pinned clang-format; with --check only says what differs. Files may be named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deps=${TARN_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/tarn/deps}
format=$deps/venv/bin/clang-format
[ -x "$format" ] || { echo "format.sh: no $format; run tools/install_deps.sh --test" >&2; exit 1; }

mode=(-i)
if [ "${1:-}" = --check ]; then
  mode=(--dry-run -Werror)
  shift
fi
if [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.h' '*.cc' |
    while IFS= read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done)
fi
[ "${#files[@]}" -gt 0 ] || exit 0
printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 20 "$format" "${mode[@]}"
