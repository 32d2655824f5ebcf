/* The stack of a driver's threads: the usual one where the machine permits it, a given one always.
 */
#include "engine/thread_stack.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static size_t stack_of(size_t bytes, size_t usual)
{
    pthread_attr_t attributes;
    struct error error;
    size_t set = 0;
    pthread_attr_init(&attributes);
    if (thread_stack_set(&attributes, bytes, usual, &error) == 0)
        pthread_attr_getstacksize(&attributes, &set);
    pthread_attr_destroy(&attributes);
    return set;
}

static void the_usual_one_is_at_least_the_least(void **state)
{
    (void)state;
    size_t least = (size_t)sysconf(_SC_THREAD_STACK_MIN);
    assert_int_equal(stack_of(0, 1), least);
    assert_int_equal(stack_of(0, 8 * least), 8 * least);
}

static void a_given_one_is_taken_as_it_is(void **state)
{
    (void)state;
    size_t least = (size_t)sysconf(_SC_THREAD_STACK_MIN);
    assert_int_equal(stack_of(2 * least, 8 * least), 2 * least);
}

static void a_given_one_may_be_too_small(void **state)
{
    (void)state;
    pthread_attr_t attributes;
    struct error error;
    pthread_attr_init(&attributes);
    assert_int_equal(thread_stack_set(&attributes, 1, 1 << 20, &error), -1);
    assert_int_equal(error.errnum, EINVAL);
    assert_non_null(
        strstr(error.text, "cannot set a thread's stack to 1 bytes, where the least is"));
    pthread_attr_destroy(&attributes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_one_is_at_least_the_least),
        cmocka_unit_test(a_given_one_is_taken_as_it_is),
        cmocka_unit_test(a_given_one_may_be_too_small),
    };
    return cmocka_run_group_tests_name("thread stack", tests, NULL, NULL);
}
