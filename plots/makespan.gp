# makespan.gp: makespan against requests in flight, both logarithmic, with the ideal.
#
# Every run is a faint dot, and a case whose runs are in two modes has a point for each: a median would lie where no
# run was.

load blocks("curve", "cases.csv", "arrivals,backlog,driver,else", \
    "concurrency,median_s,low_s,high_s,syn_retransmits,quality".modes("s").",+coverage,+runs", closed_only)
load blocks("ideal", "cases.csv", "arrivals", "concurrency,delay_s,requests", closed_only." -v invalid=keep")
load blocks("run", "runs.csv", "arrivals,backlog,driver", "concurrency,makespan_s,quality,+run_id", closed_only." -v needed=no")

ideal_of(c, n, delay) = ceil(n / c) * delay
label_of(i) = named(curve_driver[i]).besides(curve_else[i])
figure_words(y) = seconds(y)
said_figure(s) = "makespan ".seconds(s)

title = "Makespan against requests in flight"
what = "From the start of a run to its last response"
y_title = "makespan"
tics_w = 0.0
logged = 1
retransmit_s = 1.0    # Linux retransmits a lost SYN after a second, see RFC 6298 (2.1)
load here."lines.gp"
