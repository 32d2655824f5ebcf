#include "topology.h"

#include <stdio.h>
#include <string.h>

enum { SIBLINGS_BYTES = 128 };

/* The CPUs of the core that `cpu` belongs to, as the kernel writes them: "0,4", "0-1". Returns
 * false if they cannot be read. */
static bool read_siblings(const char *folder, int cpu, char text[SIBLINGS_BYTES])
{
    char path[512];
    snprintf(path, sizeof(path), "%s/cpu%d/topology/thread_siblings_list", folder, cpu);
    FILE *file = fopen(path, "re");
    bool read = file && fgets(text, SIBLINGS_BYTES, file);
    if (file)
        fclose(file);
    if (read)
        text[strcspn(text, "\n")] = '\0';
    return read && text[0];
}

/* Add a core's CPUs to the text, or "..." once there is no room for them and that. */
static void add_siblings(struct topology *topology, const char *siblings)
{
    static const char more[] = " ...";
    size_t used = strlen(topology->siblings), room = sizeof(topology->siblings) - used;
    if (used >= strlen(more) && !strcmp(topology->siblings + used - strlen(more), more))
        return;
    bool fits = strlen(siblings) + sizeof(more) < room;
    snprintf(topology->siblings + used, room, "%s%s", used && fits ? " " : "",
             fits ? siblings : more);
}

bool topology_read(struct topology *out, const char *folder, const cpu_set_t *cpus)
{
    bool counted[CPU_SETSIZE] = {false}, known = true; /* a core by its first CPU */
    char siblings[SIBLINGS_BYTES];
    *out = (struct topology){.cpus = (unsigned)CPU_COUNT(cpus)};
    for (int cpu = 0; cpu < CPU_SETSIZE && known; cpu++) {
        unsigned first;
        if (!CPU_ISSET(cpu, cpus))
            continue;
        known = read_siblings(folder, cpu, siblings) && sscanf(siblings, "%u", &first) == 1 &&
                first < CPU_SETSIZE;
        if (!known || counted[first])
            continue;
        counted[first] = true;
        out->cores++;
        add_siblings(out, siblings);
    }
    if (known)
        return true;
    *out = (struct topology){.cpus = out->cpus, .cores = out->cpus};
    return false;
}

bool topology_of_process(struct topology *out)
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
        return topology_read(out, TOPOLOGY_FOLDER, &allowed);
    *out = (struct topology){0};
    return false;
}
