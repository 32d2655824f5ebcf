#include "scalability.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "bench/base/gnuplot.h"
#include "lib/embed.h"

EMBED(scalability_script, "bench/predict/scalability.gp");

/* Where the script finds the points. */
enum { DATA_FD = 3 };

#define FIT_TIMEOUT (30 * NSEC_PER_SEC)

double scalability_rate(const struct scalability_law *law, double in_flight)
{
    double others = in_flight - 1;
    return law->lambda.value * in_flight /
           (1 + law->sigma.value * others + law->kappa.value * in_flight * others);
}

double scalability_peak(const struct scalability_law *law)
{
    if (!(law->kappa.value > 0))
        return INFINITY;
    return law->sigma.value < 1 ? sqrt((1 - law->sigma.value) / law->kappa.value) : 1;
}

static void write_points(const struct scalability_series *series, size_t n, FILE *out)
{
    for (size_t i = 0; i < n; i++) {
        fputs(i ? "\n\n" : "", out);
        for (size_t k = 0; k < series[i].point_count; k++)
            fprintf(out, "%u %.17g\n", series[i].points[k].in_flight, series[i].points[k].rate);
    }
}

/* "fit SERIES CONVERGED …", see scalability.gp. False for any other line. */
static bool read_fit(const char *line, struct scalability_series *series, size_t n)
{
    struct scalability_law law = {0};
    size_t i;
    int converged;
    if (sscanf(line, "fit %zu %d %lf %lf %lf %lf %lf %lf %lf %lf", &i, &converged,
               &law.lambda.value, &law.lambda.error, &law.sigma.value, &law.sigma.error,
               &law.sigma.unbounded, &law.kappa.value, &law.kappa.error,
               &law.kappa.unbounded) != 10 ||
        i >= n)
        return false;
    law.lambda.unbounded = law.lambda.value;
    law.fitted = converged && law.lambda.value > 0 && law.sigma.value >= 0 && law.kappa.value >= 0;
    series[i].law = law;
    return true;
}

/* Any other line is gnuplot's reason for not going on: the last one stays in `said`. */
static void read_fits(FILE *printed, struct scalability_series *series, size_t n, char *said,
                      size_t size)
{
    char line[512];
    *said = '\0';
    while (fgets(line, sizeof(line), printed)) {
        line[strcspn(line, "\n")] = '\0';
        if (!read_fit(line, series, n) && line[strspn(line, " \t^")])
            snprintf(said, size, "%s", line + strspn(line, " \t"));
    }
}

/* Script and points go in, and what is printed comes out, through files without names. */
static int run_gnuplot(const char *gnuplot, FILE *script, FILE *points, FILE *printed,
                       struct error *error)
{
    static char name[] = "gnuplot", without_settings[] = "-d";
    char *const argv[] = {name, without_settings, NULL};
    const struct child_fd fds[] = {{fileno(script), STDIN_FILENO},
                                   {fileno(printed), STDOUT_FILENO},
                                   {fileno(printed), STDERR_FILENO},
                                   {fileno(points), DATA_FD},
                                   {-1, -1}};
    struct child child;
    if (child_start(&child, gnuplot, argv, fds, SIGKILL, error) < 0)
        return -1;
    enum child_wait ended = child_wait(&child, clock_now() + FIT_TIMEOUT);
    child_stop(&child, NSEC_PER_SEC);
    return ended == CHILD_ENDED ? child.status
                                : error_set(error, "gnuplot's fit did not end, and was stopped");
}

static FILE *open_nameless(void)
{
    int fd = memfd_create("scalability", MFD_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

static int fit_with(const char *gnuplot, FILE *files[3], struct scalability_series *series,
                    size_t n, struct error *error)
{
    FILE *script = files[0], *points = files[1], *printed = files[2];
    char said[160];
    fputs(scalability_script, script);
    write_points(series, n, points);
    if (fflush(script) != 0 || fflush(points) != 0)
        return error_errno(error, errno, "cannot hand gnuplot the points");
    rewind(script);
    int status = run_gnuplot(gnuplot, script, points, printed, error);
    if (status < 0)
        return -1;
    rewind(printed);
    read_fits(printed, series, n, said, sizeof(said));
    return status ? error_set(error, "gnuplot's fit failed: %s", said) : 0;
}

int scalability_fit(struct scalability_series *series, size_t n, struct error *error)
{
    char gnuplot[PATH_MAX];
    for (size_t i = 0; i < n; i++)
        series[i].law = (struct scalability_law){0};
    if (gnuplot_find(gnuplot, sizeof(gnuplot), error) < 0)
        return -1;
    FILE *files[3] = {open_nameless(), open_nameless(), open_nameless()};
    int result = files[0] && files[1] && files[2]
                     ? fit_with(gnuplot, files, series, n, error)
                     : error_errno(error, errno, "cannot start gnuplot");
    for (size_t i = 0; i < 3; i++)
        if (files[i])
            fclose(files[i]);
    return result;
}
