#!/usr/bin/env bash
# What a newcomer sees: both commands of README.md on a bare Debian, and the installed package on another.
# Run it as root on Debian with the package debootstrap. Takes about half an hour a release, and 3 GB of
# disk while it runs.
#
#   tests/debian.sh [12] [13] [--quick | --package] [--keep]
#
#   12, 13     the releases to try (default: both, one after the other)
#   --quick    './run.sh quick' in place of './run.sh'
#   --package  only the package: neither './run.sh' nor './run.sh test'
#   --keep     leave each system, with the tree and its results, and print where it is
#
# debootstrap makes a minimal system (minbase) from the Debian mirror that this machine's apt uses. The
# commit that is checked out is copied into /root there, which nobody but root can enter and which has
# neither .git nor git. './run.sh' and './run.sh test' then run in a chroot with an empty environment, in
# mount and process namespaces of their own, so that a killed run leaves no mount and no process. The
# package is built there as well; in a second, bare system its dependencies are downloaded, then
# 'dpkg -i' and 'waitbench campaign --preset quick' lead to a report in one step, which is timed without
# the download, and debian/tests/installed runs, all but the installing as an ordinary user.
#
# Prints a line a step: release, step, seconds, "ok" or what failed and its log. Exit: 0 where all passed,
# 1 where anything failed or took longer than an hour, 2 for wrong usage. Logs, base systems and downloaded
# packages stay in build/debian/ (the latter make repeats fast; 'make clean' removes all of it). The
# systems themselves are in $TMPDIR or /tmp.
# shellcheck disable=SC2317 # step() calls functions by name
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

limit_s=3600 # of one step
kept=$PWD/build/debian
releases=()
first='./run.sh'
keep=

usage() {
    echo "usage: tests/debian.sh [12] [13] [--quick | --package] [--keep]   ($1)" >&2
    exit 2
}

for word; do
    case $word in
    12) releases+=(bookworm) ;;
    13) releases+=(trixie) ;;
    --quick) first='./run.sh quick' ;;
    --package) first= ;;
    --keep) keep=yes ;;
    *) usage "there is no '$word'" ;;
    esac
done
((${#releases[@]})) || releases=(bookworm trixie)
((EUID == 0)) || usage 'as root'
command -v debootstrap >/dev/null || usage 'needs the package debootstrap'

# shellcheck disable=SC2016 # $(SITE) is apt's
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' \
    'Label: Debian' | head -n 1)
[[ -n $mirror ]] || usage "apt has no Debian archive here; did 'apt-get update' run?"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/waitbench-debian.XXXXXX")
running=
# With unshare (in the group of its timeout) its whole namespace ends.
clean_up() {
    [[ -z $running ]] || kill -KILL -- "-$running" 2>/dev/null || true
    [[ -n $keep ]] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# Namespaces of its own and a time limit: isolated COMMAND ...
isolated() {
    local status=0
    timeout -s KILL "$limit_s" unshare --mount --pid --ipc --uts --fork --kill-child "$@" </dev/null &
    running=$!
    wait "$running" || status=$?
    running=
    return "$status"
}

# One step of a release, with its log and its line: step RELEASE NAME COMMAND ...
step() {
    local release=$1 name=$2 log status=0 began=$SECONDS
    log=$kept/$release-${name//[^a-z]/}.log
    shift 2
    "$@" >"$log" 2>&1 || status=$?
    printf '%-8s  %-15s  %5d s  %s\n' "$release" "$name" $((SECONDS - began)) \
        "$( ((status)) && echo "FAILED (exit $status): ${log#"$PWD"/}" || echo ok)"
    return "$status"
}

# A minimal system in $scratch/NAME, from the one of that release that is kept: make_base RELEASE NAME
make_base() {
    local release=$1 base=$kept/$1.tar root=$scratch/$2
    if [[ ! -e $base ]]; then
        isolated debootstrap --variant=minbase "$release" "$scratch/base" "$mirror" || return
        tar -C "$scratch/base" -cf "$base.part" . && mv "$base.part" "$base" || return
        rm -rf "$scratch/base"
    fi
    mkdir -p "$root" && tar -C "$root" -xf "$base" || return
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/" || return
    apt-config dump | grep -E '^Acquire::.*Proxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
}

make_newcomer() { # RELEASE
    make_base "$1" "$1" &&
        mkdir "$scratch/$1/root/waitbench" && git archive HEAD | tar -C "$scratch/$1/root/waitbench" -x
}

# The README's command in that system: newcomer RELEASE COMMAND
newcomer() {
    mkdir -p "$kept/$1-packages"
    inside "$1" "$kept/$1-packages" "cd /root/waitbench && $2"
}

build_package='export DEBIAN_FRONTEND=noninteractive
    apt-get update && apt-get install -y --no-install-recommends dpkg-dev lintian &&
    apt-get build-dep -y --no-install-recommends ./ &&
    dpkg-buildpackage -us -uc -b && lintian --fail-on error ../waitbench_*.changes'

# The package of that release in a second bare system, whose downloads are not kept, so that they are timed.
make_user() { # RELEASE
    make_base "$1" "$1-user" && mkdir "$scratch/$1-user/srv/packages" "$scratch/$1-user-downloads" &&
        cp "$scratch/$1/root"/waitbench_*.deb debian/tests/installed "$scratch/$1-user/srv/packages" &&
        chroot "$scratch/$1-user" useradd --create-home user
}

user() { # RELEASE COMMAND
    inside "$1-user" "$scratch/$1-user-downloads" "$2"
}

download='apt-get update && apt-get install -y --no-install-recommends --download-only /srv/packages/*.deb'
install_and_report='export DEBIAN_FRONTEND=noninteractive
    { dpkg -i /srv/packages/*.deb || apt-get install -y -f --no-install-recommends --no-download; } &&
    cd ~user && { runuser -u user -- waitbench campaign --preset quick || [[ $? == 3 ]]; } &&
    ls -l results/latest/report.html'
installed='cd ~user && runuser -u user -- /srv/packages/installed'

# COMMAND in the system $scratch/NAME, with its downloaded packages in a folder: inside NAME FOLDER COMMAND
inside() {
    # shellcheck disable=SC2016 # expanded within
    isolated bash -euc '
        mount -t proc proc "$1/proc"
        mount --rbind /sys "$1/sys"
        mount -t devpts devpts "$1/dev/pts"
        mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
        mount --bind "$3" "$1/var/cache/apt/archives"
        exec chroot "$1" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            bash -c "$2"' \
        bash "$scratch/$1" "$3" "$2"
}

try_package() { # RELEASE
    step "$1" package newcomer "$1" "$build_package" &&
        step "$1" 'bare system' make_user "$1" &&
        step "$1" download user "$1" "$download" &&
        step "$1" 'dpkg -i, report' user "$1" "$install_and_report" &&
        step "$1" installed user "$1" "$installed"
}

mkdir -p "$kept"
failed=0
for release in "${releases[@]}"; do
    step "$release" base make_newcomer "$release" || { failed=1; continue; }
    if [[ -n $first ]]; then
        step "$release" "$first" newcomer "$release" "$first" || failed=1
        step "$release" './run.sh test' newcomer "$release" './run.sh test' || failed=1
    fi
    try_package "$release" || failed=1
    if [[ -n $keep ]]; then
        echo "$scratch/$release and $scratch/$release-user are left"
    else
        rm -rf "${scratch:?}/$release" "$scratch/$release-user" "$scratch/$release-user-downloads"
    fi
done
exit "$failed"
