/* A driver that is an external program, in any language. docs/external-drivers.md is the protocol.
 * Each module uses only those above it:
 *
 *   supervisor.c         a process that outlives this one until the program is gone
 *   program.c            a running program: lines to it and from it, with timeouts
 *   external_samples.c   the samples that the program reports, checked
 *   external.c           the drivers: their functions, as messages */
#include "external.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "external_samples.h"
#include "lib/program_path.h"

/* ---- a driver's functions, as messages of the protocol ---- */

/* Versions: 2 has schedules, and 1 is the same without. */
enum { VERSION_OLDEST = 1, VERSION_SCHEDULES = 2, VERSION_NEWEST = VERSION_SCHEDULES };

/* Timeout of everything that is not measured, plus a bit for each request. */
static const nsec_t TIMEOUT = 10 * NSEC_PER_SEC;
static const nsec_t TIMEOUT_PER_REQUEST = 20 * NSEC_PER_USEC;
static const nsec_t EXIT_TIMEOUT = NSEC_PER_SEC;

static nsec_t untimed_deadline(const struct external *external, size_t requests)
{
    nsec_t deadline = clock_now() + TIMEOUT + (nsec_t)requests * TIMEOUT_PER_REQUEST;
    nsec_t give_up = external->load ? external->load->give_up : 0;
    return give_up && give_up < deadline ? give_up : deadline;
}

/* Read a line that has to begin with `word` and may have more fields. Anything else is an error;
 * the program reports its own as "failed ERRNO TEXT". Returns how many fields, or -1. */
static int read_reply(struct external *external, const char *word, char *fields[], size_t max,
                      nsec_t deadline, struct error *error)
{
    struct program *program = &external->program;
    char shown[PROGRAM_EXCERPT_BYTES];
    char *line = program_read_line(program, deadline, error);
    if (!line)
        return -1;
    program_printable(line, shown);
    size_t count = external_split(line, fields, max);
    if (!strcmp(fields[0], word))
        return (int)count;
    if (!strcmp(fields[0], "failed") && count == 3)
        return error_errno(error, atoi(fields[1]), "%s: %s", program->name,
                           program_printable(fields[2], shown));
    return error_set(error, "%s wrote '%s' after %s, not '%s'", program->name, shown,
                     program->last_command, word);
}

static int expect_reply(struct external *external, const char *word, nsec_t deadline,
                        struct error *error)
{
    char *fields[3];
    return read_reply(external, word, fields, 3, deadline, error) < 0 ? -1 : 0;
}

/* "waitbench 2 NAME VERSION": the version of the protocol, and the program's. */
static int read_greeting(struct external *external, nsec_t deadline, struct error *error)
{
    char *fields[4], name[PROGRAM_EXCERPT_BYTES], version[PROGRAM_EXCERPT_BYTES];
    int count = read_reply(external, "waitbench", fields, 4, deadline, error);
    if (count < 0)
        return -1;
    external->protocol = count == 4 ? atoi(fields[1]) : 0;
    if (external->protocol < VERSION_OLDEST || external->protocol > VERSION_NEWEST)
        return error_set(error,
                         "%s: its first line is not 'waitbench %d NAME VERSION' (nor that of an "
                         "older version of the protocol, from %d on)",
                         external->program.name, VERSION_NEWEST, VERSION_OLDEST);
    snprintf(external->version, sizeof(external->version), "%.40s %.50s",
             program_printable(fields[2], name), program_printable(fields[3], version));
    return 0;
}

static int start(struct external *external, const struct driver *self, struct error *error)
{
    struct program_command command;
    if (program_command_find(self->config, self->name, &command, error) < 0 ||
        program_start(&external->program, self->name, command.path, command.argv, error) < 0)
        return -1;
    return read_greeting(external, untimed_deadline(external, 0), error);
}

static int send_load(struct external *external, struct error *error)
{
    const struct load *load = external->load;
    char host[NI_MAXHOST], text[NI_MAXHOST + 200];
    if (!load->workload->framing)
        return error_set(
            error, "%s cannot run the workload %s: external programs run randint and http only",
            external->program.name, load->workload->name);
    int code = getnameinfo((const struct sockaddr *)&load->server.storage, load->server.length,
                           host, sizeof(host), NULL, 0, NI_NUMERICHOST);
    if (code)
        return error_set(error, "cannot format the server's address: %s", gai_strerror(code));
    int size = snprintf(text, sizeof(text),
                        "load\thost=%s\tport=%u\tconcurrency=%u\tkeep-alive=%d\tframing=%s"
                        "\tstack=%zu\n",
                        host, net_address_port(&load->server), load->concurrency, load->keep_alive,
                        load->workload->framing, load->stack_bytes);
    return program_send(&external->program, text, (size_t)size, "'load'",
                        untimed_deadline(external, 0), error);
}

static void external_teardown(void *state)
{
    struct external *external = state;
    program_end(&external->program, external->idle ? EXIT_TIMEOUT : 0);
    free(external);
}

static void *external_setup(const struct driver *self, const struct load *load, struct error *error)
{
    struct external *external = xcalloc(1, sizeof(*external));
    external->load = load;
    if (start(external, self, error) < 0 || send_load(external, error) < 0 ||
        expect_reply(external, "ready", untimed_deadline(external, load->concurrency), error) < 0) {
        external_teardown(external);
        return NULL;
    }
    external->idle = true;
    return external;
}

static int check_schedules(const char *name, int protocol, struct error *error)
{
    if (protocol >= VERSION_SCHEDULES)
        return 0;
    return error_set(error,
                     "%s uses version %d of the protocol for external drivers: requests of open "
                     "arrivals need version %d, in which each has a time to start at",
                     name, protocol, VERSION_SCHEDULES);
}

/* "BOUND REQUEST", or "BOUND REQUEST START": the bytes to send are the same as those of built-in
 * drivers. */
static size_t write_request(const struct external *external, const struct batch *batch,
                            size_t index, char *text)
{
    char request[PROTOCOL_REQUEST_BYTES];
    int64_t bound = load_bound(external->load, index);
    size_t request_size = load_request(external->load, batch, index, bound, request);
    size_t size = (size_t)sprintf(text, "%" PRId64 "\t", bound);
    size += external_escape(text + size, request, request_size);
    if (batch->schedule)
        size += (size_t)sprintf(text + size, "\t%" PRId64, batch_offset(batch, index));
    text[size++] = '\n';
    return size;
}

static int external_prepare(void *state, struct batch *batch, struct error *error)
{
    enum { CHUNK = 16384, REQUEST_MAX = 64 + 2 * PROTOCOL_REQUEST_BYTES };
    struct external *external = state;
    nsec_t deadline = untimed_deadline(external, batch->requests);
    char text[CHUNK];
    if (batch->schedule && check_schedules(external->program.name, external->protocol, error) < 0)
        return -1;
    size_t size = (size_t)sprintf(text, "batch\t%zu\n", batch->requests);
    external->idle = false;
    for (size_t i = 0; i < batch->requests; i++) {
        size += write_request(external, batch, i, text + size);
        if (size < CHUNK - REQUEST_MAX)
            continue;
        if (program_send(&external->program, text, size, "'batch'", deadline, error) < 0)
            return -1;
        size = 0;
    }
    if (program_send(&external->program, text, size, "'batch'", deadline, error) < 0 ||
        expect_reply(external, "prepared", deadline, error) < 0)
        return -1;
    external->idle = true;
    return 0;
}

static int external_run(void *state, struct batch *batch, struct error *error)
{
    struct external *external = state;
    nsec_t give_up = external->load->give_up;
    char text[64];
    size_t size = (size_t)sprintf(text, "go\t%" PRId64, batch->deadline);
    if (batch->schedule)
        size += (size_t)sprintf(text + size, "\t%" PRId64, batch->begun);
    text[size++] = '\n';
    external->idle = false;
    external->go_sent = clock_now();
    if (program_send(&external->program, text, size, "'go'", give_up, error) < 0 ||
        expect_reply(external, "done", give_up, error) < 0)
        return -1;
    external->done_received = clock_now();
    external->idle = true;
    return 0;
}

static int external_collect(void *state, struct batch *batch, struct error *error)
{
    static const char text[] = "samples\n";
    struct external *external = state;
    nsec_t deadline = untimed_deadline(external, batch->requests);
    external->idle = false;
    if (program_send(&external->program, text, sizeof(text) - 1, "'samples'", deadline, error) <
            0 ||
        external_take_samples(external, batch, deadline, error) < 0)
        return -1;
    external->idle = true;
    return 0;
}

static void external_active(const void *state, char *text, size_t size)
{
    snprintf(text, size, "%s", ((const struct external *)state)->version);
}

/* ---- versions ---- */

/* The greeting is read once per process: starting a program takes up to 0.1 s. */
struct greeting {
    const struct driver *driver;
    int result, protocol;
    char version[EXTERNAL_VERSION_BYTES];
    struct error error;
    struct greeting *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Start the driver's program, read its greeting, and end it. */
static void greeting_read(struct greeting *greeting)
{
    struct external *external = xcalloc(1, sizeof(*external));
    greeting->result = start(external, greeting->driver, &greeting->error);
    greeting->protocol = external->protocol;
    memcpy(greeting->version, external->version, EXTERNAL_VERSION_BYTES);
    program_end(&external->program, greeting->result == 0 ? EXIT_TIMEOUT : 0);
    free(external);
}

static const struct greeting *greeting_of(const struct driver *self)
{
    static struct greeting *known;
    pthread_mutex_lock(&lock);
    struct greeting *greeting = known;
    while (greeting && greeting->driver != self)
        greeting = greeting->next;
    if (!greeting) {
        greeting = xcalloc(1, sizeof(*greeting));
        greeting->driver = self;
        greeting_read(greeting);
        greeting->next = known;
        known = greeting;
    }
    pthread_mutex_unlock(&lock);
    return greeting;
}

/* "3.11.2" of "Python 3.11.2". */
static const char *program_version(const struct driver *self)
{
    const struct greeting *greeting = greeting_of(self);
    const char *blank = greeting->result < 0 ? NULL : strchr(greeting->version, ' ');
    return blank ? blank + 1 : NULL;
}

/* A module, chosen by an option, may be missing, which only the interpreter can check. */
static int external_probe(const struct driver *self, struct error *why)
{
    const struct bundled_program *bundled = self->config;
    struct program_command command;
    if (program_command_find(bundled, self->name, &command, why) < 0)
        return -1;
    if (!bundled || !bundled->option)
        return 0;
    const struct greeting *greeting = greeting_of(self);
    if (greeting->result < 0 && why)
        *why = greeting->error;
    return greeting->result;
}

/* Programs that cannot be started are reported when they have to be. */
static int external_probe_schedule(const struct driver *self, struct error *why)
{
    const struct greeting *greeting = greeting_of(self);
    return greeting->result < 0 ? 0 : check_schedules(self->name, greeting->protocol, why);
}

#define EXTERNAL_FUNCTIONS                                                                         \
    .probe = external_probe, .probe_schedule = external_probe_schedule, .setup = external_setup,   \
    .prepare = external_prepare, .run = external_run, .collect = external_collect,                 \
    .teardown = external_teardown, .active = external_active

/* ---- the programs of programs/ ---- */

const struct driver driver_python_threads = {
    .name = "python-threads",
    .summary = "Python: a ThreadPoolExecutor of C threads, blocking sockets",
    .model = MODEL_THREADS,
    .library = "Python",
    .traits = DRIVER_PROGRAM | DRIVER_THREADS,
    .config = &(const struct bundled_program){"programs/python_threads.py",
                                              .interpreter = &program_python},
    .version = program_version,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_python_asyncio = {
    .name = "python-asyncio",
    .summary = "Python: asyncio, C tasks on one event loop, streams",
    .model = MODEL_COROUTINES,
    .library = "Python",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct bundled_program){"programs/python_asyncio.py",
                                              .interpreter = &program_python},
    .version = program_version,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_python_uvloop = {
    .name = "python-uvloop",
    .summary = "Python: the same asyncio code on uvloop's event loop (libuv)",
    .model = MODEL_COROUTINES,
    .library = "uvloop",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct bundled_program){"programs/python_asyncio.py", "--uvloop",
                                              .interpreter = &program_python},
    .version = program_version,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_go = {
    .name = "go",
    .summary = "Go: C goroutines, blocking code on the runtime's poller",
    .model = MODEL_COROUTINES,
    .library = "Go",
    .traits = DRIVER_PROGRAM,
    .config =
        &(const struct bundled_program){"programs/goroutines", .compiler_package = "golang-go"},
    .version = program_version,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_node = {
    .name = "node",
    .summary = "Node.js: one thread, callbacks turned into promises",
    .model = MODEL_READINESS,
    .library = "Node.js",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct bundled_program){"programs/node.mjs", .interpreter = &program_node},
    .version = program_version,
    EXTERNAL_FUNCTIONS,
};

/* ---- exec:PATH ---- */

/* Drivers are identified by their address, so they exist until the process ends. */
struct named {
    struct driver driver;
    char name[EXTERNAL_NAME_BYTES];
    struct named *next;
};

static struct named *driver_make(const char *name)
{
    struct named *made = xcalloc(1, sizeof(*made));
    strcpy(made->name, name);
    made->driver = (struct driver){
        .name = made->name,
        .summary = "an external program",
        .traits = DRIVER_PROGRAM,
        EXTERNAL_FUNCTIONS,
    };
    return made;
}

const struct driver *external_find(const char *name)
{
    static struct named *known;
    if (!program_is_exec(name) || strlen(name) >= EXTERNAL_NAME_BYTES)
        return NULL;
    pthread_mutex_lock(&lock);
    struct named *found = known;
    while (found && strcmp(found->name, name) != 0)
        found = found->next;
    if (!found) {
        found = driver_make(name);
        found->next = known;
        known = found;
    }
    pthread_mutex_unlock(&lock);
    return &found->driver;
}
