/* TIME_WAIT is counted at the side that closed first, of one server's port. */
#include "bench/run/time_wait.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { BACKLOG = 8, CONNECTIONS = 5 };

static int listener;
static struct net_address address;

/* A port that the system chooses may be one of which another program has left some. */
static bool is_fresh(void)
{
    int64_t client, server;
    return time_wait_count(&address, &client, &server) == 0 && client + server == 0;
}

static int begin(void **state)
{
    const char *host = *state;
    struct error error;
    for (int tries = 0; tries < 100; tries++) {
        if (net_address_make(host, 0, &address, &error) < 0)
            return -1;
        listener = net_listen(&address, BACKLOG, false, &error);
        if (listener < 0 || net_local_address(listener, &address, &error) < 0)
            return -1;
        if (is_fresh())
            return 0;
        close(listener);
    }
    return -1;
}

static int end(void **state)
{
    (void)state;
    return close(listener);
}

/* The end of the stream: the other side has closed. */
static void wait_for_end(int fd)
{
    char byte;
    assert_int_equal(read(fd, &byte, 1), 0);
}

static void connect_and_close(bool client_first)
{
    int client = socket(address.storage.ss_family, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&address.storage, address.length), 0);
    int server = accept(listener, NULL, NULL); /* complete on loopback when connect() returns */
    assert_true(server >= 0);
    int first = client_first ? client : server, second = client_first ? server : client;
    close(first);
    wait_for_end(second);
    close(second);
}

static void check(bool client_first, int64_t client_more, int64_t server_more)
{
    int64_t client[2], server[2];
    assert_int_equal(time_wait_count(&address, &client[0], &server[0]), 0);
    for (int i = 0; i < CONNECTIONS; i++)
        connect_and_close(client_first);
    assert_int_equal(time_wait_count(&address, &client[1], &server[1]), 0);
    assert_int_equal(client[1] - client[0], client_more);
    assert_int_equal(server[1] - server[0], server_more);
}

static void the_client_closes_first(void **state)
{
    (void)state;
    check(true, CONNECTIONS, 0);
}

static void the_server_closes_first(void **state)
{
    (void)state;
    check(false, 0, CONNECTIONS);
}

static void open_connections_are_none(void **state)
{
    (void)state;
    int64_t client, server;
    int fd = socket(address.storage.ss_family, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address.storage, address.length), 0);
    assert_int_equal(time_wait_count(&address, &client, &server), 0);
    assert_true(client == 0 && server == 0);
    close(fd);
}

int main(void)
{
    static char v4[] = "127.0.0.1";
#define TEST(name)                                                                                 \
    {                                                                                              \
#name, name, begin, end, v4                                                                \
    }
    const struct CMUnitTest tests[] = {
        TEST(the_client_closes_first),
        TEST(the_server_closes_first),
        TEST(open_connections_are_none),
    };
    return cmocka_run_group_tests_name("time_wait", tests, NULL, NULL);
}
