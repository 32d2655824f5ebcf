/* Coroutines: what arrives, what a switch keeps, and that a stack has an end for whoever looks up
 * it. Each test runs with every backend available here. Coroutines only record; what they recorded
 * is looked at on the thread. */
#include "lib/coroutine_switch.h"

#include <execinfo.h>
#include <fenv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef __SANITIZE_THREAD__
enum { MANY = 1000 }; /* of 8128 that ThreadSanitizer can follow */
#else
enum { MANY = 10000 };
#endif

static const struct coroutine_backend *const all_ways[] = {&coroutine_ucontext,
                                                           &coroutine_assembly};

/* ---- a crew: the thread, and coroutines that take turns with it ---- */

struct member {
    struct coroutine coroutine;
    struct crew *crew;
    uint64_t number, result;
    const char *frame; /* on the stack that it ran on, where ASan keeps locals elsewhere, too */
    bool aligned, kept;
    int depth;
};

static struct crew {
    const struct coroutine_backend *backend;
    struct coroutine thread;
    struct coroutine_stacks stacks;
    unsigned count;
    struct member *members;
} crew;

static void crew_make(const struct coroutine_backend *backend, unsigned count,
                      coroutine_entry *entry)
{
    struct error error;
    crew = (struct crew){.backend = backend, .count = count};
    if (coroutine_stacks_map(&crew.stacks, count, coroutine_stack_bytes, &error) < 0)
        fail_msg("%s", error.text);
    crew.members = xcalloc(count, sizeof(*crew.members));
    for (unsigned i = 0; i < count; i++) {
        crew.members[i].crew = &crew;
        crew.members[i].number = i;
        coroutine_make(&crew.members[i].coroutine, backend, coroutine_stack(&crew.stacks, i),
                       crew.stacks.stack_bytes, entry, &crew.members[i]);
    }
}

static void crew_release(void)
{
    for (unsigned i = 0; i < crew.count; i++)
        coroutine_release(&crew.members[i].coroutine);
    coroutine_stacks_unmap(&crew.stacks);
    free(crew.members);
}

static void go(unsigned i)
{
    coroutine_switch(crew.backend, &crew.thread, &crew.members[i].coroutine);
}

static void leave(struct member *member)
{
    coroutine_switch(member->crew->backend, &member->coroutine, &member->crew->thread);
}

/* Each `test` takes the backend. */
#define IN_EVERY_WAY(test)                                                                         \
    static void test##_in_every_way(void **state)                                                  \
    {                                                                                              \
        (void)state;                                                                               \
        for (size_t w = 0; w < sizeof(all_ways) / sizeof(all_ways[0]); w++)                        \
            if (!all_ways[w]->missing)                                                             \
                test(all_ways[w]);                                                                 \
    }

/* ---- arguments, stacks ---- */

static void look_around(void *argument)
{
    struct member *member = argument;
    char text[32];
    member->frame = __builtin_frame_address(0);
    member->aligned = (uintptr_t)member->frame % 16 == 0;
    snprintf(text, sizeof(text), "%.2f", (double)member->number + 0.25); /* is vectorised */
    member->kept = strtod(text, NULL) == (double)member->number + 0.25;
    member->result = member->number * 3;
    for (;;)
        leave(member);
}

static void arguments_arrive(const struct coroutine_backend *backend)
{
    crew_make(backend, 5, look_around);
    for (unsigned i = 0; i < 5; i++)
        go(i);
    for (unsigned i = 0; i < 5; i++) {
        const struct member *member = &crew.members[i];
        const char *stack = coroutine_stack(&crew.stacks, i);
        assert_int_equal(member->result, i * 3);
        assert_true(member->frame >= stack && member->frame < stack + crew.stacks.stack_bytes);
        assert_true(member->aligned);
        assert_true(member->kept);
    }
    crew_release();
}
IN_EVERY_WAY(arguments_arrive)

/* ---- registers ---- */

typedef void pause_function(void *);

static void no_pause(void *argument)
{
    (void)argument;
}

static void pause_by_switch(void *argument)
{
    leave(argument);
}

static uint64_t stir(uint64_t a, uint64_t b)
{
    return (a << 7 | a >> 57) ^ (b * UINT64_C(0x9e3779b97f4a7c15));
}

enum { PAUSES = 1000 };

/* More values than there are registers, all alive over every pause. */
static uint64_t compute(uint64_t number, pause_function *pause, void *argument)
{
    uint64_t a = number + 1, b = a * 3, c = a * 5, d = a * 7, e = a * 11, f = a * 13, g = a * 17,
             h = a * 19, i = a * 23, j = a * 29, k = a * 31, l = a * 37;
    double p = (double)a, q = p * 3, r = p * 5, s = p * 7, t = p * 11, u = p * 13, v = p * 17,
           w = p * 19;
    for (int n = 0; n < PAUSES; n++) {
        pause(argument);
        a = stir(a, b), b = stir(b, c), c = stir(c, d), d = stir(d, e), e = stir(e, f);
        f = stir(f, g), g = stir(g, h), h = stir(h, i), i = stir(i, j), j = stir(j, k);
        k = stir(k, l), l = stir(l, a);
        p += q / 3, q += r / 7, r -= s / 11, s += t / 13, t -= u / 17, u += v / 19, v -= w / 23;
        w += p / 29;
    }
    double sum = p + q + r + s + t + u + v + w;
    uint64_t bits;
    memcpy(&bits, &sum, sizeof(bits));
    return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j ^ k ^ l ^ bits;
}

static void compute_with_pauses(void *argument)
{
    struct member *member = argument;
    member->result = compute(member->number, pause_by_switch, member);
    for (;;)
        leave(member);
}

/* The thread computes as well: each of its pauses gives every coroutine a turn. */
static void pause_for_all(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < crew.count; i++)
        go(i);
}

static void registers_survive(const struct coroutine_backend *backend)
{
    crew_make(backend, 3, compute_with_pauses);
    uint64_t own = compute(99, pause_for_all, NULL);
    pause_for_all(NULL); /* from the last pause to the end */
    assert_true(own == compute(99, no_pause, NULL));
    for (unsigned i = 0; i < 3; i++)
        assert_true(crew.members[i].result == compute(i, no_pause, NULL));
    crew_release();
}
IN_EVERY_WAY(registers_survive)

/* ---- the control of floating point ---- */

static const int roundings[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

/* Rounds as it says? In double and in long double, which are controlled apart on x86. */
static bool rounds(int rounding)
{
    volatile double one = 1, three = 3, third = one / three, minus = -one / three;
    volatile long double long_one = 1, long_three = 3, long_third = long_one / long_three;
    /* 1/3 in binary is 0.0101…: cut off it is too small, and to the nearest (of 53 bits) as
     * well. */
    bool up = third * 3.0L > 1.0L, minus_up = minus * 3.0L > -1.0L;
    volatile long double rest = long_one - long_third * 2; /* exact: what is left is above or not */
    bool long_up = rest < long_third;
    switch (rounding) {
    case FE_UPWARD: return up && minus_up && long_up;
    case FE_DOWNWARD: return !up && !minus_up && !long_up;
    case FE_TOWARDZERO: return !up && minus_up && !long_up;
    default: return false;
    }
}

static void round_differently(void *argument)
{
    struct member *member = argument;
    int rounding = roundings[member->number];
    member->kept = fegetround() == FE_TONEAREST; /* whoever made it */
    fesetround(rounding);
    for (;;) {
        leave(member);
        member->kept = member->kept && fegetround() == rounding && rounds(rounding);
    }
}

static void floating_point_control_survives(const struct coroutine_backend *backend)
{
    crew_make(backend, 3, round_differently);
    for (int n = 0; n < 100; n++)
        for (unsigned i = 0; i < 3; i++) {
            go(i);
            assert_int_equal(fegetround(), FE_TONEAREST);
        }
    for (unsigned i = 0; i < 3; i++)
        assert_true(crew.members[i].kept);
    crew_release();
}
IN_EVERY_WAY(floating_point_control_survives)

/* ---- many ---- */

static void count_turns(void *argument)
{
    struct member *member = argument;
    for (uint64_t turns = 1;; turns++) {
        member->result += turns * member->number;
        leave(member);
    }
}

static void many_take_turns(const struct coroutine_backend *backend)
{
    crew_make(backend, MANY, count_turns);
    for (int turn = 0; turn < 3; turn++)
        for (unsigned i = 0; i < MANY; i++)
            go(i);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(crew.members[i].result, 6 * (uint64_t)i);
    crew_release();
}
IN_EVERY_WAY(many_take_turns)

/* ---- debuggers ---- */

/* A debugger finds the end of the stack: a few functions up, not garbage without end. */
static void trace_back(void *argument)
{
    struct member *member = argument;
    void *frames[32];
    member->depth = backtrace(frames, 32);
    for (;;)
        leave(member);
}

static void a_backtrace_ends(const struct coroutine_backend *backend)
{
    crew_make(backend, 1, trace_back);
    go(0);
    assert_in_range(crew.members[0].depth, 2, 8);
    crew_release();
}
IN_EVERY_WAY(a_backtrace_ends)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_arrive_in_every_way),
        cmocka_unit_test(registers_survive_in_every_way),
        cmocka_unit_test(floating_point_control_survives_in_every_way),
        cmocka_unit_test(many_take_turns_in_every_way),
        cmocka_unit_test(a_backtrace_ends_in_every_way),
    };
    return cmocka_run_group_tests_name("coroutines", tests, NULL, NULL);
}
