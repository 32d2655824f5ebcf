/* An external program, controlled by lines on its standard streams: start it, send lines, read
 * lines with a timeout, end it. On failure the message has the last command, what the program
 * wrote, how it ended, and the last line that it wrote to its standard error. */
#ifndef WAITBENCH_PROGRAM_H
#define WAITBENCH_PROGRAM_H

#include <stdbool.h>

#include "lib/clock.h"
#include "supervisor.h"

enum {
    PROGRAM_LINE_MAX =
        320 * 1024, /* longest line that it may write: a response, escaped, and more */
    PROGRAM_TAIL_BYTES = 160,
    PROGRAM_EXCERPT = 110, /* most of a line that a message quotes */
    PROGRAM_EXCERPT_BYTES = PROGRAM_EXCERPT + 5,
};

struct program {
    const char *name; /* in messages; outlives the program */
    struct supervisor supervisor;
    int in, out, err; /* our ends of its standard streams; -1 if closed */
    bool ended;
    struct supervisor_report end;
    const char *last_command; /* in messages: "its start", "'go'" */
    nsec_t sent_at;
    bool responded;                     /* it has written something since */
    size_t taken, filled;               /* bytes of `input`: handed out as lines, and in all */
    char input[PROGRAM_LINE_MAX];       /* its standard output */
    char line[PROGRAM_TAIL_BYTES];      /* the incomplete line of its standard error */
    char last_line[PROGRAM_TAIL_BYTES]; /* the complete line of it that messages quote */
};

/* Start `path` with `argv`. Returns 0, or -1 with everything released. SIGPIPE has to be ignored
 * from here on. */
int program_start(struct program *program, const char *name, const char *path, char *const argv[],
                  struct error *error);

/* Write `text` to its standard input. `command` names it in messages and has to outlive the
 * program. Returns 0, or -1 if it does not read until `deadline` (a point in time; 0: none) or has
 * ended. */
int program_send(struct program *program, const char *text, size_t size, const char *command,
                 nsec_t deadline, struct error *error);

/* Its next line, without the newline, valid until the next call. Returns NULL if there is none
 * until `deadline`, if it is too long, or if the program has ended. Allocates nothing. */
char *program_read_line(struct program *program, nsec_t deadline, struct error *error);

/* Close its standard input, wait `timeout` for its end, and kill what remains of it and of the
 * processes that it started. Does nothing if it was never started. */
void program_end(struct program *program, nsec_t timeout);

/* The beginning of a line that a program wrote, with unprintable characters replaced; `buffer`
 * holds PROGRAM_EXCERPT_BYTES and is returned. */
char *program_printable(const char *line, char *buffer);

#endif
