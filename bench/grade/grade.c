#include "grade.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_driver.h"
#include "conformance.h"
#include "driver_host.h"
#include "expect.h"
#include "lib/program_path.h"
#include "lib/rng.h"
#include "lib/terminal.h"
#include "peer.h"
#include "trial.h"
#include "variants.h"
#include "workloads/workloads.h"

const char *const grade_group_names[] = {"conformance", "variants", "claim"};
const char *const grade_outcome_names[] = {"passed", "failed", "undecided"};

/* Of a check; of a batch in it, after which the driver is given up. */
static const nsec_t CHECK_TIMEOUT = 40 * NSEC_PER_SEC, BATCH_TIMEOUT = 8 * NSEC_PER_SEC;

/* A check that took so long waited for a program that does not respond; after so many of them the
 * others are not begun. */
static const nsec_t SLOW = 7 * NSEC_PER_SEC;
enum { SLOW_MAX = 3 };

/* The traits that a driver may claim: each makes a check harder or does not matter, but for
 * DRIVER_SERIAL, whose reference is serial too. */
enum { TRAITS_TAKEN = DRIVER_SERIAL | DRIVER_OFFLINE | DRIVER_PROCESSES | DRIVER_DIRECT };

static const struct {
    enum grade_group group;
    const struct conformance_test *tests;
} tables[] = {
    {GRADE_CONFORMANCE, conformance_tests},
    {GRADE_CONFORMANCE, conformance_scheduled},
    {GRADE_VARIANTS, variant_tests},
};

static const char claim_name[] = "the claim";

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

/* ---- rows and points ---- */

static struct grade_row *add_row(struct grade *grade, enum grade_group group, const char *name,
                                 unsigned points)
{
    struct grade_row *row = &grade->rows[grade->row_count++];
    *row = (struct grade_row){.group = group, .name = name, .points = points};
    return row;
}

int grade_list(struct grade *grade, struct error *error)
{
    for (size_t t = 0; t < TABLES; t++)
        for (const struct conformance_test *test = tables[t].tests; test->name; test++)
            if (test->points && (!grade->only || !strcmp(grade->only, test->name)))
                add_row(grade, tables[t].group, test->name, test->points);
    bool has_claim = grade->only ? !strcmp(grade->only, claim_name) : !grade->without_claim;
    if (has_claim)
        add_row(grade, GRADE_CLAIM, claim_name, GRADE_CLAIM_POINTS);
    if (!grade->row_count)
        return error_set(error, "--check: there is no check '%s'; --list names them", grade->only);
    return 0;
}

static const struct conformance_test *find_test(enum grade_group group, const char *name)
{
    for (size_t t = 0; t < TABLES; t++)
        for (const struct conformance_test *test = tables[t].tests; test->name; test++)
            if (tables[t].group == group && !strcmp(test->name, name))
                return test;
    return NULL;
}

const char *grade_advice(enum grade_group group, const char *name)
{
    const struct conformance_test *test = find_test(group, name);
    return test ? test->advice : "its model, and what it does for each request beside waiting";
}

unsigned grade_score(const struct grade *grade, enum grade_group group)
{
    unsigned sum = 0;
    for (size_t i = 0; i < grade->row_count; i++)
        if (grade->rows[i].outcome != GRADE_FAILED &&
            (group == GRADE_GROUPS || grade->rows[i].group == group))
            sum += grade->rows[i].points;
    return sum;
}

unsigned grade_most(const struct grade *grade, enum grade_group group)
{
    unsigned sum = 0;
    for (size_t i = 0; i < grade->row_count; i++)
        if (group == GRADE_GROUPS || grade->rows[i].group == group)
            sum += grade->rows[i].points;
    return sum;
}

bool grade_has(const struct grade *grade, enum grade_outcome outcome)
{
    for (size_t i = 0; i < grade->row_count; i++)
        if (grade->rows[i].outcome == outcome)
            return true;
    return false;
}

static void fail(struct grade_row *row, const char *what)
{
    row->outcome = GRADE_FAILED;
    snprintf(row->reason, sizeof(row->reason), "%.2200s", what);
}

static void replace(char *text, const char *what, const char *with)
{
    size_t size = strlen(what), put = strlen(with);
    for (char *at = text; size >= put && size && (at = strstr(at, what)); at += put) {
        memmove(at + put, at + size, strlen(at + size) + 1);
        memcpy(at, with, put);
    }
}

/* ---- the driver ---- */

/* What every trial needs to know of it; written by trials, so shared. */
static struct subject {
    char name[PATH_MAX]; /* "exec:PATH" */
    unsigned model, traits;
    char way[96]; /* in which the check was when it ended */
    struct claim_result claim;
} * subject;

static const struct driver *subject_driver(void)
{
    static struct driver driver;
    driver = *driver_find(subject->name);
    driver.traits |= subject->traits;
    driver.model = subject->model;
    return &driver;
}

/* What a driver in C states, as the program that it was built into prints it. No request is sent.
 */
static void read_facts(const void *unused)
{
    const struct way way = {
        .driver = driver_find(subject->name), .workload = workload_find("randint"), .pipeline = 1};
    char text[256];
    unsigned model, traits, most;
    (void)unused;
    stage_init();
    stage_open(&way, 1);
    peer_bind_only(&stage.load.server);
    stage_setup();
    way.driver->active(stage.driver_state, text, sizeof(text));
    stage_end();
    const char *facts = strrchr(text, ' ');
    if (!facts || sscanf(facts + 1, DRIVER_HOST_FACTS, &model, &traits, &most) != 3)
        return;
    subject->model = model < MODEL_COUNT ? model : MODEL_NONE;
    subject->traits = traits & TRAITS_TAKEN;
}

static bool is_source(const char *file)
{
    size_t size = strlen(file);
    return size > 2 && !strcmp(file + size - 2, ".c");
}

/* A program is run where it is, in a folder that it sees. */
static int locate_program(struct confinement *confinement, unsigned active, const char *file,
                          struct error *error)
{
    char path[PATH_MAX], name[PATH_MAX + 16];
    struct program_command command;
    snprintf(name, sizeof(name), PROGRAM_EXEC_PREFIX "%s", file);
    if (program_command_find(NULL, name, &command, error) < 0)
        return -1;
    char *slash = realpath(file, path) ? strrchr(path, '/') : NULL;
    if (!slash || strlen(path) >= CONFINE_PATH_BYTES / 2)
        return error_set(error, "%s: its path is too long", file);
    *slash = '\0';
    strcpy(confinement->source, path[0] ? path : "/");
    snprintf(confinement->program, sizeof(confinement->program), "%.500s/%.500s",
             confine_source(confinement, active), slash + 1);
    return 0;
}

/* Returns DONE where it can be run; also where it was refused, with `message` set. */
static enum grade_result prepare(struct grade *grade, struct confinement *confinement,
                                 char *message, struct error *error)
{
    if (is_source(grade->file)) {
        switch (build_driver(confinement, grade->active, grade->file, message, error)) {
        case BUILD_DONE: break;
        case BUILD_REFUSED:
            replace(message, confine_folder(confinement, grade->active), "");
            replace(message, "/build/driver.c", "driver.c");
            replace(message, "/source/", "");
            return GRADE_DONE;
        case BUILD_IMPOSSIBLE: return GRADE_IMPOSSIBLE;
        case BUILD_INTERRUPTED: return GRADE_INTERRUPTED;
        }
    } else if (locate_program(confinement, grade->active, grade->file, error) < 0) {
        return GRADE_IMPOSSIBLE;
    }
    if (confine_make_launcher(confinement, subject->name, sizeof(subject->name), error) < 0)
        return GRADE_IMPOSSIBLE;
    if (!is_source(grade->file))
        return GRADE_DONE;
    enum trial_result result = trial_run(read_facts, NULL, CHECK_TIMEOUT, error);
    if (subject->traits & DRIVER_OFFLINE)
        snprintf(message, BUILD_MESSAGE_BYTES,
                 "it states that it sends nothing (DRIVER_OFFLINE): there is nothing to wait for");
    return result == TRIAL_INTERRUPTED ? GRADE_INTERRUPTED : GRADE_DONE;
}

/* ---- checks ---- */

struct check {
    const struct conformance_test *test;
    enum grade_group group;
    uint64_t seed;
};

static void check_in_way(const struct check *check, const char *workload, bool keep_alive)
{
    const struct way way = {.driver = subject_driver(),
                            .workload = workload_find(workload),
                            .keep_alive = keep_alive,
                            .pipeline = 1,
                            .seed = check->seed,
                            .timeout = BATCH_TIMEOUT};
    snprintf(subject->way, sizeof(subject->way),
             "%s, %s: ", strcmp(workload, "http") ? "line protocol" : "HTTP",
             keep_alive ? "kept connections" : "a connection for each request");
    check->test->run(&way);
}

/* A conformance test in two ways that differ in all; a variant draws its own. */
static void perform(const void *argument)
{
    const struct check *check = argument;
    stage_init();
    variants_seed(check->seed);
    if (check->group == GRADE_VARIANTS) {
        check->test->run(&(const struct way){.driver = subject_driver(),
                                             .pipeline = 1,
                                             .seed = check->seed,
                                             .timeout = BATCH_TIMEOUT});
        return;
    }
    check_in_way(check, "randint", false);
    check_in_way(check, "http", true);
}

/* Messages name the program by its place in the scratch folder, which says nothing to anybody. */
static void name_it(char *text)
{
    replace(text, subject->name, "the driver");
}

static enum trial_result run_check(struct grade *grade, struct grade_row *row, size_t number,
                                   struct error *error)
{
    const struct check check = {find_test(row->group, row->name), row->group,
                                rng_mix(grade->seed, number) >> 1};
    subject->way[0] = '\0';
    enum trial_result result = trial_run(perform, &check, CHECK_TIMEOUT, error);
    if (result == TRIAL_FAILED || result == TRIAL_TIMEOUT) {
        name_it(error->text);
        row->outcome = GRADE_FAILED;
        snprintf(row->reason, sizeof(row->reason), "%s%s. Look at: %s", subject->way, error->text,
                 check.test->advice);
    }
    return result;
}

static enum grade_result run_checks(struct grade *grade, struct error *error)
{
    unsigned slow = 0;
    for (size_t i = 0; i < grade->row_count; i++) {
        struct grade_row *row = &grade->rows[i];
        if (row->group == GRADE_CLAIM)
            continue;
        if (slow >= SLOW_MAX) {
            fail(row, "left out, because three checks waited for the driver in vain");
            continue;
        }
        terminal_status(row->name);
        nsec_t began = clock_now();
        enum trial_result result = run_check(grade, row, i, error);
        slow += row->outcome == GRADE_FAILED && clock_now() - began > SLOW;
        if (result == TRIAL_INTERRUPTED)
            return GRADE_INTERRUPTED;
        if (result == TRIAL_BROKEN)
            return GRADE_IMPOSSIBLE;
    }
    return GRADE_DONE;
}

/* ---- the claim ---- */

static void perform_claim(const void *argument)
{
    struct claim claim = *(const struct claim *)argument;
    claim.driver = subject_driver();
    claim_test(&claim, &subject->claim);
}

static int make_claim(const struct grade *grade, struct claim *claim, struct error *error)
{
    bool serial = subject->traits & DRIVER_SERIAL;
    *claim = (struct claim){.share = grade->share,
                            .concurrency = serial ? 1 : grade->concurrency,
                            .delay = grade->delay,
                            .time = grade->time,
                            .seed = grade->seed};
    claim->reference = grade->reference ? driver_find(grade->reference)
                                        : claim_reference(subject->model, subject->traits);
    if (!claim->reference)
        return error_set(error, "--reference: there is no driver '%s'", grade->reference);
    return driver_usable(claim->reference, claim->concurrency, error);
}

static void take_claim(const struct claim *claim, struct grade_row *row)
{
    const struct claim_result *result = &subject->claim;
    static const char *const words[] = {"reached", "not reached", "undecided", "not valid"};
    static const enum grade_outcome outcomes[] = {GRADE_PASSED, GRADE_FAILED, GRADE_UNDECIDED,
                                                  GRADE_FAILED};
    size_t used = (size_t)snprintf(row->reason, sizeof(row->reason),
                                   "%s: at %u in flight at least %.0f%% of the efficiency of %s",
                                   words[result->outcome], claim->concurrency, claim->share * 100,
                                   claim->reference->name);
    if (result->pairs && result->outcome != CLAIM_INVALID)
        used += (size_t)snprintf(row->reason + used, sizeof(row->reason) - used,
                                 "; measured %.1f%% [%.1f%%, %.1f%%] in %zu pairs of runs%s",
                                 result->median * 100, result->interval.low * 100,
                                 result->interval.high * 100, result->pairs,
                                 stats_is_interval(result->interval) ? "" : " (a range)");
    if (result->reason[0])
        snprintf(row->reason + used, sizeof(row->reason) - used, "; %s", result->reason);
    name_it(row->reason);
    row->outcome = outcomes[result->outcome];
}

static enum grade_result run_claim(struct grade *grade, struct error *error)
{
    struct grade_row *row = &grade->rows[grade->row_count - 1];
    struct claim claim;
    if (make_claim(grade, &claim, error) < 0)
        return GRADE_IMPOSSIBLE;
    terminal_status(row->name);
    subject->claim = (struct claim_result){.outcome = CLAIM_UNDECIDED};
    enum trial_result result =
        trial_run(perform_claim, &claim, grade->time + 2 * CHECK_TIMEOUT, error);
    if (result == TRIAL_INTERRUPTED)
        return GRADE_INTERRUPTED;
    if (result == TRIAL_BROKEN)
        return GRADE_IMPOSSIBLE;
    if (result == TRIAL_TIMEOUT)
        subject->claim = (struct claim_result){.outcome = CLAIM_INVALID,
                                               .reason = "its runs do not come to their end"};
    take_claim(&claim, row);
    return GRADE_DONE;
}

/* A driver that loses requests has no efficiency. */
static bool is_measurable(const struct grade *grade)
{
    return grade->rows[0].group == GRADE_CLAIM ||  /* alone: its runs will tell */
           grade->rows[0].outcome == GRADE_PASSED; /* every request completes */
}

static enum grade_result run_all(struct grade *grade, struct error *error)
{
    enum grade_result result = run_checks(grade, error);
    if (result != GRADE_DONE || !grade_most(grade, GRADE_CLAIM))
        return result;
    if (is_measurable(grade))
        return run_claim(grade, error);
    fail(&grade->rows[grade->row_count - 1], "not measured, because not every request completes");
    return GRADE_DONE;
}

enum grade_result grade_run(struct grade *grade, struct error *error)
{
    struct confinement confinement;
    char message[BUILD_MESSAGE_BYTES] = "";
    nsec_t began = clock_now();
    if (confine_make(&confinement, error) < 0)
        return GRADE_IMPOSSIBLE;
    subject = trial_share(sizeof(*subject));
    grade->active = confine_probe(&confinement);
    enum grade_result result = prepare(grade, &confinement, message, error);
    if (result == GRADE_DONE && message[0])
        for (size_t i = 0; i < grade->row_count; i++)
            fail(&grade->rows[i], i ? "left out" : message);
    else if (result == GRADE_DONE)
        result = run_all(grade, error);
    terminal_status("");
    confine_remove(&confinement);
    grade->took = clock_now() - began;
    return result;
}
