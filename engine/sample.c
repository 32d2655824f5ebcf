#include "sample.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *explain;
} outcomes[OUTCOME_COUNT] = {
    [OUTCOME_NOT_STARTED] = {"not started", "not started before the time box ended"},
    [OUTCOME_OK] = {"ok", "completed, and the response is correct"},
    [OUTCOME_UNFINISHED] = {"unfinished", "no response before the run ended"},
    [OUTCOME_NO_WORKER] = {"worker", "no thread or process could be created for it"},
    [OUTCOME_LOST] = {"lost", "the process that executed it died"},
    [OUTCOME_NO_SOCKET] = {"socket", "no socket could be created"},
    [OUTCOME_CONNECT] = {"connect", "could not connect"},
    [OUTCOME_SEND] = {"send", "could not send"},
    [OUTCOME_RECEIVE] = {"receive", "could not receive"},
    [OUTCOME_CLOSED] = {"closed", "the server closed the connection without a response"},
    [OUTCOME_GARBLED] = {"garbled", "the response did not follow the protocol"},
    [OUTCOME_REFUSED] = {"refused", "the server responded with an error"},
    [OUTCOME_WRONG] = {"wrong",
                       "the number was outside the requested bounds, or not the correct one"},
    [OUTCOME_JOB] = {"job", "the program's own work failed"},
    [OUTCOME_STATUS] = {"status", "the response had an unexpected status"},
};

const char *outcome_name(enum outcome outcome)
{
    return outcome < OUTCOME_COUNT ? outcomes[outcome].name : "unknown";
}

const char *outcome_explain(enum outcome outcome)
{
    return outcome < OUTCOME_COUNT ? outcomes[outcome].explain : "unknown";
}

const char *outcome_cause(enum outcome outcome, int errnum, char text[OUTCOME_CAUSE_BYTES])
{
    text[0] = '\0';
    if (errnum == 0)
        return text;
    if (outcome != OUTCOME_STATUS)
        return strerror(errnum);
    snprintf(text, OUTCOME_CAUSE_BYTES, "HTTP %d%s", errnum,
             errnum / 100 == 3 && errnum != 304 ? ", a redirect, which is not followed" : "");
    return text;
}
