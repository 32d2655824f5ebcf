# arrivals.awk: what a file's cases have in common, in one line: how many server models closed arrivals
# have, and whether (1 or 0) there are such arrivals, and open ones.
#
#   awk -f csv.awk -f arrivals.awk FILE

FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; a = column["arrivals"]; m = column["server_model"]; next }
a && $a ~ /^(constant|poisson)$/ { open = 1; next }
{ closed = 1 }
m && $m != "" && !seen[$m]++ { models++ }
END { print models + 0, closed + 0, open + 0 }
