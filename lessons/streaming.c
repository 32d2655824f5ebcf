/* Lesson 11: useful before all data is ready. */
#include "bench/lesson.h"

#include <math.h>

#include "lib/clock.h"

/* When the first, the middle and the last of the answers could be used, from the run's start. */
static double answered_by(const struct run_view *view, double share)
{
    nsec_t best = -1;
    size_t wanted = (size_t)ceil(share * (double)view->sample_count);
    /* Few values, looked at once: the smallest end that so many do not exceed. */
    for (size_t i = 0; i < view->sample_count; i++) {
        size_t rank = 0;
        for (size_t j = 0; j < view->sample_count; j++)
            rank += view->samples[j].end <= view->samples[i].end;
        if (rank >= wanted && (best < 0 || view->samples[i].end < best))
            best = view->samples[i].end;
    }
    return best < 0 ? NAN : clock_seconds(best);
}

static double first_answer(const struct run_view *view)
{
    return answered_by(view, 1.0 / (double)view->sample_count);
}

static double half_of_them(const struct run_view *view)
{
    return answered_by(view, 0.5);
}

static double first_over_last(const struct run_view *view)
{
    return first_answer(view) / answered_by(view, 1);
}

static void judge(struct evidence *evidence)
{
    evidence_value(evidence, "stream", first_answer, "s", AT_MOST, 0.15,
                   "time to the first answer: one thinking");
    evidence_value(evidence, "stream", first_over_last, "", AT_MOST, 0.2,
                   "the first answer's time over the last's");
    evidence_show(evidence, "stream", half_of_them, "s", "time to half of the answers");
    evidence_show(evidence, "stream", figure_makespan, "s",
                  "time to all: what gathering waits for");
    evidence_value(evidence, "serial", first_answer, "s", AT_MOST, 0.15,
                   "time to the first answer, one after another");
}

LESSON(streaming) = {
    .number = 11,
    .name = "streaming",
    .title = "Useful before all data is ready",
    .question = "Sixteen rounds of requests: when can work on the answers begin?",
    .claim = "Who takes answers as they come begins after one round; who gathers them first waits "
             "for all",
    .theory = "the first answer is there after one thinking, the last after ceil(N/C) of them: "
              "the first may be had N/C times sooner",
    .roles = {{"stream", "-d libev -s fixed -c 64 -n 1024"}, {"serial", "-d sequential"}},
    .samples = true,
    .judge = judge,
};
