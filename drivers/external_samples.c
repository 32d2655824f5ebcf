/* What a program says that it did is not believed: every request must be told of once, with times
 * that our own clock saw pass, in slots that carry one request at a time; and what it received goes
 * through the same reader as the responses to our own drivers. */
#include "external.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- words on a line ---- */

size_t external_escape(char *to, const char *from, size_t size)
{
    static const char escaped[] = "\\\t\n\r", letters[] = "\\tnr0";
    char *start = to;
    for (size_t i = 0; i < size; i++) {
        const char *found = memchr(escaped, from[i], sizeof(escaped)); /* its NUL too */
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

/* How a request may end for the program: whether a response is good is for us to say. */
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

/* NULL, or what is wrong with its points in time. */
static const char *check_times(const struct external *external, const struct sample *sample)
{
    const nsec_t times[] = {sample->start, sample->connected, sample->sent, sample->first_byte,
                            sample->end};
    nsec_t last = times[0];
    if (times[0] < external->went || sample->end > external->done)
        return "it is not between 'go' and 'done': a time of another clock than CLOCK_MONOTONIC?";
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (times[i] == 0 && (sample->outcome == OUTCOME_OK || i == 4))
            return "a time is missing";
        if (times[i] && times[i] < last)
            return "its times are not in order";
        last = times[i] ? times[i] : last;
    }
    return NULL;
}

/* What an exchange of ours would have made of the response. NULL, or what is wrong. */
static const char *judge(const struct external *external, size_t index, const char *response,
                         size_t size, struct sample *sample)
{
    struct sample judged = *sample;
    struct exchange exchange;
    exchange_init(&exchange, external->load, 0, EXCHANGE_FOREIGN);
    exchange.bound = load_bound(external->load, index);
    exchange.sample = &judged;
    memset(&exchange.reader, 0, sizeof(exchange.reader));
    bool whole =
        size > 0 && exchange_on_receive(&exchange, response, (ssize_t)size) == EXCHANGE_OVER;
    if (!whole) /* to it this was a response, or all that came before the end */
        judged.outcome = sample->outcome == OUTCOME_OK ? OUTCOME_GARBLED : sample->outcome;
    sample->outcome = judged.outcome;
    sample->errnum = whole ? 0 : sample->errnum;
    sample->received = judged.received;
    sample->delay_100ns = judged.delay_100ns;
    sample->overshoot_100ns = judged.overshoot_100ns;
    /* On this machine's clock, that is: that of a server elsewhere says nothing. */
    bool here = sample->received >= external->went && sample->received <= external->done;
    if (here && (sample->received < sample->start || sample->received > sample->end))
        return "its request reached the server at another time: the response of another request?";
    return NULL;
}

/* NULL, or what is wrong with the line, whose fields these are. */
static const char *take_sample(const struct external *external, struct batch *batch,
                               char *fields[FIELDS])
{
    int64_t numbers[FIELDS];
    struct sample sample = {0};
    for (int i = INDEX; i < RESPONSE; i++)
        if (i != OUTCOME && protocol_parse_integer(fields[i], strlen(fields[i]), &numbers[i]))
            return "a field that has to be an integer is none";
    if (numbers[INDEX] >= (int64_t)batch->requests)
        return "there is no such request";
    size_t index = (size_t)numbers[INDEX];
    if (batch->samples[index].start)
        return "this request was told of before";
    if (numbers[SLOT] >= external->load->concurrency)
        return "there are fewer slots";
    if (!parse_outcome(fields[OUTCOME], &sample.outcome))
        return "its outcome is none of ok, worker, socket, connect, send, receive and closed";
    if (numbers[ERRNO] > INT16_MAX || numbers[REUSED] > external->load->keep_alive)
        return "its errno or its reused is out of bounds";
    sample.start = numbers[START];
    sample.connected = numbers[CONNECTED];
    sample.sent = numbers[SENT];
    sample.first_byte = numbers[FIRST_BYTE];
    sample.end = numbers[END];
    sample.slot = (uint32_t)numbers[SLOT];
    sample.errnum = (int16_t)numbers[ERRNO];
    sample.flags = numbers[REUSED] ? SAMPLE_REUSED : 0;
    const char *wrong = check_times(external, &sample);
    ssize_t size = wrong ? 0 : unescape(fields[RESPONSE]);
    if (size < 0)
        wrong = "a backslash in its response escapes nothing";
    else if (!wrong && (sample.outcome == OUTCOME_OK || sample.outcome == OUTCOME_CLOSED))
        wrong = judge(external, index, fields[RESPONSE], (size_t)size, &sample);
    if (!wrong)
        batch->samples[index] = sample;
    return wrong;
}

/* ---- all of them ---- */

/* Requests are begun in order, so those that were not are the last, and only a time box that has
 * closed excuses them. */
static int check_all_there(const struct external *external, const struct batch *batch, size_t told,
                           struct error *error)
{
    size_t missing = 0;
    while (missing < batch->requests && batch->samples[missing].start)
        missing++;
    if (missing == batch->requests)
        return 0;
    bool closed = batch->deadline && external->done >= batch->deadline;
    if (closed && missing == told)
        return 0;
    return error_set(error, "%s told of %zu requests of %zu: of number %zu, for one, it did not",
                     external->program.name, told, batch->requests, missing);
}

static int by_slot_and_start(const void *a, const void *b)
{
    const struct sample *x = *(const struct sample *const *)a,
                        *y = *(const struct sample *const *)b;
    if (x->slot != y->slot)
        return x->slot < y->slot ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* One request at a time in each slot: so there were never more than C in flight. */
static int check_slots(const struct external *external, const struct batch *batch, size_t told,
                       struct error *error)
{
    if (told == 0)
        return 0;
    const struct sample **order = calloc(told, sizeof(struct sample *));
    if (!order)
        return error_errno(error, ENOMEM, "the samples of %s", external->program.name);
    for (size_t i = 0; i < told; i++)
        order[i] = &batch->samples[i];
    qsort(order, told, sizeof(struct sample *), by_slot_and_start);
    int result = 0;
    for (size_t i = 1; i < told && result == 0; i++)
        if (order[i - 1]->slot == order[i]->slot && order[i - 1]->end > order[i]->start)
            result = error_set(error, "%s had two requests at a time in slot %u: %td and %td",
                               external->program.name, order[i]->slot,
                               order[i - 1] - batch->samples, order[i] - batch->samples);
    free(order);
    return result;
}

int external_take_samples(struct external *external, struct batch *batch, nsec_t deadline,
                          struct error *error)
{
    char *fields[FIELDS], shown[PROGRAM_SHOWN_BYTES];
    struct program *program = &external->program;
    for (size_t told = 0;; told++) {
        char *line = program_hear(program, deadline, error);
        if (!line)
            return -1;
        program_show(line, shown);
        size_t count = external_split(line, fields, FIELDS);
        if (count == 1 && !strcmp(line, "end"))
            return check_all_there(external, batch, told, error) < 0
                       ? -1
                       : check_slots(external, batch, told, error);
        const char *wrong = strcmp(fields[WORD], "sample") ? "that is no sample"
                            : count != FIELDS ? "a sample has 12 fields with tabs between them"
                                              : take_sample(external, batch, fields);
        if (wrong)
            return error_set(error, "%s said '%s': %s", program->name, shown, wrong);
    }
}
