# talk.gp: the talk's chart: time per request against requests in flight, one line a driver.
#
# An empty OUTPUT is stdout. The talk draws threads with a fixed number of requests and asyncio with as many
# requests as connections in one chart; here these are two rows, see lines.gp.

load blocks("curve", "cases.csv", "arrivals,backlog,driver,else", \
    "concurrency,per_request_s,per_request_low_s,per_request_high_s,syn_retransmits,quality".modes("per_request_s").",+coverage,+runs", closed_only)
load blocks("ideal", "cases.csv", "arrivals", "concurrency,delay_s,requests", closed_only." -v invalid=keep")

ideal_of(c, n, delay) = ceil(n / c) * delay / n
label_of(i) = named(curve_driver[i]).besides(curve_else[i])
figure_words(y) = seconds(y).(crowded ? "" : ", ".rate(y))
said_figure(s) = "time per request ".seconds(s).", ".rate(s)

if (format eq "dumb") {
    load here."talk-terminal.gp"
    exit
}

title = "Time per request against requests in flight"
what = "Makespan ÷ requests, not latency; beside it requests per second"
y_title = "time per request · requests/s"
named_tic(s) = (s > 0 ? tic_time(s)." · ".rate(s) : "0")
tics_w = 84.0
logged = 0
retransmit_s = 0
run_n = 0
load here."lines.gp"
