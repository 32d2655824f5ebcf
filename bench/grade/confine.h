/* Limited rights for a program that somebody else wrote: a user or a user namespace of its own,
 * namespaces for processes, mounts and IPC, no new privileges, limits on CPU time, memory,
 * processes, descriptors and files, a file system that cannot be written to but for a folder of
 * its own. What the kernel does not permit here is left out, and can be told.
 *
 * The program is started through a launcher, a script in the scratch folder whose interpreter is
 * this program (CONFINE_COMMAND), so that it can be named like any other: exec:SCRATCH/launch. */
#ifndef WAITBENCH_CONFINE_H
#define WAITBENCH_CONFINE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib/clock.h"
#include "lib/error.h"

#define CONFINE_COMMAND "confined-program"

/* Of each process of the program, but for the memory and the processes, which are of all. */
enum {
    CONFINE_CPU_S = 60,
    CONFINE_PROCESSES = 1024,
    CONFINE_DESCRIPTORS = 4096,
    CONFINE_MEMORY_MIB = 1024,
    CONFINE_DATA_MIB = 4096, /* address space for data, of which most is never touched */
    CONFINE_FILE_MIB = 16,
    CONFINE_WORK_MIB = 64, /* all files in its folder */
};

/* What is in effect. */
enum confined {
    CONFINED_USER = 1 << 0,           /* a user of its own */
    CONFINED_USER_NAMESPACE = 1 << 1, /* the same user, without rights outside a namespace */
    CONFINED_PROCESSES = 1 << 2,      /* sees, and can signal, its own processes only */
    CONFINED_FILES = 1 << 3,          /* can write to its own folder only */
    CONFINED_MEMORY = 1 << 4,         /* is ended when all of it takes too much */
    CONFINED_NETWORK = 1 << 5,        /* a loopback interface of its own, and no other */
    CONFINED_PRIVILEGES = 1 << 6,     /* can gain none */
};

enum { CONFINE_PATH_BYTES = 1024 };

struct confinement {
    char scratch[CONFINE_PATH_BYTES]; /* holds build/ and work/, both the program's user's */
    char source[CONFINE_PATH_BYTES];  /* a folder that the program sees too, or "" */
    char program[CONFINE_PATH_BYTES]; /* for the launcher */
    uid_t user;                       /* 0: ours */
    bool builds;                      /* may write to scratch/build */
};

/* Make the scratch folder. Returns 0 or -1. */
int confine_make(struct confinement *confinement, struct error *error);
void confine_remove(struct confinement *confinement);

/* Write the launcher for confinement->program; `name` becomes "exec:SCRATCH/launch". */
int confine_make_launcher(const struct confinement *confinement, char *name, size_t size,
                          struct error *error);

/* Which limits are in effect here (enum confined). To be called before source is set. */
unsigned confine_probe(const struct confinement *confinement);

/* A line for each limit that is in effect, and for each that is not. */
void confine_describe(unsigned active, char *text, size_t size);

/* Where the program sees the scratch folder, and the folder `source`. */
#define CONFINE_PLACE "/mnt"
const char *confine_folder(const struct confinement *confinement, unsigned active);
const char *confine_source(const struct confinement *confinement, unsigned active);

/* Give this process, and what it starts from now on, a network of its own. Returns whether it has
 * one. */
bool confine_network(void);

/* In a process of its own, become the program `argv` with limited rights. */
_Noreturn void confine_exec(const struct confinement *confinement, char *const argv[]);

/* main() of the launcher, by the path of its script. */
int confine_main(const char *script);

#endif
