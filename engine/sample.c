#include "sample.h"

static const struct {
    const char *name, *explain;
} outcomes[OUTCOME_COUNT] = {
    [OUTCOME_NOT_STARTED] = {"not started", "not started before the time box closed"},
    [OUTCOME_OK] = {"ok", "answered, and the answer checked"},
    [OUTCOME_UNFINISHED] = {"unfinished", "no answer before the run was ended"},
    [OUTCOME_NO_WORKER] = {"worker", "no thread or process could be made for it"},
    [OUTCOME_LOST] = {"lost", "the process that carried it died"},
    [OUTCOME_NO_SOCKET] = {"socket", "no socket could be made"},
    [OUTCOME_CONNECT] = {"connect", "could not connect"},
    [OUTCOME_SEND] = {"send", "could not send"},
    [OUTCOME_RECEIVE] = {"receive", "could not receive"},
    [OUTCOME_CLOSED] = {"closed", "the server closed the connection without an answer"},
    [OUTCOME_GARBLED] = {"garbled", "the answer was not one of the protocol"},
    [OUTCOME_REFUSED] = {"refused", "the server answered with an error"},
    [OUTCOME_WRONG] = {"wrong",
                       "the number was outside the bounds asked for, or not the right one"},
    [OUTCOME_JOB] = {"job", "the program's own work failed"},
};

const char *outcome_name(enum outcome outcome)
{
    return outcome < OUTCOME_COUNT ? outcomes[outcome].name : "unknown";
}

const char *outcome_explain(enum outcome outcome)
{
    return outcome < OUTCOME_COUNT ? outcomes[outcome].explain : "unknown";
}
