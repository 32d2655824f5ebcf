# shellcheck shell=bash
# Hosts in place of machines, for the tests of ranks: network namespaces on one bridge, which is in a
# namespace too, so that nothing of this machine's own network changes. Each has an address and a host name
# of its own and, if wanted, a monotonic clock that is ahead: a time namespace. mpirun starts ranks in
# them by an agent in place of ssh. Needs root.

hosts_network=10.197.53

# Whether they can be made here; else $hosts_missing has why.
hosts_can_be_made() {
    local try=wb-try-$$
    hosts_missing=
    if ((EUID != 0)); then
        hosts_missing="network namespaces need root"
    elif ! ip netns add "$try" 2>/dev/null; then
        hosts_missing="network namespaces are not permitted here"
    elif ! ip -n "$try" link add bridge type bridge 2>/dev/null ||
        ! ip -n "$try" link add one type veth peer name other 2>/dev/null; then
        hosts_missing="this kernel has no bridges or veth pairs"
    fi
    ip netns delete "$try" 2>/dev/null || true
    [[ -z $hosts_missing ]]
}

# The first is where the harness runs; ranks run on the others. They are removed by hosts_remove.
hosts_make() { # FOLDER HOST...
    local folder=$1 host number=1
    shift
    export hosts_prefix=wb-$$ hosts_names=$*
    for host; do
        ip netns add "$hosts_prefix-$host" && ip -n "$hosts_prefix-$host" link set lo up || return
    done
    ip -n "$hosts_prefix-$1" link add bridge type bridge
    ip -n "$hosts_prefix-$1" address add "$hosts_network.1/24" dev bridge
    ip -n "$hosts_prefix-$1" link set bridge up
    for host in "${@:2}"; do
        number=$((number + 1))
        ip -n "$hosts_prefix-$1" link add "to-$host" type veth peer name uplink netns "$hosts_prefix-$host"
        ip -n "$hosts_prefix-$1" link set "to-$host" master bridge up
        ip -n "$hosts_prefix-$host" address add "$hosts_network.$number/24" dev uplink
        ip -n "$hosts_prefix-$host" link set uplink up
    done
    export hosts_agent=$folder/agent
    write_agent "$hosts_agent"
}

# agent HOST WORD...: run the words, as a shell takes them, on that host. The file HOST.clock beside it has
# how far its clock is ahead ("SECONDS NANOSECONDS"). The clock holds for processes that are forked after
# it was set.
write_agent() { # PATH
    local folder=${1%/*}
    cat >"$1" <<AGENT
#!/bin/sh
host=\$1
shift
clock=\$(cat "$folder/\$host.clock" 2>/dev/null)
exec ip netns exec "$hosts_prefix-\$host" unshare --uts perl -e '
    my (\$host, \$clock, @command) = @ARGV;
    my \$unshare = (\`uname -m\` =~ /^x86_64/) ? 272 : 97;
    if (\$clock) {
        syscall(\$unshare, 0x80) == 0 or die "time namespaces: \$!\n";
        open my \$offsets, ">", "/proc/self/timens_offsets" or die "time namespaces: \$!\n";
        print \$offsets "monotonic \$clock\n";
        close \$offsets or die "time namespaces: \$!\n";
    }
    exit(system("hostname \$host; @command") >> 8)' "\$host" "\$clock" "\$@"
AGENT
    chmod +x "$1"
}

# A command on the first host, where the harness runs, with the settings of Open MPI 4 for these hosts, and
# under their names in Open MPI 5 and its launcher PRRTE.
on_head() { # COMMAND...
    local network=$hosts_network.0/24
    ip netns exec "$hosts_prefix-${hosts_names%% *}" env OMPI_ALLOW_RUN_AS_ROOT=1 \
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include="$network" \
        OMPI_MCA_plm_rsh_agent="$hosts_agent" PRTE_MCA_plm_ssh_agent="$hosts_agent" \
        OMPI_MCA_plm_rsh_no_tree_spawn=1 PRTE_MCA_plm_ssh_no_tree_spawn=1 \
        OMPI_MCA_oob_tcp_if_include="$network" PRTE_MCA_oob_tcp_if_include="$network" "$@"
}

hosts_remove() {
    local host
    for host in $hosts_names; do
        ip netns delete "$hosts_prefix-$host" 2>/dev/null || true
    done
    hosts_names=
}
