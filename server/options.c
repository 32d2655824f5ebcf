#include "options.h"

#include "lib/account.h"
#include "lib/protocol.h"

static int add_host(void *target, const char *value, struct error *error)
{
    struct server_settings *options = target;
    if (options->host_count == LISTENERS_MAX)
        return error_set(error, "%d hosts at most", LISTENERS_MAX);
    options->hosts[options->host_count++] = value;
    return 0;
}

static const struct option_row server_rows[] = {
    {"model", 'm', OPTION_TEXT, OPTION_FIELD(struct server_settings, model), .initial = "libev",
     .argument = "NAME", .values = "server models",
     .help = "how it serves many connections at once; --list shows them; exec:PATH is a program"},
    {"workers", 0, OPTION_COUNT, OPTION_FIELD(struct server_settings, workers), .min = 1,
     .max = ACCOUNT_WORKERS_MAX - 1, .unset = "the model's",
     .help = "threads or processes of a model that has more than one"},
    {"host", 0, OPTION_CUSTOM, .take = add_host, .argument = "ADDR", .unset = "127.0.0.1 and ::1",
     .help = "address to listen on; may be repeated"},
    {"port", 0, OPTION_COUNT, OPTION_FIELD(struct server_settings, port), .initial = "8080",
     .max = UINT16_MAX, .help = "0 picks a port that is free on all hosts"},
    {"ports", 0, OPTION_COUNT, OPTION_FIELD(struct server_settings, ports), .initial = "1",
     .min = 1, .max = LISTENERS_MAX,
     .help = "listen on so many ports, from --port on: a client's address has all local ports "
             "for each"},
    {"delay", 0, OPTION_TIME, OPTION_FIELD(struct server_settings, delay), .alias = "think",
     .initial = "100ms", .max = PROTOCOL_DELAY_MAX, .help = "from a request to its response"},
    {"work", 0, OPTION_TIME, OPTION_FIELD(struct server_settings, work), .initial = "0",
     .max = PROTOCOL_DELAY_MAX, .help = "CPU time that each request takes, besides its delay"},
    {"backlog", 0, OPTION_COUNT, OPTION_FIELD(struct server_settings, backlog), .initial = "4096",
     .min = 1, .max = 1 << 20, .help = "length of the accept queue"},
    {"seed", 0, OPTION_COUNT, OPTION_FIELD(struct server_settings, seed), .unset = "random",
     .help = "of the random integers"},
    {"keep-alive", 0, OPTION_FLAG, OPTION_FIELD(struct server_settings, keep_alive),
     .help = "line protocol: read the next line after a response, instead of closing"},
    {"idle", 0, OPTION_TIME, OPTION_FIELD(struct server_settings, idle), .initial = "60s",
     .min = NSEC_PER_MSEC, .max = 24 * 3600 * NSEC_PER_SEC,
     .help = "close a connection after this long without progress"},
    {0},
};

static const struct option_row rows[] = {
    {"list", 0, OPTION_FLAG, OPTION_FIELD(struct randintd_options, list),
     .help = "list the models, and what keeps one from running here"},
    {"check", 0, OPTION_FLAG, OPTION_FIELD(struct randintd_options, check),
     .help = "check that the model can run here, print how many connections it serves at once, "
             "how many it can have (0: no limit) and in how many processes, and exit"},
    {"explain", 0, OPTION_TEXT, OPTION_FIELD(struct randintd_options, explain), .argument = "NAME",
     .values = "server models",
     .help = "print the source of a model, which begins with its lesson"},
    {"path", 0, OPTION_TEXT, OPTION_FIELD(struct randintd_options, path), .argument = "NAME",
     .help = "print where that source is in the source tree"},
    {"account-fd", 0, OPTION_COUNT, OPTION_FIELD(struct randintd_options, server.account),
     .argument = "FD", .min = 3, .max = INT32_MAX,
     .help = "keep the account in this open file, for others to map"},
    {0},
};

const struct option_table randintd_option_table = {
    .program = "randintd",
    .brief = "a server that responds with random integers, each after a delay",
    .usage = "[options]",
    .summary =
        "Send it an upper bound k; it waits, then responds with a random integer in [0, k].\n\n"
        "  echo 20 | nc ::1 8080                    the line protocol\n"
        "  echo 20 5ms | nc ::1 8080                a request with its own delay\n"
        "  curl localhost:8080/randint/20           HTTP/1.1, on the same port\n"
        "  curl localhost:8080/randint/20?delay=5ms\n"
        "  curl localhost:8080/stats                the server's counters, as JSON\n\n"
        "Prints 'listening on ADDR:PORT' for each address, then 'ready'. SIGTERM and SIGINT end it "
        "once the requests in flight are completed, however long they take; a second one ends it "
        "at "
        "once.\n"
        "Exit: 0 ended by a signal with all requests completed, 1 could not serve, a worker died "
        "or "
        "requests were not completed, 2 wrong usage.",
    .sets = {{.rows = server_rows, .offset = offsetof(struct randintd_options, server)},
             {.rows = rows}},
};
