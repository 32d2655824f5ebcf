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
#include "child.h"
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
    account->complete =
        net_want_descriptors(CALIBRATE_BURST + SPARE_DESCRIPTORS, &account->error) == 0 &&
        calibrate_machine(c, &account->error) == 0 &&
        calibrate_exchange(false, &c->connection, &account->error) == 0 &&
        calibrate_exchange(true, &c->kept_alive, &account->error) == 0;
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
        if (account->complete)
            result = 0;
        else if (account->error.text[0] && error)
            *error = account->error;
        else
            error_set(error,
                      waited == CHILD_INTERRUPTED ? "interrupted" : "the calibration did not end");
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

static const struct {
    const char *name, *unit, *explain;
    size_t offset;
} entries[] = {
    ENTRY(somaxconn, "somaxconn", "", "the kernel's cap on a backlog"),
    ENTRY(syscall, "syscall", "ns", "CPU of a system call that does nothing"),
    ENTRY(switching, "switch", "ns", "CPU of a switch from one thread to another"),
    ENTRY(thread, "thread", "ns", "CPU of making and joining a thread"),
    ENTRY(pool_ask, "pool_ask", "ns", "CPU of handing work to a thread until it waits"),
    ENTRY(pool_answer, "pool_answer", "ns", "CPU of a thread from its answer back to the pool"),
    ENTRY(pool_cores, "pool_cores", "mCPU", "CPUs that a pool of threads keeps busy"),
    ENTRY(timer, "timer", "ns", "how late a timer's reader runs"),
    ENTRY(connection.client_ask, "connection_client_ask", "ns", "CPU to connect and send"),
    ENTRY(connection.client_answer, "connection_client_answer", "ns", "CPU to read and close"),
    ENTRY(connection.server_ask, "connection_server_ask", "ns", "server's CPU to accept and read"),
    ENTRY(connection.server_answer, "connection_server_answer", "ns",
          "server's CPU to write and close"),
    ENTRY(connection.spread, "connection_spread", "ns",
          "from one answer of a burst of connections to the next"),
    ENTRY(connection.lone, "connection_lone", "ns", "one connection alone, its thinking apart"),
    ENTRY(kept_alive.client_ask, "kept_alive_client_ask", "ns", "CPU to send"),
    ENTRY(kept_alive.client_answer, "kept_alive_client_answer", "ns", "CPU to read"),
    ENTRY(kept_alive.server_ask, "kept_alive_server_ask", "ns", "server's CPU to read"),
    ENTRY(kept_alive.server_answer, "kept_alive_server_answer", "ns", "server's CPU to write"),
    ENTRY(kept_alive.spread, "kept_alive_spread", "ns",
          "from one answer of a burst of exchanges to the next"),
    ENTRY(kept_alive.lone, "kept_alive_lone", "ns", "one exchange alone, its thinking apart"),
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
