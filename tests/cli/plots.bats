#!/usr/bin/env bats
# The pictures of a real, small campaign: drawn, whole, and not empty. Whether they are right is for
# eyes; here a missing tool, a missing folder and missing figures are told apart.

load common

setup_file() {
    export DRAWN=$BATS_FILE_TMPDIR/results
    cd "$BATS_TEST_DIRNAME/../.." || return
    "${WAITBENCH:-build/waitbench}" campaign --results "$DRAWN" --think 5ms --concurrency 4,8,16 \
        --driver null,sequential,threadpool,libev --backlog 4096,8 --requests 128 --repetitions 2 \
        --whole-process none >/dev/null 2>&1
}

pictures=(talk makespan latency waterfall)

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
        # As wide as a reader needs: the header's next words.
        (($(od -An -j16 -N4 --endian=big -tu4 "$png") >= 600))
        (($(od -An -j20 -N4 --endian=big -tu4 "$png") >= 400))
    done
    [[ -z $(find "$DRAWN/latest/" -name '.drawing*') ]]
    if command -v xmllint >/dev/null; then
        xmllint --noout "$DRAWN"/latest/*.svg
    fi
}

@test "the talk's chart in letters" {
    command -v gnuplot >/dev/null || skip "gnuplot is missing"
    run -0 plots/draw.sh --terminal "$DRAWN/latest"
    ((${#lines[@]} > 10))
    says "$output" libev threadpool
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
    run -1 plots/draw.sh "$BATS_TEST_TMPDIR/empty"
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
    says "$output" "drew blame"
}
