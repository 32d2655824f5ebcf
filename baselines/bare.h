/* What the two bare clients share outside their timed region: the command line, the descriptors,
 * and how they give up. A yardstick with a failed request is no yardstick, so whatever goes wrong
 * ends the program without a figure. */
#ifndef WAITBENCH_BARE_H
#define WAITBENCH_BARE_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net.h"
#include "lib/units.h"

enum {
    WARMUP_REQUESTS = 32, /* as bench/measure.c */
    SPARE_DESCRIPTORS = 32,
};

#define ASK_WARMUP "20 0ns\n" /* no thinking */
#define ASK        "20\n"     /* as long as the server was told to */

struct bare_options {
    struct net_address server;
    size_t requests;
    unsigned concurrency;
    bool keep_alive;
};

static inline _Noreturn void bare_die(const char *what)
{
    perror(what);
    exit(1);
}

/* HOST PORT REQUESTS CONCURRENCY [keep-alive]; raises the limit on descriptors too. */
static inline int bare_parse(int argc, char **argv, struct bare_options *options,
                             struct error *error)
{
    int64_t port, requests, concurrency;
    *options = (struct bare_options){.keep_alive = argc == 6 && !strcmp(argv[5], "keep-alive")};
    if (argc < 5 || argc > 6 || (argc == 6 && !options->keep_alive))
        return error_set(error, "usage: %s HOST PORT REQUESTS CONCURRENCY [keep-alive]", argv[0]);
    if (units_parse_count(argv[2], 1, UINT16_MAX, &port, error) < 0 ||
        units_parse_count(argv[3], 1, 1000000000, &requests, error) < 0 ||
        units_parse_count(argv[4], 1, 1000000, &concurrency, error) < 0 ||
        net_address_make(argv[1], (uint16_t)port, &options->server, error) < 0)
        return -1;
    options->requests = (size_t)requests;
    options->concurrency = (unsigned)concurrency;
    return net_want_descriptors(options->concurrency + SPARE_DESCRIPTORS, error);
}

#endif
