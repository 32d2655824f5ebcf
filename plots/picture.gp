# picture.gp: draws one picture of a results folder.
#
#   gnuplot -c plots/picture.gp NAME RESULTS_DIR svg|png|dumb OUTPUT [HIGHLIGHT [COLUMNS [LINES]]]
#
# NAME is that of a script beside this one, such as talk, the only one that knows the format "dumb": in letters, to
# stdout where OUTPUT is empty. HIGHLIGHT is drivers' names, separated by commas.

here = ARG0[1:strlen(ARG0) - strlen("picture.gp")]
# `load` clears the arguments.
picture = ARG1; results = ARG2; format = ARG3; output = ARG4; highlight = ARG5; width = ARG6; height = ARG7
load here."style.gp"
load here.picture.".gp"
load here."close.gp"
