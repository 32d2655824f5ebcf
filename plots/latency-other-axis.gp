# latency-other-axis.gp: latency.gp with a linear axis if that has a logarithmic one, and the other way round.

other_axis = 1
load here."latency.gp"
