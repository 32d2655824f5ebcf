# shellcheck shell=bash
# Shared by the trust experiments: a waitbench, a folder that goes away, a campaign with a control.
export LC_ALL=C.UTF-8 # figures have a point and not a comma
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
waitbench=${WAITBENCH:-build/waitbench}
[[ -x $waitbench ]] || { echo "$waitbench is not there: run 'make'" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# control_of KIND [OPTION...]: one small campaign with that control; prints what its line says of the
# two, such as "ratio 1.0017 [0.9935, 1.0097] (97.9%), p 0.754: no detectable difference".
control_of() {
    local kind=$1 line
    shift
    if ! "$waitbench" campaign --results "$folder" --name trust --whole-process none --predict off --no-pictures \
        --backlog 4096 --control "$kind" "$@" >"$folder/out" 2>"$folder/err" ||
        ! line=$(grep '^Control' "$folder/out"); then
        cat "$folder/err" >&2
        echo "FAILED: no result of waitbench campaign --control $kind $*" >&2
        return 1
    fi
    echo "${line#*twice: }"
}

# proportion K N: the 95% interval of a probability of which K of N tries came true, by Clopper and Pearson:
# "0.0% to 3.6%". Each end is found by bisection.
proportion() {
    awk -v k="$1" -v n="$2" '
    function at_most(k, p,    i, term, sum) { # P(B <= k), B ~ Binomial(n, p)
        term = sum = (1 - p) ^ n
        for (i = 0; i < k; i++)
            sum += term *= (n - i) / (i + 1) * p / (1 - p)
        return sum
    }
    function where(k, share,    low, high, middle, i) {
        low = 0
        high = 1
        for (i = 0; i < 50; i++) {
            middle = (low + high) / 2
            if (at_most(k, middle) > share)
                low = middle
            else
                high = middle
        }
        return 100 * high
    }
    BEGIN { printf "%.1f%% to %.1f%%\n", (k > 0) ? where(k - 1, 0.975) : 0, (k < n) ? where(k, 0.025) : 100 }'
}

# conclude EXPRESSION TEXT: the last line, and the exit code. An experiment passes if the expression is true.
conclude() {
    if (($1)); then
        echo "passed: $2"
    else
        echo "FAILED: $2"
        exit 1
    fi
}
