/* Which CPUs are one core, from made-up files of the kernel; and that a lesson that needs two cores
 * refuses two hardware threads of one. */
#include "bench/base/topology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "bench/drive/lesson_run.h"

static char folder[256];

static int begin(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/waitbench-topology-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The kernel's file of a CPU, with the CPUs of its core. */
static void add_cpu(unsigned cpu, const char *siblings)
{
    char path[400];
    snprintf(path, sizeof(path), "%s/cpu%u", folder, cpu);
    assert_int_equal(mkdir(path, 0755), 0);
    strcat(path, "/topology");
    assert_int_equal(mkdir(path, 0755), 0);
    strcat(path, "/thread_siblings_list");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s\n", siblings);
    assert_int_equal(fclose(file), 0);
}

/* The topology of the CPUs below `count`. */
static bool read_first(struct topology *topology, unsigned count)
{
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    for (unsigned i = 0; i < count; i++)
        CPU_SET(i, &cpus);
    return topology_read(topology, folder, &cpus);
}

static void assert_topology(const struct topology *topology, unsigned cpus, unsigned cores,
                            const char *siblings)
{
    assert_int_equal(topology->cpus, cpus);
    assert_int_equal(topology->cores, cores);
    assert_string_equal(topology->siblings, siblings);
}

static void a_core_for_each_cpu(void **state)
{
    (void)state;
    struct topology topology;
    add_cpu(0, "0");
    add_cpu(1, "1");
    assert_true(read_first(&topology, 2));
    assert_topology(&topology, 2, 2, "0 1");
}

/* Numbered as Linux does on most machines: the first threads of all cores, then the second. */
static void two_threads_a_core(void **state)
{
    (void)state;
    struct topology topology;
    add_cpu(0, "0,2");
    add_cpu(1, "1,3");
    add_cpu(2, "0,2");
    add_cpu(3, "1,3");
    assert_true(read_first(&topology, 4));
    assert_topology(&topology, 4, 2, "0,2 1,3");
    assert_true(read_first(&topology, 2)); /* taskset -c 0,1: one thread of each */
    assert_topology(&topology, 2, 2, "0,2 1,3");
}

static void neighbours_are_one_core(void **state)
{
    (void)state;
    struct topology topology;
    add_cpu(0, "0-1");
    add_cpu(1, "0-1");
    assert_true(read_first(&topology, 2));
    assert_topology(&topology, 2, 1, "0-1");
}

static void a_cpu_without_a_file(void **state)
{
    (void)state;
    struct topology topology;
    add_cpu(0, "0,2");
    assert_false(read_first(&topology, 3));
    assert_topology(&topology, 3, 3, "");
}

static void a_text_that_is_too_long(void **state)
{
    (void)state;
    enum { CPUS = 400 };
    struct topology topology;
    for (unsigned i = 0; i < CPUS; i++) {
        char self[16];
        snprintf(self, sizeof(self), "%u", i);
        add_cpu(i, self);
    }
    assert_true(read_first(&topology, CPUS));
    assert_int_equal(topology.cores, CPUS);
    assert_memory_equal(topology.siblings, "0 1 2 3 ", 8);
    size_t length = strlen(topology.siblings);
    assert_true(length < TOPOLOGY_TEXT_BYTES && length > TOPOLOGY_TEXT_BYTES - 10);
    assert_string_equal(topology.siblings + length - 4, " ...");
}

static void the_cpus_of_this_process(void **state)
{
    (void)state;
    struct topology topology;
    topology_of_process(&topology);
    assert_true(topology.cores >= 1 && topology.cores <= topology.cpus);
}

/* Of a lesson that needs two cores. NULL: it can run. */
static void assert_refused(struct topology topology, const char *why)
{
    const struct lesson *lesson = lesson_find("cpu-bound");
    struct error error = {0};
    assert_int_equal(lesson->cores, 2);
    assert_int_equal(lesson_check_cores(lesson, &topology, &error), why ? -1 : 0);
    assert_string_equal(error.text, why ? why : "");
}

static void a_lesson_counts_cores(void **state)
{
    (void)state;
    assert_refused((struct topology){2, 2, "0 1"}, NULL);
    assert_refused((struct topology){4, 2, "0,2 1,3"}, NULL);
    assert_refused((struct topology){2, 1, "0-1"},
                   "it needs 2 cores, but the 2 CPUs that it may use are hardware threads of 1 "
                   "(CPUs of each core: 0-1)");
    assert_refused((struct topology){1, 1, "0"}, "it needs 2 cores, but may use 1");
    assert_refused((struct topology){0, 0, ""}, NULL); /* unknown */
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        test(a_core_for_each_cpu),
        test(two_threads_a_core),
        test(neighbours_are_one_core),
        test(a_cpu_without_a_file),
        test(a_text_that_is_too_long),
        cmocka_unit_test(the_cpus_of_this_process),
        cmocka_unit_test(a_lesson_counts_cores),
    };
    return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
