# What the comparisons over HTTP share: their options, the loads, the rounds and the table of ratios.
# A block is a group of runs that are compared with one another: of one connection mode and number of
# connections, yardsticks and ours. Every round takes the blocks in a seeded shuffled order, and the runs of a
# block right after one another, shuffled too, so that a disturbance of the machine affects all of them.
# shellcheck shell=bash disable=SC2034 # scripts and servers.bash share variables

# shellcheck source=baselines/servers.bash
. "$(dirname "${BASH_SOURCE[0]}")/servers.bash"

# The script sets its defaults of these before http_parse.
models='' loads='' modes=keep-alive,close measured=server # or client: whose CPU time counts
connections=32,256,1024 rounds=6 seconds=1 seed=1
gcannon=${GCANNON:-$(command -v gcannon || true)} # of HttpArena; not in Debian
model_list=() load_list=() connection_list=() mode_list=() # set by http_parse

split_list() { # ARRAY LIST NAME: by commas
    IFS=, read -ra "$1" <<<"$2"
    [[ $2 =~ ^[^,]+(,[^,]+)*$ ]] || wrong_usage "$3 '$2' is not a list such as a,b"
}

http_parse() { # [OPTION...]
    local value
    take_options m:models l:loads c:connections k:modes r:rounds t:seconds s:seed -- "$@"
    number ROUNDS "$rounds" 100
    number SECONDS "$seconds" 60
    number SEED "$seed" 32767
    split_list model_list "$models" MODELS
    split_list load_list "$loads" LOADS
    split_list connection_list "$connections" CONNECTIONS
    split_list mode_list "$modes" MODES
    for value in "${connection_list[@]}"; do
        number CONNECTIONS "$value" 4000
    done
    for value in "${mode_list[@]}"; do
        [[ $value == @(keep-alive|close) ]] || wrong_usage "MODES '$value' is not keep-alive or close"
    done
    for value in "${load_list[@]}"; do
        check_load "$value"
    done
}

# ---- loads ----
# Each of one thread, without a delay; sets `rate` in requests/s, `requests`, and `client_us`, its CPU time per
# request in microseconds. An error ends everything, for a figure with errors is none.

timed() { # PROGRAM [OPTION...]: its output in load, its CPU time in cpu
    local TIMEFORMAT='%U %S'
    { time "${with_us[@]}" timeout $((seconds + 30)) "$@" >"$dir/load" 2>"$dir/said"; } 2>"$dir/cpu" ||
        die "$* failed: $(cat "$dir/said" "$dir/load" | tail -n 3)"
}

by_wrk() { # ADDRESS MODE CONNECTIONS
    local header=()
    [[ $2 == keep-alive ]] || header=(-H 'Connection: close')
    timed wrk -t1 -c"$3" -d"${seconds}s" "${header[@]}" "http://$1/randint/20"
    ! grep -E 'Socket errors|Non-2xx' "$dir/load" >&2 || die "errors from $1 at $3 connections"
    read -r rate requests client_us < <(awk 'NR == FNR { cpu = $1 + $2; next }
        / requests in / { requests = $1 }
        /Requests\/sec/ { print $2, requests, cpu * 1e6 / requests }' "$dir/cpu" "$dir/load")
}

by_gcannon() { # ADDRESS MODE CONNECTIONS
    timed env HOME="$dir" "$gcannon" "http://$1/randint/20" -c "$3" -t 1 -d "${seconds}s" --json
    ! grep -E '"([345]xx|other|connect|read|timeout|reconnects)": [^0]' "$dir/load" >&2 ||
        die "errors from $1 at $3 connections"
    read -r rate requests client_us < <(awk 'NR == FNR { cpu = $1 + $2; next }
        /"responses":/ { requests = $2 + 0 }
        /"rps":/ { rate = $2 + 0 }
        END { print rate, requests, cpu * 1e6 / requests }' "$dir/cpu" "$dir/load")
}

# As many requests as take about as long on the reference machine.
by_driver() { # DRIVER ADDRESS MODE CONNECTIONS
    local kept=() count=$((seconds * 20000))
    [[ $3 == close ]] || kept=(--keep-alive) count=$((seconds * 100000))
    rm -rf "$dir/results"
    "${with_us[@]}" "$build/waitbench" campaign --driver "$1" --server "$2" --workload http "${kept[@]}" --delay 0 \
        --concurrency "$4" --requests "$count" --repetitions 1 --arrivals closed --backlog 4096 \
        --whole-process none --predict off --usage off --results "$dir/results" --name once \
        >/dev/null 2>"$dir/said" ||
        die "$1 at $4 connections: $(grep -m 1 INVALID "$dir/said" || tail -n 1 "$dir/said")"
    "$build/waitbench" export once --what usage-runs --results "$dir/results" >"$dir/usage.csv"
    "$build/waitbench" export once --what runs --results "$dir/results" >"$dir/runs.csv"
    local figures='
        FNR == 1 { for (i = 1; i <= NF; i++) column[FILENAME, $i] = i; next }
        FILENAME ~ /usage/ && $column[FILENAME, "side"] == "client" &&
            $column[FILENAME, "metric"] == "cpu_ns" { cpu = $column[FILENAME, "value"] }
        FILENAME ~ /runs/ { n = $column[FILENAME, "completed"]; took = $column[FILENAME, "makespan_s"] }
        END { print n / took, n, cpu / 1e3 / n }'
    read -r rate requests client_us < <(
        awk -f "$root/plots/csv.awk" -f <(printf '%s\n' "$figures") "$dir/usage.csv" "$dir/runs.csv"
    )
}

# A load is wrk, gcannon or one of our drivers.
check_load() { # LOAD
    case $1 in
    wrk) check_external wrk ;;
    gcannon) [[ -x $gcannon ]] || die "gcannon is missing: GCANNON is '$gcannon'" ;;
    *) [[ -x $build/waitbench ]] || die "$build/waitbench is missing: run 'make all baselines'" ;;
    esac
}

# ---- rounds ----

# "MODE CONNECTIONS YARDSTICK... -- OURS...", each of them LOAD/SERVER.
blocks=()

# One run: a line of the runs, with the CPU time per request of the `measured` side.
take_run() { # MODE CONNECTIONS LOAD/SERVER
    local load=${3%%/*} server=${3#*/} address pid before us
    address=${server_address[$server]-${server_address["$server $1"]-}} # the second: a bare server's
    pid=${server_pid[$server]-${server_pid["$server $1"]-}}
    before=$(cpu_ticks "$pid")
    case $load in
    wrk | gcannon) "by_$load" "$address" "$1" "$2" ;;
    *) by_driver "$load" "$address" "$1" "$2" ;;
    esac
    us=$client_us
    [[ $measured == client ]] ||
        us=$(awk -v ticks=$(($(cpu_ticks "$pid") - before)) -v hertz="$(getconf CLK_TCK)" -v n="$requests" \
            'BEGIN { print ticks / hertz * 1e6 / n }')
    echo "run $1 $2 $load $server $rate $us" >>"$dir/runs"
}

take_block() { # MODE CONNECTIONS LOAD/SERVER...
    local turns=("${@:3}") turn
    shuffle turns
    for turn in "${turns[@]}"; do
        take_run "$1" "$2" "$turn"
    done
}

take_rounds() {
    local order=("${blocks[@]}") block words round
    RANDOM=$seed
    for ((round = 1; round <= rounds; round++)); do
        shuffle order
        for block in "${order[@]}"; do
            read -ra words <<<"${block/ -- / }"
            take_block "${words[@]}"
        done
    done
}

# Each of ours with each of its yardsticks.
pairs() {
    local block yardsticks ours a b
    for block in "${blocks[@]}"; do
        read -ra yardsticks <<<"${block% -- *}"
        read -ra ours <<<"${block#* -- }"
        for b in "${ours[@]}"; do
            for a in "${yardsticks[@]:2}"; do
                echo "pair ${yardsticks[*]:0:2} ${a/\// } ${b/\// }"
            done
        done
    done
}

# Takes the rounds and prints the table.
compare_blocks() {
    local runs
    runs=$(($(grep -o / <<<"${blocks[*]}" | wc -l) * rounds))
    ((runs * seconds <= 7200)) || wrong_usage "$runs runs of $seconds s take hours: choose fewer"
    echo "$runs runs of about $seconds s" >&2
    take_rounds
    printf '%s rounds, seed %s. A is the yardstick, B ours.\n\n' "$rounds" "$seed"
    pairs | awk -v side="$measured" -f "$root/baselines/ratios.awk" "$dir/runs" -
}
