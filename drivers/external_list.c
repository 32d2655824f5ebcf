#include "external_list.h"

#include <pthread.h>
#include <string.h>

#include "external.h"
#include "external_command.h"

static int probe_start(const struct driver *self, struct error *why)
{
    struct external_command command;
    return external_command(self, &command, why);
}

/* ---- versions ---- */

/* The greeting is read once per process: starting a program takes up to 0.1 s. */
struct greeting {
    const struct driver *driver;
    int result;
    char version[EXTERNAL_VERSION_BYTES];
    struct error error;
    struct greeting *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

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
        greeting->result = external_read_version(self, greeting->version, &greeting->error);
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

/* A module may be missing, which only the interpreter can check. */
static int probe_greeting(const struct driver *self, struct error *why)
{
    if (probe_start(self, why) < 0)
        return -1;
    const struct greeting *greeting = greeting_of(self);
    if (greeting->result < 0 && why)
        *why = greeting->error;
    return greeting->result;
}

/* ---- the programs of programs/ ---- */

#define PYTHON                                                                                     \
    .variable = "WAITBENCH_PYTHON", .interpreter = "python3",                                      \
    .default_interpreter = "/usr/bin/python3"

const struct driver driver_python_threads = {
    .name = "python-threads",
    .summary = "Python: a ThreadPoolExecutor of C threads, blocking sockets",
    .model = MODEL_THREADS,
    .library = "Python",
    .traits = DRIVER_PROGRAM | DRIVER_THREADS,
    .config = &(const struct external_program){"programs/python_threads.py", NULL, PYTHON,
                                               .package = "python3"},
    .version = program_version,
    .probe = probe_start,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_python_asyncio = {
    .name = "python-asyncio",
    .summary = "Python: asyncio, C tasks on one event loop, streams",
    .model = MODEL_COROUTINES,
    .library = "Python",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct external_program){"programs/python_asyncio.py", NULL, PYTHON,
                                               .package = "python3"},
    .version = program_version,
    .probe = probe_start,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_python_uvloop = {
    .name = "python-uvloop",
    .summary = "Python: the same asyncio code on uvloop's event loop (libuv)",
    .model = MODEL_COROUTINES,
    .library = "uvloop",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct external_program){"programs/python_asyncio.py", "--uvloop", PYTHON,
                                               .package = "python3"},
    .version = program_version,
    .probe = probe_greeting,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_go = {
    .name = "go",
    .summary = "Go: C goroutines, blocking code on the runtime's poller",
    .model = MODEL_COROUTINES,
    .library = "Go",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct external_program){"programs/goroutines", .package = "golang-go"},
    .version = program_version,
    .probe = probe_start,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_node = {
    .name = "node",
    .summary = "Node.js: one thread, callbacks turned into promises",
    .model = MODEL_READINESS,
    .library = "Node.js",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct external_program){"programs/node.mjs", .variable = "WAITBENCH_NODE",
                                               .interpreter = "node", .package = "nodejs"},
    .version = program_version,
    .probe = probe_start,
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
        .probe = probe_start,
        EXTERNAL_FUNCTIONS,
    };
    return made;
}

const struct driver *external_find(const char *name)
{
    static struct named *known;
    if (strncmp(name, EXTERNAL_PREFIX, strlen(EXTERNAL_PREFIX)) != 0 ||
        strlen(name) >= EXTERNAL_NAME_BYTES)
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
