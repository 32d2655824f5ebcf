/* The workloads of ports.c that run short of local ports. */
#ifndef WAITBENCH_PORTS_H
#define WAITBENCH_PORTS_H

enum {
    FEW_PORTS = 200,         /* local ports that their connections may have */
    FEW_PORTS_ADDRESSES = 4, /* local addresses of few-ports-4-addresses */
};

#endif
