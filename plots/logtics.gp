# logtics.gp: tics for a logarithmic axis of times from low to high seconds, named in µs, ms or s (by named_tic), with
# enough of them however short the axis is. Expects low and high; `set ytics` is what it changes.

tic_steps = (high / low > 3000 ? "1" : high / low > 30 ? "1 2 5" : high / low > 8 ? "1 1.5 2 3 5 7" : high / low > 2.5 \
    ? "1 1.2 1.5 2 2.5 3 4 5 6 8" : "1 1.05 1.1 1.15 1.2 1.25 1.3 1.4 1.5 1.6 1.8 2 2.2 2.5 2.8 3 3.5 4 4.5 5 5.5 6 7 8 9")
unset ytics
set ytics out nomirror scale 0.6 textcolor rgb ink
set ytics ()
do for [tic_decade = -7:4] {
    do for [tic_step in tic_steps] {
        tic = real(tic_step) * 10.0**tic_decade
        if (tic >= low * 0.9999 && tic <= high * 1.0001) {
            set ytics add (named_tic(tic) tic)
        }
    }
}
