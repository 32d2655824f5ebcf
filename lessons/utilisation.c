/* Lesson 22: waiting for one of c workers, against the share of them that is busy. */
#include "bench/judge/flow.h"
#include "bench/judge/lesson.h"

#include <math.h>
#include <stdlib.h>

#include "bench/predict/queue.h"
#include "lib/clock.h"

#define AT(rate) "-S threadpool:4 -d epoll -t 10ms -c 1024 --arrivals poisson --rate " rate " -n "

/* The mean wait of the same arrivals, if each worker takes nothing but the delay. */
static double least_wait(const struct run_view *view)
{
    unsigned workers = view->run->serves_at_once;
    if (!workers || !view->sample_count)
        return NAN;
    nsec_t *due = xcalloc(view->sample_count, sizeof(*due));
    for (size_t i = 0; i < view->sample_count; i++)
        due[i] = view->samples[i].due;
    double wait = queue_mean_wait_of(due, view->sample_count, workers, view->c->delay);
    free(due);
    return wait;
}

/* Of the queue M/D/c in the long run. */
static double theory_wait(const struct run_view *view)
{
    struct queue queue;
    struct error error;
    if (!view->run->serves_at_once || queue_make(&queue, view->run->serves_at_once, view->c->rate,
                                                 clock_seconds(view->c->delay), &error) < 0)
        return NAN;
    double wait = queue_mean_wait(&queue);
    queue_release(&queue);
    return wait;
}

static const struct evidence_rule evidence[] = {
    RATIO("at-80", "at-50", figure_mean_wait, AT_LEAST, 2,
          "mean wait at 80% of the capacity / at 50%"),
    RATIO("at-95", "at-80", figure_mean_wait, AT_LEAST, 1.5, "mean wait at 95% / at 80%"),
    RATIO("at-95", "at-50", figure_mean_wait, AT_LEAST, 5, "mean wait at 95% / at 50%"),
    SHOW("at-50", figure_mean_wait, "s", "mean wait at 50%"),
    SHOW("at-50", least_wait, "s", "perfect workers at 50%"),
    SHOW("at-50", theory_wait, "s", "M/D/4 at 50%"),
    SHOW("at-80", figure_mean_wait, "s", "mean wait at 80%"),
    SHOW("at-80", least_wait, "s", "perfect workers at 80%"),
    SHOW("at-80", theory_wait, "s", "M/D/4 at 80%"),
    SHOW("at-90", figure_mean_wait, "s", "mean wait at 90%"),
    SHOW("at-90", least_wait, "s", "perfect workers at 90%"),
    SHOW("at-90", theory_wait, "s", "M/D/4 at 90%"),
    SHOW("at-95", figure_mean_wait, "s", "mean wait at 95%"),
    SHOW("at-95", least_wait, "s", "perfect workers at 95%"),
    SHOW("at-95", theory_wait, "s", "M/D/4 at 95%"),
    {0},
};

LESSON(utilisation) = {
    .number = 22,
    .name = "utilisation",
    .title = "A queue explodes before 100%",
    .question = "Four workers take 10 ms for a request, so they can do 400 a second. How long do "
                "requests wait at 200, 320, 360 and 380 a second?",
    .claim = "The mean wait at 80% of the capacity is at least twice that at 50%, and at 95% at "
             "least 1.5 times that at 80% and 5 times that at 50%",
    .theory = "under Poisson arrivals the queue M/D/c: the wait grows like 1/(1 - load), without "
              "limit (Crommelin, 1932). A run of a second is short beside the memory of a queue "
              "near 100%, so that it may differ from the long run by a factor",
    .variants = {{"at-50", AT("200") "200"},
                 {"at-80", AT("320") "420"},
                 {"at-90", AT("360") "470"},
                 {"at-95", AT("380") "500"}},
    .samples = true,
    .evidence = evidence,
};
