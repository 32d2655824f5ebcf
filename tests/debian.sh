#!/usr/bin/env bash
# What a newcomer sees: both commands of README.md on a bare Debian. Run it as root on Debian with the
# package debootstrap. Takes about half an hour a release, and 3 GB of disk while it runs.
#
#   tests/debian.sh [12] [13] [--quick] [--keep]
#
#   12, 13     the releases to try (default: both, one after the other)
#   --quick    './run.sh quick' in place of './run.sh'
#   --keep     leave each system, with the tree and its results, and print where it is
#
# debootstrap makes a minimal system (minbase) from the Debian mirror that this machine's apt uses. The
# commit that is checked out is copied into /root there, which nobody but root can enter and which has
# neither .git nor git. './run.sh' and './run.sh test' then run in a chroot with an empty environment, in
# mount and process namespaces of their own, so that a killed run leaves no mount and no process.
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
    echo "usage: tests/debian.sh [12] [13] [--quick] [--keep]   ($1)" >&2
    exit 2
}

for word; do
    case $word in
    12) releases+=(bookworm) ;;
    13) releases+=(trixie) ;;
    --quick) first='./run.sh quick' ;;
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
    printf '%-8s  %-14s  %5d s  %s\n' "$release" "$name" $((SECONDS - began)) \
        "$( ((status)) && echo "FAILED (exit $status): ${log#"$PWD"/}" || echo ok)"
    return "$status"
}

# A minimal system in $scratch/RELEASE, from the one that is kept.
make_base() {
    local release=$1 base=$kept/$1.tar root=$scratch/$1
    if [[ ! -e $base ]]; then
        isolated debootstrap --variant=minbase "$release" "$scratch/base" "$mirror" || return
        tar -C "$scratch/base" -cf "$base.part" . && mv "$base.part" "$base" || return
        rm -rf "$scratch/base"
    fi
    mkdir -p "$root" && tar -C "$root" -xf "$base" || return
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/" || return
    apt-config dump | grep -E '^Acquire::.*Proxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
    mkdir "$root/root/waitbench" && git archive HEAD | tar -C "$root/root/waitbench" -x
}

# The README's command in that system: newcomer RELEASE COMMAND
newcomer() {
    local root=$scratch/$1
    mkdir -p "$kept/$1-packages"
    # shellcheck disable=SC2016 # expanded within
    isolated bash -euc '
        mount -t proc proc "$1/proc"
        mount --rbind /sys "$1/sys"
        mount -t devpts devpts "$1/dev/pts"
        mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
        mount --bind "$3" "$1/var/cache/apt/archives"
        exec chroot "$1" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            bash -c "cd /root/waitbench && $2"' \
        bash "$root" "$2" "$kept/$1-packages"
}

mkdir -p "$kept"
failed=0
for release in "${releases[@]}"; do
    step "$release" base make_base "$release" || { failed=1; continue; }
    step "$release" "$first" newcomer "$release" "$first" || failed=1
    step "$release" './run.sh test' newcomer "$release" './run.sh test' || failed=1
    if [[ -n $keep ]]; then
        echo "$scratch/$release is left"
    else
        rm -rf "${scratch:?}/$release"
    fi
done
exit "$failed"
