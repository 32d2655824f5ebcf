#!/usr/bin/env bats
# run.sh from anywhere: through a link, from another folder, in a path that a shell would take apart; and
# what it does with packages that are missing, with a build that fails, with a folder that is not the
# user's. It runs a copy of this tree as it is built.

load common

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    export MAKEFLAGS='' MFLAGS='' # not those of the make that runs the tests
    export TREE="$BATS_FILE_TMPDIR/it's a \$tree \`here\`"
    mkdir "$TREE"
    # All that a build reads, and what it made; not the variants' objects, nor results.
    cp -a run.sh Makefile baselines bench docs drivers engine lessons lib plots programs server tests workloads "$TREE"
    mkdir "$TREE/build"
    cp -a build/obj build/flags build/revision build/lessons* build/waitbench* build/randintd "$TREE/build"
    [[ ! -e build/programs ]] || cp -a build/programs "$TREE/build"
    # As it was built: else all of it would be built anew.
    ! grep -q -- -Werror build/flags || export WERROR=1
}

small=(--driver libev --concurrency 8 --requests 16 --delay 5ms --repetitions 1)

@test "through a link, from another folder, with CDPATH, and with results where the caller is" {
    [[ -n $(command -v gnuplot) && -n $(command -v hyperfine) ]] || skip "run.sh would install what is missing"
    mkdir -p "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/else where/plots"
    ln -s "$TREE/run.sh" "$BATS_TEST_TMPDIR/bin/wait"
    cd "$BATS_TEST_TMPDIR/else where"
    export CDPATH=.:$BATS_TEST_TMPDIR:/
    run --separate-stderr ../bin/wait quick "${small[@]}" --whole-process 8 --results "it's mine"
    [[ $status == 0 ]]
    results="it's mine"
    id=$(readlink "$results/latest")
    says "$output" "Recorded in $results/$id" "report.html" "talk.png" "Whole processes"
    for file in report.html talk.svg talk.png usage.svg; do
        [[ -s $results/latest/$file ]]
    done
    [[ $(sql "SELECT count(*) FROM whole_processes") -ge 1 && ! -e $TREE/results ]]
    [[ ! -e here && -z $(find "$BATS_TEST_TMPDIR" -name '.drawing*') ]]
    run -0 --separate-stderr ../bin/wait draw "$results/$id" --terminal
    says "$output" "L libev"
}

@test "results are beside run.sh where nothing else is said" {
    [[ -n $(command -v gnuplot) && -n $(command -v hyperfine) ]] || skip "run.sh would install what is missing"
    mkdir "$BATS_TEST_TMPDIR/elsewhere"
    cd "$BATS_TEST_TMPDIR/elsewhere"
    run -0 --separate-stderr "$TREE/run.sh" "${small[@]}" --whole-process none --no-pictures
    says "$output" "Recorded in $TREE/results/"
    [[ -s $TREE/results/latest/report.html && -z $(ls) ]]
    cd "$TREE"
    run -0 --separate-stderr ./run.sh lesson --list
    says "$output" littles-law
    [[ $output != *Building* ]] # there is nothing to build
    run -2 --separate-stderr ./run.sh dance
    says "$stderr" "there is no 'dance'" "usage: ./run.sh"
}

# A PATH on which hyperfine is missing, and an apt-get that says what it is asked to do; as root, or with a
# sudo that makes nobody root.
without_hyperfine() {
    local tool
    bin=$BATS_TEST_TMPDIR/bin
    mkdir "$bin"
    for tool in /bin/* /usr/bin/*; do
        [[ ${tool##*/} == @(hyperfine|apt-get|sudo|npm) || -e $bin/${tool##*/} ]] || ln -s "$tool" "$bin/"
    done
    printf '#!/bin/sh\necho "apt-get $*" >>%q\n' "$BATS_TEST_TMPDIR/asked" >"$bin/apt-get"
    printf '#!/bin/sh\nexec "$@"\n' >"$bin/sudo"
    chmod +x "$bin"/{apt-get,sudo}
}

@test "what is missing is named, and installed once that is agreed to" {
    command -v python3 >/dev/null || skip "python3 is missing"
    without_hyperfine
    rm -rf "$TREE/tests/browser/node_modules"
    PATH=$bin run -1 --separate-stderr tests/cli/on_terminal.py 100 "$TREE/run.sh" deps <<<n
    says "$output" "Missing Debian packages: " hyperfine "Install them with" "nothing was installed"
    [[ ! -e $BATS_TEST_TMPDIR/asked ]]
    PATH=$bin run -0 --separate-stderr tests/cli/on_terminal.py 100 "$TREE/run.sh" deps <<<''
    says "$(<"$BATS_TEST_TMPDIR/asked")" "apt-get update" "apt-get install -y" hyperfine
    rm "$BATS_TEST_TMPDIR/asked"
    # Without a terminal, or with --yes, there is no question.
    PATH=$bin run -0 --separate-stderr "$TREE/run.sh" deps </dev/null
    says "$output" "Missing Debian packages: " "npm is missing: tests of accessibility are skipped"
    [[ $output$stderr != *"Install them"* && -s $BATS_TEST_TMPDIR/asked ]]
    rm "$BATS_TEST_TMPDIR/asked"
    PATH=$bin run -0 --separate-stderr tests/cli/on_terminal.py 100 "$TREE/run.sh" deps --yes </dev/null
    [[ $output != *"Install them"* && -s $BATS_TEST_TMPDIR/asked ]]
    printf '#!/bin/sh\necho "E: no network"; exit 100\n' >"$bin/apt-get"
    PATH=$bin run -1 --separate-stderr "$TREE/run.sh" deps </dev/null
    says "$stderr" "E: no network" "installing failed"
}

is_all_of() { # USER
    [[ -z $(find "$TREE" ! -user "$1" -print -quit) ]]
}

@test "a folder that cannot be written, or that root has built in" {
    ((EUID == 0)) && command -v setpriv >/dev/null || skip "takes root, and setpriv"
    [[ -n $(command -v gnuplot) && -n $(command -v hyperfine) ]] || skip "run.sh would install what is missing"
    chmod o+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR/file"
    user=$((60000 + BASHPID % 5000))
    as=(setpriv --reuid "$user" --regid "$user" --clear-groups)
    "${as[@]}" test -x "$TREE/run.sh" || skip "$TREE is root's"
    run -1 --separate-stderr "${as[@]}" "$TREE/run.sh" quick </dev/null
    complains "cannot write $TREE" "copy it to a folder of your own"
    chown "$user" "$TREE"
    run -1 --separate-stderr "${as[@]}" "$TREE/run.sh" quick </dev/null
    complains "root has built here" "remove $TREE/build"
    # Root builds as the folder's owner, to whom all that it records belongs: nothing is in their way.
    chown -R "$user:$user" "$TREE"
    touch "$TREE/bench/cli/main.c"
    run -0 --separate-stderr "$TREE/run.sh" quick "${small[@]}" --whole-process none --no-pictures
    says "$output" Building "Recorded in"
    wait_until is_all_of "$user"
    run -0 --separate-stderr "${as[@]}" "$TREE/run.sh" quick "${small[@]}" --whole-process none --no-pictures
    chown -R root:root "$TREE"
}

@test "a build that fails shows why" {
    [[ -n $(command -v gnuplot) && -n $(command -v hyperfine) ]] || skip "run.sh would install what is missing"
    cp "$TREE/bench/cli/main.c" "$BATS_TEST_TMPDIR"
    echo "#error this cannot be built" >>"$TREE/bench/cli/main.c"
    run -1 --separate-stderr "$TREE/run.sh" quick </dev/null
    cp -p "$BATS_TEST_TMPDIR/main.c" "$TREE/bench/cli/main.c"
    [[ $output == "Building …" ]]
    says "$stderr" "#error this cannot be built" "run.sh: building failed"
    run -0 --separate-stderr env V=1 "$TREE/run.sh" lesson --list
    says "$output" "-o build/waitbench" littles-law
}
