/* Which CPUs are one core: the hardware threads of a core share its execution units, so that two of
 * them do not compute twice as fast as one (Linux, Documentation/admin-guide/cputopology.rst). */
#ifndef WAITBENCH_TOPOLOGY_H
#define WAITBENCH_TOPOLOGY_H

#include <sched.h>
#include <stdbool.h>

#define TOPOLOGY_FOLDER "/sys/devices/system/cpu"

enum { TOPOLOGY_TEXT_BYTES = 1024 };

/* The cores of a set of CPUs. */
struct topology {
    unsigned cpus, cores;
    char siblings[TOPOLOGY_TEXT_BYTES]; /* the CPUs of each core: "0,4 1,5" */
};

/* Read the cores of `cpus` from cpuN/topology/thread_siblings_list in `folder`, TOPOLOGY_FOLDER
 * except in tests. Returns false, with every CPU counted as a core, if one of the files cannot be
 * read. A text that is too long for `siblings` ends with "...". */
bool topology_read(struct topology *out, const char *folder, const cpu_set_t *cpus);

/* The same of the CPUs that this process may use; cpus is 0 if they are unknown. */
bool topology_of_process(struct topology *out);

#endif
