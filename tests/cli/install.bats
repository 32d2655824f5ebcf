#!/usr/bin/env bats
# What `make install` installs, away from its source tree; the manuals and the completion of shells.
load common

setup_file() {
    INSTALLED=$BATS_FILE_TMPDIR/root/opt/waitbench
    export INSTALLED
    cd "$BATS_TEST_DIRNAME/../.." || return
    [[ -z ${WAITBENCH-} && -e build/manual/done ]] || skip "takes 'make manual', in build/"
    make install-files PREFIX=/opt/waitbench DESTDIR="$BATS_FILE_TMPDIR/root" >/dev/null
}

# Moved after it was installed, in a folder with no source tree around.
installed() { # ARGUMENT...
    cd "$BATS_TEST_TMPDIR" || return
    run --separate-stderr timeout 60 env PATH="$INSTALLED/bin:$PATH" "$@"
}

@test "an installed waitbench finds its server, and writes into the current directory" {
    installed waitbench campaign -d null,libev "${tiny[@]}" --whole-process none --no-pictures
    [[ $status == [03] ]]
    [[ -s $BATS_TEST_TMPDIR/results/latest/report.html ]]
    says "$(<"$BATS_TEST_TMPDIR/results/latest/report.html")" "<code>waitbench export" \
        "<pre><code>waitbench campaign"
    [[ $(<"$BATS_TEST_TMPDIR/results/latest/report.html") != *"build/waitbench"* ]]
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    installed waitbench draw --terminal
    [[ $status == 0 && $output == *"Time per request"* ]]
}

@test "an installed waitbench starts programs in other languages" {
    command -v python3 >/dev/null || skip "python3 is missing"
    installed waitbench run -d python-threads -S python-asyncio "${tiny[@]}" --quiet
    [[ $status == [03] ]]
    [[ -x $INSTALLED/libexec/waitbench/programs/goroutines ]] || skip "Go was missing"
    installed waitbench run -d go -S go "${tiny[@]}" --quiet
    [[ $status == [03] ]]
}

@test "ranks of an installed waitbench measure with the program that is beside them" {
    [[ -x build/waitbench-mpi ]] || skip "Open MPI was missing"
    command -v mpirun >/dev/null || skip "mpirun is missing"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    installed waitbench run -d epoll "${tiny[@]}" --ranks 2 --quiet
    [[ $status == [03] ]]
}

@test "messages of an installed waitbench name nothing that is in a source tree alone" {
    local bin
    bin=$(path_of env)
    installed waitbench table
    [[ $status == 1 ]]
    complains "no store at results/waitbench.db" "'waitbench campaign --preset quick' makes one"
    run --separate-stderr timeout 60 env PATH="$bin" "$INSTALLED/bin/waitbench" draw
    [[ $status == 1 && $stderr != *run.sh* ]]
    run --separate-stderr timeout 60 env PATH="$bin" "$INSTALLED/bin/waitbench" grade "$BATS_TEST_DIRNAME/../../drivers/epoll.c"
    [[ $status == 1 ]]
    complains "a driver in C is graded in waitbench's source tree" "a program can be graded here"
    [[ $stderr != *"$INSTALLED"* ]]
    run --separate-stderr timeout 60 env PATH="$bin" WAITBENCH_PYTHON= "$INSTALLED/bin/waitbench" list
    [[ $status == 0 && $output != *run.sh\ deps* ]]
    says "$output" "'apt install nodejs' installs it on Debian" \
        "$INSTALLED/share/waitbench/docs/external-drivers.md"
}

@test "an installation that lacks a file says which" {
    cp -R "$INSTALLED" "$BATS_TEST_TMPDIR/copy"
    rm "$BATS_TEST_TMPDIR/copy/bin/randintd" "$BATS_TEST_TMPDIR/copy/share/waitbench/programs/node.mjs"
    run --separate-stderr timeout 60 "$BATS_TEST_TMPDIR/copy/bin/waitbench" run -d libev "${tiny[@]}"
    [[ $status == 1 ]]
    says "$stderr" "randintd is missing from this installation: install waitbench again"
    run --separate-stderr timeout 60 "$BATS_TEST_TMPDIR/copy/bin/waitbench" run -d node "${tiny[@]}"
    [[ $status == 2 ]]
    complains "programs/node.mjs is missing from this installation"
}

@test "completion for zsh goes where a system's zsh looks" {
    local root=$BATS_TEST_TMPDIR/root
    make install-files PREFIX=/usr zshdir=/usr/share/zsh/vendor-completions DESTDIR="$root" >/dev/null
    [[ $(find "$root" -name _waitbench) == "$root/usr/share/zsh/vendor-completions/_waitbench" ]]
    make uninstall PREFIX=/usr zshdir=/usr/share/zsh/vendor-completions DESTDIR="$root" >/dev/null
    [[ -z $(find "$root" ! -type d) ]]
}

@test "an uninstalled waitbench leaves no file" {
    local root=$BATS_TEST_TMPDIR/root
    cp -R "$BATS_FILE_TMPDIR/root" "$root"
    make uninstall PREFIX=/opt/waitbench DESTDIR="$root" >/dev/null
    [[ -z $(find "$root" ! -type d) ]]
}

@test "every command has a page that man reads without a warning" {
    local command pages=("$INSTALLED"/share/man/man1/*.1)
    for command in $("$waitbench" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
        [[ -s $INSTALLED/share/man/man1/waitbench-$command.1 ]]
    done
    if command -v mandoc >/dev/null; then
        mandoc -T lint -W warning "${pages[@]}"
    elif command -v man >/dev/null; then
        [[ -z $(man --warnings -E UTF-8 -l -Tutf8 "${pages[@]}" 2>&1 >/dev/null </dev/null) ]]
    else
        skip "neither mandoc nor man is here"
    fi
}

@test "a page has every option of --help, and its value" {
    local option
    run -0 env MANWIDTH=80 "$waitbench" campaign --help
    page=$(sed 's/\\f[BIR]//g; s/\\-/-/g' "$INSTALLED/share/man/man1/waitbench-campaign.1")
    while read -r option; do
        says "$page" "$option"
    done < <(grep -oE -- '--[a-z][a-z-]+( [A-Z,]+)?' <<<"$(grep -E '^ {2,6}-' <<<"$output")")
    says "$page" ".SH NAME" "waitbench-campaign - run many cases" "--delay TIME" "(100ms)"
}

completed() { # WORD...: what bash offers for the last one; '--a=b' is three words
    run timeout 20 bash -c '
        source "$1" || exit
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _waitbench "$1" "${@: -1}" "${@: -2:1}"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$INSTALLED/share/bash-completion/completions/waitbench" "$@"
    [[ $status == 0 ]]
}

@test "bash completes commands, options and values" {
    mkdir -p "$BATS_TEST_TMPDIR/results/20260101-a" "$BATS_TEST_TMPDIR/results/\$(touch x)"
    touch "$BATS_TEST_TMPDIR/results/20260101-a/report.html" "$BATS_TEST_TMPDIR/results/\$(touch x)/report.html"
    completed waitbench ca
    [[ $output == $'campaign\ncapacity' ]]
    completed waitbench campaign --until
    [[ $output == --until-decided ]]
    completed waitbench campaign --driver epoll,lib
    says "$output" epoll,libev epoll,libuv epoll,libevent
    completed waitbench run -d '' # the value of a letter
    says "$output" null epoll-et
    completed waitbench run -S thread
    [[ $output == $'thread\nthreadpool' ]]
    completed waitbench run --arrivals = po
    [[ $output == poisson ]]
    completed waitbench campaign --preset =
    says "$output" talk quick
    completed waitbench lesson accept-q
    [[ $output == accept-queue ]]
    completed waitbench export --format j
    [[ $output == json ]]
    completed waitbench export --what wat
    [[ $output == waterfall ]]
    completed waitbench export --what trac
    [[ $output == trace ]]
    completed waitbench export --server-model epoll-s
    [[ $output == epoll-shared ]]
    completed waitbench worksheet ''
    [[ $output == $'lab1\nlab2\nlab3' ]]
    completed waitbench grade --reference epoll-
    [[ $output == epoll-et ]]
    completed waitbench run --workload mess
    says "$output" messages
    completed waitbench run --keep-alive --us
    [[ $output == --usage ]]
    completed waitbench run --keep-alive ''
    [[ $output == '' ]]
    completed randintd --model epoll-s
    [[ $output == epoll-shared ]]
    completed waitbench table --results "$BATS_TEST_TMPDIR/results" ''
    [[ $output == $'latest\n20260101-a' ]]
    [[ ! -e x ]]
}

@test "no option that takes a name or a file is completed with nothing" {
    run -1 grep -E -- "--(driver|drivers|reference|server-model|workload|output|gradescope|results)'.*echo 'any" \
        "$INSTALLED/share/bash-completion/completions/waitbench"
}

@test "the completions are scripts of their shells" {
    bash -n "$INSTALLED/share/bash-completion/completions/waitbench"
    cmp "$INSTALLED/share/bash-completion/completions/"{waitbench,randintd}
    says "$(<"$INSTALLED/share/zsh/site-functions/_waitbench")" "#compdef waitbench randintd" \
        "'(-d --driver)'{-d+,--driver=}'["
    command -v zsh >/dev/null || skip "zsh is missing"
    zsh -n "$INSTALLED/share/zsh/site-functions/_waitbench"
}
