# room.awk: the limits of a machine on requests in flight, from the environment.csv of a campaign.
#
#   awk -f csv.awk -f room.awk environment.csv
#
# Prints, each a number or NaN: net.core.somaxconn, the descriptors of a process, the local ports of an address, bytes
# of memory, and for how many the campaign found room; then the name of the limit that left room for no more.

BEGIN {
    backlog = descriptors = ports = memory = room = "NaN"
    split("KiB MiB GiB TiB", unit, " ")
}

$1 == "net.core.somaxconn" && is_count($2) { backlog = $2 }

$1 == "limit_descriptors" && is_count($2) { descriptors = $2 }

$1 == "net.ipv4.ip_local_port_range" && split($2, range, /[ \t]+/) == 2 && is_count(range[1]) && is_count(range[2]) {
    ports = range[2] - range[1] + 1
}

$1 == "memory" && $2 ~ /^[0-9]+[.]?[0-9]* [KMGT]iB$/ {
    memory = $2 + 0
    for (i = 1; i <= 4; i++) {
        memory *= 1024
        if ($2 ~ (" " unit[i])) break
    }
    memory = sprintf("%.0f", memory)
}

$1 == "room for requests in flight" && split($2, word, " ") == 2 && word[1] ~ /^[a-zA-Z0-9_.-]+$/ && is_count(word[2]) {
    name = word[1]
    room = word[2]
}

END { print backlog, descriptors, ports, memory, room, name }

function is_count(text) { return text ~ /^[0-9]+$/ && length(text) <= 15 && text + 0 > 0 }
