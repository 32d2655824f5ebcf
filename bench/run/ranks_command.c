#include "ranks_command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "lib/place.h"
#include "lib/process.h"

#define PROGRAM "waitbench-mpi"

static bool is_srun(const char *launcher)
{
    const char *slash = strrchr(launcher, '/');
    return !strcmp(slash ? slash + 1 : launcher, "srun");
}

static const char *launcher_of(const struct run_settings *settings)
{
    return settings->launcher ? settings->launcher : RANKS_USUAL_LAUNCHER;
}

/* Of other implementations of MPI the ranks would not find each other. */
static int check_implementation(const char *launcher, struct error *error)
{
    char said[512];
    char *argv[] = {(char *)launcher, (char *)"--version", NULL};
    int result = child_capture(launcher, argv, said, sizeof(said), error);
    if (result == 0 && (strstr(said, "Open MPI") || strstr(said, "OpenRTE")))
        return 0;
    said[strcspn(said, "\n")] = '\0';
    return error_set(error,
                     "%s is not of Open MPI%s%.80s%s: install the package openmpi-bin, or name its "
                     "mpirun with --launcher",
                     launcher, result == 0 ? " (it says \"" : "", result == 0 ? said : "",
                     result == 0 ? "\")" : "");
}

static int find_program(char *path, size_t size, struct error *error)
{
    if (place_find_program(PROGRAM, path, size, NULL) == 0)
        return 0;
    if (place_is_installed())
        return error_set(error, PROGRAM " is not installed: 'apt install waitbench-mpi' installs "
                                        "it on Debian; 'make install' does if libopenmpi-dev is "
                                        "there");
    return error_set(error, PROGRAM " was not built, as libopenmpi-dev was missing: "
                                    "'./run.sh deps' installs it; then build again");
}

int ranks_check(const char *launcher, struct error *error)
{
    char path[PATH_MAX], remedy[PLACE_REMEDY_BYTES];
    if (!launcher)
        launcher = RANKS_USUAL_LAUNCHER;
    bool found = strchr(launcher, '/') ? access(launcher, X_OK) == 0
                                       : process_find_in_path(launcher, path, sizeof(path)) == 0;
    if (find_program(path, sizeof(path), error) < 0)
        return -1;
    if (!found)
        return error_set(error,
                         "there is no %s here: install the package openmpi-bin (%s), or name "
                         "another with --launcher",
                         launcher, place_remedy("deps", "openmpi-bin", remedy));
    return is_srun(launcher) ? 0 : check_implementation(launcher, error);
}

/* Ranks are dealt to the hosts in blocks, the first hosts get one more. mpirun takes "a:2,b:1", and
 * srun, which distributes them itself, "a,b". */
static int list_hosts(struct ranks_command *command, const struct run_settings *settings,
                      struct error *error)
{
    const struct rank_hosts *hosts = &settings->hosts;
    unsigned ranks = run_ranks(settings), count = hosts->count ? (unsigned)hosts->count : 1;
    bool srun = is_srun(launcher_of(settings));
    FILE *out = fmemopen(command->hosts, sizeof(command->hosts), "w");
    if (!out)
        return error_set(error, "no memory for the names of hosts");
    if (!srun)
        fputs("localhost:1", out);
    for (unsigned i = 0; i < count; i++) {
        const char *name = hosts->count ? hosts->names[i] : "localhost";
        unsigned here = ranks / count + (i < ranks % count);
        if (srun)
            fprintf(out, "%s%s", i ? "," : "", name);
        else
            fprintf(out, ",%s:%u", name, here);
    }
    bool whole = fflush(out) == 0;
    fclose(out);
    return whole ? 0 : error_set(error, "the names of hosts are too long");
}

int ranks_command_make(struct ranks_command *command, const struct run_settings *settings,
                       const char *folder, const char *socket_path, struct error *error)
{
    const char *launcher = launcher_of(settings);
    bool srun = is_srun(launcher);
    *command = (struct ranks_command){.argv = {0}};
    if (ranks_check(launcher, error) < 0 ||
        find_program(command->program, sizeof(command->program), error) < 0 ||
        list_hosts(command, settings, error) < 0)
        return -1;
    snprintf(command->count, sizeof(command->count), "%u", run_ranks(settings) + 1);
    snprintf(command->scratch, sizeof(command->scratch), "TMPDIR=%s", folder);
    /* Unbound: a measured process uses the cores that it would use without ranks. */
    const char *const of_mpirun[] = {"env",
                                     command->scratch,
                                     launcher,
                                     "-n",
                                     command->count,
                                     "--host",
                                     command->hosts,
                                     "--map-by",
                                     "slot:OVERSUBSCRIBE",
                                     "--bind-to",
                                     "none",
                                     command->program,
                                     socket_path,
                                     NULL};
    const char *const of_srun[] = {launcher,
                                   "--ntasks",
                                   command->count,
                                   "--cpu-bind=none",
                                   "--kill-on-bad-exit=1",
                                   settings->hosts.count ? "--nodelist" : command->program,
                                   settings->hosts.count ? command->hosts : socket_path,
                                   settings->hosts.count ? command->program : NULL,
                                   settings->hosts.count ? socket_path : NULL,
                                   NULL};
    const char *const *words = srun ? of_srun : of_mpirun;
    for (size_t i = 0; words[i]; i++)
        command->argv[i] = (char *)words[i];
    return 0;
}

/* "rank 2 on host b was killed by signal 9 (Killed)": Open MPI 4 and 5 say it in one sentence of
 * "mpirun noticed that process rank 2 with PID 17 on node b exited on signal 9 (Killed)". */
static bool explain_death(const char *output, struct error *error)
{
    unsigned rank;
    int number;
    char node[64];
    const char *found = strstr(output, "noticed that process rank ");
    if (!found || sscanf(found,
                         "noticed that process rank %u with PID %*d on node %63s exited on signal "
                         "%d",
                         &rank, node, &number) != 3)
        return false;
    error_set(error, "rank %u on %s was killed by signal %d (%s)", rank, node, number,
              strsignal(number));
    return true;
}

/* The first lines of what it says, without frames, blank lines and its own log. */
static void take_words(const char *output, char *text, size_t size)
{
    enum { LINES = 3 };
    size_t used = 0;
    unsigned lines = 0;
    text[0] = '\0';
    while (*output && lines < LINES) {
        size_t length = strcspn(output, "\n"), begin = strspn(output, " \t");
        bool is_text = begin < length && !strchr("-[", output[begin]);
        if (is_text && used + length + 2 < size) {
            used += (size_t)sprintf(text + used, "%s%.*s", used ? " " : "", (int)(length - begin),
                                    output + begin);
            lines++;
        }
        output += length + (output[length] == '\n');
    }
}

int ranks_command_explain(const struct run_settings *settings, const char *output, int status,
                          struct error *error)
{
    char how[64], words[240];
    const char *launcher = launcher_of(settings);
    if (explain_death(output, error))
        return -1;
    if (WIFSIGNALED(status))
        return error_set(error, "%s %s", launcher, process_describe_end(status, how, sizeof(how)));
    if (geteuid() == 0 && strstr(output, "as root"))
        return error_set(error,
                         "%s refuses to start programs of root: run waitbench as another user or, "
                         "where root can do no harm, as in a container, decide so with "
                         "OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                         launcher);
    take_words(output, words, sizeof(words));
    return error_set(error, "%s %s%s%s", launcher, process_describe_end(status, how, sizeof(how)),
                     words[0] ? ": " : "", words);
}
