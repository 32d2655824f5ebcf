#!/usr/bin/env bats
# The picture of a search that was divided among processes: what a request in flight takes at each step, with the
# limits of the machine. Of synthetic figures, whose sums are known.

load common

setup() {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    folder=$BATS_TEST_TMPDIR/steps
    mkdir "$folder"
    echo "A synthetic machine" >"$folder/environment.txt"
    printf '%s\n' driver,ended >"$folder/limits.csv"
    printf '%s\n' driver,workload,arrivals,requests,concurrency,parts,keep_alive,delay_s,backlog,variant,quality,efficiency \
        >"$folder/cases.csv"
    printf '%s\n' driver,workload,arrivals,requests,concurrency,parts,keep_alive,backlog,variant,completed,side,metric,unit,median \
        >"$folder/usage.csv"
    environment "limit_descriptors,20000" "memory,24.0 GiB" "net.core.somaxconn,4096" \
        "net.ipv4.ip_local_port_range,32768 60999" "room for requests in flight,fs.file-max 1215358"
}

environment() { # KEY,VALUE...
    printf '%s\n' key,value "$@" >"$folder/environment.csv"
}

# Bytes of a request, and what other programs took beside it.
step() { # DRIVER C PARTS QUALITY EFFICIENCY [OTHERS]
    local case_="$1,randint,burst,$2,$2,$3,1" what
    echo "$case_,15.0,4096,,$4,$5" >>"$folder/cases.csv"
    [[ $4 != INVALID ]] || return 0 # exported without figures
    for what in client,rss_growth:256 server,rss_growth:200 system,slab:7168 system,socket_memory:100 system,page_table:20; do
        echo "$case_,4096,,$2,${what%:*}_bytes,bytes,$((${what#*:} * $2 + ${6:-0}))" >>"$folder/usage.csv"
    done
}

ladder() { # DRIVER
    step "$1" 1000 1 OK 0.999 1024000
    step "$1" 10000 1 OK 0.99
    step "$1" 100000 6 NOISY 0.93
    step "$1" 1000000 51 OK 0.55
}

# The words of the picture.
words_of() {
    sed 's/<[^>]*>//g; /^[[:space:]]*$/d' "$folder/steps.svg"
}

@test "memory by its parts, their sum, and the limits that were passed and those that are next" {
    ladder epoll
    run -0 plots/draw.sh "$folder"
    says "$output" "drew steps"
    picture=$(words_of)
    # 7744 bytes in all; with a thousand in flight 5 x 1024 more.
    says "$picture" "at 1,000,000" "client  256 B" "server  200 B" "page tables  20 B" "socket buffers  100 B" \
        "kernel objects  7.0 KiB" "in all  7.6 KiB" "12.6 KiB" "epoll  55%" "Ring: NOISY" "Server delay 15 s"
    says "$picture" "4,096: connections that wait" "20,000: descriptors of a process" "28,232: local ports of an address" \
        "1,215,358: the most that there was room for, by fs.file-max" "about 3.3M: all memory, 24.0 GiB, at 7.6 KiB each"
    (($(wc -c <"$folder/steps.png") > 5000))
}

@test "two drivers: bars of each, and a line each" {
    ladder epoll
    step io_uring 1000 1 OK 0.999
    step io_uring 100000 6 INVALID 0.9
    step io_uring 30000 2 OK 0.97
    run -0 plots/draw.sh "$folder"
    says "$output" "drew steps"
    picture=$(words_of)
    says "$picture" "both ends, in KiB: epoll" "both ends, in KiB: io_uring" "at 1,000,000" "at 30,000" "io_uring  97%" \
        "INVALID, not drawn: io_uring burst 100000"
}

@test "a bar far above the others is cut, and limits beyond the axis have a line of their own" {
    step epoll 1 1 OK 0.999 1024000
    ladder epoll
    gnuplot -c plots/picture.gp steps "$folder" svg "$folder/steps.svg"
    # The tics count KiB: the bar of 4.9 MiB does not set the axis.
    says "$(words_of)" "4.9 MiB" "bars are cut at 22.7 KiB," "their parts in proportion" $'\t20\n'
    [[ $(words_of) != *$'\t'[0-9]000$'\n'* ]]
    sed -i '/,1000000,/d; /,100000,/d' "$folder"/{cases,usage}.csv
    gnuplot -c plots/picture.gp steps "$folder" svg "$folder/steps.svg"
    says "$(words_of)" "Limits beyond the axis: memory about"
    grep -q "fs.file-max 1,215,358[.]" "$folder/steps.svg"
}

@test "limits that are not known, or far beyond the last step" {
    step epoll 1000 1 OK 0.999
    step epoll 10000 2 OK 0.99
    rm "$folder/environment.csv"
    run -0 plots/draw.sh "$folder"
    says "$output" "drew steps"
    [[ $(words_of) != *limits* ]]
    environment "limit_descriptors,20000" "net.ipv4.ip_local_port_range,1024 65535"
    run -0 plots/draw.sh "$folder"
    says "$(words_of)" "limits" "20,000: descriptors" "Limits beyond the axis: ports 64,512"
}

@test "figures that were not measured are left out of the sum" {
    ladder epoll
    sed -i '/slab_bytes\|rss_growth/s/[0-9]*$//' "$folder/usage.csv"
    run -0 plots/draw.sh "$folder"
    says "$(words_of)" "kernel objects  not known" "client  not known" "in all  120 B"
    sed -i '2,$s/[0-9]*$//' "$folder/usage.csv"
    run -0 plots/draw.sh "$folder"
    says "$(words_of)" "page tables  not known" "in all  0 B" "epoll  55%"
}

@test "what the figures hold stays data" {
    evil="int(system('touch $BATS_TEST_TMPDIR/canary'))"
    ladder "lib\`touch $BATS_TEST_TMPDIR/canary\`b'@x"
    environment "limit_descriptors,$evil" "memory,$evil GiB" "net.core.somaxconn,4096\`touch $BATS_TEST_TMPDIR/canary\`" \
        "net.ipv4.ip_local_port_range,$evil 60999" "room for requests in flight,'.$evil.' 1215358"
    run -0 plots/draw.sh "$folder"
    says "$output" "drew steps"
    says "$(words_of)" "b'@x  55%"
    [[ $(words_of) != *limits* ]]
    environment "limit_descriptors,20000"
    sed -i "s|,0.99\$|,$evil|; s|,7168000000\$|,$evil|" "$folder"/{cases,usage}.csv
    plots/draw.sh "$folder" || true
    [[ ! -e $BATS_TEST_TMPDIR/canary ]]
}

@test "a search that was not divided has no such picture" {
    step epoll 1000 1 OK 0.999
    run plots/draw.sh "$folder"
    [[ $output != *steps* ]]
}
