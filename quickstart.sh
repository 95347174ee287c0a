#!/usr/bin/env bash
# From a fresh machine to a lakehouse that answers: installs what is missing, builds Tarn, starts its server in the
# background, loads the sample data into Iceberg tables, queries them and prints the URLs. Run again, it finds
# everything in place and takes seconds.
#
#   ./quickstart.sh [--home DIR] [--listen ADDRESS:PORT] [--no-serve]
#   ./quickstart.sh --stop [--home DIR]
#   ./quickstart.sh --build-only
#
#   --home DIR              where the lakehouse lives (default ./tarn-home)
#   --listen ADDRESS:PORT   where the server listens (default 127.0.0.1:8080; port 0 takes one that is free)
#   --no-serve              starts no server: for scripts
#   --stop                  ends the server of that home, and does nothing else
#   --build-only            stop once build/release/bin/tarn is there
#
# With TARN_BIN set, that program is used and nothing is installed or built.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=./tarn-home listen=127.0.0.1:8080 serve=yes stop=no build_only=no

wrong_usage() { printf 'quickstart.sh: %s\n' "$1" >&2; exit 2; }
fail() { printf 'quickstart.sh: %s\n' "$@" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
    --home | --listen) [ $# -ge 2 ] || wrong_usage "$1 needs a value" ;;
  esac
  case $1 in
    --home) home=$2; shift ;;
    --home=*) home=${1#*=} ;;
    --listen) listen=$2; shift ;;
    --listen=*) listen=${1#*=} ;;
    --no-serve) serve=no ;;
    --stop) stop=yes ;;
    --build-only) build_only=yes ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) wrong_usage "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
[[ $listen =~ :[0-9]+$ ]] || wrong_usage "--listen needs ADDRESS:PORT, not '$listen'"
pid_file=$home/quickstart.pid log=$home/serve.log

# The commands that the user types next, from where the user stands.
again=$0
[ "$home" = ./tarn-home ] || again+=" --home $(printf %q "$home")"

# The process of this home's server, if it runs; another one may have got its number since.
server_pid() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) && [ -n "$pid" ] &&
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q ' serve --home ' && echo "$pid"
}

# Ends the server as it wants to end: requests under way are answered first.
stop_server() {
  local pid=$1 tries=600
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do
    ((tries-- > 0)) || fail "the server (process $pid) does not end; its log is $log"
    sleep 0.1
  done
  rm -f "$pid_file"
}

port_is_taken() {
  local address=${listen%:*} port=${listen##*:}
  address=${address#[} address=${address%]}
  [ "$port" != 0 ] && (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null
}

# Starts the server, and returns when it answers.
start_server() {
  local pid tries=300
  mkdir -p "$home"
  setsid nohup "$tarn" serve --home "$home" --listen "$listen" >"$log" 2>&1 </dev/null &
  pid=$!
  echo "$pid" >"$pid_file"
  until grep -q '^Tarn serves ' "$log"; do
    if ! kill -0 "$pid" 2>/dev/null || ((tries-- == 0)); then
      rm -f "$pid_file"
      fail "$(head -1 "$log")" "the server did not start; --listen 127.0.0.1:0 takes a free port, --no-serve goes on without it"
    fi
    sleep 0.1
  done
}

if [ "$stop" = yes ]; then
  if pid=$(server_pid); then
    stop_server "$pid"
    echo "The server of $home (process $pid) has ended."
  else
    echo "No server that quickstart.sh started runs on $home."
  fi
  exit 0
fi
if [ "$serve" = yes ] && [ "$build_only" = no ] && ! server_pid >/dev/null && port_is_taken; then
  fail "another program listens on $listen" \
    "stop it, or choose a port (--listen 127.0.0.1:8081), or go on without the server (--no-serve)"
fi

started=$SECONDS
step() { printf '\n== %s  (%d s)\n' "$1" "$((SECONDS - started))"; }

tarn=${TARN_BIN:-$top/build/release/bin/tarn}
if [ -z "${TARN_BIN:-}" ]; then
  step "Dependencies"
  "$top/tools/install_deps.sh" --build

  step "Build"
  build=$top/build/release
  [ -f "$build/build.ninja" ] || (cd "$top" && cmake --preset release)
  cmake --build "$build" --target tarn
fi
"$tarn" version
if [ "$build_only" = yes ]; then
  printf '\nBuilt %s in %d s.\n' "$tarn" "$((SECONDS - started))"
  exit 0
fi

if [ "$serve" = yes ]; then
  step "The server"
  # One that was built before what is there now makes room for it.
  if pid=$(server_pid) && [[ $(readlink "/proc/$pid/exe") == *' (deleted)' ]]; then stop_server "$pid"; fi
  if pid=$(server_pid); then
    echo "runs already (process $pid)"
  else
    start_server
    echo "started (process $(server_pid))"
  fi
fi

step "Sample data in $home"
if "$tarn" table show sales.orders --home "$home" >/dev/null 2>&1; then
  echo "already loaded"
else
  "$tarn" load --sample --home "$home"
fi

query='SELECT region, count(*) AS orders, sum(total_amount) AS revenue
FROM sales.orders GROUP BY region ORDER BY revenue DESC'
step "A first query"
printf '%s;\n\n' "$query"
"$tarn" sql --home "$home" -e "$query"

# The shortest way to name the program from where the user stands.
shown=$tarn
[ "$PWD" = "$top" ] && [ -z "${TARN_BIN:-}" ] && shown=build/release/bin/tarn
printf '\nReady after %d s.\n' "$((SECONDS - started))"
if [ "$serve" = yes ]; then
  url=$(sed -n 's/^Tarn serves .* on \(http[^ ]*\)$/\1/p' "$log" | tail -1)
  cat <<END

The server runs in the background (process $(server_pid), log $log):

  Console                $url/ui/
  Iceberg REST catalog   $url/catalog          # for Spark, Trino, PyIceberg, DuckDB, …
  Data service           $url/docs             # loads, scrapes, migrations, schedules over HTTP
  Health                 $url/health/ready
  Metrics                $url/metrics

  Stop it                $again --stop
END
fi
cat <<END

Next:

  $shown sql --home $home                                      # an SQL prompt; \\? lists what it knows
  $shown sql --home $home -e 'SHOW TABLES FROM sales'
  $shown table list --home $home
  $shown table plan sales.orders --where "order_date >= DATE '2024-11-01'" --home $home
  $shown load your.csv --into my.table --home $home            # CSV, JSON, XML, Excel, Parquet, ORC, Avro, Arrow
  $shown doctor --home $home
END
