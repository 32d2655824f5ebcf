# What was renamed since the golden output was made: the one place to say so. golden.bats applies it to the
# golden output and to what is printed today, so a rule that no output needs yet does no harm; hence, too,
# a rule has to leave the new words as they are (as "time per request" below). Sentences are compared by
# their figures alone and need no rules; one that was removed on purpose is deleted here: /^its words/d

# Columns of exports, and what is in them
s/\b(think|thought)_(s|ns)\b/delay_\2/g
s/\blate_ns\b/overshoot_ns/g
s/\blateness_/overshoot_/g
s/\bshape\b/arrivals/g
s/\bfixed\b/closed/g
s/\bgather\b/burst/g
s/\bverdict\b/quality/g
s/\blane\b/slot/g
s/\brole\b/variant/g
s/\bknee\b/capacity/g
s/\bknee_efficiency\b/capacity_efficiency/g
s/\bfirst_answer_s\b/first_response_s/g
s/\bhalf_answered_s\b/half_completed_s/g
s/\bmost_answered_s\b/most_completed_s/g
s/\blast_answer_s\b/last_response_s/g
s/\banswered_s\b/completed_s/g
s/\banswered\b/completed/g
s/\banswers\b/responses/g
s/\bhiccup_ns\b/host_stall_ns/g

# Phases of a request, in the breakdown
s/\bthink\b/delay/g
s/\blate\b/overshoot/g

# Headings of tables
s/\bfirst answer\b/first response/g
s/\blast answer\b/last response/g
s/\bfirst of last\b/first ÷ last response time/g
s/\b(time )?per request\b/time per request/g
s/\bof ideal\b/efficiency/g
s/\bSYNs resent\b/SYN retransmissions/g
s/\b(accept-queue )?overflows\b/accept-queue overflows/g
s/\bodd\b/outlier/g

# What is not available
s/\bn\/a\b/–/g
s/\bcapacity C\b/capacity/g
s/\bhalf of them\b/50%/g
s/\bforced\b/involuntary/g
s/\b(thinking|server delay) ([0-9.]+) ?([a-z]+)/server delay \2 \3/g

# Kinds of exports
s/\bledger\b/usage/g
s/\bblame\b/breakdown/g
s|\bn/a\b|–|g

# Since the golden output was made, intervals are by order statistics, two drivers are compared block by
# block, and p is corrected. same.py leaves out the columns concerned; these sentences are about them.
s/--repetitions 5\b/--repetitions 6/g
/^Control \(/d
/^Ratios are /d
/^p < 0\.01 \(/d
/^Too few runs: /d
