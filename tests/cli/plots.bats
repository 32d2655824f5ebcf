#!/usr/bin/env bats
# The pictures of a real, small campaign and of a synthetic one with twenty drivers: drawn, complete, not empty, no
# name on another; a missing tool, a missing folder and missing figures; and what files hold stays data.

load common

setup_file() {
    export DRAWN=$BATS_FILE_TMPDIR/results
    cd "$BATS_TEST_DIRNAME/../.." || return
    "${WAITBENCH:-build/waitbench}" campaign --results "$DRAWN" --delay 5ms --concurrency 4,8,16 \
        --driver null,sequential,threadpool,libev --backlog 4096,8 --requests 128 --repetitions 2 \
        --whole-process none >/dev/null 2>&1
    export MANY=$BATS_FILE_TMPDIR/many
    many_drivers "$MANY"
    ! command -v gnuplot >/dev/null || plots/draw.sh "$MANY" >"$MANY/said"
}

pictures=(talk makespan latency waterfall completion)
all_pictures=("${pictures[@]}" runs usage breakdown predicted)

# A results folder of twenty drivers whose lines lie close together, as they do: one of them serial, one
# that stops at 128, one INVALID at 1024, one in no table, with a blank in its name.
many_drivers() { # FOLDER
    mkdir -p "$1"
    echo "A synthetic machine" >"$1/environment.txt"
    awk -v to="$1" '
        function out(file, line) { print line >(to "/" file ".csv") }
        BEGIN {
            n = split("sequential,thread-per-request,threadpool,libev-offload,fork-per-request,prefork,select,poll," \
                "epoll,epoll-et,libev,libevent,libuv,multiloop,io_uring,coroutine,python-threads,python-asyncio,go," \
                "exec:./my client", driver, ",")
            split("queue connect send accept delay overshoot back read", phase, " ")
            split("cpu_ns syscalls voluntary_switches involuntary_switches runnable_wait_ns rss_growth_bytes " \
                "peak_threads minor_faults", metric, " ")
            key = "driver,workload,arrivals,requests,concurrency,keep_alive,delay_s,backlog,quality"
            out("cases", key ",median_s,low_s,high_s,per_request_s,per_request_low_s,per_request_high_s,syn_retransmits,predicted_s,ideal_s")
            out("runs", key ",block,makespan_s")
            out("usage", "driver,workload,arrivals,requests,concurrency,keep_alive,backlog,completed,side,metric,unit,median")
            out("breakdown", "driver,workload,arrivals,concurrency,keep_alive,backlog,phase,mean_s,p99_s")
            out("latency", "driver,arrivals,concurrency,backlog,share,latency_s")
            out("completion", "driver,arrivals,requests,concurrency,pipeline,delay_s,backlog,responses,share,completed_s")
            out("waterfall", "driver,variant,delay_s,backlog,concurrency,request,slot,start_s,connected_s,sent_s,first_byte_s,end_s,outcome")
            for (d = 1; d <= n; d++) for (s = 1; s <= 2; s++) for (b = 1; b <= 2; b++) for (c = 32; c <= 1024; c *= d == 1 ? 99 : d == 7 ? 4 : 2)
                one(driver[d], s == 1 ? "closed" : "burst", b == 1 ? 4096 : 100, d == 1 ? 1 : c)
            for (d = 1; d <= n; d++) {
                for (i = 1; i <= 32; i++) {
                    out("latency", driver[d] ",closed," (d == 1 ? 1 : 1024) ",4096," i / 32 "," 0.1 + d * i * 1e-5)
                    out("completion", driver[d] ",closed,32," (d == 1 ? 1 : 8) ",1,0.1,4096," i "," i / (d == 1 ? 1024 : 32) "," 0.1 * int((i + 7) / 8) + d * i * 1e-5)
                    start = int(i / 9) * 0.1 + i * 1e-3
                    out("waterfall", driver[d] ",,0.1,4096," (d == 1 ? 1 : 8) "," i - 1 "," i % 8 "," start "," start + 1e-3 "," \
                        start + 2e-3 "," start + 0.1 "," start + 0.1 + d * 1e-4 "," (d == 5 && i == 7 ? "refused" : "ok"))
                }
            }
        }
        function one(name, arrivals, backlog, c,    sent, time, i, case_) {
            sent = arrivals == "closed" ? 1024 : c
            time = sent / c * 0.1 + d * sent * 1e-6
            case_ = name ",randint," arrivals "," sent "," c ",0,0.1," backlog "," (d == 5 && c == 1024 ? "INVALID" : "OK")
            out("cases", case_ "," time "," time * 0.99 "," time * 1.02 "," time / sent "," time / sent * 0.99 "," time / sent * 1.02 \
                "," (b == 2 ? c / 8 : 0) "," (b == 1 ? time * (0.7 + d / 30) : "") "," int((sent + c - 1) / c) * 0.1)
            for (i = 0; i < 3; i++) out("runs", case_ "," i "," time * (0.99 + i / 60))
            for (i = 1; i in metric; i++)
                out("usage", name ",randint," arrivals "," sent "," c ",0," backlog "," sent ",client," metric[i] ",count," d * i * c)
            for (i = 1; i in phase; i++)
                out("breakdown", name ",randint," arrivals "," c ",0," backlog "," phase[i] "," (i == 5 ? 0.1 : d * i * 1e-5) "," i * d * 2e-5)
        }'
}

# The names at lines' ends in an SVG, and the panels' heads, each on a line: x, y, text. Two blanks part a
# name from its figure.
end_names() { # FILE
    awk 'match($0, /translate\([-0-9.]+,[-0-9.]+\)/) { split(substr($0, RSTART + 10, RLENGTH - 11), at, ",") }
        /<text/ { text = $0; gsub(/<[^>]*>|^[ \t]+/, "", text)
                  if (text ~ /^backlog/) print 0, at[2], text
                  if (text ~ /^[^ ]+( \(C = [0-9]+\))?  [-+<0-9]/) print at[1], at[2], text }' "$1"
}

@test "every picture is drawn, as SVG and as PNG" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    run -0 plots/draw.sh "$DRAWN/latest"
    for picture in "${pictures[@]}"; do
        says "$output" "drew $picture"
        svg=$DRAWN/latest/$picture.svg png=$DRAWN/latest/$picture.png
        (($(wc -c <"$svg") > 5000))
        (($(wc -c <"$png") > 5000))
        [[ $(tail -c 20 "$svg") == *"</svg>"* ]]
        says "$(cat "$svg")" libev
        [[ $(head -c 8 "$png" | od -An -tx1) == " 89 50 4e 47 0d 0a 1a 0a" ]]
        [[ $(tail -c 8 "$png" | head -c 4) == IEND ]]
        # Of a palette, where there is what makes one.
        ! command -v pngquant >/dev/null || [[ $(od -An -j25 -N1 -tu1 "$png") -eq 3 ]]
        # As wide as a reader needs: the header's next words.
        (($(od -An -j16 -N4 --endian=big -tu4 "$png") >= 600))
        (($(od -An -j20 -N4 --endian=big -tu4 "$png") >= 400))
    done
    [[ -z $(find "$DRAWN/latest/" -name '.drawing*') ]]
    if command -v xmllint >/dev/null; then
        xmllint --noout "$DRAWN"/latest/*.svg
    fi
}

@test "a PNG that cannot be made smaller stays as it was drawn" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    local bin=$BATS_TEST_TMPDIR/bin folder=$BATS_TEST_TMPDIR/one how
    mkdir "$bin" "$folder"
    cp "$DRAWN/latest/completion.csv" "$folder"
    for how in 'exit 1' 'exit 99' 'while [ "$1" != --output ]; do shift; done; printf "\\211PNG half" >"$2"'; do
        printf '#!/bin/sh\n%s\n' "$how" >"$bin/pngquant"
        chmod +x "$bin/pngquant"
        run -0 env PATH="$bin:$PATH" plots/draw.sh "$folder"
        says "$output" "drew completion"
        [[ $(od -An -j25 -N1 -tu1 "$folder/completion.png") -eq 2 && $(tail -c 8 "$folder/completion.png") == IEND* ]]
        [[ -z $(find "$folder" -name '*.small') ]]
        rm "$folder/completion.png"
    done
}

@test "the talk's chart in letters" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    run -0 plots/draw.sh --terminal "$DRAWN/latest"
    ((${#lines[@]} > 10))
    says "$output" libev threadpool
}

@test "somebody's service: no ideal and no backlog" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    start_server --delay 5ms --keep-alive
    run -0 "$waitbench" campaign --results "$results" -d null,sequential,epoll -c 4,8 -n 64 -r 2 --whole-process none \
        --url "http://127.0.0.1:$port/randint/25"
    run -0 plots/draw.sh "$results/latest"
    for picture in talk makespan latency waterfall completion runs usage; do
        says "$output" "drew $picture:"
        ! grep -q -e backlog -e ideal "$results/latest/$picture.svg"
    done
    says "$output" "skipped breakdown" "skipped predicted"
}

@test "work without a server: no ideal, and no pictures of waiting" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    run -0 "$waitbench" campaign --results "$results" --preset fib --requests 64 --repetitions 2
    run -0 plots/draw.sh "$results/latest"
    for picture in talk makespan runs usage; do
        says "$output" "drew $picture:"
    done
    for picture in latency waterfall breakdown predicted; do
        [[ $output =~ "skipped $picture: "[^$'\n']*": no server delays in this campaign" ]]
    done
    for picture in talk makespan; do
        [[ $(<"$results/latest/$picture.svg") != *ideal* && $(<"$results/latest/$picture.svg") != *backlog* ]]
    done
    plots/draw.sh "$DRAWN/latest"
    grep -q "ideal  " "$DRAWN/latest/talk.svg"
    grep -q "backlog 8" "$DRAWN/latest/talk.svg"
}

@test "open arrivals without figures: the reason is not that no server delays" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    mkdir "$BATS_TEST_TMPDIR/open"
    {
        echo driver,arrivals,rate,requests,concurrency,keep_alive,delay_s,backlog,server_model,variant,quality,latency_p99_s,service_p99_s
        echo epoll,poisson,100,100,8,0,0,4096,libev,,INVALID,,
    } >"$BATS_TEST_TMPDIR/open/cases.csv"
    run -4 plots/draw.sh "$BATS_TEST_TMPDIR/open"
    says "$output" "skipped rates: nothing to draw: cases.csv has no figures in latency_p99_s (1 of 1 rows are INVALID)"
    # Others are of waiting.
    says "$(grep -E "skipped (rates|windows)" <<<"$output")" "skipped rates" "skipped windows"
    ! grep -E "skipped (rates|windows).*no server delays" <<<"$output"
}

@test "whether a URL's service delays is not known" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    mkdir "$BATS_TEST_TMPDIR/url"
    {
        echo driver,url,arrivals,requests,concurrency,keep_alive,delay_s,backlog,server_model,variant,quality,median_s,per_request_s
        echo epoll,http://localhost:1/,closed,100,8,0,0,4096,libev,,INVALID,,
    } >"$BATS_TEST_TMPDIR/url/cases.csv"
    run -4 plots/draw.sh "$BATS_TEST_TMPDIR/url"
    says "$output" "skipped talk: " "skipped breakdown: "
    [[ $output != *"no server delays"* ]]
}

@test "gnuplot is missing" {
    tools=$(path_of bash cat dirname sed mktemp tput rm mv tail grep)
    run -1 --separate-stderr env PATH="$tools" plots/draw.sh "$DRAWN/latest"
    complains "gnuplot is missing: ./run.sh deps installs it"
    run -1 --separate-stderr env PATH="$tools" plots/draw.sh --terminal "$DRAWN/latest"
    complains "gnuplot is missing"
}

@test "a folder that is not there, or not a campaign's" {
    run -2 --separate-stderr plots/draw.sh "$BATS_TEST_TMPDIR/nosuch"
    complains "is not a folder"
    run -2 plots/draw.sh
    run -2 plots/draw.sh one two
    run -0 plots/draw.sh --help
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    mkdir "$BATS_TEST_TMPDIR/empty"
    run -4 plots/draw.sh "$BATS_TEST_TMPDIR/empty"
    for picture in "${pictures[@]}"; do
        [[ $output =~ (failed|skipped)" $picture: ". ]]
        [[ ! -e $BATS_TEST_TMPDIR/empty/$picture.svg && ! -e $BATS_TEST_TMPDIR/empty/$picture.png ]]
    done
}

@test "an old picture does not pass for a new one" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    mkdir "$BATS_TEST_TMPDIR/bad"
    cp "$DRAWN"/latest/*.csv "$DRAWN"/latest/environment.txt "$BATS_TEST_TMPDIR/bad"
    echo old | tee "$BATS_TEST_TMPDIR/bad/latency.svg" >"$BATS_TEST_TMPDIR/bad/latency.png"
    rm "$BATS_TEST_TMPDIR/bad/latency.csv"
    run -0 plots/draw.sh "$BATS_TEST_TMPDIR/bad"
    says "$output" "drew talk" "skipped latency: latency.csv is missing"
    [[ ! -e $BATS_TEST_TMPDIR/bad/latency.svg && ! -e $BATS_TEST_TMPDIR/bad/latency.png ]]
    [[ -s $BATS_TEST_TMPDIR/bad/waterfall.svg ]]
}

@test "a campaign of one serial case is drawn, as far as there is something to draw" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    "$waitbench" campaign -d sequential -r 3 -t 5ms --whole-process none --predict off \
        --results "$BATS_TEST_TMPDIR/serial" >/dev/null 2>&1
    run -0 plots/draw.sh "$BATS_TEST_TMPDIR/serial/latest"
    says "$output" "drew breakdown"
}

@test "a comma in a URL: open arrivals have their own pictures" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    start_server
    run --separate-stderr "$waitbench" campaign --results "$results" --driver epoll,threadpool \
        --url "http://127.0.0.1:$port/none?x=1,2,closed" --expect 404 --arrivals poisson --rate 1k,2k --duration 800ms \
        --concurrency 4 --repetitions 2 --whole-process none --no-pictures
    [[ $status == 0 || $status == 3 ]] # a loaded machine may make a run INVALID, and says so
    run -0 plots/draw.sh "$results/latest"
    says "$output" " rates:" " windows:" "drew usage"
    [[ $output != *talk* && $output != *makespan* ]]
    grep -q "rate (requests per second)" "$results/latest/usage.svg" # not C
    run -0 plots/draw.sh --highlight epoll "$results/latest"
}

@test "twenty drivers: every picture is drawn, and names them all" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    for picture in "${all_pictures[@]}"; do
        says "$(cat "$MANY/said")" "drew $picture"
        svg=$(cat "$MANY/$picture.svg")
        for driver in thread-per-request threadpool libev-offload prefork select epoll-et libuv io_uring coroutine \
            python-asyncio go $'exec:./my\302\240client'; do
            says "$svg" ">$driver"
        done
        (($(wc -c <"$MANY/$picture.svg") < 1000000))
        # It is the page that grows, not its width.
        (($(od -An -j16 -N4 --endian=big -tu4 "$MANY/$picture.png") == 1200))
    done
    says "$(cat "$MANY/talk.svg")" "at 512" "INVALID, not drawn: 4 cases of fork-per-request"
    # A row of breakdown.png is the most in flight that the driver has.
    says "$(cat "$MANY/breakdown.svg")" ">512<"
    # Every figure of the fixture is there.
    run ! grep -q "n/a" "$MANY/breakdown.svg"
    # Closed arrivals come before burst.
    [[ $(grep -oE "C at a time|all at once" "$MANY/talk.svg" | uniq) == $'C at a time\nall at once' ]]
    if command -v xmllint >/dev/null; then
        xmllint --noout "$MANY"/*.svg
    fi
}

@test "twenty drivers: no name at a line's end lies on another, or leaves the page" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    for picture in talk makespan latency completion usage predicted; do
        end_names "$MANY/$picture.svg" | sort -k1,1g -k2,2g >"$BATS_TEST_TMPDIR/names"
        # Two arrivals and two backlogs, each with 19 drivers, the ideal and a head; a latency panel; of nine usage
        # panels at least six. The completion's panel has no head.
        declare -A expected=([talk]=84 [makespan]=84 [latency]=21 [completion]=21 [predicted]=38)
        echo "$picture: $(wc -l <"$BATS_TEST_TMPDIR/names") names"
        (($(wc -l <"$BATS_TEST_TMPDIR/names") >= ${expected[$picture]:-120}))
        # Letters are 10 pixels high, and 6 wide; other panels' names are further away. Heads come first.
        awk '$1 == 0 { head[$2] = 1; next }
            { for (h in head) if ($2 > h - 12 && $2 < h + 12) { print "on a head:", $0; bad = 1 } }
            $1 == x && $2 - y < 12 { print "too close:", y, $0; bad = 1 }
            { x = $1; y = $2; sub(/^[^ ]+ [^ ]+ /, "") }
            x + 6 * length() > 1205 { print "beyond the page:", x, $0; bad = 1 }
            END { exit bad }' "$BATS_TEST_TMPDIR/names"
    done
}

@test "highlighted drivers are in colour, the others grey, and all are named" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    libev="#0064A8" threadpool="#D55E00" unlit="#BBBBBB"
    mkdir "$BATS_TEST_TMPDIR/many"
    cp "$MANY"/*.csv "$BATS_TEST_TMPDIR/many"
    run -0 plots/draw.sh --highlight 'libev,exec:./my client' "$BATS_TEST_TMPDIR/many"
    for picture in "${all_pictures[@]}"; do
        says "$output" "drew $picture"
        says "$(cat "$BATS_TEST_TMPDIR/many/$picture.svg")" "in colour: libev"
    done
    for picture in talk makespan latency completion runs usage predicted; do
        grep -qE "$threadpool" "$MANY/$picture.svg"
        grep -qE "$libev" "$BATS_TEST_TMPDIR/many/$picture.svg"
        grep -qE "$unlit" "$BATS_TEST_TMPDIR/many/$picture.svg"
        run ! grep -qE "$threadpool" "$BATS_TEST_TMPDIR/many/$picture.svg"
    done
    diff <(end_names "$MANY/talk.svg" | sed '/^0/d' | cut -d' ' -f3- | sort) <(end_names "$BATS_TEST_TMPDIR/many/talk.svg" | sed '/^0/d' | cut -d' ' -f3- | sort)
}

@test "highlighting a driver that is not there, or none" {
    mkdir "$BATS_TEST_TMPDIR/many"
    cp "$MANY"/*.csv "$BATS_TEST_TMPDIR/many"
    run -2 --separate-stderr plots/draw.sh --highlight libev,libeve "$BATS_TEST_TMPDIR/many"
    complains "there is no driver 'libeve' in" "there are: sequential, thread-per-request," "io_uring"
    [[ -z $(find "$BATS_TEST_TMPDIR/many" -name '*.svg') ]]
    run -2 --separate-stderr plots/draw.sh --highlight null "$DRAWN/latest"
    complains "there is no driver 'null'"
    run -2 --separate-stderr plots/draw.sh --highlight
    complains "--highlight takes the names of drivers"
    run -2 --separate-stderr plots/draw.sh --hilight libev "$DRAWN/latest"
    complains "there is no option '--hilight'"
    run -2 --separate-stderr "$waitbench" draw --highlight
    complains "--highlight: a value is missing"
    run -2 --separate-stderr "$waitbench" draw --highlight libev,libeve "$BATS_TEST_TMPDIR/many"
    complains "there is no driver 'libeve' in"
}

@test "twenty drivers in letters: as many as there is room for, and a note on the others" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    COLUMNS=96 run -0 plots/draw.sh --terminal "$MANY"
    says "$output" "T threadpool" "L libev" "5 of 19 drivers: --highlight NAME,NAME shows others"
    COLUMNS=96 run -0 plots/draw.sh --terminal --highlight go,epoll-et "$MANY"
    says "$output" "g go" "G epoll-et"
    [[ $output != *threadpool* && $output != *"shows others"* ]]
    run -1 --separate-stderr plots/draw.sh --terminal --highlight sequential "$MANY"
    complains "none of the highlighted drivers is in this chart"
}

@test "each driver has a look, and no two the same" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    cat >"$BATS_TEST_TMPDIR/looks.gp" <<'TEXT'
here = ARG1; results = ""; format = "svg"; output = ""; highlight = ""
load here."style.gp"
set print "-"
do for [d in driver_order." exec:./a exec:./b exec:/a/long/path/to/some/other/client newcomer"] {
    print look(d), d, look_point(d), look_dash(d), look_colour(d), named(d)
}
TEXT
    export LC_ALL=C.UTF-8 # in which "…" is one character, whatever the locale outside
    run -0 gnuplot -c "$BATS_TEST_TMPDIR/looks.gp" "$PWD/plots/"
    ((${#lines[@]} > 20))
    for line in "${lines[@]}"; do
        [[ $line =~ ^[0-9A-F]{6},[0-9]{2},[12],.,[0-6]\ ([^ ]+)\ ([0-9]+)\ ([12])\ \#[0-9A-F]{6}\ .{1,24}$ ]] || { echo "$line" >&2; return 1; }
        ((BASH_REMATCH[2] >= 1 && BASH_REMATCH[2] <= 15))
        # A program in another language, and no other, is dashed.
        case ${BASH_REMATCH[1]} in
            python-* | go | node | exec:*) ((BASH_REMATCH[3] == 2)) ;;
            *) ((BASH_REMATCH[3] == 1)) ;;
        esac
    done
    [[ -z $(cut -d, -f1-3 <<<"$output" | sort | uniq -d) ]]
    # The terminal's letters, of those in the table.
    [[ -z $(grep -v ',0 ' <<<"$output" | cut -d, -f4 | sort | uniq -d) ]]
}

@test "run.sh draws the pictures of a folder again" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    [[ -x /usr/bin/hyperfine || -n $(command -v hyperfine) ]] || skip "run.sh would install what is missing"
    run -0 ./run.sh draw --terminal --highlight libev "$DRAWN/latest"
    says "$output" "L libev"
    [[ $output != *threadpool* ]]
    run -2 --separate-stderr ./run.sh draw "$BATS_TEST_TMPDIR/nosuch"
    complains "is not a folder"
}

# A copy of the small campaign's figures in $folder, a value of theirs replaced; gnuplot or a shell that
# evaluated $evil would make the file $canary.
hostile() { # PERL-SCRIPT [FILE...]
    folder=$BATS_TEST_TMPDIR/hostile
    canary=$BATS_TEST_TMPDIR/canary
    mkdir -p "$folder"
    cp "$DRAWN"/latest/*.csv "$DRAWN"/latest/environment.txt "$folder"
    EVIL=$evil perl -pi -e "$1" "$folder"/*.csv
}

@test "marks in an SVG say whose they are, and points what they are" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    plots/draw.sh "$DRAWN/latest" >/dev/null
    for picture in talk makespan runs latency completion usage breakdown predicted waterfall; do
        run -0 tests/cli/marks.py "$DRAWN/latest/$picture.svg"
        says "$output" "libev" "threadpool"
        [[ $picture == waterfall || $output != "0 "* ]]
    done
    # A point for each run, with its number in the store, and one for each case or mode of it.
    [[ $(grep -c 'class="point" data-run="[0-9]*"><title>libev,' "$DRAWN/latest/runs.svg") == $(grep -c ^libev, "$DRAWN/latest/runs.csv") ]]
}

@test "a driver's name is text, whatever it holds" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    evil="lib\`touch\${IFS}$BATS_TEST_TMPDIR/canary\`b'@x\\n%s"$'\033'"[31m"
    # Pictures show the end of a long name.
    end="b'@x\\n%s?[31m"
    hostile 's/^libev\b/$ENV{EVIL}/'
    run -0 plots/draw.sh "$folder"
    for picture in "${pictures[@]}"; do
        says "$output" "drew $picture"
        says "$(cat "$folder/$picture.svg")" "$end"
        tests/cli/marks.py "$folder/$picture.svg"
    done
    run -0 plots/draw.sh --terminal "$folder"
    says "$output" "$end"
    [[ $output != *$'\033'* ]]
    run -2 --separate-stderr plots/draw.sh --highlight nosuch "$folder"
    says "$stderr" "$end"
    [[ $stderr != *$'\033'* ]]
    [[ ! -e $canary ]]
}

# A lesson with these lines of evidence, in $folder.
lesson_of() { # PICTURES LINE...
    printf '%s\n' "Lesson 1: $evil" "HOLDS: $evil" "Pictures: $1" >"$folder/lesson.txt"
    printf '%s\n' words,unit,value,low,high,coverage,runs,relation,bound,finding "${@:2}" >"$folder/evidence.csv"
}

@test "where a number belongs, nothing else is read" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    evil="int(system('touch $BATS_TEST_TMPDIR/canary'))"
    hostile 's/,[0-9.]+(,[^,]*)$/,$ENV{EVIL}$1/ if $. > 1'
    plots/draw.sh "$folder" || true
    [[ ! -e $canary ]]
    lesson_of lesson "\`touch $canary\`,s,$evil,$evil,0.2,0.97,5,at least,$evil,HOLDS" \
        "fine,s,0.2,0.1,0.3,0.97,5,at least,0.1,HOLDS" \
        "many,,30000,30000,30000,0.97,5,at least,25000,HOLDS"
    run -0 plots/draw.sh "$folder"
    says "$output" "drew lesson"
    says "$(cat "$folder/lesson.svg")" "no figure" "200 ms   (at least 100 ms)" "30000   (at least 25000)" "\`touch" "Lesson 1: int("
    [[ ! -e $canary ]]
}

@test "a lesson's pictures are from a fixed list" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    evil=
    hostile ''
    lesson_of "../hostile/evil lesson * runs" "fine,s,0.2,0.1,0.3,0.97,5,at least,0.1,HOLDS"
    echo "set print '$canary'" >"$folder/evil.gp"
    cp -r plots "$BATS_TEST_TMPDIR/plots" # beside it: plots/../hostile/evil.gp is there
    run -0 "$BATS_TEST_TMPDIR/plots/draw.sh" "$folder"
    [[ $(cut -d: -f1 <<<"$output") == $'drew lesson\ndrew runs' ]]
    [[ ! -e $canary ]]
}

@test "folders with quotes, blanks and back-quotes in their names" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    place="$BATS_TEST_TMPDIR/it's \`touch canary\` \"\$(touch canary)"
    mkdir -p "$place/figures"
    cp -r plots "$place/plots"
    cp "$DRAWN"/latest/*.csv "$place/figures"
    cd "$place"
    run -0 plots/draw.sh figures
    says "$output" "drew talk" "drew waterfall"
    run -0 plots/draw.sh --terminal "$place/figures"
    says "$output" libev
    # A script by itself, from its own folder.
    cd plots
    gnuplot -c picture.gp talk ../figures svg "$place/talk.svg"
    says "$(cat "$place/talk.svg")" libev
    [[ -z $(find "$BATS_TEST_TMPDIR" -name canary) ]]
}

@test "every picture that names a serial driver has the same figure of it" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    cp -r "$DRAWN/latest/." "$BATS_TEST_TMPDIR/serial"
    cd "$BATS_TEST_TMPDIR/serial"
    # Its last run is much slower than its median.
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "per_request_s") c = i }
        $1 == "sequential" { $c = 1 } { print }' "$DRAWN/latest/runs.csv" >runs.csv
    for picture in talk makespan runs predicted; do
        gnuplot -c "$OLDPWD/plots/picture.gp" "$picture" . svg "$picture.svg"
        grep -oE "Not drawn, one request at a time: sequential [0-9.]+ requests/s" "$picture.svg"
    done >said
    (($(wc -l <said) == 4 && $(sort -u said | wc -l) == 1))
}

@test "ranges are called ranges, intervals intervals" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    mkdir "$BATS_TEST_TMPDIR/runs"
    bars() { # LEAST MOST: what talk.svg says of the bars where cases have so many runs
        awk -F, -v OFS=, -v least="$1" -v most="$2" '
            NR == 1 { for (i = 1; i <= NF; i++) if ($i == "runs") c = i }
            NR > 1 { $c = NR % 2 ? least : most } { print }' "$DRAWN/latest/cases.csv" >"$BATS_TEST_TMPDIR/runs/cases.csv"
        gnuplot -c plots/picture.gp talk "$BATS_TEST_TMPDIR/runs" svg "$BATS_TEST_TMPDIR/runs/talk.svg"
        grep -oE "median of the runs[^.]*" "$BATS_TEST_TMPDIR/runs/talk.svg"
    }
    [[ $(bars 1 1) == "median of the runs" ]]
    [[ $(bars 5 5) == "median of the runs, bar: range of the runs" ]]
    [[ $(bars 6 9) == "median of the runs, bar: interval (at least 95%)" ]]
    [[ $(bars 5 9) == "median of the runs, bar: interval (at least 95%; of 5 runs or fewer: range)" ]]
}

# A folder with one driver of which six runs are in two modes at C = 256, and the others' in one.
two_modes() { # FOLDER
    mkdir "$1"
    {
        echo "driver,workload,arrivals,requests,concurrency,keep_alive,delay_s,backlog,variant,runs,quality,median_s,low_s,high_s,per_request_s,per_request_low_s,per_request_high_s,syn_retransmits,predicted_s,ideal_s,two_modes,fast_runs,fast_s,fast_per_request_s,slow_runs,slow_s,slow_per_request_s"
        echo "libev,randint,burst,64,64,0,0.1,100,,6,OK,0.101,0.1,0.102,0.0016,0.0015,0.0017,0,0.1,0.1,0,6,0.101,0.0016,0,,"
        echo "libev,randint,burst,256,256,0,0.1,100,,6,OK,0.648,0.11,1.2,0.00253,0.00043,0.0047,9,0.112,0.1,1,2,0.112,0.0004375,4,1.19,0.00465"
    } >"$1/cases.csv"
    {
        echo "driver,workload,arrivals,requests,concurrency,keep_alive,delay_s,backlog,variant,block,quality,makespan_s"
        for run in "64 0.1" "64 0.102" "256 0.11" "256 0.114" "256 1.18" "256 1.2"; do
            echo "libev,randint,burst,${run% *},${run% *},0,0.1,100,,$((++block)),OK,${run#* }"
        done
    } >"$1/runs.csv"
}

# Where the driver's marks are within the panels of an SVG: "x y", each once.
marks_of_libev() { # FILE
    grep -oE "xlink:href='#gpPt6' transform='translate\([0-9.]+,[0-9.]+\) scale\([0-9.]+\)' color='#0064A8'" "$1" |
        sed -E 's/.*translate\(([0-9.]+),([0-9.]+)\).*/\1 \2/' | sort -u
}

# An SVG of some pictures of a folder, into it.
svg_of() { # FOLDER PICTURE...
    for picture in "${@:2}"; do
        gnuplot -c plots/picture.gp "$picture" "$1" svg "$1/$picture.svg"
    done
}

@test "runs in two modes are two points, which no line joins through their median" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    folder=$BATS_TEST_TMPDIR/modes
    two_modes "$folder"
    svg_of "$folder" talk makespan runs
    says "$(cat "$folder/makespan.svg")" "libev  112 ms in 2 of 6" "libev  1.19 s in 4 of 6" "Forked line: runs in two modes"
    says "$(cat "$folder/talk.svg")" "libev  438 µs, 2.29k/s in 2 of 6" "libev  4.65 ms, 215/s in 4 of 6"
    says "$(cat "$folder/runs.svg")" "two lines: runs in two modes"
    for picture in talk makespan; do
        [[ $(<"$folder/$picture.svg") != *"648 ms"* && $(<"$folder/$picture.svg") != *"2.53 ms"* ]]
    done
    # One mark at C = 64, two at C = 256 and before the two names: none at the median.
    marks_of_libev "$folder/talk.svg" | tee "$BATS_TEST_TMPDIR/marks"
    [[ $(cut -d' ' -f1 "$BATS_TEST_TMPDIR/marks" | uniq -c | awk '{ print $1 }' | xargs) == "1 2 2" ]]
    # A file of an earlier version has one mark a case.
    cut -d, -f1-20 "$folder/cases.csv" >"$BATS_TEST_TMPDIR/cases"
    mv "$BATS_TEST_TMPDIR/cases" "$folder/cases.csv"
    svg_of "$folder" talk makespan
    says "$(cat "$folder/makespan.svg")" "libev  648 ms"
    [[ $(marks_of_libev "$folder/talk.svg" | wc -l) == 3 ]]
}

@test "pictures say what the tables of the same campaign say" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    folder=$BATS_TEST_TMPDIR/agree
    cp -r "$DRAWN/latest/." "$folder"
    run tests/golden/agree.py "$folder"
    [[ $status == 0 ]] || { echo "$output" >&2; return 1; }
    (($(tail -n 1 <<<"$output" | cut -d' ' -f1) > 20))
    # A figure of theirs that is another is noticed.
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "per_request_s") c = i } NR > 1 && $1 == "libev" { $c *= 1.05 } { print }' \
        "$DRAWN/latest/cases.csv" >"$folder/cases.csv"
    svg_of "$folder" talk
    run -1 tests/golden/agree.py "$folder"
    says "$output" "talk: libev closed 16"
}

@test "requests per second stand beside time per request on its axis" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    two_modes "$BATS_TEST_TMPDIR/rate"
    svg_of "$BATS_TEST_TMPDIR/rate" talk
    grep -oE "[0-9.]+ ms · [0-9.]+/s" "$BATS_TEST_TMPDIR/rate/talk.svg" >"$BATS_TEST_TMPDIR/tics"
    (($(wc -l <"$BATS_TEST_TMPDIR/tics") >= 2))
    # Of each the product is a second.
    awk '{ product = $1 * $4 / 1000; if (product < 0.99 || product > 1.01) exit 1 }' "$BATS_TEST_TMPDIR/tics"
    run -0 plots/draw.sh --terminal "$BATS_TEST_TMPDIR/rate"
    says "$output" "2; 500 |"
}

@test "the largest C at its shortest backlog is beside the usual case of the waterfall" {
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print $at["concurrency"], $at["backlog"] }' \
        "$DRAWN/latest/waterfall.csv" | sort -u >"$BATS_TEST_TMPDIR/cases"
    [[ $(<"$BATS_TEST_TMPDIR/cases") == $'1 4096\n16 4096\n16 8' ]]
}

@test "of many drivers, too, the waterfall's second case begins a row" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    folder=$BATS_TEST_TMPDIR/rows
    mkdir "$folder"
    awk -F, -v OFS=, 'NR == 1 || $5 == 8 { print } NR > 1 && $5 == 8 { $4 = 100; $5 = 64; print }' "$MANY/waterfall.csv" >"$folder/waterfall.csv"
    svg_of "$folder" waterfall
    says "$(cat "$folder/waterfall.svg")" "C = 8, and the largest C with its shortest backlog"
    # Of each case 19 panels in rows of four: five rows, then five more.
    awk 'match($0, /translate\([-0-9.]+,[-0-9.]+\)/) { split(substr($0, RSTART + 10, RLENGTH - 11), at, ",") }
        /<text/ && match($0, /C = [0-9]+, backlog/) { print at[2], substr($0, RSTART, RLENGTH) }' "$folder/waterfall.svg" |
        sort -u -k1,1g >"$BATS_TEST_TMPDIR/heads"
    [[ $(cut -d' ' -f4 "$BATS_TEST_TMPDIR/heads" | uniq -c | awk '{ print $1 }' | xargs) == "5 5" ]]
}

@test "latency as a cumulative distribution, a breakdown in time, and the ideal's error beside the prediction's" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    says "$(cat "$DRAWN/latest/latency.svg")" "cumulative distribution (ECDF)"
    says "$(cat "$DRAWN/latest/predicted.svg")" "prediction: " "the ideal alone: "
    # The axis of the bars has times, not shares.
    says "$(cat "$DRAWN/latest/breakdown.svg")" total
    grep -qE ">[0-9]+ ms<" "$DRAWN/latest/breakdown.svg"
    [[ $(<"$DRAWN/latest/breakdown.svg") != *">100%<"* ]]
}
