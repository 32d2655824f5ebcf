/* An external driver: the input is everything that the program writes, from its greeting to its
 * samples. Samples that are accepted describe a run that is possible. */
#include "fuzz.h"

#include <netinet/in.h>

#include "drivers/external.h"
#include "drivers/external_samples.h"
#include "workloads/workloads.h"

enum { REQUESTS = 4, CONCURRENCY = 2 };

static const uint8_t *said;
static size_t said_size;

/* Instead of a process: all of its output is there, and it has exited. */
FUZZ_WRAP(program_start);
int __wrap_program_start(struct program *program, const char *name, const char *path,
                         char *const argv[], struct error *error)
{
    (void)path, (void)argv, (void)error;
    *program = (struct program){.name = name, .in = -1, .out = -1, .err = -1, .ended = true};
    program->filled = said_size;
    memcpy(program->input, said, said_size);
    return 0;
}

FUZZ_WRAP(program_send);
int __wrap_program_send(struct program *program, const char *text, size_t size, const char *command,
                        nsec_t deadline, struct error *error)
{
    (void)deadline, (void)error;
    assert(size > 0 && text[size - 1] == '\n' && strlen(text) >= size);
    program->last_command = command;
    return 0;
}

/* A fixed clock, so that inputs can contain times of the run: 1000 until the run, 2000 after it.
 * The fuzzer itself uses the real clock. */
static nsec_t now;
FUZZ_WRAP(clock_gettime);
int __wrap_clock_gettime(clockid_t id, struct timespec *out)
{
    if (!now || id != CLOCK_MONOTONIC)
        return __real_clock_gettime(id, out);
    *out = clock_timespec(now);
    return 0;
}

static void check_samples(const struct sample *samples, const struct batch *batch)
{
    bool missing = false;
    for (size_t i = 0; i < REQUESTS; i++) {
        const struct sample *s = &samples[i];
        missing |= !s->start;
        if (missing) {
            assert(!s->start && batch->deadline);
            continue;
        }
        assert(s->start >= 1000 && s->start <= s->end && s->end <= 2000);
        assert(s->slot < CONCURRENCY && *outcome_name(s->outcome));
        assert(s->outcome != OUTCOME_OK || (s->start <= s->connected && s->connected <= s->sent &&
                                            s->sent <= s->first_byte && s->first_byte <= s->end));
        for (size_t j = 0; j < i; j++)
            assert(s->slot != samples[j].slot || s->end <= samples[j].start ||
                   samples[j].end <= s->start);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct driver *driver = external_find("exec:/bin/sh");
    struct sample samples[REQUESTS] = {0};
    struct error error = {0};
    bool http = size % 2;
    static struct partial_response partials[CONCURRENCY];
    const struct load load = {
        .workload = workload_find(http ? "http" : "randint"),
        .server = {.storage = {.ss_family = AF_INET}, .length = sizeof(struct sockaddr_in)},
        .concurrency = CONCURRENCY,
        .partials = partials,
        .keep_alive = true,
        .seed = 1,
        .timing = true};
    struct batch batch = {.load = &load,
                          .requests = REQUESTS,
                          .deadline = size % 4 < 2 ? 1500 : 0,
                          .samples = samples};
    said = data;
    said_size = size < PROGRAM_LINE_MAX ? size : PROGRAM_LINE_MAX;
    now = 1000;
    struct external *external = driver->setup(driver, &load, &error);
    int result = external ? driver->prepare(external, &batch, &error) : -1;
    if (result == 0)
        result = driver->run(external, &batch, &error);
    if (result == 0) {
        external->done_received = now = 2000;
        result = driver->collect(external, &batch, &error);
    }
    if (result == 0)
        check_samples(samples, &batch);
    else
        assert(*error.text && strlen(error.text) < sizeof(error.text));
    if (external)
        driver->teardown(external);
    now = 0;
    return 0;
}
