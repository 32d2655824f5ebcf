/* The calibration runs in a separate process, so that its side effects (memory, page tables, the
 * scheduler's history) end with it and do not affect the campaign's process. */
#include "calibrate.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calibrate_clock.h"
#include "calibrate_exchange.h"
#include "calibrate_machine.h"
#include "bench/base/child.h"
#include "lib/net.h"

enum { SPARE_DESCRIPTORS = 32 };

static const nsec_t TIMEOUT = 20 * NSEC_PER_SEC;

struct outcome_page {
    bool complete;
    struct calibration calibration;
    struct error error;
};

static void measure_all(struct outcome_page *account)
{
    struct calibration *c = &account->calibration;
    calibrate_machine(c);
    account->complete =
        net_want_descriptors(CALIBRATE_BURST + SPARE_DESCRIPTORS, &account->error) == 0 &&
        calibrate_exchange(false, &c->connection, &account->error) == 0 &&
        calibrate_exchange(true, &c->kept_alive, &account->error) == 0;
}

static int check_outcome(const struct outcome_page *account, enum child_wait waited,
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
        return error_set(error, "the calibration process %s",
                         child_describe_end(child, how, sizeof(how)));
    if (error)
        *error = account->error;
    return -1;
}

int calibrate(struct calibration *out, struct error *error)
{
    struct outcome_page *account =
        mmap(NULL, sizeof(*account), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (account == MAP_FAILED)
        return error_errno(error, errno, "cannot map memory for the calibration");
    struct child child = {.pid = fork()};
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        measure_all(account);
        _exit(0);
    }
    int result = -1;
    if (child.pid < 0) {
        error_errno(error, errno, "cannot create a process for the calibration");
    } else if ((child.pidfd = pidfd_open(child.pid, 0)) < 0) {
        error_errno(error, errno, "cannot watch process %d", (int)child.pid);
        kill(child.pid, SIGKILL);
        waitpid(child.pid, NULL, 0);
    } else {
        enum child_wait waited = child_wait(&child, clock_now() + TIMEOUT);
        child_stop(&child, 0);
        result = check_outcome(account, waited, &child, error);
    }
    if (result == 0)
        *out = account->calibration;
    munmap(account, sizeof(*account));
    return result;
}
