#include "cgroup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "proc.h"

#define MOUNT "/sys/fs/cgroup"

enum { PATH_BYTES = CGROUP_PATH_BYTES };

/* In version 1 no limit is a number near 2^63, in whole pages. */
static const int64_t NO_LIMIT = INT64_C(1) << 60;

/* In version 1 a hierarchy may have several controllers: "cpu,cpuacct". */
static bool names_have(const char *names, const char *controller)
{
    size_t length = strlen(controller);
    for (const char *name = names; name; name = strchr(name, ',')) {
        name += *name == ',';
        if (!strncmp(name, controller, length) && strchr(",", name[length]))
            return true;
    }
    return false;
}

/* The directory of this process's group for `controller`; `*root` is the length of the hierarchy's
 * own path. */
static bool find_group(const char *controller, char folder[PATH_BYTES], size_t *root)
{
    char line[PATH_BYTES];
    bool found = false, unified = false;
    FILE *groups = fopen("/proc/self/cgroup", "re");
    if (!groups)
        return false;
    while (!found && fgets(line, sizeof(line), groups)) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = line;
        strsep(&rest, ":");
        const char *names = strsep(&rest, ":");
        if (!names || !rest)
            continue;
        found = names_have(names, controller);
        if (!found && *names)
            continue;
        const char *below = found                                            ? controller
                            : access(MOUNT "/cgroup.controllers", R_OK) == 0 ? ""
                                                                             : "unified";
        *root = (size_t)snprintf(folder, PATH_BYTES, MOUNT "/%s", below);
        snprintf(folder + *root, PATH_BYTES - *root, "%s", rest);
        unified |= !found;
    }
    fclose(groups);
    return found || unified;
}

/* From a group's directory to its parent's. Returns false at the top. */
static bool go_up(char folder[PATH_BYTES], size_t root)
{
    char *slash = strrchr(folder, '/');
    if (!slash || (size_t)(slash - folder) < root)
        return false;
    *slash = '\0';
    return true;
}

static bool read_number(const char *folder, const char *file, int64_t *out)
{
    char text[PROC_FILE_BYTES];
    return proc_read(text, "%s/%s", folder, file) &&
           sscanf(text, "%" SCNd64, out) == 1; /* else "max" */
}

/* The page cache counts against the limit, but is reclaimed under memory pressure. */
static int64_t reclaimable(const char *folder)
{
    char text[PROC_FILE_BYTES];
    int64_t value;
    bool found = proc_read(text, "%s/memory.stat", folder) &&
                 (proc_number(text, "total_inactive_file ", &value) || /* of version 1 */
                  proc_number(text, "inactive_file ", &value));
    return found ? value : 0;
}

static bool read_limit(const char *folder, bool memory, int64_t *limit, int64_t *used)
{
    static const char *const files[][2] = {{"pids.max", "pids.current"},
                                           {"memory.max", "memory.current"},
                                           {"memory.limit_in_bytes", "memory.usage_in_bytes"}};
    for (size_t i = memory; i < (memory ? 3 : 1); i++)
        if (read_number(folder, files[i][0], limit) && *limit < NO_LIMIT &&
            read_number(folder, files[i][1], used)) {
            *used -= memory ? reclaimable(folder) : 0;
            return true;
        }
    return false;
}

bool cgroup_limit(const char *controller, int64_t *limit, int64_t *used)
{
    char folder[PATH_BYTES];
    size_t root;
    bool memory = !strcmp(controller, "memory"), found = false;
    if (!find_group(controller, folder, &root))
        return false;
    do {
        int64_t group_limit, group_used;
        if (read_limit(folder, memory, &group_limit, &group_used) &&
            (!found || group_limit - group_used < *limit - *used)) {
            *limit = group_limit;
            *used = group_used;
            found = true;
        }
    } while (go_up(folder, root));
    return found;
}

/* The quota is a time in microseconds per period in microseconds. */
static bool read_quota(const char *folder, double *cores)
{
    char text[PROC_FILE_BYTES];
    int64_t quota, period;
    bool found = proc_read(text, "%s/cpu.max", folder)
                     ? sscanf(text, "%" SCNd64 " %" SCNd64, &quota, &period) == 2 /* else "max" */
                     : read_number(folder, "cpu.cfs_quota_us", &quota) &&
                           read_number(folder, "cpu.cfs_period_us", &period);
    if (!found || quota <= 0 || period <= 0)
        return false;
    *cores = (double)quota / (double)period;
    return true;
}

bool cgroup_cpu_quota(struct cgroup_quota *quota)
{
    char folder[PATH_BYTES];
    size_t root;
    double cores;
    *quota = (struct cgroup_quota){0};
    if (!find_group("cpu", folder, &root))
        return false;
    do {
        if (read_quota(folder, &cores) && (quota->cores == 0 || cores < quota->cores)) {
            quota->cores = cores;
            memcpy(quota->folder, folder, sizeof(folder));
        }
    } while (go_up(folder, root));
    return quota->cores > 0;
}

int64_t cgroup_throttled_ns(const struct cgroup_quota *quota)
{
    char text[PROC_FILE_BYTES];
    int64_t value;
    if (quota->cores == 0)
        return 0;
    if (!proc_read(text, "%s/cpu.stat", quota->folder))
        return -1;
    if (proc_number(text, "throttled_time ", &value))
        return value;
    return proc_number(text, "throttled_usec ", &value) ? value * NSEC_PER_USEC : -1;
}
