#include "draw.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "bench/base/gnuplot.h"
#include "bench/base/interrupt.h"
#include "lib/terminal.h"
#include "lib/place.h"
#include "lib/process.h"

const struct picture pictures[] = {
    {"lesson", "Evidence",
     "Each measured figure with its interval or range, relative to the threshold of the claim."},
    {"steps", "What a request in flight takes",
     "Memory of both ends per request, a bar for each step of the search, and efficiency, against "
     "requests in flight. Dotted lines are limits of the machine."},
    {"limits", "Capacity",
     "Efficiency against requests in flight, up to the limit of each driver."},
    {"capacity", "Capacity under an objective",
     "What the objective limits, against offered rate, with the interval of each driver's "
     "capacity."},
    {"talk", "Time per request",
     "The talk's chart: time per request (makespan ÷ requests), with requests per second, against "
     "requests in flight. Where runs are in two modes the line forks."},
    {"matrix", "Drivers by server models",
     "Time per request and requests per second of every pair, and the CPU time of both sides."},
    {"makespan", "Makespan",
     "From the start of a run to its last response, against requests in flight. Where runs are in "
     "two modes the line forks."},
    {"rates", "Latency against rate",
     "The p99 latency of open arrivals, and from which rate on a driver is overloaded."},
    {"windows", "Latency over time", "Latency and completed requests in each 100 ms of a run."},
    {"runs", "Runs", "The makespan of every run, with the median, or that of each of two modes."},
    {"waterfall", "Waterfall",
     "Every request of one run of each driver: when it connects, waits and reads, at about 256 in "
     "flight and at the most with their shortest backlog."},
    {"latency", "Latency",
     "Latency by percentile, up to the slowest request, and its cumulative distribution."},
    {"completion", "Completion", "Responses completed over time."},
    {"usage", "Resource usage",
     "CPU time, system calls, context switches, memory, threads and page faults."},
    {"breakdown", "Latency breakdown", "The time of a mean request, by phase and in all."},
    {"predicted", "Prediction",
     "The error of the makespans predicted before the first run, beside that of the ideal alone."},
    {0},
};

static int find_script(char *path, size_t size, struct error *error)
{
    if (gnuplot_find(path, size, error) < 0)
        return -1;
    return place_find_file("plots/draw.sh", X_OK, path, size, error);
}

int draw_check(struct error *error)
{
    char path[PATH_MAX];
    return find_script(path, sizeof(path), error);
}

/* What draw.sh has said: the pictures that it did not draw, and why. */
static void print_said(int said)
{
    char text[4096];
    ssize_t size = pread(said, text, sizeof(text) - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    terminal_print(stderr, "%s", text);
}

static enum draw_result run_script(char *const argv[], int said, struct error *error)
{
    struct child child = {0};
    char how[64];
    const struct child_fd fds[] = {{said, STDERR_FILENO}, {-1, -1}};
    if (!interrupted()) {
        if (child_start(&child, argv[0], argv, fds, SIGTERM, error) < 0)
            return DRAW_NOT_RUN;
        child_wait(&child, 0);
        child_stop(&child, 2 * NSEC_PER_SEC);
    }
    terminal_status("");
    if (interrupted()) {
        error_set(error, "interrupted while drawing; 'waitbench draw' draws the pictures");
        return DRAW_NOT_RUN;
    }
    print_said(said);
    if (WIFEXITED(child.status))
        return (enum draw_result)WEXITSTATUS(child.status);
    error_set(error, "plots/draw.sh %s", process_describe_end(child.status, how, sizeof(how)));
    return DRAW_NOT_RUN;
}

/* For a script that cannot see the terminal. */
static void set_columns(size_t width)
{
    char columns[16];
    snprintf(columns, sizeof(columns), "%zu", width);
    if (width)
        setenv("COLUMNS", columns, 1);
}

enum draw_result draw_folder(const char *folder, enum draw_what what, const char *highlight,
                             struct error *error)
{
    char script[PATH_MAX];
    if (find_script(script, sizeof(script), error) < 0)
        return DRAW_NOT_RUN;
    const char *argv[] = {script,        what == DRAW_CHART ? "--terminal" : "--quiet",
                          "--highlight", highlight ? highlight : "",
                          "--",          folder,
                          NULL};
    int said = memfd_create("draw", MFD_CLOEXEC);
    if (said < 0) {
        error_errno(error, errno, "cannot start plots/draw.sh");
        return DRAW_NOT_RUN;
    }
    fflush(stdout);
    if (what == DRAW_CHART)
        set_columns(terminal_width(stdout));
    if (what == DRAW_PICTURES)
        terminal_status("drawing the pictures");
    enum draw_result result = run_script((char *const *)argv, said, error);
    close(said);
    return result;
}
