/* The scratch folder of a confined program, its launcher, and what is said of its limits. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/scratch.h"
#include "lib/program_path.h"

/* Users for services that run a while (systemd's range for them), which no account has: so limits
 * on a user's processes count this program's alone. Containers that have 65536 users have them too.
 */
enum { FIRST_USER = 61184, USERS = 4000 };

static int make_folder(const struct confinement *confinement, const char *name, uid_t owner,
                       struct error *error)
{
    char path[CONFINE_PATH_BYTES + 16];
    snprintf(path, sizeof(path), "%s/%s", confinement->scratch, name);
    if (mkdir(path, 0755) == 0 && (!owner || chown(path, owner, owner) == 0))
        return 0;
    return error_errno(error, errno, "cannot make the folder %s", path);
}

int confine_make(struct confinement *confinement, struct error *error)
{
    char self[PATH_MAX], link[CONFINE_PATH_BYTES + 16];
    *confinement = (struct confinement){.user = geteuid() ? 0 : FIRST_USER + getpid() % USERS};
    if (scratch_make(confinement->scratch, CONFINE_PATH_BYTES, error) < 0)
        return -1;
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[size > 0 ? size : 0] = '\0';
    snprintf(link, sizeof(link), "%s/waitbench", confinement->scratch);
    int result =
        chmod(confinement->scratch, 0711) == 0 && symlink(self, link) == 0
            ? 0
            : error_errno(error, errno, "cannot use the scratch folder %s", confinement->scratch);
    if (result == 0 && (strpbrk(confinement->scratch, " \t\n,'\"\\") || strlen(link) > 200))
        result = error_set(error, "the path in TMPDIR has blanks, commas or quotes, or is too "
                                  "long: choose another with TMPDIR");
    if (result < 0 || make_folder(confinement, "source", 0, error) < 0 ||
        make_folder(confinement, "build", confinement->user, error) < 0 ||
        make_folder(confinement, "work", confinement->user, error) < 0) {
        confine_remove(confinement);
        return -1;
    }
    return 0;
}

void confine_remove(struct confinement *confinement)
{
    scratch_remove(confinement->scratch);
    confinement->scratch[0] = '\0';
}

static int write_new(const char *path, mode_t mode, const void *data, size_t size,
                     struct error *error)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    bool written = file >= 0 && write(file, data, size) == (ssize_t)size;
    int result = written ? 0 : error_errno(error, errno, "cannot write %s", path);
    if (file >= 0)
        close(file);
    return result;
}

int confine_make_launcher(const struct confinement *confinement, char *name, size_t size,
                          struct error *error)
{
    char path[CONFINE_PATH_BYTES + 32], text[CONFINE_PATH_BYTES + 64];
    snprintf(path, sizeof(path), "%s/launch.limits", confinement->scratch);
    if (write_new(path, 0600, confinement, sizeof(*confinement), error) < 0)
        return -1;
    int length =
        snprintf(text, sizeof(text), "#!%s/waitbench " CONFINE_COMMAND "\n", confinement->scratch);
    snprintf(path, sizeof(path), "%s/launch", confinement->scratch);
    snprintf(name, size, PROGRAM_EXEC_PREFIX "%s", path);
    return write_new(path, 0700, text, (size_t)length, error);
}

int confine_main(const char *script)
{
    struct confinement confinement;
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s.limits", script);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool whole = file >= 0 && read(file, &confinement, sizeof(confinement)) == sizeof(confinement);
    if (!whole) {
        fprintf(stderr, "error: %s cannot be read; 'waitbench grade' makes it\n", path);
        return EXIT_FAILURE;
    }
    close(file);
    char *argv[] = {confinement.program, NULL};
    confine_exec(&confinement, argv);
}

const char *confine_folder(const struct confinement *confinement, unsigned active)
{
    return active & CONFINED_FILES ? CONFINE_PLACE : confinement->scratch;
}

const char *confine_source(const struct confinement *confinement, unsigned active)
{
    return active & CONFINED_FILES ? CONFINE_PLACE "/source" : confinement->source;
}

static const struct {
    unsigned bits;
    const char *text;
} descriptions[] = {
    {CONFINED_USER | CONFINED_USER_NAMESPACE, "a user or user namespace of its own"},
    {CONFINED_PROCESSES, "sight of its own processes only"},
    {CONFINED_FILES, "read-only files"},
    {CONFINED_NETWORK, "a network of loopback only"},
    {CONFINED_MEMORY, "the memory of all its processes together"},
    {CONFINED_PRIVILEGES, "no new privileges"},
};

void confine_describe(unsigned active, char *text, size_t size)
{
    size_t used = (size_t)snprintf(
        text, size, "%d s of CPU time, %d MiB of memory, %d processes, %d descriptors",
        CONFINE_CPU_S, CONFINE_MEMORY_MIB, CONFINE_PROCESSES, CONFINE_DESCRIPTORS);
    for (int wanted = 1; wanted >= 0; wanted--) {
        const char *separator = wanted ? ", " : "; not in effect here: ";
        for (size_t i = 0; i < sizeof(descriptions) / sizeof(descriptions[0]); i++) {
            bool is_active = active & descriptions[i].bits;
            if (is_active != wanted || used >= size)
                continue;
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s", separator, descriptions[i].text);
            separator = ", ";
        }
    }
}
