#include "external.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is not measured gets this long, and a bit more for each request. */
static const nsec_t PATIENCE = 10 * NSEC_PER_SEC;
static const nsec_t PATIENCE_EACH = 20 * NSEC_PER_USEC;
static const nsec_t QUIT_PATIENCE = NSEC_PER_SEC;

static nsec_t untimed_deadline(const struct external *external, size_t requests)
{
    nsec_t deadline = clock_now() + PATIENCE + (nsec_t)requests * PATIENCE_EACH;
    nsec_t give_up = external->load ? external->load->give_up : 0;
    return give_up && give_up < deadline ? give_up : deadline;
}

/* Hear a line that has to be `word` and may have fields. Anything else is an error; one that the
 * program puts into words itself is "failed ERRNO TEXT". Returns how many fields, or -1. */
static int hear_word(struct external *external, const char *word, char *fields[], size_t max,
                     nsec_t deadline, struct error *error)
{
    struct program *program = &external->program;
    char shown[PROGRAM_SHOWN_BYTES];
    char *line = program_hear(program, deadline, error);
    if (!line)
        return -1;
    program_show(line, shown);
    size_t count = external_split(line, fields, max);
    if (!strcmp(fields[0], word))
        return (int)count;
    if (!strcmp(fields[0], "failed") && count == 3)
        return error_errno(error, atoi(fields[1]), "%s: %s", program->name,
                           program_show(fields[2], shown));
    return error_set(error, "%s said '%s' after %s, where '%s' belongs", program->name, shown,
                     program->requested, word);
}

static int expect(struct external *external, const char *word, nsec_t deadline, struct error *error)
{
    char *fields[3];
    return hear_word(external, word, fields, 3, deadline, error) < 0 ? -1 : 0;
}

/* "waitbench 1 NAME VERSION": it speaks our protocol, and what it is. */
static int hear_greeting(struct external *external, nsec_t deadline, struct error *error)
{
    char *fields[4], name[PROGRAM_SHOWN_BYTES], version[PROGRAM_SHOWN_BYTES];
    int count = hear_word(external, "waitbench", fields, 4, deadline, error);
    if (count < 0)
        return -1;
    if (count != 4 || atoi(fields[1]) != EXTERNAL_PROTOCOL)
        return error_set(error, "%s does not greet with 'waitbench %d NAME VERSION'",
                         external->program.name, EXTERNAL_PROTOCOL);
    snprintf(external->version, sizeof(external->version), "%.40s %.50s",
             program_show(fields[2], name), program_show(fields[3], version));
    return 0;
}

static int start(struct external *external, const struct driver *self, struct error *error)
{
    struct external_command command;
    if (external_command(self, &command, error) < 0 ||
        program_start(&external->program, self->name, command.path, command.argv, error) < 0)
        return -1;
    return hear_greeting(external, untimed_deadline(external, 0), error);
}

int external_request_version(const struct driver *self, char version[EXTERNAL_VERSION_BYTES],
                             struct error *error)
{
    struct external *external = xcalloc(1, sizeof(*external));
    int result = start(external, self, error);
    memcpy(version, external->version, EXTERNAL_VERSION_BYTES);
    program_end(&external->program, result == 0 ? QUIT_PATIENCE : 0);
    free(external);
    return result;
}

static int tell_load(struct external *external, struct error *error)
{
    const struct load *load = external->load;
    char host[NI_MAXHOST], text[NI_MAXHOST + 200];
    if (!load->workload->framing)
        return error_set(error, "%s cannot be told of the workload %s", external->program.name,
                         load->workload->name);
    int code = getnameinfo((const struct sockaddr *)&load->server.storage, load->server.length,
                           host, sizeof(host), NULL, 0, NI_NUMERICHOST);
    if (code)
        return error_set(error, "the server's address: %s", gai_strerror(code));
    int size = snprintf(text, sizeof(text),
                        "load\thost=%s\tport=%u\tconcurrency=%u\tkeep-alive=%d\tframing=%s"
                        "\tstack=%zu\n",
                        host, net_address_port(&load->server), load->concurrency, load->keep_alive,
                        load->workload->framing, load->stack_bytes);
    return program_tell(&external->program, text, (size_t)size, "'load'",
                        untimed_deadline(external, 0), error);
}

void external_teardown(void *state)
{
    struct external *external = state;
    program_end(&external->program, external->idle ? QUIT_PATIENCE : 0);
    free(external);
}

void *external_setup(const struct driver *self, const struct load *load, struct error *error)
{
    struct external *external = xcalloc(1, sizeof(*external));
    external->load = load;
    if (start(external, self, error) < 0 || tell_load(external, error) < 0 ||
        expect(external, "ready", untimed_deadline(external, load->concurrency), error) < 0) {
        external_teardown(external);
        return NULL;
    }
    external->idle = true;
    return external;
}

/* "BOUND ASK": the bytes to send are those that an exchange of ours would. */
static size_t write_request(const struct external *external, struct batch *batch, size_t index,
                            char *text)
{
    struct exchange exchange;
    exchange_init(&exchange, external->load, 0, EXCHANGE_FOREIGN);
    exchange_begin(&exchange, batch, index);
    batch->samples[index] = (struct sample){0}; /* not begun, only put into words */
    size_t size = (size_t)sprintf(text, "%" PRId64 "\t", exchange.bound);
    size += external_escape(text + size, exchange.request, exchange.request_size);
    text[size++] = '\n';
    return size;
}

int external_prepare(void *state, struct batch *batch, struct error *error)
{
    enum { CHUNK = 16384, REQUEST_MAX = 32 + 2 * PROTOCOL_REQUEST_BYTES };
    struct external *external = state;
    nsec_t deadline = untimed_deadline(external, batch->requests);
    char text[CHUNK];
    size_t size = (size_t)sprintf(text, "batch\t%zu\n", batch->requests);
    external->idle = false;
    for (size_t i = 0; i < batch->requests; i++) {
        size += write_request(external, batch, i, text + size);
        if (size < CHUNK - REQUEST_MAX)
            continue;
        if (program_tell(&external->program, text, size, "'batch'", deadline, error) < 0)
            return -1;
        size = 0;
    }
    if (program_tell(&external->program, text, size, "'batch'", deadline, error) < 0 ||
        expect(external, "prepared", deadline, error) < 0)
        return -1;
    external->idle = true;
    return 0;
}

int external_run(void *state, struct batch *batch, struct error *error)
{
    struct external *external = state;
    nsec_t give_up = external->load->give_up;
    char text[32];
    size_t size = (size_t)sprintf(text, "go\t%" PRId64 "\n", batch->deadline);
    external->idle = false;
    external->went = clock_now();
    if (program_tell(&external->program, text, size, "'go'", give_up, error) < 0 ||
        expect(external, "done", give_up, error) < 0)
        return -1;
    external->done = clock_now();
    external->idle = true;
    return 0;
}

int external_collect(void *state, struct batch *batch, struct error *error)
{
    static const char text[] = "samples\n";
    struct external *external = state;
    nsec_t deadline = untimed_deadline(external, batch->requests);
    external->idle = false;
    if (program_tell(&external->program, text, sizeof(text) - 1, "'samples'", deadline, error) <
            0 ||
        external_take_samples(external, batch, deadline, error) < 0)
        return -1;
    external->idle = true;
    return 0;
}

void external_active(const void *state, char *text, size_t size)
{
    snprintf(text, size, "%s", ((const struct external *)state)->version);
}
