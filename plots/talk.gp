# talk.gp: the talk's chart: time per request against requests in flight, one line a driver.
#
# An empty OUTPUT is stdout. The talk draws threads with a fixed number of requests and asyncio with as many
# requests as connections in one chart; here these are two rows, see lines.gp.

load blocks("curve", "cases.csv", "arrivals,backlog,driver,else", \
    "concurrency,per_request_s,per_request_low_s,per_request_high_s,syn_retransmits,quality", closed_only)
load blocks("ideal", "cases.csv", "arrivals", "concurrency,delay_s,requests", closed_only." -v invalid=keep")

ideal_of(c, n, delay) = ceil(n / c) * delay / n
label_of(i) = named(curve_driver[i]).besides(curve_else[i])
end_words(i) = label_of(i)."  ".seconds(curve_last_y[i]).(crowded ? "" : ", ".rate(curve_last_y[i])).cut_words(i)

if (format eq "dumb") {
    load here."talk-terminal.gp"
    exit
}

title = "Time per request against requests in flight"
what = "Makespan ÷ requests (1 ÷ requests per second), not latency"
y_title = "time per request"
logged = 0
retransmit_s = 0
run_n = 0
load here."lines.gp"
