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

/* How long to wait for the supervisor's report after a pipe was closed. */
static const nsec_t END_TIMEOUT = NSEC_PER_SEC;

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
    program->supervisor.pid = 0;
    program->ended = program->responded = false;
    program->end = (struct supervisor_report){0};
    program->taken = program->filled = 0;
    program->line[0] = program->last_line[0] = '\0';
    program->last_command = "its start";
    program->sent_at = clock_now();
    while (made < PIPES && pipe2(pipes[made], O_CLOEXEC) == 0)
        made++;
    int result = made == PIPES ? 0 : error_errno(error, errno, "cannot create pipes to %s", name);
    if (result == 0) {
        const int stdio[3] = {pipes[TO][0], pipes[FROM][1], pipes[ERRORS][1]};
        result = supervisor_start(&program->supervisor, path, argv, stdio, error);
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

static char printable(char c)
{
    return c >= ' ' && c <= '~' ? c : '?';
}

char *program_printable(const char *line, char *buffer)
{
    size_t length = 0;
    for (; length < PROGRAM_EXCERPT && line[length]; length++)
        buffer[length] = line[length] == '\t' ? ' ' : printable(line[length]);
    strcpy(buffer + length, line[length] ? " ..." : "");
    return buffer;
}

/* Runtimes print the error first and a stack trace after it: keep a line that names an error until
 * another one does. */
static bool names_error(const char *line)
{
    return strcasestr(line, "error:") || strcasestr(line, "panic:");
}

/* Keep the line of its standard error that messages will quote. */
static void take_error_text(struct program *program, const char *text, size_t size)
{
    size_t length = strlen(program->line);
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n') {
            if (length < PROGRAM_TAIL_BYTES - 1)
                program->line[length++] = printable(text[i]);
            continue;
        }
        program->line[length] = '\0';
        bool blank = !program->line[strspn(program->line, " ")];
        if (!blank && (names_error(program->line) || !names_error(program->last_line)))
            memcpy(program->last_line, program->line, length + 1);
        length = 0;
    }
    program->line[length] = '\0';
}

/* Returns true if there may be more. */
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
        read(program->out, program->input + program->filled, PROGRAM_LINE_MAX - program->filled);
    if (size > 0) {
        program->filled += (size_t)size;
        program->responded = true;
    } else if (size == 0) {
        close_fd(&program->out);
    }
}

/* Wait for an event and handle it. Returns false at `deadline` (0: none). */
static bool wait_once(struct program *program, bool sending, nsec_t deadline)
{
    bool room = program->filled < PROGRAM_LINE_MAX;
    struct pollfd fds[] = {
        {.fd = program->err, .events = POLLIN},
        {.fd = room ? program->out : -1, .events = POLLIN},
        {.fd = program->ended ? -1 : program->supervisor.socket, .events = POLLIN},
        {.fd = sending ? program->in : -1, .events = POLLOUT},
    };
    nsec_t left = deadline ? deadline - clock_now() : 1;
    struct timespec limit = clock_timespec(left);
    if (left <= 0)
        return false;
    if (ppoll(fds, 4, deadline ? &limit : NULL, NULL) <= 0)
        return true; /* interrupted, or the deadline: checked by the next call */
    if (fds[0].revents)
        drain_errors(program);
    if (fds[1].revents)
        take_output(program);
    int ended = fds[2].revents ? supervisor_poll(&program->supervisor, &program->end) : 0;
    if (ended < 0) /* the supervisor was killed, and the program with it */
        program->end = (struct supervisor_report){.status = SIGKILL};
    program->ended = program->ended || ended;
    return true;
}

/* It ended, or closed a standard stream: report how, and its last error line. */
static int fail_ended(struct program *program, struct error *error)
{
    char how[80] = "closed its standard output";
    nsec_t deadline = clock_now() + END_TIMEOUT;
    while (!program->ended && wait_once(program, false, deadline))
        continue;
    if (program->end.exec_errno)
        return error_errno(error, program->end.exec_errno, "cannot start %s%s", program->name,
                           program->end.exec_errno == ENOEXEC ? " (is its first line '#!...'?)"
                                                              : "");
    while (program->err >= 0 && drain_errors(program))
        continue;
    if (program->ended)
        process_describe_end(program->end.status, how, sizeof(how));
    take_error_text(program, "\n", 1); /* its last line may be incomplete */
    const char *last = program->last_line;
    return error_set(error, "%s %s after %s%s%s%s", program->name, how, program->last_command,
                     last[0] ? "; it wrote: '" : "", last, last[0] ? "'" : "");
}

static int fail_timeout(const struct program *program, const char *what, struct error *error)
{
    char time[UNITS_TEXT_BYTES];
    return error_set(error, "%s %s for %s after %s; it was killed", program->name, what,
                     units_format_time(clock_now() - program->sent_at, time),
                     program->last_command);
}

int program_send(struct program *program, const char *text, size_t size, const char *command,
                 nsec_t deadline, struct error *error)
{
    program->last_command = command;
    program->sent_at = clock_now();
    program->responded = false;
    while (size > 0) {
        ssize_t written = program->ended ? -1 : write(program->in, text, size);
        if (written > 0) {
            text += written;
            size -= (size_t)written;
        } else if (program->ended || errno == EPIPE) {
            return fail_ended(program, error);
        } else if (errno != EAGAIN && errno != EINTR) {
            return error_errno(error, errno, "cannot send %s to %s", command, program->name);
        } else if (!wait_once(program, true, deadline)) {
            return fail_timeout(program, "did not read its standard input", error);
        }
    }
    return 0;
}

/* The next complete line of the input, or NULL. */
static char *take_line(struct program *program)
{
    char *start = program->input + program->taken;
    char *newline = memchr(start, '\n', program->filled - program->taken);
    if (!newline)
        return NULL;
    *newline = '\0';
    program->taken += (size_t)(newline - start) + 1;
    return start;
}

char *program_read_line(struct program *program, nsec_t deadline, struct error *error)
{
    for (;;) {
        char *line = take_line(program);
        if (line)
            return line;
        memmove(program->input, program->input + program->taken, program->filled - program->taken);
        program->filled -= program->taken;
        program->taken = 0;
        if (program->filled == PROGRAM_LINE_MAX) {
            char shown[PROGRAM_EXCERPT_BYTES];
            program->input[PROGRAM_EXCERPT + 1] = '\0'; /* the input is not used again */
            error_set(error, "%s wrote a line longer than %d bytes after %s: '%s'", program->name,
                      PROGRAM_LINE_MAX, program->last_command,
                      program_printable(program->input, shown));
            return NULL;
        }
        size_t before = program->filled;
        if (program->ended && program->out >= 0)
            take_output(program); /* without waiting: others may hold the pipe open */
        if (program->out < 0 || (program->ended && program->filled == before)) {
            fail_ended(program, error);
            return NULL;
        }
        if (program->filled == before && !wait_once(program, false, deadline)) {
            fail_timeout(program, program->responded ? "did not finish" : "wrote nothing", error);
            return NULL;
        }
    }
}

void program_end(struct program *program, nsec_t timeout)
{
    if (program->supervisor.pid == 0)
        return;
    nsec_t deadline = clock_now() + timeout;
    close_fd(&program->in);
    while (!program->ended && wait_once(program, false, deadline))
        program->taken = program->filled = 0; /* discard its output */
    supervisor_end(&program->supervisor);
    close_fd(&program->out);
    close_fd(&program->err);
}
