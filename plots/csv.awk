# csv.awk: reads a CSV of a results folder, for the program that follows it:
#
#   awk -f csv.awk -f blocks.awk ... FILE
#
# Fields are between commas. A quoted text may hold commas, which are replaced by blanks, and loses its quotes.

BEGIN { FS = "," }

{ sub(/\r$/, "") }

/"/ {
    parts = split($0, part, "\"")
    text = part[1]
    for (i = 2; i <= parts; i++) {
        if (i % 2 == 0) gsub(/,/, " ", part[i])
        text = text part[i]
    }
    $0 = text
}
