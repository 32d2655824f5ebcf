# What the tests of waitbench share. Everything that is started is ended in teardown, and a test that
# leaves a process behind fails.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    waitbench=$(realpath "${WAITBENCH:-build/waitbench}")
    randintd=$(realpath "${RANDINTD:-build/randintd}")
    results=$BATS_TEST_TMPDIR/results
    started=()
    mounted=()
    groups_made=()
    export WAITBENCH_TEST_MARK=$BATS_TEST_TMPDIR
}

teardown() {
    local pid mount group
    for pid in "${started[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    for mount in "${mounted[@]}"; do
        umount "$mount" 2>/dev/null || true
    done
    for group in "${groups_made[@]}"; do
        rmdir "$group" || true
    done
}

# A case that takes no time worth mentioning.
tiny=(--delay 5ms --concurrency 4 --requests 8)

campaign() { # [OPTION...]: a small one, recorded in $results
    run --separate-stderr "$waitbench" campaign --results "$results" --driver libev,sequential \
        --delay 5ms --concurrency 4,8 --requests 32 --repetitions 2 --seed 7 \
        --whole-process none --no-pictures "$@"
}

# Standard error holds nothing but remarks on a busy machine, which may well be true.
nothing_but_noise() {
    local line
    for line in "${stderr_lines[@]}"; do
        [[ $line =~ ^(NOISY|note): ]] || { printf 'unexpected: %s\n' "$line" >&2; return 1; }
    done
}

# Such remarks aside, standard error is one line, and it says so.
complains() { # PATTERN...
    local said pattern
    said=$(grep -Ev '^(NOISY|note):' <<<"$stderr")
    [[ -n $said && $said != *$'\n'* ]] || { printf 'not one line:\n%s\n' "$stderr" >&2; return 1; }
    for pattern; do
        [[ $said == *"$pattern"* ]] || { printf 'no "%s" in: %s\n' "$pattern" "$said" >&2; return 1; }
    done
}

says() { # TEXT PATTERN...
    local text=$1 pattern
    shift
    for pattern; do
        [[ $text == *"$pattern"* ]] || { printf 'no "%s" in:\n%s\n' "$pattern" "$text" >&2; return 1; }
    done
}

sql() { # QUERY: of the store in $results
    sqlite3 -bail "$results/waitbench.db" "$1"
}

# Wait until the command succeeds. Where it never does the test fails, after a time that no loaded
# machine comes near.
wait_until() { # COMMAND [ARGUMENT...]
    local try
    for try in {1..400}; do
        if "$@"; then return 0; fi
        sleep 0.05
    done
    echo "after $try tries still not: $*" >&2
    return 1
}

# A waitbench in the background, $waiting; finish() tells how it ended. (bash lets what it puts in the
# background ignore SIGINT: env gives it back.)
start_waitbench() { # ARGUMENT...
    env --default-signal=INT "$waitbench" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    waiting=$!
    started+=("$waiting")
}

# Wait for its end, after that signal if there is one. Leaves status, output and stderr as `run` does.
finish() { # [SIGNAL]
    [[ -z ${1-} ]] || kill -"$1" "$waiting"
    status=0
    wait "$waiting" || status=$?
    output=$(<"$BATS_TEST_TMPDIR/out") stderr=$(<"$BATS_TEST_TMPDIR/err")
}

# The store has at least so many runs.
has_runs() { # COUNT
    [[ -e $results/waitbench.db && $(sql "SELECT count(*) FROM runs" 2>/dev/null) -ge $1 ]]
}

# A server of the test's own; sets $server and $port. What it says is in $out and $out.err. With
# $descriptors set it gets no more of them. It is started by the command $as, if that is set.
start_server() { # [OPTION...]
    out=$(mktemp "$BATS_TEST_TMPDIR/randintd.XXXXXX")
    (
        ulimit -n "${descriptors:-$(ulimit -n)}"
        exec "${as[@]}" env --default-signal=INT "$randintd" --port 0 "$@"
    ) >"$out" 2>"$out.err" 3>&- &
    server=$!
    started+=("$server")
    wait_until grep -qx ready "$out" || { cat "$out.err" >&2; return 1; }
    port=$(sed -n '1s/.*:\([0-9]*\)$/\1/p' "$out")
}

# Somebody has a connection to 127.0.0.1 at $port, be it accepted or not.
is_connected() {
    grep -qE "^ *[0-9]+: 0100007F:$(printf %04X "$port") [0-9A-F:]+ 01 " /proc/net/tcp
}

# Of the server at $port.
are_in_flight() { # COUNT
    [[ $(curl -s "http://127.0.0.1:$port/stats") == *"\"in_flight\": $1,"* ]]
}

# Sets $port to where that process listens.
find_port_of() { # PID
    local hexadecimal
    hexadecimal=$(awk 'NR == FNR { is_its[$1] } NR > FNR && $4 == "0A" && $10 in is_its { print $2; exit }' \
        <(readlink "/proc/$1"/fd/* | sed -n 's/^socket:.\([0-9]*\).$/\1/p') /proc/net/tcp)
    [[ -n $hexadecimal ]] && port=$((16#${hexadecimal#*:}))
}

# A server that gives each connection this response once it has requested, and closes; sets $port.
start_responding() { # TEXT
    local out
    out=$(mktemp "$BATS_TEST_TMPDIR/responding.XXXXXX")
    perl -MIO::Socket::INET -e '
        $| = 1;
        my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 64) or die;
        print $listener->sockport, "\n";
        while (my $asker = $listener->accept) {
            sysread $asker, my $request, 4096;
            syswrite $asker, $ARGV[0];
            close $asker;
        }' "$1" >"$out" 2>&1 3>&- &
    started+=("$!")
    wait_until test -s "$out"
    port=$(<"$out")
}

# Processes of this test, whoever started them: they inherit its mark. (A measured process was started
# as /proc/self/exe.)
marked_processes() {
    local folder name
    for folder in /proc/[0-9]*; do
        read -r name 2>/dev/null <"$folder/comm" || continue
        [[ $name =~ ^(randintd|waitbench|waitbench-mpi|mpirun|prterun|orted|prted|hyperfine|exe)$ ]] || continue
        if grep -qazxF "WAITBENCH_TEST_MARK=$BATS_TEST_TMPDIR" "$folder/environ" 2>/dev/null; then
            echo "${folder#/proc/} $name"
        fi
    done
}

# Nobody's any more, or only a dead one's.
is_gone() { # PID
    [[ $(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null) != [^Z] ]]
}

are_marked() { # COUNT: of such processes
    [[ $(marked_processes | wc -l) == "$1" ]]
}

are_running() { # NAME
    [[ -n $(marked_processes | grep " $1\$") ]]
}

nothing_is_left() {
    wait_until are_marked 0 || { marked_processes >&2; return 1; }
}

# A tiny file system of its own at $1, or the test is skipped.
mount_tiny() { # FOLDER SIZE [OPTION]
    mkdir -p "$1"
    mount -t tmpfs -o "size=$2${3:+,$3}" none "$1" 2>/dev/null || skip "mounting is not permitted here"
    mounted+=("$1")
}

# A control group with a limit on that, $group, and $top, the folder of all; or the test is skipped. It goes
# with the test, whose process must have left it.
make_group() { # cpu|memory
    top=/sys/fs/cgroup
    [[ -d $top/$1 ]] && top+=/$1
    group=$top/waitbench-test-$$
    mkdir "$group" 2>/dev/null || skip "control groups are not permitted here"
    groups_made+=("$group")
}

# Whose processes may use a tenth of a core's time.
make_quota_group() {
    make_group cpu
    if [[ $top == */cpu ]]; then
        echo 10000 >"$group/cpu.cfs_quota_us"
    else
        echo "10000 100000" >"$group/cpu.max"
    fi 2>/dev/null || skip "quotas of CPU time cannot be set here"
}

# Whose processes may use so much memory.
make_memory_group() { # BYTES
    local file=memory.max
    make_group memory
    [[ $top != */memory ]] || file=memory.limit_in_bytes
    echo "$1" 2>/dev/null >"$group/$file" || skip "limits on memory cannot be set here"
}

# A PATH with these programs and no others.
path_of() { # PROGRAM...
    local bin=$BATS_TEST_TMPDIR/bin program
    mkdir -p "$bin"
    for program; do
        ln -sf "$(command -v "$program")" "$bin/"
    done
    echo "$bin"
}

# Run it on a terminal; every line, and every state of a line that is rewritten, has to fit.
fits() { # COLUMNS COMMAND...
    run --separate-stderr tests/cli/on_terminal.py "$@" </dev/null
    local wide
    wide=$(sed -e 's/\x1b\[K//g' <<<"$output" | tr '\r' '\n' |
        python3 -c 'import sys; print("".join(l for l in sys.stdin if len(l.rstrip("\n")) > int(sys.argv[1])))' "$1")
    [[ -z $wide ]] || { printf 'wider than %s:\n%s\n' "$1" "$wide" >&2; return 1; }
}
