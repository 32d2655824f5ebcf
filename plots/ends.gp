# ends.gp: each line's name beside its end, instead of a key.
#
# The names of lines that end close together would overlap, so they are stacked in the order of the ends and
# moved apart as little as possible; a thin leader joins name and end, and the driver's mark is repeated before
# the name. Expects end_n, end_at[] (height of the end, 0 at the axis to 1 at the
# top), end_x[] (its x), end_text[], end_driver[] ("" is the ideal line), panel_w and panel_h in pixels,
# panel_h at least ends_h(end_n), and ends_w(longest) pixels beside the panel. Uses labels and arrows from
# 100 on; sets none below.

end_step = end_gap / panel_h
array end_rank[end_n]
do for [e = 1:end_n] { end_rank[e] = e }
do for [e = 2:end_n] {
    f = e
    while (f > 1 && end_at[end_rank[f]] <= end_at[end_rank[f > 1 ? f - 1 : 1]]) {
        end_swap = end_rank[f]; end_rank[f] = end_rank[f - 1]; end_rank[f - 1] = end_swap
        f = f - 1
    }
}
# The heights nearest to the ends (least squares) of which each is a step above the one before: names that
# touch form a pool around the mean of their ends. pool[] holds the lowest place of each.
array pool[end_n]; array pool_n[end_n]
pools = 0
do for [e = 1:end_n] {
    pools = pools + 1
    pool[pools] = end_at[end_rank[e]] - e * end_step
    pool_n[pools] = 1
    while (pools > 1 && pool[pools] < pool[pools > 1 ? pools - 1 : 1]) {
        pool_sum = pool_n[pools - 1] + pool_n[pools]
        pool[pools - 1] = (pool[pools - 1] * pool_n[pools - 1] + pool[pools] * pool_n[pools]) / pool_sum
        pool_n[pools - 1] = pool_sum
        pools = pools - 1
    }
}
end_pool = 1
end_left = pool_n[1]
do for [e = 1:end_n] {
    if (end_left == 0) { end_pool = end_pool + 1; end_left = pool_n[end_pool] }
    end_left = end_left - 1
    end_y = largest(-end_step, smallest(0.99 - end_n * end_step, pool[end_pool])) + e * end_step
    end_i = end_rank[e]
    end_d = end_driver[end_i]
    owner = end_owner(end_i)
    end_dash = (end_d eq "" ? 3 : 1)    # `dt (...)` would be a pattern
    set arrow 100 + e from first end_x[end_i], graph end_at[end_i] to graph 1 + end_lead / panel_w, graph end_y \
        nohead lw 0.8 lc rgb look_leader(end_d) back
    set arrow 200 + e from graph 1 + end_lead / panel_w, graph end_y to graph 1 + (end_lead + 14) / panel_w, graph end_y \
        nohead lw (end_d eq "" ? 2 : smallest(2, look_width(end_d))) dt end_dash \
        lc rgb (end_d eq "" ? ideal_colour : look_colour(end_d))
    set label 100 + e end_text[end_i] at graph 1 + (end_lead + 18) / panel_w, graph end_y font sized(crowded ? 9 : 9.5) \
        tc rgb (end_d eq "" ? grey : look_text(end_d))
    if (end_d ne "") {
        set label 200 + e "" at graph 1 + (end_lead + 7) / panel_w, graph end_y point pt look_point(end_d) \
            ps (is_lit(end_d) ? 0.9 : 0.6) lc rgb look_colour(end_d)
    }
}
