#!/usr/bin/env bash
# Runs ./quickstart.sh on a bare Debian 12: a fresh system made with debootstrap, with nothing but its package sources,
# as root in a chroot; then once more, to see that the second run is quick.
#
#   tests/bare/run.sh [--keep] [--dir DIR]
#
# Package sources, keys, certificates, proxies and the configuration of pip and npm are taken from this machine, so
# that it works wherever this machine can install packages. Needs root and debootstrap.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
keep=no dir=''
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=yes ;;
    --dir) dir=$2; shift ;;
    *) echo "run.sh: unknown argument '$1' (--keep, --dir DIR)" >&2; exit 2 ;;
  esac
  shift
done
[ "$(id -u)" = 0 ] || { echo "run.sh: needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "run.sh: needs debootstrap (tools/install_deps.sh --test)" >&2; exit 1; }

suite=bookworm
dir=${dir:-$(mktemp -d /var/tmp/tarn-bare.XXXXXX)}
root=$dir/root
mkdir -p "$root"

inside() { env -i "${environment[@]}" chroot "$root" /bin/bash -c "cd /opt/tarn && $1"; }

mounted=() environment=()
cleanup() {
  local at
  [ ! -e "$root/opt/tarn/tarn-home/quickstart.pid" ] || inside './quickstart.sh --stop' || true
  for ((at = ${#mounted[@]} - 1; at >= 0; --at)); do umount -l "${mounted[at]}" || true; done
  mounted=()
  if [ "$keep" = no ]; then rm -rf --one-file-system "$dir"; else echo "kept: $dir"; fi
}
trap cleanup EXIT

# The package source that this machine installs $suite from.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
  awk -v suite="$suite" '$2 == suite { print $1; exit }')
[ -n "$mirror" ] || { echo "run.sh: apt on this machine knows no source of $suite" >&2; exit 1; }

report=()
timed() {
  local what=$1 start=$SECONDS
  shift
  "$@"
  report+=("$(printf '%5d s  %s' "$((SECONDS - start))" "$what")")
}

bootstrap() {
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$dir/debootstrap.log" 2>&1 ||
    { tail -20 "$dir/debootstrap.log" >&2; return 1; }
}
timed "debootstrap" bootstrap

# What lets this machine reach its package sources, and nothing else of it. A bare system has no ca-certificates yet;
# the first thing quickstart.sh installs.
for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/auth.conf.d /etc/apt/keyrings \
  /usr/share/keyrings /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/npmrc /etc/ssl/certs /usr/local/share/ca-certificates \
  "$HOME/.npmrc" "$HOME/.config/pip" "$HOME/.pip"; do
  [ -e "$path" ] || continue
  to=$path
  case $path in "$HOME"/*) to=/root/${path#"$HOME"/} ;; esac
  mkdir -p "$root$(dirname "$to")"
  rm -rf "${root:?}$to"
  cp -RL "$path" "$root$to" 2>/dev/null || cp -R "$path" "$root$to"
done
find "$root/etc/apt" -name '*.disabled*' -delete
# Docker's apt settings take unused packages and their lists away at once; the system under test is a plain one.
rm -f "$root"/etc/apt/apt.conf.d/docker-*

environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb)
while IFS= read -r name; do
  environment+=("$name=${!name}")
done < <(compgen -e | grep -iE '^((https?|ftp|all|no)_proxy|pip_.*|npm_config_.*|node_extra_ca_certs|ssl_cert_(file|dir)|curl_ca_bundle|requests_ca_bundle)$')

for special in proc sys dev; do
  mount --rbind "/$special" "$root/$special" 2>/dev/null || mount --bind "/$special" "$root/$special"
  mount --make-rslave "$root/$special" 2>/dev/null || true
  mounted+=("$root/$special")
done

# The checkout as git has it, with what is not committed yet.
mkdir -p "$root/opt/tarn"
(cd "$top" && git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [ -f "$file" ] && printf '%s\0' "$file"
done | tar --null -T - -cf -) | tar -xf - -C "$root/opt/tarn"

echo "== packages on the bare system: $(inside 'dpkg-query -W | wc -l')"
# The system under test shares this machine's ports.
timed "quickstart.sh, first run" inside './quickstart.sh --listen 127.0.0.1:0'
timed "quickstart.sh, second run" inside './quickstart.sh --listen 127.0.0.1:0'
inside './quickstart.sh --stop'
timed "install and move" inside 'cmake --install build/release --prefix /opt/moved >/dev/null && mv /opt/moved /srv/tarn && /srv/tarn/bin/tarn version'
# The image's two scripts, and its program by the image's user.
timed "container: build.sh and prepare.sh" inside 'packaging/container/build.sh /opt/image >/dev/null && packaging/container/prepare.sh >/dev/null'
timed "container: first load" inside 'chroot --userspec=10001:10001 / /usr/bin/env TARN_HOME=/var/lib/tarn /opt/image/bin/tarn load --sample'

echo
echo "On a bare Debian 12 (debootstrap --variant=minbase), $(nproc) cores:"
printf '%s\n' "${report[@]}"
first=$(sed -n 's/^ *\([0-9]*\) s  quickstart.sh, first run$/\1/p' <<<"$(printf '%s\n' "${report[@]}")")
second=$(sed -n 's/^ *\([0-9]*\) s  quickstart.sh, second run$/\1/p' <<<"$(printf '%s\n' "${report[@]}")")
if [ "$first" -ge 1200 ]; then echo "the first run took 20 minutes or more" >&2; exit 1; fi
if [ "$second" -ge 10 ]; then echo "the second run took 10 seconds or more" >&2; exit 1; fi
