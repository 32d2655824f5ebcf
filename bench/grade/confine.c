#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/family.h"

static const uint64_t MIB = 1 << 20;

/* Exit statuses as a shell's: of a program that cannot be started, and above, of one that a signal
 * ended. */
enum { STATUS_NOT_STARTED = 127, STATUS_SIGNAL = 128 };

/* ---- namespaces ---- */

/* Where that fails, the user has no number in the namespace, and less is permitted. */
static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return;
    setbuf(file, NULL);
    fputs(text, file);
    fclose(file);
}

/* In the namespace the user, or the group, has the number that it has outside. */
static void map_id(const char *path, unsigned id)
{
    char text[32];
    snprintf(text, sizeof(text), "%u %u 1", id, id);
    write_file(path, text);
}

/* New namespaces, inside a new one for users where that takes rights which we lack. Returns what is
 * in effect, or 0. */
static unsigned enter_namespaces(int flags, unsigned effect)
{
    unsigned user = geteuid(), group = getegid();
    if (unshare(flags) == 0)
        return effect;
    /* Root that may not has another user to become, of which such a namespace knows nothing. */
    if (user == 0 || unshare(flags | CLONE_NEWUSER) < 0)
        return 0;
    write_file("/proc/self/setgroups", "deny");
    map_id("/proc/self/uid_map", user);
    map_id("/proc/self/gid_map", group);
    return effect | CONFINED_USER_NAMESPACE;
}

bool confine_network(void)
{
    if (!enter_namespaces(CLONE_NEWNET, CONFINED_NETWORK))
        return false;
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result = fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &loopback);
    if (fd >= 0)
        close(fd);
    return result == 0;
}

static int set_read_only(const char *path, unsigned flags, bool read_only)
{
    struct mount_attr change = {.attr_set = MOUNT_ATTR_NOSUID};
    if (read_only)
        change.attr_set |= MOUNT_ATTR_RDONLY;
    else
        change.attr_clr = MOUNT_ATTR_RDONLY;
    return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &change, sizeof(change));
}

/* In a mount namespace of its own, where the scratch folder has another place: whoever owns the
 * folders above it may let nobody else in. */
static bool confine_files(const struct confinement *confinement)
{
    char source[CONFINE_PATH_BYTES + 16], options[96];
    snprintf(source, sizeof(source), "%s/source", confinement->scratch);
    snprintf(options, sizeof(options), "size=%dm,mode=0700,uid=%u,gid=%u", CONFINE_WORK_MIB,
             confinement->user ? confinement->user : geteuid(),
             confinement->user ? confinement->user : getegid());
    const unsigned long inert = MS_NOSUID | MS_NODEV;
    bool done = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                (!confinement->source[0] ||
                 mount(confinement->source, source, NULL, MS_BIND | MS_REC, NULL) == 0) &&
                mount(confinement->scratch, CONFINE_PLACE, NULL, MS_BIND | MS_REC, NULL) == 0 &&
                mount(CONFINE_PLACE "/build", CONFINE_PLACE "/build", NULL, MS_BIND, NULL) == 0 &&
                set_read_only("/", AT_RECURSIVE, true) == 0 &&
                (!confinement->builds || set_read_only(CONFINE_PLACE "/build", 0, false) == 0) &&
                mount("tmpfs", CONFINE_PLACE "/work", "tmpfs", inert, options) == 0;
    if (done) /* some programs use it */
        mount("tmpfs", "/dev/shm", "tmpfs", inert, options);
    return done;
}

/* ---- rights and limits ---- */

static void limit(int resource, uint64_t most)
{
    struct rlimit now;
    if (getrlimit(resource, &now) < 0)
        return;
    now.rlim_max = now.rlim_max < most ? now.rlim_max : most;
    now.rlim_cur = now.rlim_cur < now.rlim_max ? now.rlim_cur : now.rlim_max;
    setrlimit(resource, &now);
}

static void set_limits(void)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, CONFINE_CPU_S);
    limit(RLIMIT_NOFILE, CONFINE_DESCRIPTORS);
    limit(RLIMIT_DATA, CONFINE_DATA_MIB * MIB);
    limit(RLIMIT_FSIZE, CONFINE_FILE_MIB * MIB);
    limit(RLIMIT_NPROC, CONFINE_PROCESSES);
}

/* Returns what is in effect. */
static unsigned drop_rights(const struct confinement *confinement)
{
    unsigned active = 0;
    uid_t user = confinement->user;
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (user && setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 &&
        setresuid(user, user, user) == 0)
        active |= CONFINED_USER;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        active |= CONFINED_PRIVILEGES;
    return active;
}

/* ---- the processes: a launcher, the first one of the namespace, the program ---- */

/* Where the program writes, and what it inherits of our environment: nothing. */
static void become(const struct confinement *confinement, unsigned active, char *const argv[])
{
    char work[CONFINE_PATH_BYTES + 16], home[CONFINE_PATH_BYTES + 32],
        temporary[CONFINE_PATH_BYTES + 32];
    snprintf(work, sizeof(work), "%s/work", confine_folder(confinement, active));
    snprintf(home, sizeof(home), "HOME=%s", work);
    snprintf(temporary, sizeof(temporary), "TMPDIR=%s", work);
    char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
         language[] = "LC_ALL=C.UTF-8", plain[] = "LC_ALL=C";
    char *environment[] = {path, confinement->builds ? plain : language, home, temporary, NULL};
    if (chdir(work) < 0)
        _exit(STATUS_NOT_STARTED);
    execvpe(argv[0], argv, environment);
    dprintf(STDERR_FILENO, "error: cannot start %s: %s\n", argv[0], strerror(errno));
    _exit(STATUS_NOT_STARTED);
}

/* What all descendants of this process have in memory, but for what they share. */
static int64_t memory_bytes(void)
{
    struct family family;
    int64_t sum = 0;
    if (family_find(&family, getpid()) == 0)
        for (size_t i = 0; i < family.count; i++)
            sum += family_private_bytes(family.pids[i]);
    family_release(&family);
    return sum;
}

/* Wait for the program, and for whatever it leaves behind. Returns its status as a shell's. */
static int watch(pid_t program, bool watches_memory)
{
    const struct timespec pause = {.tv_nsec = 50 * NSEC_PER_MSEC};
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (;;) {
        int status;
        for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
            if (ended == program)
                return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
        if (watches_memory && memory_bytes() > CONFINE_MEMORY_MIB * (int64_t)MIB) {
            dprintf(STDERR_FILENO,
                    "error: it was ended because it took more than %d MiB of memory\n",
                    CONFINE_MEMORY_MIB);
            return STATUS_SIGNAL + SIGKILL;
        }
        sigtimedwait(&child, NULL, &pause);
    }
}

static void leave_streams(void)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO); /* whoever reads it sees when the program has ended */
}

/* The first process of the namespace; when it ends, so do all others. `report`: where the limits in
 * effect are written to, in place of starting the program; or -1. */
static _Noreturn void supervise(const struct confinement *confinement, char *const argv[],
                                unsigned active, int report)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool has_processes = active & CONFINED_PROCESSES;
    if (has_processes && confine_files(confinement))
        active |= CONFINED_FILES;
    if (!has_processes ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
        active |= CONFINED_MEMORY;
    if (!confinement->user && has_processes) /* who is not root has no other namespaces */
        active |= CONFINED_USER_NAMESPACE;
    pid_t program = fork();
    if (program == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        set_limits();
        active |= drop_rights(confinement);
        if (report >= 0 || !argv)
            _exit(write(report, &active, sizeof(active)) < 0);
        become(confinement, active, argv);
    }
    leave_streams();
    sigprocmask(SIG_BLOCK, &child, NULL);
    _exit(program < 0 ? STATUS_NOT_STARTED : watch(program, active & CONFINED_MEMORY));
}

/* The launcher itself stays outside, and ends as the program does. */
static _Noreturn void launch(const struct confinement *confinement, char *const argv[], int report)
{
    int status = 0;
    unsigned active =
        enter_namespaces(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC, CONFINED_PROCESSES);
    pid_t first = fork();
    if (first == 0)
        supervise(confinement, argv, active, report);
    leave_streams();
    while (first > 0 && waitpid(first, &status, 0) < 0 && errno == EINTR)
        continue;
    int code = WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    if (code > STATUS_SIGNAL) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(code - STATUS_SIGNAL, SIG_DFL);
        raise(code - STATUS_SIGNAL);
    }
    _exit(first < 0 ? STATUS_NOT_STARTED : code);
}

void confine_exec(const struct confinement *confinement, char *const argv[])
{
    launch(confinement, argv, -1);
}

unsigned confine_probe(const struct confinement *confinement)
{
    unsigned active = 0;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return 0;
    pid_t launcher = fork();
    if (launcher == 0) {
        unsigned network = confine_network() ? CONFINED_NETWORK : 0;
        if (write(ends[1], &network, sizeof(network)) < 0)
            _exit(EXIT_FAILURE);
        launch(confinement, NULL, ends[1]);
    }
    close(ends[1]);
    for (unsigned more; read(ends[0], &more, sizeof(more)) == sizeof(more);)
        active |= more;
    close(ends[0]);
    if (launcher > 0)
        waitpid(launcher, NULL, 0);
    return active;
}
