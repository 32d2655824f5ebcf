/* The calibration, in a process of its own: what it leaves behind (memory, page tables, a scheduler
 * that takes it for a hog) goes with it, and the campaign's process stays as it was. */
#include "calibrate.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calibrate_parts.h"
#include "bench/base/child.h"
#include "lib/net.h"

enum { SPARE_DESCRIPTORS = 32 };

static const nsec_t PATIENCE = 20 * NSEC_PER_SEC;

static int compare(const void *a, const void *b)
{
    nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;
    return (x > y) - (x < y);
}

nsec_t calibrate_median(nsec_t *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare);
    return values[n / 2];
}

struct account {
    bool complete;
    struct calibration calibration;
    struct error error;
};

static void measure_all(struct account *account)
{
    struct calibration *c = &account->calibration;
    calibrate_machine(c);
    account->complete =
        net_want_descriptors(CALIBRATE_BURST + SPARE_DESCRIPTORS, &account->error) == 0 &&
        calibrate_exchange(false, &c->connection, &account->error) == 0 &&
        calibrate_exchange(true, &c->kept_alive, &account->error) == 0;
}

static int take_account(const struct account *account, enum child_wait waited,
                        const struct child *child, struct error *error)
{
    char how[64];
    if (account->complete)
        return 0;
    if (waited == CHILD_INTERRUPTED)
        return error_set(error, "interrupted");
    if (waited == CHILD_TIMEOUT)
        return error_set(error, "the calibration did not end within 20 s");
    if (account->error.text[0] == '\0')
        return error_set(error, "the calibrating process %s",
                         child_describe_end(child, how, sizeof(how)));
    if (error)
        *error = account->error;
    return -1;
}

int calibrate(struct calibration *out, struct error *error)
{
    struct account *account =
        mmap(NULL, sizeof(*account), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (account == MAP_FAILED)
        return error_errno(error, errno, "no memory to calibrate in");
    struct child child = {.pid = fork()};
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        measure_all(account);
        _exit(0);
    }
    int result = -1;
    if (child.pid < 0) {
        error_errno(error, errno, "no process to calibrate in");
    } else if ((child.pidfd = pidfd_open(child.pid, 0)) < 0) {
        error_errno(error, errno, "cannot watch process %d", (int)child.pid);
        kill(child.pid, SIGKILL);
        waitpid(child.pid, NULL, 0);
    } else {
        enum child_wait waited = child_wait(&child, clock_now() + PATIENCE);
        child_stop(&child, 0);
        result = take_account(account, waited, &child, error);
    }
    if (result == 0)
        *out = account->calibration;
    munmap(account, sizeof(*account));
    return result;
}

/* ---- by name ---- */

#define ENTRY(field, name, unit, explain)                                                          \
    {                                                                                              \
        name, unit, explain, offsetof(struct calibration, field)                                   \
    }
#define ENTRIES_BURST(field, name, who)                                                            \
    ENTRY(field.client_ask, name "_client_ask", "ns",                                              \
          who ": CPU to connect (if it must) and send"),                                           \
        ENTRY(field.client_answer, name "_client_answer", "ns", who ": CPU to read and close"),    \
        ENTRY(field.server_ask, name "_server_ask", "ns",                                          \
              who ": server's CPU to accept and read"),                                            \
        ENTRY(field.server_answer, name "_server_answer", "ns",                                    \
              who ": server's CPU to write and close"),                                            \
        ENTRY(field.spread, name "_spread", "ns", who ": time from one answer to the next")
#define ENTRIES_EXCHANGE(field, name)                                                              \
    ENTRY(field.lone, name "_lone", "ns", "one request alone, its thinking apart"),                \
        ENTRIES_BURST(field.loop, name "_loop", "an event loop"),                                  \
        ENTRIES_BURST(field.threads, name "_threads", "threads")

static const struct {
    const char *name, *unit, *explain;
    size_t offset;
} entries[] = {
    ENTRY(somaxconn, "somaxconn", "", "the kernel's cap on a backlog"),
    ENTRY(syscall, "syscall", "ns", "CPU of a system call that does nothing"),
    ENTRY(switching, "switch", "ns", "CPU of a switch from one thread to another"),
    ENTRY(thread, "thread", "ns", "CPU of making and joining a thread"),
    ENTRY(timer, "timer", "ns", "how late a timer's reader runs"),
    ENTRIES_EXCHANGE(connection, "connection"),
    ENTRIES_EXCHANGE(kept_alive, "kept_alive"),
};

bool calibration_entry(const struct calibration *calibration, size_t i,
                       struct calibration_entry *out)
{
    if (i >= sizeof(entries) / sizeof(entries[0]))
        return false;
    *out = (struct calibration_entry){
        .name = entries[i].name,
        .unit = entries[i].unit,
        .explain = entries[i].explain,
        .value = *(const int64_t *)((const char *)calibration + entries[i].offset),
    };
    return true;
}
