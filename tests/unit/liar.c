#include "liar.h"

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

static const char *lie;
static unsigned concurrency;
static size_t requests;
static int64_t bounds[REQUESTS_MAX];
static nsec_t went;

static bool lies(const char *about)
{
    return !strcmp(lie, about);
}

static void hang(void)
{
    fflush(stdout);
    for (;;)
        pause();
}

static void say(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

/* Somebody else who stays, in a session of his own, and holds our standard output open. */
static void leave_somebody(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            hang();
        _exit(0);
    }
}

static void shout(size_t size)
{
    for (size_t i = 0; i < size; i++)
        putc(i % 100 ? 'x' : '\n', stderr);
}

/* What may go wrong in answer to anything: "hangs in go", "crashes in load". */
static void misbehave(const char *word)
{
    static const struct {
        const char *how;
        enum { HANGS, CRASHES, DIES, TALKS, CLOSES, LEAVES, FLOODS } what;
    } ways[] = {{"hangs in %s", HANGS},
                {"crashes in %s", CRASHES},
                {"is killed in %s", DIES},
                {"talks rubbish in %s", TALKS},
                {"closes its output in %s", CLOSES},
                {"leaves somebody in %s", LEAVES},
                {"floods %s", FLOODS}};
    char about[64];
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        snprintf(about, sizeof(about), ways[i].how, word);
        if (!lies(about))
            continue;
        switch (ways[i].what) {
        case HANGS: hang(); break;
        case CRASHES:
            fputs("Traceback (most recent call last):\n  somewhere\nValueError: that was \x01it\n"
                  "    behind it\n\n",
                  stderr);
            exit(3);
        case DIES: raise(SIGKILL); break;
        case TALKS: say("what\tis\x01 this?\n"); break;
        case CLOSES:
            close(STDOUT_FILENO);
            hang();
            break;
        case LEAVES: leave_somebody(); exit(0);
        case FLOODS:
            for (int x = 0; x < 70000; x++)
                putchar('x');
            fflush(stdout);
            hang();
        }
    }
}

/* A request's sample as a line. What it is a lie about, is the seventh's. */
static void tell_sample(size_t i, bool lying)
{
    nsec_t start = went + (nsec_t)(i / concurrency) * 10 + 1;
    nsec_t times[5] = {start, start + 1, start + 2, start + 3, start + 4};
    size_t index = i, slot = i % concurrency;
    const char *outcome = "ok", *more = "", *end = "\\n";
    int64_t value = bounds[i], received = start + 2;
    if (lying && lies("another clock"))
        for (int t = 0; t < 5; t++)
            times[t] += 3600 * NSEC_PER_SEC;
    if (lying && lies("the wall's clock")) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        for (int t = 0; t < 5; t++)
            times[t] = (nsec_t)now.tv_sec * NSEC_PER_SEC;
    }
    times[2] = lying && lies("times out of order") ? times[1] - 1 : times[2];
    times[3] = lying && lies("a time that is missing") ? 0 : times[3];
    times[4] = lying && lies("no end") ? 0 : times[4];
    index = lying && lies("a request twice") ? 3 : index;
    index = lying && lies("a request that is none") ? requests : index;
    slot = lying && lies("a lane that is none") ? concurrency : slot;
    slot = lying && lies("two at a time in a lane") ? (i + 1) % concurrency : slot;
    outcome = lying && lies("an outcome that is none") ? "splendid" : outcome;
    outcome = lying && lies("an outcome that is ours to find") ? "wrong" : outcome;
    more = lying && lies("a field too many") ? "\t" : more;
    end = lying && lies("half an answer") ? "" : end;
    end = lying && lies("a bad escape") ? "\\q" : end;
    end = lying && lies("more than an answer") ? "\\n1\\n" : end;
    value = lying && lies("a wrong answer") ? value + 1 : value;
    received = lying && lies("another request's answer") ? went : received;
    if (lying && lies("a sample that is none")) {
        printf("example\n");
        return;
    }
    printf("sample\t%zu\t%zu", index, slot);
    for (int t = 0; t < 5; t++)
        printf("\t%" PRId64 "%s", times[t], lying && t == 1 && lies("no number") ? "ns" : "");
    printf("\t%s\t%s\t%s\t%" PRId64 " %" PRId64 " 0 0%s%s\n", outcome,
           lying && lies("a huge errno") ? "70000" : "0",
           lying && lies("a connection that was not kept") ? "1" : "0", value, received, end, more);
}

static void tell_samples(void)
{
    size_t n = lies("too few") ? requests - 1 : requests;
    for (size_t i = 0; i < n; i++)
        if (!(i == 7 && lies("a gap")))
            tell_sample(i, i == 7);
    if (lies("too many"))
        tell_sample(requests - 1, false);
    if (lies("samples without an end"))
        hang();
    say("end\n");
}

static void take_batch(const char *fields)
{
    char line[LINE_BYTES];
    requests = strtoul(fields, NULL, 10);
    for (size_t i = 0; i < requests && fgets(line, sizeof(line), stdin); i++) {
        bounds[i] = strtoll(line, NULL, 10);
        if (i == 0 && lies("does not listen"))
            hang();
    }
    say("prepared\n");
}

static void run(void)
{
    const struct timespec pause = {.tv_nsec = 2000000}; /* longer than all that is made up */
    went = clock_now();
    nanosleep(&pause, NULL);
    say("done\n");
}

static void converse(void)
{
    char line[LINE_BYTES];
    while (fgets(line, sizeof(line), stdin)) {
        size_t length = strcspn(line, "\t\n");
        const char *fields = line + length + (line[length] == '\t');
        line[length] = '\0';
        if (lies("shouts errors"))
            shout(300000);
        misbehave(line);
        if (!strcmp(line, "load")) {
            concurrency = (unsigned)strtoul(strstr(fields, "concurrency=") + 12, NULL, 10);
            say(lies("cannot connect") ? "failed\t111\tconnection 0\n" : "ready\n");
        } else if (!strcmp(line, "batch")) {
            take_batch(fields);
        } else if (!strcmp(line, "go")) {
            run();
        } else if (!strcmp(line, "samples")) {
            tell_samples();
        }
    }
}

int liar_main(const char *what)
{
    lie = what;
    open(getenv(LIAR_PIPE), O_WRONLY); /* until the end */
    misbehave("the start");
    if (lies("leaves somebody, and stays"))
        leave_somebody();
    say(lies("another protocol") ? "waitbench\t2\tLiar\t0.1\n" : "waitbench\t1\tLiar\t0.1\n");
    converse();
    if (lies("stays") || lies("leaves somebody, and stays"))
        hang();
    return 0;
}
