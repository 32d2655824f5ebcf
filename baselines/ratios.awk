# Figures and ratios of runs that were compared. Input:
#   run MODE CONNECTIONS LOAD SERVER REQUESTS/S US-OF-CPU             the k-th of these is of the k-th round
#   pair MODE CONNECTIONS LOAD SERVER LOAD SERVER                     a yardstick A and ours, B
# A ratio is the median over the rounds of B's figure divided by A's of the same round. Its interval is by order
# statistics, as in docs/methodology.md: from the l-th smallest to the l-th largest ratio, l the largest with a
# coverage of at least 95%; below six rounds there is none, but a range.

function sorted(values, n, i, j, value)
{
    for (i = 2; i <= n; i++) {
        value = values[i]
        for (j = i - 1; j > 0 && values[j] > value; j--)
            values[j + 1] = values[j]
        values[j + 1] = value
    }
}

function median(values, n)
{
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

# Sets `rank` and `coverage` for n values: 1 - 2 P(B < l), B ~ Binomial(n, 1/2).
function choose_rank(n, term, below, l)
{
    term = 0.5 ^ n # P(B = 0)
    rank = 1
    coverage = 1 - 2 * term
    for (l = 1; l <= n / 2; l++) {
        below += term # P(B < l)
        if (l > 1 && 1 - 2 * below < 0.95)
            return
        rank = l
        coverage = 1 - 2 * below
        term = term * (n - l + 1) / l
    }
}

function figure(of, key, n, k)
{
    for (k = 1; k <= n; k++)
        values[k] = of[key, k]
    sorted(values, n)
    return median(values, n)
}

function ratio(of, b, a, n, k)
{
    for (k = 1; k <= n; k++)
        values[k] = of[b, k] / of[a, k]
    sorted(values, n)
    return sprintf("%.3f [%.3f, %.3f]", median(values, n), values[rank], values[n + 1 - rank])
}

$1 == "run" {
    key = $2 " " $3 " " $4 " " $5
    k = ++count[key]
    rate[key, k] = $6
    cpu[key, k] = $7
}

$1 == "pair" {
    a = $2 " " $3 " " $4 " " $5
    b = $2 " " $3 " " $6 " " $7
    n = count[a]
    if (!printed++) {
        choose_rank(n)
        printf "%-10s %5s  %-22s %-22s %9s %9s  %-20s  %7s %7s  %s\n", "connection", "C", "A", "B",
            "A req/s", "B req/s", "B / A", "A us", "B us", "B / A"
    }
    printf "%-10s %5d  %-22s %-22s %9.0f %9.0f  %s  %7.2f %7.2f  %s\n", $2, $3, $4 " " $5, $6 " " $7,
        figure(rate, a, n), figure(rate, b, n), ratio(rate, b, a, n),
        figure(cpu, a, n), figure(cpu, b, n), ratio(cpu, b, a, n)
}

END {
    what = coverage < 0.95 ? "range" : "interval"
    printf "\nC: connections at once. us: CPU time of the %s per request. Figures: medians over %d rounds.\n", side, n
    printf "B / A: the median of the ratios within each round, [its %s: coverage %.1f%%]\n", what, coverage * 100
}
