/* The samples of an external program are checked: every request must be reported once, with times
 * within the run as measured on our own clock, in slots that execute one request at a time; and the
 * bytes it received go through the same reader as the responses to the built-in drivers. */
#include "external_samples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields of a line ---- */

size_t external_escape(char *to, const char *from, size_t size)
{
    static const char escaped[] = "\\\t\n\r", letters[] = "\\tnr0";
    char *start = to;
    for (size_t i = 0; i < size; i++) {
        const char *found = memchr(escaped, from[i], sizeof(escaped)); /* including its NUL */
        if (found)
            *to++ = '\\';
        *to++ = found ? letters[found - escaped] : from[i];
    }
    return (size_t)(to - start);
}

/* In place. Returns the size, or -1. */
static ssize_t unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        char c = *from;
        if (c == '\\')
            switch (*++from) {
            case '\\': c = '\\'; break;
            case 't': c = '\t'; break;
            case 'n': c = '\n'; break;
            case 'r': c = '\r'; break;
            case '0': c = '\0'; break;
            default: return -1;
            }
        *to++ = c;
    }
    return to - text;
}

size_t external_split(char *line, char *fields[], size_t max)
{
    size_t count = 0;
    for (char *field; (field = strsep(&line, "\t")); count++)
        if (count < max)
            fields[count] = field;
    return count;
}

/* ---- one sample ---- */

enum field {
    WORD,
    INDEX,
    SLOT,
    START,
    CONNECTED,
    SENT,
    FIRST_BYTE,
    END,
    OUTCOME,
    ERRNO,
    REUSED,
    RESPONSE,
    FIELDS,
};

/* The outcomes that a program may report. Whether a response is correct is checked here. */
static const enum outcome outcomes[] = {
    OUTCOME_OK,   OUTCOME_NO_WORKER, OUTCOME_NO_SOCKET, OUTCOME_CONNECT,
    OUTCOME_SEND, OUTCOME_RECEIVE,   OUTCOME_CLOSED,
};

static bool parse_outcome(const char *word, uint8_t *out)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        if (!strcmp(outcome_name(outcomes[i]), word)) {
            *out = (uint8_t)outcomes[i];
            return true;
        }
    return false;
}

/* Check the times. Returns NULL or the problem. */
static const char *check_times(const struct external *external, const struct sample *sample,
                               nsec_t intended)
{
    const nsec_t times[] = {sample->start, sample->connected, sample->sent, sample->first_byte,
                            sample->end};
    nsec_t last = times[0];
    if (times[0] < external->go_sent || sample->end > external->done_received)
        return "its times are not between 'go' and 'done': from another clock than "
               "CLOCK_MONOTONIC?";
    if (times[0] < intended)
        return "it began before its intended start";
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (times[i] == 0 && (sample->outcome == OUTCOME_OK || i == 4))
            return "a time is missing";
        if (times[i] && times[i] < last)
            return "its times are not in order";
        last = times[i] ? times[i] : last;
    }
    return NULL;
}

/* Give the response the outcome that a built-in driver would record. Returns NULL or the
 * problem. */
static const char *check_response(const struct external *external, const struct batch *batch,
                                  size_t index, const char *response, size_t size,
                                  struct sample *sample)
{
    struct sample checked = *sample;
    struct exchange exchange;
    exchange_init(&exchange, external->load, 0, EXCHANGE_FOREIGN);
    exchange.batch = batch;
    exchange.bound = load_bound(external->load, index);
    exchange.sample = &checked;
    exchange_expect_response(&exchange);
    bool whole =
        size > 0 && exchange_on_receive(&exchange, response, (ssize_t)size) == EXCHANGE_OVER;
    if (!whole && sample->outcome == OUTCOME_OK) { /* ended by the connection's end, or cut off */
        exchange_on_receive(&exchange, NULL, 0);
        whole = checked.outcome != OUTCOME_CLOSED;
    }
    if (!whole) /* an incomplete response, or what came before the end of file */
        checked.outcome = sample->outcome == OUTCOME_OK ? OUTCOME_GARBLED : sample->outcome;
    sample->outcome = checked.outcome;
    sample->errnum = whole ? 0 : sample->errnum;
    sample->received = checked.received;
    sample->delay_100ns = checked.delay_100ns;
    sample->overshoot_100ns = checked.overshoot_100ns;
    /* Only with a server on this machine, which has the same clock. */
    bool here =
        sample->received >= external->go_sent && sample->received <= external->done_received;
    if (here && (sample->received < sample->start || sample->received > sample->end))
        return "the server received its request at another time: is it the response to another "
               "request?";
    return NULL;
}

/* Store the sample of a line's fields. Returns NULL or the problem. */
static const char *take_sample(const struct external *external, struct batch *batch,
                               char *fields[FIELDS])
{
    int64_t numbers[FIELDS];
    struct sample sample = {0};
    for (int i = INDEX; i < RESPONSE; i++)
        if (i != OUTCOME && protocol_parse_integer(fields[i], strlen(fields[i]), &numbers[i]))
            return "a field that has to be an integer is not";
    if (numbers[INDEX] >= (int64_t)batch->requests)
        return "there is no such request";
    size_t index = (size_t)numbers[INDEX];
    if (batch_sample(batch, index)->start)
        return "this request was reported before";
    if (numbers[SLOT] >= external->load->concurrency)
        return "there is no such slot";
    if (!parse_outcome(fields[OUTCOME], &sample.outcome))
        return "its outcome is not one of ok, worker, socket, connect, send, receive and closed";
    if (numbers[ERRNO] > INT16_MAX || numbers[REUSED] > external->load->keep_alive)
        return "its errno or its reused flag is out of range";
    sample.start = numbers[START];
    sample.connected = numbers[CONNECTED];
    sample.sent = numbers[SENT];
    sample.first_byte = numbers[FIRST_BYTE];
    sample.end = numbers[END];
    sample.slot = batch->load->first_slot + (uint32_t)numbers[SLOT];
    sample.errnum = (int16_t)numbers[ERRNO];
    sample.flags = numbers[REUSED] ? SAMPLE_REUSED : 0;
    const char *wrong = check_times(external, &sample, batch_intended(batch, index));
    ssize_t size = wrong ? 0 : unescape(fields[RESPONSE]);
    if (size < 0)
        wrong = "an unknown escape in its response";
    else if (!wrong && (sample.outcome == OUTCOME_OK || sample.outcome == OUTCOME_CLOSED))
        wrong = check_response(external, batch, index, fields[RESPONSE], (size_t)size, &sample);
    if (!wrong)
        *batch_sample(batch, index) = sample;
    return wrong;
}

/* ---- all of them ---- */

/* Requests are started in order, so those not started are the last ones, and there may be some only
 * if the time box has ended. */
static int check_complete(const struct external *external, const struct batch *batch,
                          size_t reported, struct error *error)
{
    size_t missing = 0;
    while (missing < batch->requests && batch_sample(batch, missing)->start)
        missing++;
    if (missing == batch->requests)
        return 0;
    bool closed = batch->deadline && external->done_received >= batch->deadline;
    if (closed && missing == reported)
        return 0;
    return error_set(error, "%s reported %zu of %zu requests: request %zu is missing",
                     external->program.name, reported, batch->requests, missing);
}

static int by_slot_and_start(const void *a, const void *b)
{
    const struct sample *x = *(const struct sample *const *)a,
                        *y = *(const struct sample *const *)b;
    if (x->slot != y->slot)
        return x->slot < y->slot ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* Each slot has one request at a time, so there were never more than C in flight. */
static int check_slots(const struct external *external, const struct batch *batch, size_t reported,
                       struct error *error)
{
    if (reported == 0)
        return 0;
    const struct sample **order = calloc(reported, sizeof(struct sample *));
    if (!order)
        return error_errno(error, ENOMEM, "cannot check the samples of %s", external->program.name);
    for (size_t i = 0; i < reported; i++)
        order[i] = batch_sample(batch, i);
    qsort(order, reported, sizeof(struct sample *), by_slot_and_start);
    int result = 0;
    for (size_t i = 1; i < reported && result == 0; i++)
        if (order[i - 1]->slot == order[i]->slot && order[i - 1]->end > order[i]->start)
            result =
                error_set(error, "%s had two requests at the same time in slot %u: %td and %td",
                          external->program.name, order[i]->slot, order[i - 1] - batch->samples,
                          order[i] - batch->samples);
    free(order);
    return result;
}

int external_take_samples(struct external *external, struct batch *batch, nsec_t deadline,
                          struct error *error)
{
    char *fields[FIELDS], shown[PROGRAM_EXCERPT_BYTES];
    struct program *program = &external->program;
    for (size_t reported = 0;; reported++) {
        char *line = program_read_line(program, deadline, error);
        if (!line)
            return -1;
        program_printable(line, shown);
        size_t count = external_split(line, fields, FIELDS);
        if (count == 1 && !strcmp(line, "end"))
            return check_complete(external, batch, reported, error) < 0
                       ? -1
                       : check_slots(external, batch, reported, error);
        const char *wrong = strcmp(fields[WORD], "sample") ? "not a sample"
                            : count != FIELDS              ? "a sample has 12 tab-separated fields"
                                                           : take_sample(external, batch, fields);
        if (wrong)
            return error_set(error, "%s wrote '%s': %s", program->name, shown, wrong);
    }
}
