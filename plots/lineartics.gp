# lineartics.gp: tics for an axis of times that starts at 0, named by named_tic, about five of them. Expects high, in
# units of which `scale` make a second; `set ytics` is what it changes.

tic_size = nice_step(high, 4)
set ytics ()
do for [tic_i = 0:int(floor(high / tic_size))] { set ytics add (named_tic(tic_i * tic_size / scale) tic_i * tic_size) }
