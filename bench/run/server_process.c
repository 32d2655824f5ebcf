#include "server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/plan/server_model.h"
#include "lib/http.h"
#include "lib/place.h"
#include "lib/units.h"

enum {
    OUTPUT_BYTES = 2048,
    ACCOUNT_FD = 3, /* in the server */
};

_Static_assert((int)SERVER_STATS_BYTES >= (int)ACCOUNT_JSON_BYTES, "the account fits");

static const nsec_t START_TIMEOUT = 12 * NSEC_PER_SEC; /* randintd gives a program 10 s */
static const nsec_t STOP_TIMEOUT = 2 * NSEC_PER_SEC;
static const nsec_t SETTLE_TIMEOUT = 100 * NSEC_PER_MSEC;
static const nsec_t STATS_TIMEOUT = 2 * NSEC_PER_SEC;

/* Cut the last line off and return it. */
static const char *cut_line(char *text)
{
    size_t length = strlen(text);
    while (length && text[length - 1] == '\n')
        text[--length] = '\0';
    char *newline = strrchr(text, '\n');
    if (!newline)
        return text;
    *newline = '\0';
    return newline + 1;
}

/* The last line of its standard error says why, and the one before what a program said. */
static int did_not_start(const struct server_process *server, struct error *error)
{
    char text[OUTPUT_BYTES];
    struct stat file;
    off_t begin = fstat(server->errors, &file) == 0 && file.st_size >= OUTPUT_BYTES
                      ? file.st_size - (OUTPUT_BYTES - 1)
                      : 0;
    ssize_t size = pread(server->errors, text, OUTPUT_BYTES - 1, begin);
    text[size > 0 ? size : 0] = '\0';
    const char *last = cut_line(text);
    return last == text
               ? error_set(error, "randintd did not start: %s", last)
               : error_set(error, "randintd did not start: %s (%.200s)", last, cut_line(text));
}

/* Read its first lines until "ready", or until it ends. Returns 0 or -1. */
static int read_until_ready(struct server_process *server, char output[OUTPUT_BYTES],
                            struct error *error)
{
    nsec_t deadline = clock_now() + START_TIMEOUT;
    size_t length = 0;
    output[0] = '\0';
    while (!strstr(output, "ready\n") && length < OUTPUT_BYTES - 1) {
        struct pollfd readable = {.fd = server->output, .events = POLLIN};
        nsec_t left = deadline - clock_now();
        int ready = poll(&readable, 1, left > 0 ? (int)(left / NSEC_PER_MSEC) : 0);
        if (ready == 0)
            return error_set(error, "randintd was not ready within 10 s");
        if (ready < 0 && errno == EINTR)
            continue;
        ssize_t size = read(server->output, output + length, OUTPUT_BYTES - 1 - length);
        if (size <= 0)
            return did_not_start(server, error);
        length += (size_t)size;
        output[length] = '\0';
    }
    return 0;
}

static int take_address(struct server_process *server, const char *output, struct error *error)
{
    static const char words[] = "listening on ";
    const char *line = strstr(output, words);
    char text[NET_ADDRESS_TEXT_BYTES];
    if (!line)
        return error_set(error, "randintd did not print its address");
    line += sizeof(words) - 1;
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
    return net_addresses_parse(text, &server->addresses, error);
}

/* The command line, without its first word. */
struct server_words {
    char delay[UNITS_TEXT_BYTES], work[UNITS_TEXT_BYTES], backlog[16], account[16];
    struct server_model_name model;
    char *argv[24];
};

/* A connection that was opened in setup may wait for the last one to be opened. */
static const char KEPT_IDLE[] = "1h";

static void compose(struct server_words *words, char *path, const char *host,
                    const struct bench_case *c)
{
    server_model_split(case_model(c), &words->model);
    const char *workers = words->model.workers;
    units_format_time_exact(c->delay, words->delay);
    units_format_time_exact(c->work, words->work);
    snprintf(words->backlog, sizeof(words->backlog), "%d", c->backlog);
    snprintf(words->account, sizeof(words->account), "%d", ACCOUNT_FD);
    const char *const all[] = {path,
                               "--port",
                               "0",
                               "--delay",
                               words->delay,
                               "--work",
                               words->work,
                               "--backlog",
                               words->backlog,
                               "--account-fd",
                               words->account,
                               "--model",
                               words->model.model,
                               c->keep_alive ? "--keep-alive" : NULL,
                               c->keep_alive ? "--idle" : NULL,
                               c->keep_alive ? KEPT_IDLE : NULL,
                               host ? "--host" : NULL,
                               host,
                               workers ? "--workers" : NULL,
                               workers};
    size_t n = 0;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i])
            words->argv[n++] = (char *)all[i];
    words->argv[n] = NULL;
}

static int take_account(struct server_process *server, int fd, struct error *error)
{
    server->account = account_map(fd, error);
    return server->account ? 0 : -1;
}

int server_start_at(struct server_process *server, const struct bench_case *c, const char *host,
                    struct error *error)
{
    char path[PATH_MAX], output[OUTPUT_BYTES];
    struct server_words words;
    int ends[2];
    *server = SERVER_PROCESS_NONE;
    if (place_find_program("randintd", path, sizeof(path), error) < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(error, errno, "cannot create a pipe to randintd");
    server->errors = memfd_create("errors", MFD_CLOEXEC);
    int account = memfd_create("account", MFD_CLOEXEC);
    compose(&words, path, host, c);
    const struct child_fd fds[] = {
        {ends[1], STDOUT_FILENO}, {server->errors, STDERR_FILENO}, {account, ACCOUNT_FD}, {-1, -1}};
    int started = account < 0 || server->errors < 0
                      ? error_errno(error, errno, "files for the server's account and messages")
                      : child_start(&server->child, path, words.argv, fds, SIGKILL, error);
    close(ends[1]);
    server->output = ends[0];
    int result = started == 0 && read_until_ready(server, output, error) == 0 &&
                         take_address(server, output, error) == 0 &&
                         take_account(server, account, error) == 0
                     ? 0
                     : -1;
    if (account >= 0)
        close(account);
    if (result < 0)
        server_stop(server);
    return result;
}

int server_start(struct server_process *server, const struct bench_case *c, struct error *error)
{
    return server_start_at(server, c, NULL, error);
}

static int take_json(void *context, const char *data, size_t size)
{
    char *json = context;
    size_t length = strlen(json);
    if (length + size >= SERVER_STATS_BYTES)
        return -1;
    memcpy(json + length, data, size);
    json[length + size] = '\0';
    return 0;
}

/* Until the deadline, however slowly a response comes. */
static bool is_readable(int fd, nsec_t deadline)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    nsec_t left = deadline - clock_now();
    return left > 0 && poll(&readable, 1, (int)(left / NSEC_PER_MSEC)) > 0;
}

/* Returns 0, or -1 if no complete response with status 200 comes. */
static int read_stats(int fd, char json[SERVER_STATS_BYTES], struct error *error)
{
    struct http response = {.wanted = 200};
    enum http_result result = HTTP_MORE;
    nsec_t deadline = clock_now() + STATS_TIMEOUT;
    bool silent = true;
    json[0] = '\0';
    for (ssize_t size = 1; size > 0 && result == HTTP_MORE && is_readable(fd, deadline);) {
        char piece[1024];
        size_t used;
        silent = false;
        size = recv(fd, piece, sizeof(piece), 0);
        if (size >= 0)
            result = http_read_response(&response, piece, (size_t)size, &used, take_json, json);
    }
    json[strcspn(json, "\r\n")] = '\0';
    if (silent)
        return error_errno(error, ETIMEDOUT, "the server does not respond");
    if (result != HTTP_COMPLETE || !http_is_wanted(&response))
        return error_set(error, "the server does not respond to GET /stats");
    return 0;
}

bool server_is_absent(int errnum)
{
    return errnum == ECONNREFUSED || errnum == ETIMEDOUT || errnum == EHOSTUNREACH ||
           errnum == ENETUNREACH || errnum == EHOSTDOWN || errnum == ENETDOWN;
}

int server_stats(const struct server_process *server, char json[SERVER_STATS_BYTES],
                 struct error *error)
{
    static const char format[] = "GET /stats HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n";
    char request[sizeof(format) + NET_AUTHORITY_BYTES];
    int size = snprintf(request, sizeof(request), format, server->addresses.items[0].authority);
    int fd = net_connect(&server->addresses, STATS_TIMEOUT, error);
    if (fd < 0)
        return -1;
    int result = send(fd, request, (size_t)size, MSG_NOSIGNAL) == size
                     ? read_stats(fd, json, error)
                     : error_errno(error, errno, "a request to the server");
    close(fd);
    return result;
}

bool server_accepts(const struct server_process *server)
{
    int fd = net_connect(&server->addresses, STATS_TIMEOUT, NULL);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

int64_t server_stats_integer(const char *json, const char *name)
{
    char key[64];
    snprintf(key, sizeof(key), "\"%s\":", name);
    const char *found = strstr(json, key); /* a name occurs once */
    return found ? strtoll(found + strlen(key), NULL, 10) : -1;
}

void server_settle(const struct server_process *server)
{
    const struct timespec pause = {.tv_nsec = NSEC_PER_MSEC / 10};
    nsec_t end = clock_now() + SETTLE_TIMEOUT;
    while (account_in_flight(server->account) > 0 && clock_now() < end)
        nanosleep(&pause, NULL);
}

void server_account_json(const struct server_process *server, char json[SERVER_STATS_BYTES])
{
    json[account_json(server->account, json) - 1] = '\0'; /* without the newline */
}

bool server_died(struct server_process *server, nsec_t timeout, struct error *error)
{
    char how[64];
    if (server->child.pid == 0 || child_wait(&server->child, clock_now() + timeout) != CHILD_ENDED)
        return false;
    error_set(error, "the server %s in the middle of the run",
              process_describe_end(server->child.status, how, sizeof(how)));
    return true;
}

void server_stop(struct server_process *server)
{
    child_stop(&server->child, STOP_TIMEOUT);
    if (server->account)
        account_unmap(server->account);
    server->account = NULL;
    if (server->output >= 0)
        close(server->output);
    if (server->errors >= 0)
        close(server->errors);
    server->output = server->errors = -1;
}
