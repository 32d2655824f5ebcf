#include "faulty.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

enum { REQUESTS_MAX = 20000, LINE_BYTES = 512 };

static const char *fault;
static unsigned concurrency;
static size_t requests;
static int64_t bounds[REQUESTS_MAX];
static nsec_t started;

static bool has_fault(const char *name)
{
    return !strcmp(fault, name);
}

static void hang(void)
{
    fflush(stdout);
    for (;;)
        pause();
}

static void print(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

/* Leave a process behind, in its own session, with our standard output open. */
static void leave_process(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            hang();
        _exit(0);
    }
}

static void write_errors(size_t size)
{
    for (size_t i = 0; i < size; i++)
        putc(i % 100 ? 'x' : '\n', stderr);
}

/* Faults of any command: "hangs in go", "crashes in load". */
static void misbehave(const char *word)
{
    static const struct {
        const char *how;
        enum { HANGS, CRASHES, DIES, GARBAGE, CLOSES, LEAVES, FLOODS } what;
    } ways[] = {{"hangs in %s", HANGS},
                {"crashes in %s", CRASHES},
                {"is killed in %s", DIES},
                {"writes garbage in %s", GARBAGE},
                {"closes its output in %s", CLOSES},
                {"leaves a process in %s", LEAVES},
                {"floods %s", FLOODS}};
    char name[64];
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        snprintf(name, sizeof(name), ways[i].how, word);
        if (!has_fault(name))
            continue;
        switch (ways[i].what) {
        case HANGS: hang(); break;
        case CRASHES:
            fputs("Traceback (most recent call last):\n  somewhere\nValueError: that was \x01it\n"
                  "    behind it\n\n",
                  stderr);
            exit(3);
        case DIES: raise(SIGKILL); break;
        case GARBAGE: print("what\tis\x01 this?\n"); break;
        case CLOSES:
            close(STDOUT_FILENO);
            hang();
            break;
        case LEAVES: leave_process(); exit(0);
        case FLOODS:
            for (int x = 0; x < 400000; x++)
                putchar('x');
            fflush(stdout);
            hang();
        }
    }
}

/* Write a request's sample. The fault is in sample 7 only. */
static void write_sample(size_t i, bool faulty)
{
    nsec_t start = started + (nsec_t)(i / concurrency) * 10 + 1;
    nsec_t times[5] = {start, start + 1, start + 2, start + 3, start + 4};
    size_t index = i, slot = i % concurrency;
    const char *outcome = "ok", *more = "", *end = "\\n";
    int64_t value = bounds[i], received = start + 2;
    if (faulty && has_fault("another clock"))
        for (int t = 0; t < 5; t++)
            times[t] += 3600 * NSEC_PER_SEC;
    if (faulty && has_fault("the real-time clock")) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        for (int t = 0; t < 5; t++)
            times[t] = (nsec_t)now.tv_sec * NSEC_PER_SEC;
    }
    times[2] = faulty && has_fault("times out of order") ? times[1] - 1 : times[2];
    times[3] = faulty && has_fault("a time that is missing") ? 0 : times[3];
    times[4] = faulty && has_fault("no end") ? 0 : times[4];
    index = faulty && has_fault("a request twice") ? 3 : index;
    index = faulty && has_fault("a request out of range") ? requests : index;
    slot = faulty && has_fault("a slot out of range") ? concurrency : slot;
    slot = faulty && has_fault("two at a time in a slot") ? (i + 1) % concurrency : slot;
    outcome = faulty && has_fault("an unknown outcome") ? "splendid" : outcome;
    outcome = faulty && has_fault("an outcome that it cannot report") ? "wrong" : outcome;
    more = faulty && has_fault("a field too many") ? "\t" : more;
    end = faulty && has_fault("half a response") ? "" : end;
    end = faulty && has_fault("an unknown escape") ? "\\q" : end;
    end = faulty && has_fault("more than a response") ? "\\n1\\n" : end;
    value = faulty && has_fault("a wrong response") ? value + 1 : value;
    received = faulty && has_fault("the response to another request") ? started : received;
    if (faulty && has_fault("not a sample")) {
        printf("example\n");
        return;
    }
    printf("sample\t%zu\t%zu", index, slot);
    for (int t = 0; t < 5; t++)
        printf("\t%" PRId64 "%s", times[t],
               faulty && t == 1 && has_fault("not a number") ? "ns" : "");
    printf("\t%s\t%s\t%s\t%" PRId64 " %" PRId64 " 0 0%s%s\n", outcome,
           faulty && has_fault("a huge errno") ? "70000" : "0",
           faulty && has_fault("a connection that was not kept") ? "1" : "0", value, received, end,
           more);
}

static void write_samples(void)
{
    size_t n = has_fault("too few") ? requests - 1 : requests;
    for (size_t i = 0; i < n; i++)
        if (!(i == 7 && has_fault("a gap")))
            write_sample(i, i == 7);
    if (has_fault("too many"))
        write_sample(requests - 1, false);
    if (has_fault("samples without an end"))
        hang();
    print("end\n");
}

static void take_batch(const char *fields)
{
    char line[LINE_BYTES];
    requests = strtoul(fields, NULL, 10);
    for (size_t i = 0; i < requests && fgets(line, sizeof(line), stdin); i++) {
        bounds[i] = strtoll(line, NULL, 10);
        if (i == 0 && has_fault("does not read"))
            hang();
    }
    print("prepared\n");
}

static void run(void)
{
    const struct timespec pause = {.tv_nsec = 2000000}; /* longer than the invented times */
    started = clock_now();
    nanosleep(&pause, NULL);
    print("done\n");
}

static void serve(void)
{
    char line[LINE_BYTES];
    while (fgets(line, sizeof(line), stdin)) {
        size_t length = strcspn(line, "\t\n");
        const char *fields = line + length + (line[length] == '\t');
        line[length] = '\0';
        if (has_fault("writes many errors"))
            write_errors(300000);
        misbehave(line);
        if (!strcmp(line, "load")) {
            concurrency = (unsigned)strtoul(strstr(fields, "concurrency=") + 12, NULL, 10);
            print(has_fault("cannot connect") ? "failed\t111\tconnection 0\n" : "ready\n");
        } else if (!strcmp(line, "batch")) {
            take_batch(fields);
        } else if (!strcmp(line, "go")) {
            run();
        } else if (!strcmp(line, "samples")) {
            write_samples();
        }
    }
}

int faulty_main(const char *name)
{
    fault = name;
    open(getenv(FAULTY_PIPE), O_WRONLY); /* until the end */
    misbehave("the start");
    if (has_fault("leaves a process, and stays"))
        leave_process();
    int protocol = has_fault("another protocol") ? 3 : has_fault("a schedule in version 1") ? 1 : 2;
    printf("waitbench\t%d\tFaulty\t0.1\n", protocol);
    fflush(stdout);
    serve();
    if (has_fault("stays") || has_fault("leaves a process, and stays"))
        hang();
    return 0;
}
