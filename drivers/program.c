#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/process.h"
#include "lib/units.h"

/* How long to wait for the report of an end that has shown already by a closed pipe. */
static const nsec_t END_PATIENCE = NSEC_PER_SEC;

enum { TO, FROM, ERRORS, PIPES };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int program_start(struct program *program, const char *name, const char *path, char *const argv[],
                  struct error *error)
{
    int pipes[PIPES][2], made = 0;
    program->name = name;
    program->keeper.pid = 0;
    program->ended = program->completed = false;
    program->end = (struct keeper_report){0};
    program->taken = program->filled = 0;
    program->line[0] = program->last_line[0] = '\0';
    program->requested = "its start";
    program->sent_at = clock_now();
    while (made < PIPES && pipe2(pipes[made], O_CLOEXEC) == 0)
        made++;
    int result = made == PIPES ? 0 : error_errno(error, errno, "no pipes to %s", name);
    if (result == 0) {
        const int stdio[3] = {pipes[TO][0], pipes[FROM][1], pipes[ERRORS][1]};
        result = keeper_start(&program->keeper, path, argv, stdio, error);
    }
    for (int i = 0; i < made; i++) {
        int ours = pipes[i][i == TO];
        close(pipes[i][i != TO]);
        if (result == 0)
            fcntl(ours, F_SETFL, O_NONBLOCK);
        else
            close(ours);
    }
    if (result < 0)
        return -1;
    program->in = pipes[TO][1];
    program->out = pipes[FROM][0];
    program->err = pipes[ERRORS][0];
    return 0;
}

static char presentable(char c)
{
    return c >= ' ' && c <= '~' ? c : '?';
}

char *program_show(const char *line, char *buffer)
{
    size_t length = 0;
    for (; length < PROGRAM_SHOWN && line[length]; length++)
        buffer[length] = line[length] == '\t' ? ' ' : presentable(line[length]);
    strcpy(buffer + length, line[length] ? " ..." : "");
    return buffer;
}

/* Runtimes put the reason first and a list of calls behind it: a line that names an error is kept
 * until another does. */
static bool is_reason(const char *line)
{
    return strcasestr(line, "error:") || strcasestr(line, "panic:");
}

/* Keep what is worth telling of what it writes to standard error. */
static void take_error_text(struct program *program, const char *text, size_t size)
{
    size_t length = strlen(program->line);
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n') {
            if (length < PROGRAM_TAIL_BYTES - 1)
                program->line[length++] = presentable(text[i]);
            continue;
        }
        program->line[length] = '\0';
        bool blank = !program->line[strspn(program->line, " ")];
        if (!blank && (is_reason(program->line) || !is_reason(program->last_line)))
            memcpy(program->last_line, program->line, length + 1);
        length = 0;
    }
    program->line[length] = '\0';
}

/* Returns whether there may be more. */
static bool drain_errors(struct program *program)
{
    char text[4096];
    ssize_t size = read(program->err, text, sizeof(text));
    if (size > 0)
        take_error_text(program, text, (size_t)size);
    if (size == 0)
        close_fd(&program->err);
    return size > 0;
}

static void take_output(struct program *program)
{
    ssize_t size =
        read(program->out, program->heard + program->filled, PROGRAM_LINE_MAX - program->filled);
    if (size > 0) {
        program->filled += (size_t)size;
        program->completed = true;
    } else if (size == 0) {
        close_fd(&program->out);
    }
}

/* Wait until something happens and take what came; false once it is `deadline` (0: never). */
static bool wait_once(struct program *program, bool telling, nsec_t deadline)
{
    bool room = program->filled < PROGRAM_LINE_MAX;
    struct pollfd fds[] = {
        {.fd = program->err, .events = POLLIN},
        {.fd = room ? program->out : -1, .events = POLLIN},
        {.fd = program->ended ? -1 : program->keeper.life, .events = POLLIN},
        {.fd = telling ? program->in : -1, .events = POLLOUT},
    };
    nsec_t left = deadline ? deadline - clock_now() : 1;
    struct timespec limit = clock_timespec(left);
    if (left <= 0)
        return false;
    if (ppoll(fds, 4, deadline ? &limit : NULL, NULL) <= 0)
        return true; /* interrupted, or the deadline: the next call tells */
    if (fds[0].revents)
        drain_errors(program);
    if (fds[1].revents)
        take_output(program);
    int ended = fds[2].revents ? keeper_hear(&program->keeper, &program->end) : 0;
    if (ended < 0) /* the keeper was killed, and the program dies with it */
        program->end = (struct keeper_report){.status = SIGKILL};
    program->ended = program->ended || ended;
    return true;
}

/* It ended, or closed what we speak through: say how, and what it last complained of. */
static int fail_ended(struct program *program, struct error *error)
{
    char how[80] = "closed its standard output";
    nsec_t deadline = clock_now() + END_PATIENCE;
    while (!program->ended && wait_once(program, false, deadline))
        continue;
    if (program->end.exec_errno)
        return error_errno(error, program->end.exec_errno, "cannot start %s%s", program->name,
                           program->end.exec_errno == ENOEXEC ? " (has it a first line with #!?)"
                                                              : "");
    while (program->err >= 0 && drain_errors(program))
        continue;
    if (program->ended)
        process_describe_end(program->end.status, how, sizeof(how));
    take_error_text(program, "\n", 1); /* it may have had no time to end its line */
    const char *last = program->last_line;
    return error_set(error, "%s %s after %s%s%s%s", program->name, how, program->requested,
                     last[0] ? "; its last words: '" : "", last, last[0] ? "'" : "");
}

static int fail_silent(const struct program *program, const char *what, struct error *error)
{
    char time[UNITS_TEXT_BYTES];
    return error_set(error, "%s %s for %s after %s; it was ended", program->name, what,
                     units_format_time(clock_now() - program->sent_at, time), program->requested);
}

int program_tell(struct program *program, const char *text, size_t size, const char *requested,
                 nsec_t deadline, struct error *error)
{
    program->requested = requested;
    program->sent_at = clock_now();
    program->completed = false;
    while (size > 0) {
        ssize_t told = program->ended ? -1 : write(program->in, text, size);
        if (told > 0) {
            text += told;
            size -= (size_t)told;
        } else if (program->ended || errno == EPIPE) {
            return fail_ended(program, error);
        } else if (errno != EAGAIN && errno != EINTR) {
            return error_errno(error, errno, "cannot tell %s '%s'", program->name, requested);
        } else if (!wait_once(program, true, deadline)) {
            return fail_silent(program, "did not listen", error);
        }
    }
    return 0;
}

/* The next whole line of what was heard, or NULL. */
static char *take_line(struct program *program)
{
    char *start = program->heard + program->taken;
    char *newline = memchr(start, '\n', program->filled - program->taken);
    if (!newline)
        return NULL;
    *newline = '\0';
    program->taken += (size_t)(newline - start) + 1;
    return start;
}

char *program_hear(struct program *program, nsec_t deadline, struct error *error)
{
    for (;;) {
        char *line = take_line(program);
        if (line)
            return line;
        memmove(program->heard, program->heard + program->taken, program->filled - program->taken);
        program->filled -= program->taken;
        program->taken = 0;
        if (program->filled == PROGRAM_LINE_MAX) {
            char shown[PROGRAM_SHOWN_BYTES];
            program->heard[PROGRAM_SHOWN + 1] = '\0'; /* it is not looked at again */
            error_set(error, "%s said a line longer than %d bytes after %s: '%s'", program->name,
                      PROGRAM_LINE_MAX, program->requested, program_show(program->heard, shown));
            return NULL;
        }
        size_t before = program->filled;
        if (program->ended && program->out >= 0)
            take_output(program); /* others may hold its end open: do not wait for that */
        if (program->out < 0 || (program->ended && program->filled == before)) {
            fail_ended(program, error);
            return NULL;
        }
        if (program->filled == before && !wait_once(program, false, deadline)) {
            fail_silent(program, program->completed ? "did not finish" : "said nothing", error);
            return NULL;
        }
    }
}

void program_end(struct program *program, nsec_t patience)
{
    if (program->keeper.pid == 0)
        return;
    nsec_t deadline = clock_now() + patience;
    close_fd(&program->in);
    while (!program->ended && wait_once(program, false, deadline))
        program->taken = program->filled = 0; /* nobody listens any more */
    keeper_end(&program->keeper);
    close_fd(&program->out);
    close_fd(&program->err);
}
