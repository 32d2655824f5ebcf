# ends.gp: writes each line's name beside its end, instead of a key.
#
# Lines that end close together would print over each other, so the names are stacked in the order of
# the ends and pushed apart; a thin leader joins name and end, and the driver's mark is repeated before
# the name. Expects end_n, end_at[] (height of the end, 0 at the axis to 1 at the top), end_x[] (its x),
# end_text[], end_driver[] ("" is the ideal line), panel_w and panel_h in pixels. Uses labels and arrows
# from 100 on; sets none below.

end_gap = smallest(16.0, panel_h * 0.98 / largest(1, end_n)) / panel_h
end_size = (end_gap * panel_h < 13 ? 8 : 9.5)
array end_rank[end_n]
array end_y[end_n]
do for [e = 1:end_n] { end_rank[e] = e }
do for [e = 2:end_n] {
    f = e
    while (f > 1 && end_at[end_rank[f]] < end_at[end_rank[f > 1 ? f - 1 : 1]]) {
        end_swap = end_rank[f]; end_rank[f] = end_rank[f - 1]; end_rank[f - 1] = end_swap
        f = f - 1
    }
}
do for [e = 1:end_n] { end_y[e] = end_at[end_rank[e]] }
do for [end_round = 1:(end_n > 1 ? 60 : 0)] {    # neighbours push each other apart, so a cluster stays centred
    do for [e = 2:end_n] {
        end_lack = (end_gap - (end_y[e] - end_y[e - 1])) / 2
        if (end_lack > 0) { end_y[e - 1] = end_y[e - 1] - end_lack; end_y[e] = end_y[e] + end_lack }
    }
    end_y[1] = largest(end_y[1], 0.0)
    end_y[end_n] = smallest(end_y[end_n], 0.98)
}
end_floor = 0.0
do for [e = 1:end_n] {
    end_y[e] = largest(end_y[e], end_floor)
    end_floor = end_y[e] + end_gap
}
end_ceiling = 0.98
do for [e = end_n:1:-1] {
    end_y[e] = smallest(end_y[e], end_ceiling)
    end_ceiling = end_y[e] - end_gap
}
do for [e = 1:end_n] {
    end_i = end_rank[e]
    end_d = end_driver[end_i]
    end_colour = (end_d eq "" ? ideal_colour : look_colour(end_d))
    end_dash = (end_d eq "" ? 3 : 1)
    set arrow 100 + e from first end_x[end_i], graph end_at[end_i] to graph 1 + 10.0 / panel_w, graph end_y[e] \
        nohead lw 0.8 lc rgb "#BBBBBB" back
    set label 100 + e end_text[end_i] at graph 1 + 28.0 / panel_w, graph end_y[e] font sized(end_size) \
        tc rgb (end_d eq "" ? grey : ink)
    set arrow 200 + e from graph 1 + 10.0 / panel_w, graph end_y[e] to graph 1 + 24.0 / panel_w, graph end_y[e] \
        nohead lw 2 lc rgb end_colour dt end_dash
    if (end_d ne "") {
        set label 200 + e "" at graph 1 + 17.0 / panel_w, graph end_y[e] point pt look_point(end_d) ps 0.9 lc rgb end_colour
    }
}
