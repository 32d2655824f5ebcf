/* Another program, spoken to in lines: started, asked, listened to with patience, ended. Whatever
 * it does, it is named in words: by what it was asked, what it said, how it ended and the last line
 * that it wrote to its standard error. */
#ifndef WAITBENCH_PROGRAM_H
#define WAITBENCH_PROGRAM_H

#include <stdbool.h>

#include "keeper.h"
#include "lib/clock.h"

enum {
    PROGRAM_LINE_MAX = 64 * 1024, /* the longest line that it may say, in bytes */
    PROGRAM_TAIL_BYTES = 160,
    PROGRAM_SHOWN = 110, /* so much of a line is shown in a message */
    PROGRAM_SHOWN_BYTES = PROGRAM_SHOWN + 5,
};

struct program {
    const char *name; /* in messages; outlives the program */
    struct keeper keeper;
    int in, out, err; /* our ends of its standard streams; -1 where closed */
    bool ended;
    struct keeper_report end;
    const char *requested; /* for messages: "its start", "'go'" */
    nsec_t sent_at;
    bool completed;                     /* it said something since */
    size_t taken, filled;               /* of `heard`: handed out as lines, and there at all */
    char heard[PROGRAM_LINE_MAX];       /* what it says on standard output */
    char line[PROGRAM_TAIL_BYTES];      /* the line that it is writing to standard error */
    char last_line[PROGRAM_TAIL_BYTES]; /* of the whole ones, the one to tell */
};

/* Start `path` with `argv`. Returns 0, or -1 with nothing left behind. From here on SIGPIPE has to
 * be ignored. */
int program_start(struct program *program, const char *name, const char *path, char *const argv[],
                  struct error *error);

/* Tell it something; `asked` is what messages call it, and outlives the program. Returns 0, or -1
 * where it does not listen until `deadline` (a point in time; 0 is never), or has ended. */
int program_tell(struct program *program, const char *text, size_t size, const char *requested,
                 nsec_t deadline, struct error *error);

/* Its next line, without the newline, good until the next call. NULL where there is none until
 * `deadline`, where it is too long, or where the program has ended. Allocates nothing. */
char *program_hear(struct program *program, nsec_t deadline, struct error *error);

/* Close its standard input, give it `patience` to end, and kill whatever is left of it and of what
 * it started. Nothing to do where it was never started. */
void program_end(struct program *program, nsec_t patience);

/* The beginning of a line that a program said, fit to be shown; `buffer` holds PROGRAM_SHOWN_BYTES
 * and is returned. */
char *program_show(const char *line, char *buffer);

#endif
