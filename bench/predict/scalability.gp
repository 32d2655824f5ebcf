# scalability.gp: fits the Universal Scalability Law to each series of a file, for scalability.c.
#
# Reads /dev/fd/3: lines "N X", numbers alone, a series apart from the next by two empty lines. Prints a line for
# each series: "fit SERIES CONVERGED", and of lambda, sigma and kappa the value, its asymptotic standard error and,
# of the last two, the value without the bound at 0.

data = "/dev/fd/3"
rate(n) = lambda * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))

# Each point counts by its relative error: rates of a series differ by orders of magnitude, and so do their deviations.
set fit quiet nolog errorvariables errorscaling limit 1e-9 maxiter 500
set decimalsign "."
set print "-"
stats data using 1:2 nooutput
series_count = int(STATS_blocks)

# Before each fit: a rate for one that the points suggest, and coefficients of common size.
start = 'lambda = most; sigma = 0.01; kappa = 0.0001; lambda_err = sigma_err = kappa_err = NaN'

# Keep what was fitted, if nothing kept fits better.
keep = 'if (FIT_WSSR < least) { least = FIT_WSSR; converged = FIT_CONVERGED;' \
    .'kept_lambda = lambda; kept_sigma = sigma; kept_kappa = kappa;' \
    .'kept_lambda_err = lambda_err; kept_sigma_err = sigma_err; kept_kappa_err = kappa_err }'

do for [i = 0:series_count - 1] {
    stats data index i using ($2 / $1) nooutput
    most = STATS_max
    least = 1e308
    @start
    fit rate(x) data index i using 1:2:2 yerrors via lambda, sigma, kappa
    @keep
    free_sigma = sigma
    free_kappa = kappa

    # The least squares with no coefficient below 0 have one of them, or both, at 0.
    if (free_sigma < 0 || free_kappa < 0) {
        least = 1e308
        @start
        sigma = 0
        fit rate(x) data index i using 1:2:2 yerrors via lambda, kappa
        if (kappa >= 0) { @keep }
        @start
        kappa = 0
        fit rate(x) data index i using 1:2:2 yerrors via lambda, sigma
        if (sigma >= 0) { @keep }
        @start
        sigma = kappa = 0
        fit rate(x) data index i using 1:2:2 yerrors via lambda
        @keep
    }
    print sprintf("fit %d %d %.17g %.17g %.17g %.17g %.17g %.17g %.17g %.17g", i, converged, \
        kept_lambda, kept_lambda_err, kept_sigma, kept_sigma_err, free_sigma, kept_kappa, kept_kappa_err, free_kappa)
}
