# capacity.gp: what `waitbench capacity` tried: what the objective limits, of each run, against its rate, the
# limit, and between which rates the capacity of each driver and server model lies.

load blocks("tried", "capacity.csv", "slo,limit_s", "rate,rate", "-v invalid=keep")
slo = tried_slo[1]
limited = slo[1:strstrt(slo, "<") - 1]    # "p99" of "p99<20ms", or "errors"
limit_words = slo
is_share = (limited eq "errors")
share_of(text) = (text[strlen(text):] eq "%" ? real(text[1:strlen(text) - 1]) / 100 : real(text))
limit_y = (is_share ? share_of(slo[strstrt(slo, "<") + 1:]) : real(tried_limit_s[1]))
y_words = (is_share ? "failed requests" : limited." latency")

# Runs with failed requests are INVALID elsewhere, and here what an objective may be about.
by = "arrivals,server_model,driver,else"
rows_of(name, more) = blocks(name, "capacity.csv", by, "rate,".(is_share ? "violated_share" : "latency_s") \
    .",capacity_low,capacity_high", "-v invalid=keep ".more)
load rows_of("curve", "-v where=counts=1")
load rows_of("mark", "-v where='counts=1 outcome=violated' -v needed=no")
load rows_of("aside", "-v where='counts=0' -v needed=no")
load rows_of("ring", "-v where=quality=NOISY -v needed=no")
load blocks("over", "capacity.csv", by, "rate,rate", "-v invalid=keep -v where='counts=1 overloaded=1' -v needed=no")
load blocks("over_aside", "capacity.csv", by, "rate,rate", "-v invalid=keep -v where='counts=0 overloaded=1' -v needed=no")
in_theory = (limited eq "p50" || limited eq "p99")
load blocks("theory", "theory.csv", "server_model,delay_s,workers", \
    sprintf("offered_rate,%s", in_theory ? "latency_".limited."_s" : "mean_wait_s"), "-v needed=no")
if (!in_theory) { theory_n = 0 }
if (is_share) { over_n = 0; over_aside_n = 0 }    # they have a share, but no latency

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
subtitle = (is_share ? "Share of failed requests" : limited." latency from the intended start")." of each run; line: the mean of those that count" \
    .(aside_n + over_aside_n > 0 ? "; grey: those discarded" : "").(ring_n > 0 ? "; ring: NOISY" : "").". Bar: the capacity, after each name."
note = (mark_n > 0 ? "Cross: the objective was violated.   " : "") \
    .(over_n + over_aside_n > 0 ? "Triangle: overloaded, the queue grows as long as the run lasts.   " : "") \
    .(theory_n > 0 && is_in(curve_arrivals_list, "poisson") ? "Dotted: theory, the queue M/D/c.   " : "")
load here."offered.gp"
