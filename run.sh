#!/usr/bin/env bash
# The one command: installs what is missing, builds, and makes one call of build/waitbench. See --help.
set -euo pipefail
root=$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")

# Debian packages by what they are for; the second word is how we see that one is there.
to_build='gcc:gcc make:make pkg-config:pkg-config libc6-dev:/usr/include/stdio.h
    libev-dev:/usr/include/ev.h libsqlite3-dev:/usr/include/sqlite3.h
    zlib1g-dev:/usr/include/zlib.h
    libgmp-dev:/usr/include/*/gmp.h liburing-dev:/usr/include/liburing.h'
# llhttp is a library from Debian 13 on; Debian 12 has its C sources.
if grep -qs bookworm /etc/os-release; then
    to_build+=' node-llhttp:/usr/share/llhttp/llhttp.c'
else
    to_build+=' libllhttp-dev:/usr/include/llhttp.h'
fi
to_run='gnuplot-nox:gnuplot fonts-dejavu-core:/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
    hyperfine:hyperfine gawk|mawk:awk python3:python3'
# Libraries that drivers show: without one its driver is absent and all others are there.
to_compare='libevent-dev:/usr/include/event2/event.h libuv1-dev:/usr/include/uv.h
    libst-dev:/usr/include/st.h'
# Makes the PNGs of a page with many drivers smaller; without it they are as gnuplot draws them.
to_shrink='pngquant:pngquant'
# A load on many machines: without it there is none, and all else is there.
to_spread='openmpi-bin:mpirun libopenmpi-dev:/usr/lib/*/openmpi/include/mpi.h'
# Languages that drivers are written in, likewise, and large: only by './run.sh deps languages'.
to_speak='golang-go:go nodejs:node python3-uvloop:/usr/lib/python3/dist-packages/uvloop'
# Other programs that baselines/ compares with: only by './run.sh deps baselines'.
to_rival='nginx-light:/usr/sbin/nginx h2o:h2o wrk:wrk'
to_test='libcmocka-dev:/usr/include/cmocka.h bats:bats perl:prove curl:curl
    netcat-openbsd:nc sqlite3:sqlite3 clang-format:clang-format clang-tidy:clang-tidy
    clang:clang libclang-rt-dev:/usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer-*
    cppcheck:cppcheck shellcheck:shellcheck strace:strace procps:pgrep
    chromium:chromium chromium-driver:chromedriver'

usage() {
    cat <<'TEXT'
usage: ./run.sh [--yes] [quick | full | matrix] [options of waitbench campaign]
       ./run.sh [--yes] lesson NAME | --list | --all
       ./run.sh [--yes] limits | million [options of waitbench limits]
       ./run.sh [--yes] draw [options of waitbench draw] [FOLDER]
       ./run.sh [--yes] test | lint | deps [languages | baselines] | clean

  ./run.sh          reproduce the talk's tables and charts (3 minutes)
  ./run.sh quick    the same with 10 ms of server delay (25 seconds)
  ./run.sh full     every driver (half an hour; with -r 1 six minutes)
  ./run.sh matrix   drivers by server models, with a heat map (fifteen minutes)
  ./run.sh lesson   a claim, the evidence, a verdict: NAME, --list or --all (8 minutes)
  ./run.sh limits   how many requests in flight each driver sustains, and which limit it hits
                    (10 minutes at most)
  ./run.sh million  up to a million requests in flight at once, as far as the machine has room: what
                    each takes (5 minutes)
  ./run.sh draw     the newest campaign's charts again: --highlight libev,io_uring FOLDER
  ./run.sh test     everything that CI checks
  ./run.sh lint     format, clang-tidy, cppcheck, shellcheck, layers
  ./run.sh deps     install what is missing (Debian packages, as root or through sudo; for a test
                    of accessibility axe-core, where there is npm)
  ./run.sh deps languages
                    install Go, Node.js and Python's uvloop too: more drivers, none is needed
  ./run.sh deps baselines
                    install nginx, h2o and wrk too, which baselines/ compares with; Debian starts the
                    servers: systemctl disable --now nginx h2o
  ./run.sh clean    remove what was built; results stay

  --yes             install what is missing without asking
  V=1 ./run.sh      show how it is built

Further words go to 'waitbench campaign', or to 'waitbench limits', for example:
  ./run.sh quick --driver libev --concurrency 100,200 --seed 7
  ./run.sh limits --driver libev,threadpool --from 256
Results are in results/<campaign>/, beside run.sh; results/latest is the newest one.
TEXT
}

fail() { # MESSAGE
    echo "run.sh: $1" >&2
    exit 1
}

is_there() {
    case $1 in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# Print the packages of a list that are not there.
missing() {
    local entry
    for entry in $1; do
        is_there "${entry##*:}" || echo "${entry%%[:|]*}"
    done
}

# Whether to go on; without a terminal it does.
agreed() { # QUESTION
    local reply
    [[ $yes == no && -t 0 && -t 2 ]] || return 0
    read -rp "$1 [Y/n] " reply && [[ ${reply:-y} == [Yy]* ]]
}

# install LIST: install what is missing of it, once that is agreed to.
install() {
    local packages as_root=() log
    mapfile -t packages < <(missing "$1")
    ((${#packages[@]})) || return 0
    echo "Missing Debian packages: ${packages[*]}"
    command -v apt-get >/dev/null ||
        fail "there is no apt-get here: install the equivalents of these packages and try again"
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "installing needs root: run 'apt-get install ${packages[*]}' as root and try again"
        as_root=(sudo)
    fi
    agreed "Install them with ${as_root[*]+sudo }apt-get?" || fail "nothing was installed"
    echo "Installing …"
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "installing failed; all that apt-get printed is in $log"
    fi
    rm -f "$log"
}

# axe-core of the npm registry, with which the browser tests check accessibility, and nothing else does: without
# npm or a network they skip that.
install_axe() {
    local tests=$root/tests/browser log
    [[ ! -e $tests/node_modules/axe-core/axe.min.js ]] || return 0
    if ! command -v npm >/dev/null; then
        echo "npm is missing: tests of accessibility are skipped"
        return 0
    fi
    log=$(mktemp -d)
    if ! "${as_owner[@]}" env npm_config_cache="$tests/node_modules/.cache" timeout 120 npm ci --prefix "$tests" \
        --ignore-scripts --no-audit --no-fund --fetch-retries=1 >"$log/said" 2>&1 </dev/null; then
        echo "axe-core cannot be fetched from the npm registry: tests of accessibility are skipped ($(tail -n 1 "$log/said"))"
    fi
    rm -rf "$log" "$tests/node_modules/.cache"
}

# In another user's folder (sudo ./run.sh) root builds as that user, and leaves the results to them: root's
# files would be in their way.
owner=$(stat -c %u:%g -- "$root")
as_owner=()
if ((EUID == 0 && ${owner%:*} != 0)) && command -v setpriv >/dev/null; then
    as_owner=(setpriv --reuid "${owner%:*}" --regid "${owner#*:}" --clear-groups)
fi

make_here() { # [ARGUMENT...]
    "${as_owner[@]}" make -C "$root" --no-print-directory -j"$(nproc)" "$@"
}

# Once this process, which becomes waitbench, has ended.
hand_over_results() {
    { tail --pid=$$ -f /dev/null && [[ -e $root/results ]] &&
        find "$root/results" -user root -exec chown -h "$owner" {} +; } &>/dev/null &
}

# Somebody else may have built here before, such as root.
check_writable() {
    local foreign
    "${as_owner[@]}" test -w "$root" ||
        fail "cannot write $root: copy it to a folder of your own and run it there"
    [[ -e $root/build ]] || return 0
    foreign=$("${as_owner[@]}" find "$root/build" ! -writable -print -quit)
    [[ -z $foreign ]] ||
        fail "$(stat -c %U -- "$foreign") has built here and $foreign cannot be written: remove $root/build \
as that user or as root, and try again"
}

# build PACKAGES: make, in one line unless it fails or V=1 asks for more.
build() {
    local log
    install "$1"
    check_writable
    if [[ -n ${V-} ]]; then
        make_here all
        return
    fi
    log=$(mktemp)
    if ! make_here all 2>&1 | tee "$log" | say_building; then
        cat "$log" >&2
        rm -f "$log"
        fail "building failed"
    fi
    rm -f "$log"
}

# Where nothing is to be done, make prints nothing.
say_building() {
    if read -r _; then
        echo "Building …"
        cat >/dev/null
    fi
}

# The one call. Results go beside this script unless the words say otherwise; all paths in them are the
# caller's. waitbench COMMAND [WORD...]
waitbench() {
    local results=()
    [[ . -ef $root ]] || results=(--results "$root/results")
    ((${#as_owner[@]} == 0)) || hand_over_results
    exec "$root/build/waitbench" "$1" "${results[@]}" "${@:2}"
}

run_tests() {
    install "$to_build $to_run $to_compare $to_shrink $to_spread $to_test"
    check_writable
    install_axe
    make_here WERROR=1 all baselines units lint-quick
    make_here WERROR=1 variants
    # Most tests wait: clang-tidy takes the processor time that they leave.
    make_here WERROR=1 TIDY_NODES=40000 check lint-tidy
}

yes=no
words=()
for word; do
    if [[ $word == --yes ]]; then yes=yes; else words+=("$word"); fi
done
set -- "${words[@]}"

case ${1-} in
-h | --help | help) usage ;;
deps)
    case ${2-} in
    '') install "$to_build $to_run $to_compare $to_shrink $to_spread $to_test" ;;
    languages) install "$to_build $to_run $to_compare $to_shrink $to_spread $to_test $to_speak" ;;
    baselines) install "$to_build $to_run $to_compare $to_shrink $to_spread $to_test $to_rival" ;;
    *)
        echo "run.sh: deps takes the word 'languages', 'baselines' or none, not '$2'" >&2
        exit 2
        ;;
    esac
    install_axe
    echo "Everything is installed."
    ;;
clean) make -C "$root" --no-print-directory clean ;; # whoever has built
lint)
    install "$to_build $to_test"
    make_here lint
    ;;
test) run_tests ;;
quick)
    build "$to_build $to_run"
    waitbench campaign --preset "$@"
    ;;
full | matrix)
    build "$to_build $to_run $to_compare $to_shrink"
    waitbench campaign --preset "$@"
    ;;
'' | -*)
    build "$to_build $to_run"
    waitbench campaign --preset talk "$@"
    ;;
million)
    build "$to_build $to_run"
    # Slowness ends nothing: the question is what a million take.
    waitbench limits --name million --driver epoll --keep-alive --from 1k --max 1M --delay 20s --timeout 2m \
        --efficiency 1% --memory 90% --time 15m "${@:2}"
    ;;
lesson | limits | draw)
    build "$to_build $to_run"
    waitbench "$@"
    ;;
*)
    echo "run.sh: there is no '$1'" >&2
    usage >&2
    exit 2
    ;;
esac
