#!/usr/bin/env bash
# Line coverage of the parsers by the inputs of the fuzz targets: tests/fuzz/corpus and what
# tests/fuzz/run.sh has added. usage: tests/fuzz/coverage.sh [FILE...]; needs llvm-profdata and
# llvm-cov (package llvm).
set -euo pipefail
cd "$(dirname "$0")/../.."
(($#)) || set -- lib/protocol_*.c lib/units.c lib/histogram.c lib/options.c lib/http.c \
    drivers/external_samples.c bench/judge/compare_read.c
build=build/fuzz/coverage objects=()
make --no-print-directory VARIANT=fuzz B=$build \
    SANITIZE='-fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping' fuzzers >/dev/null
for corpus in tests/fuzz/corpus/*; do
    target=${corpus##*/}
    mkdir -p "build/fuzz/corpus/$target"
    LLVM_PROFILE_FILE=$build/$target.profraw "$build/fuzzers/$target" -runs=0 -close_fd_mask=1 \
        "$corpus" "build/fuzz/corpus/$target" 2>"$build/$target.log"
    objects+=(-object "$build/fuzzers/$target")
done
llvm-profdata merge -o $build/profile $build/*.profraw
llvm-cov report "${objects[@]:1}" -instr-profile=$build/profile "$@"
