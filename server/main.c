/* randintd: send an upper bound, it thinks, a random integer comes back.
 * Options and what is said to the person who started it; the server is in server.c. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "lib/protocol.h"
#include "lib/rng.h"
#include "lib/units.h"
#include "server.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
    "usage: randintd [options]\n"
    "Send it an upper bound k; it waits, then responds with a random integer in [0, k].\n"
    "\n"
    "  echo 20 | nc ::1 8080                    the line protocol\n"
    "  echo 20 5ms | nc ::1 8080                with a delay of its own\n"
    "  curl localhost:8080/randint/20           HTTP/1.1, on the same port\n"
    "  curl localhost:8080/randint/20?delay=5ms\n"
    "  curl localhost:8080/stats                its own account, as JSON\n"
    "\n"
    "  --host ADDR        listen here, may be repeated (127.0.0.1 and ::1)\n"
    "  --port N           0 picks one that is free on all hosts (8080)\n"
    "  --delay TIME       from a request to its response, 60s at most (100ms); also --think\n"
    "  --backlog N        connections that may wait to be accepted (4096)\n"
    "  --seed N           of the draws (a fresh one)\n"
    "  --keep-alive       line protocol: read the next line after a response (close)\n"
    "  --idle TIME        close a connection that lets us wait this long (60s)\n"
    "  --die-with PID     end at once when PID, which started it, does\n"
    "  --help\n"
    "\n"
    "Prints 'listening on ADDR:PORT' for each address, then 'ready'. SIGTERM and SIGINT end it\n"
    "once the requests in flight are completed; a second one ends it at once.\n"
    "Exit: 0 ended by a signal, 1 could not serve, 2 wrong usage.\n";

enum {
    OPTION_HOST = 1,
    OPTION_PORT,
    OPTION_DELAY,
    OPTION_BACKLOG,
    OPTION_SEED,
    OPTION_KEEP_ALIVE,
    OPTION_IDLE,
    OPTION_DIE_WITH,
    OPTION_HELP,
};

static const struct option longopts[] = {
    {"host", required_argument, NULL, OPTION_HOST},
    {"port", required_argument, NULL, OPTION_PORT},
    {"delay", required_argument, NULL, OPTION_DELAY},
    {"think", required_argument, NULL, OPTION_DELAY}, /* its name in earlier versions */
    {"backlog", required_argument, NULL, OPTION_BACKLOG},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"keep-alive", no_argument, NULL, OPTION_KEEP_ALIVE},
    {"idle", required_argument, NULL, OPTION_IDLE},
    {"die-with", required_argument, NULL, OPTION_DIE_WITH},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int parse_time(const char *text, nsec_t low, nsec_t high, nsec_t *out, struct error *error)
{
    char from[UNITS_TEXT_BYTES], to[UNITS_TEXT_BYTES];
    if (units_parse_time(text, out, error) < 0)
        return -1;
    if (*out < low || *out > high)
        return error_set(error, "'%s' is out of range: from %s to %s", text,
                         units_format_time_exact(low, from), units_format_time_exact(high, to));
    return 0;
}

static int parse_value(int option, const char *text, struct server_options *options,
                       struct error *error)
{
    int64_t count = 0;
    int result = 0;
    switch (option) {
    case OPTION_HOST:
        if (options->host_count == SERVER_HOSTS_MAX)
            return error_set(error, "%d hosts at most", SERVER_HOSTS_MAX);
        options->hosts[options->host_count++] = text;
        break;
    case OPTION_PORT:
        result = units_parse_count(text, 0, UINT16_MAX, &count, error);
        options->port = (uint16_t)count;
        break;
    case OPTION_DELAY:
        result = parse_time(text, 0, PROTOCOL_DELAY_MAX, &options->delay, error);
        break;
    case OPTION_BACKLOG:
        result = units_parse_count(text, 1, 1 << 20, &count, error);
        options->backlog = (int)count;
        break;
    case OPTION_SEED:
        result = units_parse_count(text, 0, INT64_MAX, &count, error);
        options->seed = (uint64_t)count;
        break;
    case OPTION_KEEP_ALIVE: options->keep_alive = true; break;
    case OPTION_IDLE:
        result = parse_time(text, NSEC_PER_MSEC, 24 * 3600L * NSEC_PER_SEC, &options->idle, error);
        break;
    case OPTION_DIE_WITH:
        result = units_parse_count(text, 1, INT32_MAX, &count, error);
        /* It may have ended before the kernel knew what to do then. (The kernel counts the thread
         * that forked us as the parent.) */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (result == 0 && getppid() != (pid_t)count)
            exit(EXIT_FAILURE);
        break;
    }
    return result;
}

/* Exits on --help and wrong usage. */
static void parse_options(int argc, char **argv, struct server_options *options)
{
    struct error error;
    int option, index = 0;
    while ((option = getopt_long(argc, argv, "", longopts, &index)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            exit(EXIT_SUCCESS);
        }
        if (option == '?')
            goto usage; /* getopt has said what it is about */
        if (parse_value(option, optarg, options, &error) < 0) {
            fprintf(stderr, "randintd: --%s: %s\n", longopts[index].name, error.text);
            goto usage;
        }
    }
    if (optind == argc)
        return;
    fprintf(stderr, "randintd: unexpected '%s'\n", argv[optind]);
usage:
    fputs("randintd: --help lists the options\n", stderr);
    exit(EXIT_USAGE);
}

/* Every connection is a descriptor: have as many as the hard limit allows. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void announce(const struct server *server)
{
    const struct net_address *address;
    char text[NET_ADDRESS_TEXT_BYTES];
    for (size_t i = 0; (address = server_address(server, i)); i++)
        printf("listening on %s\n", net_address_format(address, text));
    printf("ready\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct server_options options = {
        .port = 8080,
        .backlog = 4096,
        .delay = 100 * NSEC_PER_MSEC,
        .idle = 60 * NSEC_PER_SEC,
        .seed = rng_fresh_seed() >> 1, /* what --seed takes, and JSON's readers */
    };
    struct error error;
    parse_options(argc, argv, &options);
    signal(SIGPIPE, SIG_IGN); /* whoever reads our output may go */
    raise_descriptor_limit();
    struct server *server = server_new(&options, &error);
    if (!server) {
        fprintf(stderr, "randintd: %s\n", error.text);
        return EXIT_FAILURE;
    }
    announce(server);
    uint64_t uncompleted = server_run(server);
    server_free(server);
    if (uncompleted)
        fprintf(stderr, "randintd: %llu requests were left unanswered\n",
                (unsigned long long)uncompleted);
    return EXIT_SUCCESS;
}
