#!/usr/bin/env bats
# The fuzz targets, for FUZZ_SECONDS (4) each; tests/fuzz/run.sh runs one for any time.

load common

built() {
    [[ -e build/fuzz/fuzzers/wrong ]] || skip "clang or its libFuzzer (libclang-rt-dev) was missing"
}

fuzz() { # TARGET
    built
    tests/fuzz/run.sh "$1"
}

@test "fuzzing: exports that are compared" { fuzz compare; }
@test "fuzzing: connections of the server" { fuzz connection; }
@test "fuzzing: exchanges" { fuzz exchange; }
@test "fuzzing: histograms" { fuzz histogram; }
@test "fuzzing: command lines" { fuzz options; }
@test "fuzzing: programs that are drivers" { fuzz program; }
@test "fuzzing: requests" { fuzz request; }
@test "fuzzing: responses" { fuzz response; }
@test "fuzzing: units" { fuzz units; }

@test "exports in the corpus are read, so that fuzzing gets past their first line" {
    local export
    for export in csv-judged csv-old json-nested; do
        "$waitbench" compare "tests/fuzz/corpus/compare/$export" "tests/fuzz/corpus/compare/$export"
    done
}

@test "every fuzz target has a test" {
    local target
    for target in tests/fuzz/*.c; do
        target=$(basename "$target" .c)
        grep -qw "fuzz $target" "$BATS_TEST_FILENAME" || { echo "$target has none"; return 1; }
    done
}

@test "a fuzz target that is wrong fails, and its input reproduces that" {
    built
    FUZZ_SECONDS=60 run -1 fuzz wrong
    says "$output" "ERROR: AddressSanitizer: heap-buffer-overflow" "Reproduce: "
    local input=${output##* }
    [[ -s $input ]]
    run ! ${output##*Reproduce: }
    says "$output" "READ of size 1"
    rm "$input"
}
