/* Which programs there are: our own programs, each a file of programs/ that is run by an
 * interpreter or was compiled, and any program of the user's as exec:PATH. */
#include "external.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/process.h"

/* Tests and variants lie up to so many folders below programs/. */
enum { FOLDERS_ABOVE = 3 };

/* What a client needs to be started. */
struct client {
    const char *file;        /* beside or above our own program */
    const char *option;      /* or NULL */
    const char *interpreter; /* NULL: the file itself is executed */
    const char *usual;       /* where the interpreter is looked for first, or NULL: in PATH */
    const char *variable;    /* of the environment, that names another interpreter */
    const char *package;     /* that holds what it needs */
};

#define INSTALL "'./run.sh deps languages' installs "

/* ---- starting ---- */

static int find_interpreter(const struct client *client, char path[PATH_MAX], struct error *error)
{
    const char *chosen = getenv(client->variable);
    if (chosen && *chosen) {
        snprintf(path, PATH_MAX, "%s", chosen);
        return access(path, X_OK) == 0 ? 0
                                       : error_errno(error, errno, "%s=%s", client->variable, path);
    }
    if (client->usual && access(client->usual, X_OK) == 0) {
        strcpy(path, client->usual);
        return 0;
    }
    if (process_find_in_path(client->interpreter, path, PATH_MAX) == 0)
        return 0;
    return error_set(error, "%s is missing: " INSTALL "%s", client->interpreter, client->package);
}

static int client_command(const struct client *client, struct external_command *out,
                          struct error *error)
{
    if (!client->interpreter) {
        out->argv[0] = out->path;
        if (process_find_beside(client->file, FOLDERS_ABOVE, X_OK, out->path, PATH_MAX, NULL) == 0)
            return 0;
        return error_set(error,
                         "%s was missing when waitbench was built: " INSTALL "it; run 'make'",
                         client->package);
    }
    out->argv[0] = out->path;
    out->argv[1] = out->script;
    out->argv[2] = (char *)(uintptr_t)client->option; /* exec's argv is not const, nor written to */
    if (process_find_beside(client->file, FOLDERS_ABOVE, R_OK, out->script, PATH_MAX, error) < 0)
        return -1;
    return find_interpreter(client, out->path, error);
}

static const char EXEC[] = "exec:";

static int exec_command(const char *path, struct external_command *out, struct error *error)
{
    struct stat status;
    out->argv[0] = out->path;
    snprintf(out->path, sizeof(out->path), "%s", path);
    if (!path[0])
        return error_set(error, "%s wants the path of a program behind it", EXEC);
    /* Names stand in lists with commas, in CSV files, in hyperfine's command lines. */
    for (const char *c = path; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr(",\"'\\", *c))
            return error_set(error,
                             "%s takes a path of ASCII without blanks, commas, quotes and "
                             "backslashes: make a link to yours with a plainer name",
                             EXEC);
    if (stat(path, &status) < 0)
        return error_errno(error, errno, "%s%s", EXEC, path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, "%s%s is not a file", EXEC, path);
    if (access(path, X_OK) < 0)
        return error_errno(error, errno, "%s%s cannot be executed ('chmod +x'?)", EXEC, path);
    return 0;
}

int external_command(const struct driver *self, struct external_command *out, struct error *error)
{
    *out = (struct external_command){0};
    return self->config ? client_command(self->config, out, error)
                        : exec_command(self->name + sizeof(EXEC) - 1, out, error);
}

static int probe_start(const struct driver *self, struct error *why)
{
    struct external_command command;
    return external_command(self, &command, why);
}

/* ---- versions ---- */

/* A program is asked once in the life of a process: it takes up to a tenth of a second. */
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
        greeting->result = external_request_version(self, greeting->version, &greeting->error);
        greeting->next = known;
        known = greeting;
    }
    pthread_mutex_unlock(&lock);
    return greeting;
}

/* "3.11.2" of "Python 3.11.2". */
static const char *client_version(const struct driver *self)
{
    const struct greeting *greeting = greeting_of(self);
    const char *blank = greeting->result < 0 ? NULL : strchr(greeting->version, ' ');
    return blank ? blank + 1 : NULL;
}

/* Where a module may be missing only the interpreter can tell. */
static int probe_greeting(const struct driver *self, struct error *why)
{
    if (probe_start(self, why) < 0)
        return -1;
    const struct greeting *greeting = greeting_of(self);
    if (greeting->result < 0 && why)
        *why = greeting->error;
    return greeting->result;
}

/* ---- our own ---- */

#define PYTHON .variable = "WAITBENCH_PYTHON", .interpreter = "python3", .usual = "/usr/bin/python3"

const struct driver driver_python_threads = {
    .name = "python-threads",
    .summary = "Python: a ThreadPoolExecutor of C threads, blocking sockets",
    .model = MODEL_THREADS,
    .library = "Python",
    .traits = DRIVER_PROGRAM | DRIVER_THREADS,
    .config =
        &(const struct client){"programs/python_threads.py", NULL, PYTHON, .package = "python3"},
    .version = client_version,
    .probe = probe_start,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_python_asyncio = {
    .name = "python-asyncio",
    .summary = "Python: asyncio, C tasks on one event loop, streams",
    .model = MODEL_COROUTINES,
    .library = "Python",
    .traits = DRIVER_PROGRAM,
    .config =
        &(const struct client){"programs/python_asyncio.py", NULL, PYTHON, .package = "python3"},
    .version = client_version,
    .probe = probe_start,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_python_uvloop = {
    .name = "python-uvloop",
    .summary = "Python: the same asyncio code on uvloop's event loop (libuv)",
    .model = MODEL_COROUTINES,
    .library = "uvloop",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct client){"programs/python_asyncio.py", "--uvloop", PYTHON,
                                     .package = "python3"},
    .version = client_version,
    .probe = probe_greeting,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_go = {
    .name = "go",
    .summary = "Go: C goroutines, blocking code on the runtime's poller",
    .model = MODEL_COROUTINES,
    .library = "Go",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct client){"programs/goroutines", .package = "golang-go"},
    .version = client_version,
    .probe = probe_start,
    EXTERNAL_FUNCTIONS,
};

const struct driver driver_node = {
    .name = "node",
    .summary = "Node.js: one thread, callbacks turned into promises",
    .model = MODEL_READINESS,
    .library = "Node.js",
    .traits = DRIVER_PROGRAM,
    .config = &(const struct client){"programs/node.mjs", .variable = "WAITBENCH_NODE",
                                     .interpreter = "node", .package = "nodejs"},
    .version = client_version,
    .probe = probe_start,
    EXTERNAL_FUNCTIONS,
};

/* ---- the user's ---- */

/* Drivers are known by their address, so one that was found stays for the life of the process. */
struct named {
    struct driver driver;
    char name[EXTERNAL_NAME_BYTES];
    struct named *next;
};

static struct named *name_driver(const char *name)
{
    struct named *made = xcalloc(1, sizeof(*made));
    strcpy(made->name, name);
    made->driver = (struct driver){
        .name = made->name,
        .summary = "a program of your own",
        .traits = DRIVER_PROGRAM,
        .probe = probe_start,
        EXTERNAL_FUNCTIONS,
    };
    return made;
}

const struct driver *external_find(const char *name)
{
    static struct named *known;
    if (strncmp(name, EXEC, strlen(EXEC)) != 0 || strlen(name) >= EXTERNAL_NAME_BYTES)
        return NULL;
    pthread_mutex_lock(&lock);
    struct named *found = known;
    while (found && strcmp(found->name, name) != 0)
        found = found->next;
    if (!found) {
        found = name_driver(name);
        found->next = known;
        known = found;
    }
    pthread_mutex_unlock(&lock);
    return &found->driver;
}
