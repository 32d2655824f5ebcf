/* Lesson 24: what a connection that waits takes, at both ends, and which limit comes first. */
#include "bench/judge/lesson.h"
#include "workloads/descriptors.h"

static double figure_of(const struct run_view *view, enum usage_side side, enum usage_metric metric)
{
    int64_t value = view->usage[side][metric];
    return value == USAGE_NOT_AVAILABLE ? NAN : (double)value;
}

static double client_memory(const struct run_view *view)
{
    return figure_of(view, USAGE_CLIENT, USAGE_RSS_GROWTH_BYTES);
}

static double server_memory(const struct run_view *view)
{
    return figure_of(view, USAGE_SERVER, USAGE_RSS_GROWTH_BYTES);
}

static double kernel_objects(const struct run_view *view)
{
    return figure_of(view, USAGE_SYSTEM, USAGE_SLAB_BYTES);
}

static double kernel_over_programs(const struct run_view *view)
{
    return kernel_objects(view) / (client_memory(view) + server_memory(view));
}

static double in_flight(const struct run_view *view)
{
    return figure_of(view, USAGE_SERVER, USAGE_IN_FLIGHT_MAX);
}

static double completed(const struct run_view *view)
{
    return (double)view->run->completed;
}

/* All because no descriptor was left: another cause makes the run INVALID. */
static double without_descriptor(const struct run_view *view)
{
    return (double)view->run->failed;
}

/* A quarter of a page in each program; and two sockets with all that belongs to them. */
enum { MANY = 30000, PROGRAM_MOST = 1024, KERNEL_LEAST = 4096, KERNEL_MOST = 16384 };

/* A process of the workload needs a few descriptors for itself. */
enum { SHORT_OF = 640, OWN_MOST = 40, LEAST = FEW_DESCRIPTORS - OWN_MOST };

static const struct evidence_rule evidence[] = {
    VALUE("many", in_flight, "", AT_LEAST, MANY,
          "in flight at once at the server, from four processes to four"),
    SLOPE("many", "few", client_memory, "bytes", AT_MOST, PROGRAM_MOST,
          "the client's resident memory per connection"),
    SLOPE("many", "few", server_memory, "bytes", AT_MOST, PROGRAM_MOST,
          "the server's resident memory per connection"),
    SLOPE("many", "few", kernel_objects, "bytes", AT_LEAST, KERNEL_LEAST,
          "the kernel's objects per connection, for both ends"),
    SLOPE("many", "few", kernel_objects, "bytes", AT_MOST, KERNEL_MOST,
          "the same per connection is no more"),
    VALUE("many", kernel_over_programs, "times", AT_LEAST, 4,
          "the kernel's objects / the memory of client and server"),
    VALUE("one-process", completed, "", AT_MOST, FEW_DESCRIPTORS,
          "connections of a process with 200 descriptors"),
    VALUE("one-process", completed, "", AT_LEAST, LEAST,
          "the same connections are nearly as many as descriptors"),
    VALUE("one-process", without_descriptor, "", AT_LEAST, SHORT_OF - FEW_DESCRIPTORS,
          "connections that found no descriptor, EMFILE"),
    VALUE("four-processes", completed, "", AT_LEAST, SHORT_OF,
          "connections of four such processes"),
    {0},
};

#define WAITING " -d epoll -k -s burst --parts 4 -S reuseport-processes:4"
#define SHORT   " -d epoll -w few-descriptors -s burst -c 640 -t 200ms"

LESSON(many_connections) = {
    .number = 24,
    .name = "many-connections",
    .title = "What a waiting connection takes",
    .question = "30,000 connections wait for their responses at once. What does each take, and "
                "which limit comes first?",
    .claim = "A waiting connection takes at most 1 KiB in each program and 4 to 16 KiB in the "
             "kernel, for both of its ends. Its descriptor limits a process, not a load: four "
             "processes have four times as many",
    .theory =
        "a loop keeps a struct for each connection; the kernel keeps for each end a TCP socket, "
        "an inode, a directory entry, a file and an entry of epoll's set, together 3.6 KiB and "
        "more (their sizes: slabinfo(5)), while the buffers are empty; RLIMIT_NOFILE is a limit "
        "of one process (getrlimit(2))",
    .variants = {{"many", "-c 30000 -t 1s" WAITING},
                 {"few", "-c 5000 -t 300ms" WAITING},
                 {"one-process", "--parts 1" SHORT},
                 {"four-processes", "--parts 4" SHORT}},
    /* What other programs allocate counts, too: the interval of nine leaves out one such run. */
    .repetitions = 9,
    .evidence = evidence,
};
