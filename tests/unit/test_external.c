/* External programs with one fault each: every fault is reported in a message, and no process,
 * thread or descriptor is left. Correct programs are tested in test_conformance.c; here the rows
 * that end with "ok" show that only the fault is reported. */
#include "drivers/external_samples.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/faulty.h"
#include "bench/grade/self.h"
#include "workloads/workloads.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { REQUESTS = 20, MANY = 20000, CONCURRENCY = 4 };

/* Timeouts: of a fault that is found by a timeout, and of all others, never reached. */
static const nsec_t SHORT = 300 * NSEC_PER_MSEC, LONG = 20 * NSEC_PER_SEC;

enum stage { SETUP, PREPARE, RUN, COLLECT, NOWHERE };

static const struct fault {
    const char *name;
    enum stage stage;    /* that fails */
    const char *message; /* what follows the program's name, or the outcome of request 7 */
} faults[] = {
    {"hangs in the start", SETUP, " wrote nothing for "},
    {"crashes in the start", SETUP,
     " exited with 3 after its start; it wrote: 'ValueError: "
     "that was ?it'"},
    {"is killed in the start", SETUP, " was killed by signal 9 (Killed) after its start"},
    {"writes garbage in the start", SETUP,
     " wrote 'what is? this?' after its start, not 'waitbench'"},
    {"closes its output in the start", SETUP, " closed its standard output after its start"},
    {"leaves a process in the start", SETUP, " exited with 0 after its start"},
    {"floods the start", SETUP, " wrote a line longer than 327680 bytes after its start: 'xxx"},
    {"another protocol", SETUP, " is not 'waitbench 2 NAME VERSION'"},
    {"cannot connect", SETUP, ": connection 0: Connection refused"},
    {"hangs in load", SETUP, " wrote nothing for "},
    {"crashes in load", SETUP, " exited with 3 after 'load'; it wrote: 'ValueError"},
    {"writes garbage in load", SETUP, " wrote 'what is? this?' after 'load', not 'ready'"},
    {"hangs in batch", PREPARE, " after 'batch'; it was killed"},
    {"does not read", PREPARE, " did not read its standard input for "},
    {"crashes in batch", PREPARE, " exited with 3 after 'batch'; it wrote: 'ValueError"},
    {"a schedule in version 1", PREPARE, " uses version 1 of the protocol for external drivers: "},
    {"hangs in go", RUN, " after 'go'; it was killed"},
    {"crashes in go", RUN, " exited with 3 after 'go'; it wrote: 'ValueError"},
    {"is killed in go", RUN, " was killed by signal 9 (Killed) after 'go'"},
    {"writes garbage in go", RUN, " wrote 'what is? this?' after 'go', not 'done'"},
    {"closes its output in go", RUN, " closed its standard output after 'go'"},
    {"floods go", RUN, " wrote a line longer than 327680 bytes after 'go': 'xxx"},
    {"leaves a process in go", RUN, " exited with 0 after 'go'"},
    {"hangs in samples", COLLECT, " wrote nothing for "},
    {"crashes in samples", COLLECT, " exited with 3 after 'samples'; it wrote: "},
    {"writes garbage in samples", COLLECT, " wrote 'what is? this?': not a sample"},
    {"samples without an end", COLLECT, " did not finish for "},
    {"too few", COLLECT, " reported 19 of 20 requests: request 19 is missing"},
    {"a gap", COLLECT, " reported 19 of 20 requests: request 7 is missing"},
    {"too many", COLLECT, "this request was reported before"},
    {"a request twice", COLLECT, "this request was reported before"},
    {"a request out of range", COLLECT, "there is no such request"},
    {"a slot out of range", COLLECT, "there is no such slot"},
    {"two at a time in a slot", COLLECT, " had two requests at the same time in slot 0: "},
    {"another clock", COLLECT, "from another clock than CLOCK_MONOTONIC?"},
    {"the real-time clock", COLLECT, "from another clock than CLOCK_MONOTONIC?"},
    {"too early for a schedule", COLLECT, "it began before its intended start"},
    {"times out of order", COLLECT, "its times are not in order"},
    {"a time that is missing", COLLECT, "a time is missing"},
    {"no end", COLLECT, "a time is missing"},
    {"not a number", COLLECT, "a field that has to be an integer is not"},
    {"a huge errno", COLLECT, "its errno or its reused flag is out of range"},
    {"a connection that was not kept", COLLECT, "its errno or its reused flag is out of range"},
    {"an unknown outcome", COLLECT, "its outcome is not one of ok, worker, "},
    {"an outcome that it cannot report", COLLECT, "its outcome is not one of ok, worker, "},
    {"a field too many", COLLECT, "a sample has 12 tab-separated fields"},
    {"not a sample", COLLECT, " wrote 'example': not a sample"},
    {"an unknown escape", COLLECT, "an unknown escape in its response"},
    {"the response to another request", COLLECT, "is it the response to another request?"},
    {"a wrong response", NOWHERE, "wrong"},
    {"half a response", NOWHERE, "garbled"},
    {"more than a response", NOWHERE, "garbled"},
    {"writes many errors", NOWHERE, "ok"},
    {"stays", NOWHERE, "ok"},
    {"nothing", NOWHERE, "ok"},
};

/* ---- running a faulty program ---- */

static struct stage_of_test {
    const struct driver *driver;
    struct load load;
    struct batch batch;
    struct sample samples[MANY];
    nsec_t schedule[REQUESTS]; /* of faults that have to do with one */
    unsigned descriptors, threads, processes;
    int pipe; /* at its end when no process of the program is left */
} t;

static char own_path[PATH_MAX], pipe_path[64];

static void open_stage(const char *fault)
{
    char name[PATH_MAX + 8];
    struct error error;
    static struct partial_response partials[CONCURRENCY];
    setenv(FAULTY_FAULT, fault, 1);
    snprintf(name, sizeof(name), "exec:%s", own_path);
    t.driver = driver_find(name);
    assert_non_null(t.driver);
    t.load = (struct load){.workload = workloads[0],
                           .concurrency = CONCURRENCY,
                           .partials = partials,
                           .seed = 1,
                           .timing = true};
    assert_int_equal(net_address_make("127.0.0.1", 9, &t.load.server, &error), 0);
    memset(t.samples, 0, sizeof(t.samples));
    t.batch =
        (struct batch){.load = &t.load, .requests = REQUESTS, .delay = 0, .samples = t.samples};
    if (strstr(fault, "schedule"))
        t.batch.schedule = t.schedule;
    t.schedule[7] = 3600 * NSEC_PER_SEC;
    t.batch.begun = clock_now();
    t.pipe = open(pipe_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(t.pipe >= 0);
    t.descriptors = self_descriptors();
    t.threads = self_threads();
    t.processes = self_processes();
}

static void check_nothing_left(void)
{
    char byte;
    assert_int_equal(read(t.pipe, &byte, 1), 0);
    assert_int_equal(self_descriptors(), t.descriptors);
    assert_int_equal(self_processes(), t.processes);
    assert_true(self_threads_settle(t.threads));
    close(t.pipe);
    unsetenv(FAULTY_FAULT);
}

/* Returns the stage that failed, with the reason. */
static enum stage go_through(const struct fault *fault, struct error *error)
{
    bool times_out = strstr(fault->message, " for ") || strstr(fault->message, "it was killed");
    enum stage failed = NOWHERE;
    int result = 0;
    t.load.give_up = clock_now() + (times_out && fault->stage == SETUP ? SHORT : LONG);
    void *state = t.driver->setup(t.driver, &t.load, error);
    if (!state)
        return SETUP;
    for (enum stage stage = PREPARE; stage < NOWHERE && result == 0; stage++) {
        int (*const calls[])(void *, struct batch *, struct error *) = {
            NULL, t.driver->prepare, t.driver->run, t.driver->collect};
        t.load.give_up = clock_now() + (times_out && fault->stage == stage ? SHORT : LONG);
        result = calls[stage](state, &t.batch, error);
        failed = result < 0 ? stage : NOWHERE;
    }
    t.driver->teardown(state);
    return failed;
}

static void a_fault_is_found(void **state)
{
    const struct fault *fault = *state;
    struct error error = {.text = ""};
    open_stage(fault->name);
    if (!strcmp(fault->name, "does not read"))
        t.batch.requests = MANY;
    enum stage failed = go_through(fault, &error);
    check_nothing_left();
    if (failed != fault->stage)
        fail_msg("stage %d, not %d: %s", failed, fault->stage, error.text);
    if (failed == NOWHERE) {
        for (size_t i = 0; i < REQUESTS; i++)
            assert_string_equal(outcome_name(t.samples[i].outcome), i == 7 ? fault->message : "ok");
    } else if (strncmp(error.text, t.driver->name, strlen(t.driver->name)) != 0 ||
               !strstr(error.text, fault->message)) {
        fail_msg("%s", error.text);
    }
}

/* ---- what happens to those in between ---- */

static pid_t only_child(pid_t pid)
{
    char path[64];
    int child = 0;
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *children = fopen(path, "re");
    assert_non_null(children);
    assert_int_equal(fscanf(children, "%d", &child), 1);
    fclose(children);
    return child;
}

static void a_supervisor_that_is_killed(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    open_stage("hangs in go");
    void *driver = t.driver->setup(t.driver, &t.load, &error);
    assert_non_null(driver);
    assert_int_equal(t.driver->prepare(driver, &t.batch, &error), 0);
    kill(only_child(getpid()), SIGKILL);
    assert_int_equal(t.driver->run(driver, &t.batch, &error), -1);
    assert_non_null(strstr(error.text, " was killed by signal 9 (Killed) after 'go'"));
    t.driver->teardown(driver);
    const struct timespec moment = {.tv_nsec = 1000000};
    char byte; /* the kernel kills the program; nothing waits for it */
    for (int i = 0; i < 5000 && read(t.pipe, &byte, 1) != 0; i++)
        nanosleep(&moment, NULL);
    check_nothing_left();
}

/* As when the harness, or a user with kill -9, ends the measured process. */
static void a_measured_process_that_is_killed(void **state)
{
    (void)state;
    const struct timespec moment = {.tv_nsec = 1000000};
    int ready[2];
    char byte;
    open_stage("leaves a process, and stays");
    assert_int_equal(pipe(ready), 0);
    pid_t measured = fork();
    if (measured == 0) {
        struct error error;
        void *driver = t.driver->setup(t.driver, &t.load, &error);
        if (driver && write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    assert_int_equal(read(t.pipe, &byte, 1), -1); /* they are there */
    assert_int_equal(errno, EAGAIN);
    kill(measured, SIGKILL);
    assert_int_equal(waitpid(measured, NULL, 0), measured);
    for (int i = 0; i < 5000 && read(t.pipe, &byte, 1) != 0; i++)
        nanosleep(&moment, NULL);
    check_nothing_left();
}

/* ---- finding programs ---- */

static void refuse(const char *name, const char *reason)
{
    struct error error = {.text = ""};
    const struct driver *driver = driver_find(name);
    assert_non_null(driver);
    assert_int_equal(driver_usable(driver, 1, &error), -1);
    if (!strstr(error.text, reason))
        fail_msg("%s", error.text);
}

static void programs_that_cannot_be_drivers(void **state)
{
    (void)state;
    char name[300] = "exec:";
    refuse("exec:", "followed by the path of a program");
    refuse("exec:/no/such/program", "No such file or directory");
    refuse("exec:/tmp", "is not a regular file");
    refuse("exec:Makefile", "is not executable ('chmod +x'?)");
    refuse("exec:/bin/a program", "without blanks");
    refuse("exec:/bin/\"program\"", "without blanks, commas, quotes");
    memset(name + 5, 'x', sizeof(name) - 6);
    assert_null(driver_find(name)); /* longer than the record of a run allows */
    assert_null(driver_find("exe:/bin/true"));
}

static void a_program_is_one_driver(void **state)
{
    (void)state;
    const struct driver *driver = driver_find("exec:/bin/true");
    assert_ptr_equal(driver_find("exec:/bin/true"), driver);
    assert_ptr_not_equal(driver_find("exec:/bin/false"), driver);
    assert_string_equal(driver->name, "exec:/bin/true");
    assert_true(driver->traits & DRIVER_PROGRAM);
    assert_int_equal(driver_usable(driver, 1, NULL), 0);
}

static void interpreters_that_are_missing(void **state)
{
    (void)state;
    setenv("WAITBENCH_PYTHON", "/no/such/python", 1);
    refuse("python-threads", "WAITBENCH_PYTHON=/no/such/python: No such file or directory");
    unsetenv("WAITBENCH_PYTHON");
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    refuse("node", "node is missing: './run.sh deps languages' installs it");
    setenv("PATH", path, 1);
    free(path);
}

/* A program is started once: the second result is the first. */
static void versions_are_read(void **state)
{
    (void)state;
    unsigned descriptors = self_descriptors(), told = 0;
    for (const struct driver *const *d = drivers; *d; d++)
        if ((*d)->traits & DRIVER_PROGRAM && driver_usable(*d, 1, NULL) == 0) {
            told++;
            const char *version = (*d)->version(*d);
            assert_non_null(version);
            assert_in_range(version[0], '0', '9');
            assert_ptr_equal((*d)->version(*d), version);
        }
    assert_int_equal(self_descriptors(), descriptors);
    assert_int_equal(self_processes(), 0);
    if (!told)
        skip();
}

/* What would break a line or its fields. */
static void text_is_escaped(void **state)
{
    (void)state;
    static const char raw[] = "a\tb\\\r\n\0c";
    char text[2 * sizeof(raw)], line[] = "one\t\ttwo three\t", *fields[3];
    size_t size = external_escape(text, raw, sizeof(raw) - 1);
    assert_int_equal(size, strlen("a\\tb\\\\\\r\\n\\0c"));
    assert_memory_equal(text, "a\\tb\\\\\\r\\n\\0c", size);
    assert_int_equal(external_split(line, fields, 3), 4);
    assert_string_equal(fields[0], "one");
    assert_string_equal(fields[1], "");
    assert_string_equal(fields[2], "two three");
}

int main(void)
{
    if (getenv(FAULTY_FAULT))
        return faulty_main(getenv(FAULTY_FAULT));
    signal(SIGPIPE, SIG_IGN); /* as the harness does */
    ssize_t length = readlink("/proc/self/exe", own_path, sizeof(own_path) - 1);
    snprintf(pipe_path, sizeof(pipe_path), "/tmp/waitbench-faulty-%d", (int)getpid());
    if (length < 0 || mkfifo(pipe_path, 0600) < 0)
        abort();
    setenv(FAULTY_PIPE, pipe_path, 1);
    struct CMUnitTest tests[ARRAY_LEN(faults) + 7] = {
        cmocka_unit_test(a_supervisor_that_is_killed),
        cmocka_unit_test(a_measured_process_that_is_killed),
        cmocka_unit_test(programs_that_cannot_be_drivers),
        cmocka_unit_test(a_program_is_one_driver),
        cmocka_unit_test(interpreters_that_are_missing),
        cmocka_unit_test(versions_are_read),
        cmocka_unit_test(text_is_escaped),
    };
    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        tests[7 + i] = (struct CMUnitTest){.name = faults[i].name,
                                           .test_func = a_fault_is_found,
                                           .initial_state = (void *)(uintptr_t)&faults[i]};
    int failed = cmocka_run_group_tests_name("external", tests, NULL, NULL);
    unlink(pipe_path);
    return failed;
}
