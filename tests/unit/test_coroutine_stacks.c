/* Coroutines' stacks: as deep as they say and no deeper, and an error where they cannot be had.
 * This program runs itself to see one overflow.
 *
 * Linked with --wrap=mmap, --wrap=munmap and --wrap=mprotect. */
#include "lib/coroutine_switch.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct coroutine_backend *const all_ways[] = {&coroutine_ucontext,
                                                           &coroutine_assembly};

enum { WAYS = sizeof(all_ways) / sizeof(all_ways[0]) };

/* ---- what is mapped ---- */

static size_t mapped;
static int protects_left = -1; /* before one fails; -1: none does */

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
int __real_mprotect(void *at, size_t size, int protection);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *at, size_t size);
int __wrap_mprotect(void *at, size_t size, int protection);

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    void *result = __real_mmap(at, size, protection, flags, fd, offset);
    mapped += result == MAP_FAILED ? 0 : size;
    return result;
}

int __wrap_munmap(void *at, size_t size)
{
    mapped -= size;
    return __real_munmap(at, size);
}

int __wrap_mprotect(void *at, size_t size, int protection)
{
    if (protects_left == 0) {
        errno = ENOMEM;
        return -1;
    }
    protects_left -= protects_left > 0;
    return __real_mprotect(at, size, protection);
}

/* ---- how deep ---- */

enum { COUNT = 3 };

static struct digger {
    const struct coroutine_backend *backend;
    struct coroutine coroutine, thread;
    const char *floor;
    unsigned depth;
} digger;

/* Write to the stack from here down to `floor`. */
static __attribute__((noinline)) unsigned dig(const char *floor)
{
    volatile char hole[256];
    for (size_t i = sizeof(hole); i > 0; i--)
        hole[i - 1] = (char)i;
    bool deeper = (const char *)__builtin_frame_address(0) > floor;
    return 1 + (deeper ? dig(floor) : 0) + (unsigned)(hole[7] - 8);
}

static void digger_main(void *argument)
{
    (void)argument;
    digger.depth = dig(digger.floor);
    for (;;)
        coroutine_switch(digger.backend, &digger.coroutine, &digger.thread);
}

/* On the second of three stacks: below its guard lies the first, which can be written to. Digs to
 * `above` bytes above its lowest address. */
static void dig_to(const struct coroutine_backend *backend, ptrdiff_t above)
{
    struct coroutine_stacks stacks;
    struct error error;
    if (coroutine_stacks_map(&stacks, COUNT, coroutine_stack_bytes, &error) < 0)
        fail_msg("%s", error.text);
    char *stack = coroutine_stack(&stacks, 1);
    digger = (struct digger){.backend = backend, .floor = stack + above};
    coroutine_make(&digger.coroutine, backend, stack, stacks.stack_bytes, digger_main, NULL);
    coroutine_switch(backend, &digger.thread, &digger.coroutine);
    coroutine_release(&digger.coroutine);
    coroutine_stacks_unmap(&stacks);
}

/* What is left is room for one call more, which sanitizers make larger. */
static void a_stack_is_as_deep_as_it_says(void **state)
{
    (void)state;
    for (int w = 0; w < WAYS; w++)
        if (!all_ways[w]->missing) {
            dig_to(all_ways[w], 2048);
            assert_true(digger.depth > coroutine_stack_bytes / 1024);
            assert_int_equal(mapped, 0);
        }
}

static int overflow(const char *name)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    for (int w = 0; w < WAYS; w++)
        if (!strcmp(all_ways[w]->name, name))
            dig_to(all_ways[w], -1024);
    return 0;
}

static void check_overflow(const struct coroutine_backend *backend)
{
    pid_t child = fork();
    if (child == 0) {
        setenv("ASAN_OPTIONS", "handle_segv=0", 1);
        setenv("TSAN_OPTIONS", "handle_segv=0", 1);
        execl("/proc/self/exe", "test_coroutine_stacks", "overflow", backend->name, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void an_overflow_is_stopped(void **state)
{
    (void)state;
    for (int w = 0; w < WAYS; w++)
        if (!all_ways[w]->missing)
            check_overflow(all_ways[w]);
}

/* ---- stacks that cannot be had ---- */

static void no_stacks(unsigned count, size_t bytes, const char *says)
{
    struct coroutine_stacks stacks;
    struct error error = {0};
    assert_int_equal(coroutine_stacks_map(&stacks, count, bytes, &error), -1);
    assert_int_equal(error.errnum, ENOMEM);
    assert_non_null(strstr(error.text, says));
    assert_int_equal(mapped, 0);
    coroutine_stacks_unmap(&stacks); /* and there is nothing to undo */
}

static void stacks_that_cannot_be_had(void **state)
{
    (void)state;
    no_stacks(1, (size_t)1 << 47, "1 stacks of 140737488355328 bytes");
    no_stacks(8, SIZE_MAX / 4, "8 stacks");
    no_stacks(8, SIZE_MAX, "8 stacks");
    protects_left = 3;
    no_stacks(8, 4096, "stack 4 of 8");
    protects_left = 0;
    no_stacks(8, 4096, "vm.max_map_count");
    protects_left = -1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "overflow"))
        return overflow(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_is_as_deep_as_it_says),
        cmocka_unit_test(an_overflow_is_stopped),
        cmocka_unit_test(stacks_that_cannot_be_had),
    };
    return cmocka_run_group_tests_name("coroutines' stacks", tests, NULL, NULL);
}
