#include "trial.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "confine.h"
#include "expect.h"
#include "lib/units.h"
#include "self.h"

/* What the trial's process reports. */
struct report {
    bool complete, failed;
    struct error error;
};

void *trial_share(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

static _Noreturn void perform(void (*body)(const void *argument), const void *argument,
                              struct report *report, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    if (getppid() != parent) /* it ended before prctl() */
        _exit(EXIT_FAILURE);
    signal(SIGPIPE, SIG_IGN); /* as the harness does */
    confine_network();
    report->failed = expect_run(body, argument, &report->error) < 0;
    report->complete = true;
    _exit(EXIT_SUCCESS);
}

/* Whatever the trial had started became a child of ours, and is ending by itself: its server and
 * the program's supervisor do when the trial's process has. */
static void reap_all(void)
{
    const nsec_t end = clock_now() + 5 * NSEC_PER_SEC;
    const struct timespec pause = {.tv_nsec = NSEC_PER_MSEC};
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) >= 0 || errno == EINTR;) {
        pid_t left[64];
        unsigned count = pid == 0 && clock_now() > end ? self_children(left, 64) : 0;
        for (unsigned i = 0; i < count && i < 64; i++)
            kill(left[i], SIGKILL);
        if (pid == 0)
            nanosleep(&pause, NULL);
    }
}

static enum trial_result conclude(const struct child *child, const struct report *report,
                                  struct error *error)
{
    char how[64];
    if (report->complete) {
        *error = report->error;
        return report->failed ? TRIAL_FAILED : TRIAL_PASSED;
    }
    error_set(error, "the process of the check %s",
              process_describe_end(child->status, how, sizeof(how)));
    return TRIAL_BROKEN;
}

enum trial_result trial_run(void (*body)(const void *argument), const void *argument,
                            nsec_t timeout, struct error *error)
{
    static struct report *report;
    if (!report)
        report = trial_share(sizeof(*report));
    *report = (struct report){0};
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t parent = getpid();
    struct child child = {.pid = fork()};
    if (child.pid == 0)
        perform(body, argument, report, parent);
    if (child.pid < 0) {
        error_errno(error, errno, "no process for a check");
        return TRIAL_BROKEN;
    }
    if (child_watch(&child, error) < 0)
        return TRIAL_BROKEN;
    enum child_wait waited = child_wait(&child, clock_now() + timeout);
    if (waited != CHILD_ENDED) {
        kill(child.pid, SIGKILL);
        child_stop(&child, NSEC_PER_SEC);
    }
    reap_all();
    if (waited == CHILD_INTERRUPTED)
        return TRIAL_INTERRUPTED;
    if (waited == CHILD_ENDED)
        return conclude(&child, report, error);
    char text[UNITS_TEXT_BYTES];
    units_format_time_exact(timeout, text);
    error_set(error, "it did not come to its end within %s", text);
    return TRIAL_TIMEOUT;
}
