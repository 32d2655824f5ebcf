/* randintd: send an upper bound; after a delay a random integer comes back. Output and exit codes;
 * the server is in server.c, its options in options.c. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "lib/process.h"
#include "lib/rng.h"
#include "model.h"
#include "options.h"
#include "server.h"

enum { EXIT_USAGE = 2 };

/* Exits on --help and wrong usage. */
static void parse_options(int argc, char **argv, struct randintd_options *options)
{
    struct error error;
    int first;
    switch (options_parse(&randintd_option_table, options, argc, argv, &first, &error)) {
    case OPTIONS_HELPED: exit(EXIT_SUCCESS);
    case OPTIONS_WRONG: fprintf(stderr, "randintd: %s\n", error.text); exit(EXIT_USAGE);
    case OPTIONS_OK: break;
    }
    if (!server_model_choose(options->server.model, options->server.workers, &error)) {
        fprintf(stderr, "randintd: %s\n", error.text);
        exit(EXIT_USAGE);
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

static int list_models(void)
{
    for (const struct server_model *const *at = server_models; *at; at++) {
        const struct server_model *model = *at;
        struct error why = {.text = ""};
        bool usable = server_model_check(model, &why) == 0;
        printf("%s\t%s\t%s\n", model->name, usable ? model->summary : "cannot run here", why.text);
    }
    return EXIT_SUCCESS;
}

/* Print the text that `of` has for the model. */
static int explain(const char *name, const char *(*of)(const struct server_model *model))
{
    struct error error;
    const struct server_model *model = server_model_find(name, &error);
    const char *text = model ? of(model) : NULL;
    if (text) {
        fputs(text, stdout);
        return EXIT_SUCCESS;
    }
    if (model)
        error_set(&error, "%s is a program of yours: its source is not in randintd", name);
    fprintf(stderr, "randintd: %s\n", error.text);
    return EXIT_USAGE;
}

/* Print how many connections it serves at once, and how many it can have open: 0 where nothing but
 * the descriptors is the limit; and among how many processes they are divided. */
static int check(const struct server_settings *settings)
{
    struct error error;
    const struct server_model *model = server_model_find(settings->model, &error);
    if (model && server_model_check(model, &error) == 0) {
        printf("%u %u %u\n", server_connections(settings), model->connections_most,
               server_processes(settings));
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "randintd: %s\n", error.text);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct randintd_options options = {
        .server.seed = rng_fresh_seed() >> 1, /* in the range of --seed and of JSON's readers */
    };
    struct error error;
    process_occupy_standard();
    parse_options(argc, argv, &options);
    if (options.list)
        return list_models();
    if (options.check)
        return check(&options.server);
    if (options.explain)
        return explain(options.explain, server_model_source);
    if (options.path)
        return explain(options.path, server_model_path);
    signal(SIGPIPE, SIG_IGN);                   /* the reader of our output may exit */
    process_raise_limit(RLIMIT_NOFILE, &error); /* every connection is a descriptor */
    struct server *server = server_new(&options.server, &error);
    if (!server) {
        fprintf(stderr, "randintd: %s\n", error.text);
        return EXIT_FAILURE;
    }
    announce(server);
    int result = server_run(server, &error);
    if (result < 0)
        fprintf(stderr, "randintd: %s\n", error.text);
    server_free(server);
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
