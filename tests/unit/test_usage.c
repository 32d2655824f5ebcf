/* The resource usage of a process that has children: what they cost is counted once, whether a
 * child was there before the run, came in it, was waited for in it, or lives on; and what is looked
 * at of them is what they are. CPU time is burnt by the CPU's own clock, so a busy machine changes
 * nothing. */
#include "bench/run/usage_probe.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "tests/unit/helper.h"

static const nsec_t MS = NSEC_PER_MSEC;

enum { MB = 1024 * 1024 };

/* ---- what children do ---- */

static nsec_t own_cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (nsec_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static void burn(void)
{
    nsec_t until = own_cpu() + 60 * MS;
    while (own_cpu() < until)
        continue;
}

static void idle(void)
{
}

/* ---- the usage of a function ---- */

static struct usage_probe probe;
static struct usage before, after;

static void begin(void)
{
    usage_read_before(&probe, &before);
}

static void end(void)
{
    usage_read_after(&probe, &after);
    usage_settle(&probe, &before, &after);
}

static int64_t client(enum usage_metric metric)
{
    return after.value[USAGE_CLIENT][metric];
}

static int64_t user_and_system(void)
{
    return client(USAGE_USER_NS) + client(USAGE_SYSTEM_NS);
}

static int open_probe(void **state)
{
    (void)state;
    usage_open(&probe, 0, true);
    return 0;
}

static int close_probe(void **state)
{
    (void)state;
    usage_close(&probe);
    return 0;
}

/* ---- counted once ---- */

static void a_child_of_the_run(void **state)
{
    (void)state;
    struct helper child;
    begin();
    helper_start(&child, burn);
    helper_work(&child);
    helper_end(&child);
    end();
    assert_in_range(client(USAGE_CPU_NS), 60 * MS, 110 * MS);
    assert_true(user_and_system() >= 50 * MS);
    assert_true(client(USAGE_PEAK_PROCESSES) == 1);
    /* Nobody can say how long it waited for a CPU. */
    assert_true(client(USAGE_RUNNABLE_WAIT_NS) == USAGE_NOT_AVAILABLE);
}

static void a_child_that_lives_through_it(void **state)
{
    (void)state;
    struct helper child;
    helper_start(&child, burn);
    helper_work(&child);
    helper_work(&child);
    begin();
    helper_work(&child);
    end();
    assert_in_range(client(USAGE_CPU_NS), 60 * MS, 110 * MS);
    assert_true(client(USAGE_RUNNABLE_WAIT_NS) >= 0);
    assert_true(client(USAGE_PEAK_PROCESSES) == 2);
    /* These are counted in ticks, which a child that often waits for a CPU can miss. */
    for (int more = 0; more < 20 && user_and_system() < 20 * MS; more++) {
        helper_work(&child);
        end();
    }
    assert_true(user_and_system() >= 20 * MS);
    helper_end(&child);
}

/* In the second reading it is in nobody's family and in getrusage(), with all that it ever used. */
static void a_child_that_lived_before_and_is_waited_for_in_it(void **state)
{
    (void)state;
    struct helper child;
    helper_start(&child, burn);
    helper_work(&child);
    helper_work(&child);
    begin();
    helper_work(&child);
    helper_end(&child);
    end();
    /* With what it used before it would be 180 ms; its end takes some too, with a sanitizer's. */
    assert_in_range(client(USAGE_CPU_NS), 60 * MS, 179 * MS);
    assert_in_range(client(USAGE_VOLUNTARY_SWITCHES), 1, 1000);
    assert_true(client(USAGE_MINOR_FAULTS) >= 0);
}

/* It has ended, and still is in the family. */
static void a_child_that_nobody_has_waited_for(void **state)
{
    (void)state;
    struct helper child;
    siginfo_t info;
    begin();
    helper_start(&child, burn);
    helper_work(&child);
    helper_let_end(&child);
    assert_int_equal(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
    end();
    assert_in_range(client(USAGE_CPU_NS), 60 * MS, 110 * MS);
    assert_true(client(USAGE_PEAK_PROCESSES) == 2);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
}

static void burn_in_a_grandchild(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        burn();
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

/* Its parent has waited for it, but nobody yet for its parent: known in ticks. */
static void a_grandchild(void **state)
{
    (void)state;
    struct helper child;
    helper_start(&child, burn_in_a_grandchild);
    helper_work(&child);
    begin();
    helper_work(&child);
    end();
    assert_in_range(client(USAGE_CPU_NS), 40 * MS, 110 * MS);
    begin();
    helper_work(&child);
    helper_end(&child);
    end();
    assert_in_range(client(USAGE_CPU_NS), 40 * MS, 110 * MS);
}

static void *burn_thread(void *tid)
{
    *(pid_t *)tid = gettid();
    burn();
    return NULL;
}

/* Joined, a thread is out of its process's code, and for a moment still in its list of threads. */
static void burn_in_a_thread(void)
{
    pthread_t thread;
    pid_t tid;
    if (pthread_create(&thread, NULL, burn_thread, &tid) != 0)
        abort();
    pthread_join(thread, NULL);
    while (tgkill(getpid(), tid, 0) == 0)
        sched_yield();
}

/* A thread that has ended: its CPU time is kept, its switches only in its own process. */
static void threads_that_have_ended(void **state)
{
    (void)state;
    struct helper child;
    begin();
    burn_in_a_thread();
    end();
    assert_in_range(client(USAGE_CPU_NS), 60 * MS, 110 * MS);
    assert_true(client(USAGE_RUNNABLE_WAIT_NS) == USAGE_NOT_AVAILABLE);
    assert_true(client(USAGE_VOLUNTARY_SWITCHES) >= 1);

    helper_start(&child, burn_in_a_thread);
    begin();
    helper_work(&child);
    end();
    assert_in_range(client(USAGE_CPU_NS), 60 * MS, 110 * MS);
    assert_true(client(USAGE_RUNNABLE_WAIT_NS) == USAGE_NOT_AVAILABLE);
    assert_true(client(USAGE_VOLUNTARY_SWITCHES) == USAGE_NOT_AVAILABLE);
    begin();
    helper_end(&child);
    end();
    assert_true(client(USAGE_VOLUNTARY_SWITCHES) >= 0);
}

/* ---- what else it counts ---- */

enum { NAPS = 50, PAGES = 300, CALLS = 2000 };

/* Memory of its own, page by page: a fault each. */
static void *touch(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || madvise(memory, bytes, MADV_NOHUGEPAGE) < 0)
        abort();
    for (size_t i = 0; i < bytes; i += (size_t)sysconf(_SC_PAGESIZE))
        memory[i] = 1;
    return memory;
}

static void nap_and_touch(void)
{
    for (int i = 0; i < NAPS; i++)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    touch(PAGES * (size_t)sysconf(_SC_PAGESIZE));
    for (int i = 0; i < CALLS; i++)
        getppid();
}

static void switches_faults_and_calls(void **state)
{
    (void)state;
    struct helper living, ending;
    helper_start(&living, nap_and_touch);
    helper_start(&ending, nap_and_touch);
    begin();
    helper_work(&living);
    helper_work(&ending);
    helper_end(&ending);
    end();
    /* A nap whose time is over before the CPU was given up is no switch; half of them are not. */
    assert_true(client(USAGE_VOLUNTARY_SWITCHES) >= NAPS + NAPS / 2);
    assert_true(client(USAGE_MINOR_FAULTS) >= 2 * PAGES);
    if (client(USAGE_SYSCALLS) != USAGE_NOT_AVAILABLE) /* where it may count */
        assert_true(client(USAGE_SYSCALLS) >= 2 * (CALLS + NAPS));
    helper_end(&living);
}

static void touch_8_mb(void)
{
    touch(8 * MB);
}

/* Four children that share 32 MB with us, and one that has 8 of its own. */
static void shared_memory_counts_once(void **state)
{
    (void)state;
    struct helper children[4];
    void *memory = touch(32 * MB);
    usage_close(&probe);
    usage_open(&probe, 0, false);
    begin();
    for (int i = 0; i < 4; i++)
        helper_start(&children[i], i ? idle : touch_8_mb);
    for (int i = 0; i < 4; i++)
        helper_work(&children[i]);
    end();
    assert_in_range(client(USAGE_RSS_GROWTH_BYTES), 8 * MB, 40 * MB);
    assert_true(client(USAGE_PEAK_RSS_BYTES) >= 40 * MB);
    assert_true(client(USAGE_VM_GROWTH_BYTES) >= 4 * 32 * MB);
    assert_true(client(USAGE_PEAK_PROCESSES) == 5);
    assert_true(client(USAGE_PEAK_THREADS) >= 5);
    for (int i = 0; i < 4; i++)
        helper_end(&children[i]);
    munmap(memory, 32 * MB);
}

/* ---- looks from beside ---- */

static struct helper grandchild;

static void make_a_grandchild(void)
{
    helper_start(&grandchild, idle);
}

static void a_look_at_a_family(void **state)
{
    (void)state;
    enum { CHILDREN = 9 };
    struct helper children[CHILDREN];
    struct family family;
    struct family_size alone = family_sample(getpid());
    assert_true(alone.processes == 1 && alone.threads >= 1 && alone.vm_bytes > 0);
    assert_true(alone.memory_bytes == -1);
    assert_int_equal(family_find(&family, getpid()), 0);
    assert_int_equal(family.count, 0);
    family_release(&family);

    for (int i = 0; i < CHILDREN; i++) {
        helper_start(&children[i], make_a_grandchild);
        helper_work(&children[i]);
    }
    struct family_size all = family_sample(getpid());
    assert_true(all.processes == 1 + 2 * CHILDREN);
    assert_true(all.threads >= 1 + 2 * CHILDREN);
    assert_true(all.vm_bytes >= (1 + 2 * CHILDREN) * (alone.vm_bytes / 2));
    assert_true(all.memory_bytes > 0);
    assert_int_equal(family_find(&family, getpid()), 0);
    assert_int_equal(family.count, 2 * CHILDREN);
    family_release(&family);
    for (int i = 0; i < CHILDREN; i++)
        helper_end(&children[i]);

    struct family_size none = family_sample(getpid() + 0x40000000);
    assert_true(none.processes == -1 && none.threads == -1 && none.memory_bytes == -1);
    assert_int_equal(family_find(&family, getpid() + 0x40000000), -1);
    family_release(&family);
}

/* What a look saw raises what was read, and never lowers it. */
static void a_look_raises_peaks(void **state)
{
    (void)state;
    begin();
    end();
    int64_t rss = client(USAGE_PEAK_RSS_BYTES), vm = client(USAGE_PEAK_VM_BYTES);
    int64_t vm_growth = client(USAGE_VM_GROWTH_BYTES);
    usage_raise_peaks(&after, &(struct family_size){-1, -1, -1, -1});
    usage_raise_peaks(&after, &(struct family_size){1, 1, 1, 1});
    assert_true(client(USAGE_PEAK_RSS_BYTES) == rss && client(USAGE_PEAK_VM_BYTES) == vm);
    assert_true(client(USAGE_PEAK_PROCESSES) == 1 && client(USAGE_PEAK_THREADS) >= 1);
    usage_raise_peaks(&after, &(struct family_size){7, 9, vm + 5000, rss + 3000});
    assert_true(client(USAGE_PEAK_PROCESSES) == 7 && client(USAGE_PEAK_THREADS) == 9);
    assert_true(client(USAGE_PEAK_VM_BYTES) == vm + 5000);
    assert_true(client(USAGE_VM_GROWTH_BYTES) == vm_growth + 5000);
    assert_true(client(USAGE_PEAK_RSS_BYTES) == rss + 3000);
    assert_true(client(USAGE_RSS_GROWTH_BYTES) >= 3000);

    usage_clear(&after); /* of a run that never came so far */
    usage_raise_peaks(&after, &(struct family_size){2, 3, 4, 5});
    assert_true(client(USAGE_PEAK_PROCESSES) == 2);
    assert_true(client(USAGE_VM_GROWTH_BYTES) == USAGE_NOT_AVAILABLE);
    assert_true(client(USAGE_RSS_GROWTH_BYTES) == USAGE_NOT_AVAILABLE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_probe, close_probe)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_child_of_the_run),
        TEST(a_child_that_lives_through_it),
        TEST(a_child_that_lived_before_and_is_waited_for_in_it),
        TEST(a_child_that_nobody_has_waited_for),
        TEST(a_grandchild),
        TEST(threads_that_have_ended),
        TEST(switches_faults_and_calls),
        TEST(shared_memory_counts_once),
        TEST(a_look_at_a_family),
        TEST(a_look_raises_peaks),
    };
    return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
