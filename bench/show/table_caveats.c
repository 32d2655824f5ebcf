/* Why cases are to be used with caution or not at all. Many cases of a campaign tend to have the
 * same caveat, which is said once. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "theory.h"

/* On a terminal. */
enum { CAVEATS_SHOWN = 4, NAMES_SHOWN = 3 };

/* Fewer cases than these are named, even if they are all there are. */
enum { ALL_LEAST = 3 };

static const char overloaded[] = "overloaded", two_modes[] = "two modes";

enum {
    CAVEAT_BYTES = sizeof(((struct case_summary *)NULL)->caveats) + RUN_REASON_BYTES + 96,
    JOINED_BYTES = 2 * CAVEAT_BYTES + 8,
};

/* What is said of one case, or of several. */
struct caveat {
    const char *label; /* NOISY, INVALID, or another of those here */
    char text[JOINED_BYTES];
    const struct case_summary **cases;
    size_t count;
};

struct caveats {
    const struct judgement *judgement;
    struct caveat *items;
    size_t count;
};

static struct caveats caveats_of(const struct judgement *judgement)
{
    return (struct caveats){.judgement = judgement};
}

static void caveats_release(struct caveats *caveats)
{
    for (size_t i = 0; i < caveats->count; i++)
        free(caveats->items[i].cases);
    free(caveats->items);
}

static struct caveat *find(const struct caveats *caveats, const char *label, const char *text)
{
    for (size_t i = 0; i < caveats->count; i++)
        if (caveats->items[i].label == label && !strcmp(caveats->items[i].text, text))
            return &caveats->items[i];
    return NULL;
}

static void add(struct caveats *caveats, const char *label, const char *text,
                const struct case_summary *s)
{
    struct caveat *caveat = find(caveats, label, text);
    if (!caveat) {
        caveats->items = xrealloc(caveats->items, caveats->count + 1, sizeof(*caveats->items));
        caveat = &caveats->items[caveats->count++];
        *caveat = (struct caveat){.label = label};
        snprintf(caveat->text, sizeof(caveat->text), "%s", text);
    }
    caveat->cases = xrealloc(caveat->cases, caveat->count + 1, sizeof(const struct case_summary *));
    caveat->cases[caveat->count++] = s;
}

/* ---- what is said ---- */

/* Of the case's runs together, or "". */
static const char *of_all_runs(const struct case_summary *s, char text[CAVEAT_BYTES])
{
    snprintf(text, CAVEAT_BYTES, "%s", s->caveats);
    return text;
}

/* Of the worst of its runs, or "". */
static const char *of_some_runs(const struct case_summary *s, char text[CAVEAT_BYTES])
{
    size_t worst = s->invalid_count ? s->invalid_count : s->noisy_count;
    text[0] = '\0';
    if (worst || s->reasons[0])
        snprintf(text, CAVEAT_BYTES, "%zu of %zu runs%s%s", worst, s->run_count,
                 s->reasons[0] ? ", such as: " : "", s->reasons);
    return text;
}

typedef const char *words_of(const struct case_summary *, char text[CAVEAT_BYTES]);

/* Does another case of the same quality have the same words? */
static bool is_shared(const struct judgement *judgement, const struct case_summary *s,
                      words_of *words)
{
    char own[CAVEAT_BYTES], other[CAVEAT_BYTES];
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *like = &judgement->cases[i];
        if (like != s && like->quality == s->quality && !strcmp(words(s, own), words(like, other)))
            return true;
    }
    return false;
}

/* Its words, or "" where they are said of several cases. */
static void take_own(struct caveats *caveats, const struct case_summary *s, words_of *words,
                     char text[CAVEAT_BYTES])
{
    if (!*words(s, text) || !is_shared(caveats->judgement, s, words))
        return;
    add(caveats, quality_names[s->quality], text, s);
    text[0] = '\0';
}

/* What only this case has is one caveat. */
static void add_case(struct caveats *caveats, const struct case_summary *s)
{
    char all[CAVEAT_BYTES], some[CAVEAT_BYTES], both[JOINED_BYTES];
    take_own(caveats, s, of_all_runs, all);
    take_own(caveats, s, of_some_runs, some);
    snprintf(both, sizeof(both), "%s%s%s", all, *all && *some ? "; also " : "", some);
    if (*both)
        add(caveats, quality_names[s->quality], both, s);
}

static void add_quality(struct caveats *caveats, enum quality quality)
{
    for (size_t i = 0; i < caveats->judgement->case_count; i++)
        if (caveats->judgement->cases[i].quality == quality && quality != QUALITY_OK)
            add_case(caveats, &caveats->judgement->cases[i]);
}

/* What the rate is beyond, as far as that is known. */
static const char *why_overloaded(const struct case_summary *s, char text[CAVEAT_BYTES])
{
    char delay[UNITS_TEXT_BYTES], rate[UNITS_TEXT_BYTES];
    unsigned at_once = theory_at_once(s);
    double most = at_once ? at_once / clock_seconds(s->c.delay) : 0;
    units_format_time_exact(s->c.delay, delay);
    snprintf(rate, sizeof(rate), most < 100 ? "%.3g" : "%.0f", most);
    if (!at_once || s->c.rate <= most)
        snprintf(text, CAVEAT_BYTES, "requests were due faster than they completed");
    else if (at_once < s->c.concurrency)
        snprintf(text, CAVEAT_BYTES, "%u worker%s at %s each serve%s %s requests/s at most",
                 at_once, at_once == 1 ? "" : "s", delay, at_once == 1 ? "s" : "", rate);
    else
        snprintf(text, CAVEAT_BYTES, "C = %u at %s each: %s requests/s at most", at_once, delay,
                 rate);
    return text;
}

static void add_overloaded(struct caveats *caveats)
{
    char text[CAVEAT_BYTES];
    for (size_t i = 0; i < caveats->judgement->case_count; i++) {
        const struct case_summary *s = &caveats->judgement->cases[i];
        if (s->overloaded)
            add(caveats, overloaded, why_overloaded(s, text), s);
    }
}

static void add_two_modes(struct caveats *caveats)
{
    for (size_t i = 0; i < caveats->judgement->case_count; i++)
        if (caveats->judgement->cases[i].makespan_modes.two)
            add(caveats, two_modes, "the makespans of some runs are far from those of the others",
                &caveats->judgement->cases[i]);
}

/* ---- printed ---- */

/* "poisson 600/s epoll → threadpool:2(64), server delay 10 ms" */
static void say_case(const struct case_summary *s, FILE *out)
{
    char driver[TABLE_DRIVER_BYTES], setting[CASE_LABEL_BYTES];
    fprintf(out, "%s ", arrivals_words[s->c.arrivals].name);
    if (case_is_open(&s->c))
        fprintf(out, "%u/s ", s->c.rate);
    fprintf(out, "%s(%u)", table_driver(&s->c, driver), s->c.concurrency);
    if (!case_is_work(&s->c) && *table_setting(&s->c, setting))
        fprintf(out, ", %s", setting);
}

/* "closed libev(1024), backlog 100 (132 ms in 2 runs, 1.15 s in 4)" */
static void say_modes(const struct case_summary *s, FILE *out)
{
    const struct stats_modes *modes = &s->makespan_modes;
    char fast[UNITS_TEXT_BYTES], slow[UNITS_TEXT_BYTES];
    say_case(s, out);
    fprintf(out, " (%s in %zu runs, %s in %zu)", seconds_text(modes->fast.median, fast),
            modes->fast.n, seconds_text(modes->slow.median, slow), modes->slow.n);
}

static void print(const struct caveats *caveats, size_t lines, size_t names, FILE *out)
{
    for (size_t i = 0; i < caveats->count && i < lines; i++) {
        const struct caveat *caveat = &caveats->items[i];
        fprintf(out, "%s: ", caveat->label);
        if (caveat->label != two_modes && caveat->count >= ALL_LEAST &&
            caveat->count == caveats->judgement->case_count)
            fprintf(out, "all %zu cases", caveat->count);
        else
            table_say_each(caveat->cases, caveat->count, names,
                           caveat->label == two_modes ? say_modes : say_case, out);
        fprintf(out, ": %s\n", caveat->text);
    }
    if (caveats->count > lines)
        fprintf(out, "%zu more such line%s: --all prints all\n", caveats->count - lines,
                caveats->count - lines == 1 ? "" : "s");
}

static void print_all(struct caveats *caveats, FILE *out)
{
    print(caveats, caveats->count, caveats->judgement->case_count, out);
    caveats_release(caveats);
}

void table_print_caveats_of(const struct judgement *judgement, enum quality quality, FILE *out)
{
    struct caveats caveats = caveats_of(judgement);
    add_quality(&caveats, quality);
    print_all(&caveats, out);
}

void table_print_overloads(const struct judgement *judgement, FILE *out)
{
    struct caveats caveats = caveats_of(judgement);
    add_overloaded(&caveats);
    print_all(&caveats, out);
}

void table_print_two_modes(const struct judgement *judgement, FILE *out)
{
    struct caveats caveats = caveats_of(judgement);
    add_two_modes(&caveats);
    print_all(&caveats, out);
}

void table_print_caveats(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct caveats caveats = caveats_of(judgement);
    add_quality(&caveats, QUALITY_INVALID);
    add_overloaded(&caveats);
    add_two_modes(&caveats);
    add_quality(&caveats, QUALITY_NOISY);
    if (style != GRID_SCREEN) {
        print_all(&caveats, out);
        return;
    }
    print(&caveats, CAVEATS_SHOWN, NAMES_SHOWN, out);
    caveats_release(&caveats);
}
