# capacity.gp: what `waitbench capacity` tried: the p99 latency of each run against its rate, the objective's
# limit, and between which rates the capacity of each driver and server model lies.

by = "arrivals,slo,limit_s,server_model,driver,else"
load blocks("curve", "capacity.csv", by, "rate,latency_s,capacity_low,capacity_high", "-v where=counts=1")
load blocks("over", "capacity.csv", by, "rate,rate", "-v where='counts=1 overloaded=1' -v needed=no")
load blocks("mark", "capacity.csv", by, "rate,latency_s", "-v where='counts=1 outcome=violated' -v needed=no")

# The latency that the objective limits: of "p99<20ms" the p99, which is also drawn where failures are limited.
slo = curve_slo[1]
limit_s = (curve_limit_s[1] eq "" ? NaN : real(curve_limit_s[1]))
limit_words = slo
percentile = (limit_s == limit_s ? slo[1:strstrt(slo, "<") - 1] : "p99")
in_theory = (percentile eq "p50" || percentile eq "p99")
load blocks("theory", "theory.csv", "server_model,delay_s,workers", \
    sprintf("offered_rate,%s", in_theory ? "latency_".percentile."_s" : "mean_wait_s"), "-v needed=no")
if (!in_theory) { theory_n = 0 }

array cap_low[curve_n]; array cap_high[curve_n]
figure(text) = (text eq "NaN" ? NaN : real(text))
do for [i = 1:curve_n] {
    eval sprintf("line = $curve%d[1]", i)
    cap_low[i] = figure(word(line, 3))
    cap_high[i] = figure(word(line, 4))
}
known(v) = (v == v)
capacity_words(i) = (known(cap_low[i]) && known(cap_high[i]) ? sprintf("%.0f to %.0f/s", cap_low[i], cap_high[i]) \
    : known(cap_low[i]) ? sprintf("at least %.0f/s", cap_low[i]) : known(cap_high[i]) ? sprintf("below %.0f/s", cap_high[i]) : "not known")
models = words(curve_server_model_list)
label_of(i) = named(curve_driver[i]).(models > 1 ? " → ".curve_server_model[i] : "").besides(curve_else[i])
end_words(i) = label_of(i)."  ".capacity_words(i)
has_capacities = 1
service_column = 0
mark_point = 2    # a cross

title = sprintf("Capacity: the highest rate with %s", slo)
subtitle = percentile." latency of each run from the intended start; line: their mean. Cross: the objective was violated. Bar: the capacity, after each name."
note = (over_n > 0 ? "Triangle: overloaded, the queue grows as long as the run lasts.   " : "") \
    .(theory_n > 0 && is_in(curve_arrivals_list, "poisson") ? "Dotted: theory, the queue M/D/c.   " : "")
load here."offered.gp"
