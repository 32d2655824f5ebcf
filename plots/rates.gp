# rates.gp: latency against the rate, with the service time: what a closed loop would have reported.

by = "arrivals,server_model,driver,else"
load blocks("curve", "cases.csv", by, "rate,latency_p99_s,service_p99_s", open_only)
load blocks("over", "cases.csv", by, "rate,rate", "-v where=overloaded=1 -v needed=no")
load blocks("mark", "cases.csv", by, "rate,latency_p99_s", "-v where='arrivals=constant|poisson quality=NOISY' -v needed=no")
load blocks("theory", "theory.csv", "server_model,delay_s,workers", "offered_rate,latency_p99_s", "-v needed=no")

models = words(curve_server_model_list)
label_of(i) = named(curve_driver[i]).(models > 1 ? " → ".curve_server_model[i] : "").besides(curve_else[i])
# Up to which rate the line goes, where others go further.
x_last = 0
do for [i = 1:curve_n] { x_last = largest(x_last, curve_last_x[i]) }
do for [i = 1:over_n] { x_last = largest(x_last, over_last_x[i]) }
end_words(i) = label_of(i)."  ".seconds(curve_last_y[i]).(curve_last_x[i] < x_last ? sprintf(" at %.0f/s", curve_last_x[i]) : "")
limit_y = NaN; limit_words = ""
y_words = "p99 latency"; is_share = 0
aside_n = 0; over_aside_n = 0; ring_n = 0
has_capacities = 0
array cap_low[curve_n]; array cap_high[curve_n]
service_column = 3
mark_point = 6    # a ring

title = "Latency against rate"
subtitle = "p99 latency from the intended start, median of the runs; dashed: p99 service time, from the actual start. Lower is better."
note = (over_n > 0 ? "Triangle: overloaded, the queue grows as long as the run lasts.   " : "") \
    .(theory_n > 0 && is_in(curve_arrivals_list, "poisson") ? "Dotted: theory, the queue M/D/c.   " : "").not_drawn("", mark_n, curve_invalid)
load here."offered.gp"
