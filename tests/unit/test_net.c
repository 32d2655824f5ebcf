/* Addresses and sockets: what people type, what comes back, and what they are told when it cannot
 * be had. */
#include "lib/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/grade/self.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct net_address loopback(uint16_t port)
{
    struct net_address address;
    struct error error;
    assert_int_equal(net_address_make("127.0.0.1", port, &address, &error), 0);
    return address;
}

/* The first address of a text. */
static int parse(const char *text, struct net_address *out, struct error *error)
{
    struct net_addresses all;
    int result = net_addresses_parse(text, &all, error);
    if (result == 0)
        *out = all.items[0];
    return result;
}

/* A listener on a free port; `*address` is where. */
static int listen_somewhere(struct net_address *address, int backlog)
{
    struct error error;
    struct net_address any = loopback(0);
    int fd = net_listen(&any, backlog, false, &error);
    if (fd < 0)
        fail_msg("%s", error.text);
    assert_int_equal(net_local_address(fd, address, &error), 0);
    return fd;
}

/* The lowest descriptor that is free: the same again if nothing leaked in between. */
static int lowest_free(void)
{
    int fd = fcntl(0, F_DUPFD, 0);
    assert_true(fd >= 0);
    close(fd);
    return fd;
}

static void addresses_parse_and_format_again(void **state)
{
    (void)state;
    static const struct {
        const char *text, *formatted;
        uint16_t port;
    } good[] = {
        {"127.0.0.1:8080", "127.0.0.1:8080", 8080},
        {"127.0.0.1:1", "127.0.0.1:1", 1},
        {"0.0.0.0:65535", "0.0.0.0:65535", 65535},
        {"[::1]:8080", "[::1]:8080", 8080},
        {"[0:0:0:0:0:0:0:1]:80", "[::1]:80", 80},
        {"[::]:80", "[::]:80", 80},
        {"[::ffff:1.2.3.4]:80", "[::ffff:1.2.3.4]:80", 80},
        {"[1111:2222:3333:4444:5555:6666:7777:8888]:65535",
         "[1111:2222:3333:4444:5555:6666:7777:8888]:65535", 65535},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct net_address address, again;
        struct error error;
        char text[NET_ADDRESS_TEXT_BYTES];
        if (parse(good[i].text, &address, &error) < 0)
            fail_msg("'%s' was turned away: %s", good[i].text, error.text);
        assert_int_equal(net_address_port(&address), good[i].port);
        assert_ptr_equal(net_address_format(&address, text), text);
        assert_string_equal(text, good[i].formatted);
        assert_int_equal(parse(text, &again, &error), 0);
        assert_int_equal(again.length, address.length);
        assert_memory_equal(&again.storage, &address.storage, address.length);
    }
}

/* RFC 9110, 7.2: the name as it was given, and the port unless it is 80. */
static void a_server_can_have_several_ports(void **state)
{
    (void)state;
    struct net_addresses addresses;
    struct error error;
    assert_int_equal(net_addresses_parse("127.0.0.1:8080-8083", &addresses, &error), 0);
    assert_int_equal(addresses.ports, 4);
    assert_int_equal(net_address_port(&addresses.items[0]), 8080);
    assert_int_equal(net_addresses_parse("[::1]:65535-65535", &addresses, &error), 0);
    assert_int_equal(addresses.ports, 1);
    assert_int_equal(net_addresses_parse("127.0.0.1:8080", &addresses, &error), 0);
    assert_int_equal(addresses.ports, 1);
    static const char *const bad[] = {"127.0.0.1:8083-8080",      "127.0.0.1:8080-",
                                      "127.0.0.1:-8080",          "127.0.0.1:8080-65536",
                                      "127.0.0.1:8080-8081-8082", "127.0.0.1:123456-123457"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(net_addresses_parse(bad[i], &addresses, &error), -1);
}

static void the_authority_has_the_port(void **state)
{
    (void)state;
    struct net_address address;
    assert_int_equal(net_address_make("localhost", 8080, &address, NULL), 0);
    net_address_set_port(&address, 8081);
    assert_string_equal(address.authority, "localhost:8081");
    net_address_set_port(&address, 80);
    assert_string_equal(address.authority, "localhost");
    net_address_set_port(&address, 443);
    assert_string_equal(address.authority, "localhost:443");
    assert_int_equal(net_address_make("::1", 80, &address, NULL), 0);
    net_address_set_port(&address, 1024);
    assert_string_equal(address.authority, "[::1]:1024");
    net_address_set_port(&address, 80);
    assert_string_equal(address.authority, "[::1]");
}

static void the_authority_is_the_host_as_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *authority;
    } rows[] = {
        {"127.0.0.1:8080", "127.0.0.1:8080"}, {"127.0.0.1:80", "127.0.0.1"},
        {"127.1:8080", "127.1:8080"},         {"localhost:8080", "localhost:8080"},
        {"LocalHost:80", "LocalHost"},        {"localhost:65535", "localhost:65535"},
        {"[::1]:8080", "[::1]:8080"},         {"[::1]:80", "[::1]"},
        {"[0:0::1]:8080", "[0:0::1]:8080"},   {"[fe80::1%1]:8080", "[fe80::1]:8080"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct net_addresses addresses;
        struct error error;
        if (net_addresses_parse(rows[i].text, &addresses, &error) < 0)
            fail_msg("'%s' was turned away: %s", rows[i].text, error.text);
        assert_true(addresses.count > 0);
        for (size_t k = 0; k < addresses.count; k++)
            assert_string_equal(addresses.items[k].authority, rows[i].authority);
    }
}

static void a_host_has_a_longest_name(void **state)
{
    (void)state;
    char host[NET_HOST_MAX + 2], zeros[NET_HOST_MAX + 1];
    struct net_addresses addresses;
    struct error error = {0};
    memset(host, 'h', sizeof(host) - 1);
    host[sizeof(host) - 1] = '\0';
    assert_int_equal(net_addresses_make(host, 80, &addresses, &error), -1);
    assert_non_null(strstr(error.text, "no address for host 'hhhh"));
    /* 127.0.0.1 in as many octal digits as a name may have */
    memset(zeros, '0', sizeof(zeros) - 1);
    memcpy(zeros + NET_HOST_MAX - strlen("177.0.0.1"), "177.0.0.1", sizeof("177.0.0.1"));
    assert_int_equal(net_addresses_make(zeros, 65535, &addresses, &error), 0);
    assert_int_equal(strlen(addresses.items[0].authority), NET_HOST_MAX + strlen(":65535"));
}

static void localhost_is_a_loopback_address(void **state)
{
    (void)state;
    struct net_address address;
    struct error error;
    char text[NET_ADDRESS_TEXT_BYTES];
    assert_int_equal(parse("localhost:8080", &address, &error), 0);
    net_address_format(&address, text);
    assert_true(!strcmp(text, "127.0.0.1:8080") || !strcmp(text, "[::1]:8080"));
}

static void bad_addresses_are_turned_away(void **state)
{
    (void)state;
    static char long_host[400];
    memset(long_host, 'h', 300);
    strcat(long_host, ":80");
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "HOST:PORT"},
        {"8080", "HOST:PORT"},
        {"localhost", "HOST:PORT"},
        {":8080", "HOST:PORT"},
        {":", "HOST:PORT"},
        {long_host, "is not an address"},
        {"::1:8080", "[IPV6]:PORT"},
        {"[::1:8080", "[IPV6]:PORT"},
        {"::1]:8080", "[IPV6]:PORT"},
        {"[::1]", "[IPV6]:PORT"},
        {"127.0.0.1:", "the port of '127.0.0.1:'"},
        {"127.0.0.1:http", "the port of '127.0.0.1:http'"},
        {"127.0.0.1:80x", "not a whole number"},
        {"127.0.0.1: 80", "not a whole number"},
        {"127.0.0.1:0", "from 1 to 65535"},
        {"127.0.0.1:65536", "from 1 to 65535"},
        {"127.0.0.1:-1", "from 1 to 65535"},
        {"127.0.0.1:99999999999999999999", "from 1 to 65535"},
        {"[]:80", "no address for host ''"},
        {"[::x]:80", "no address for host '::x'"},
        {"[1:2:3]:80", "no address for host '1:2:3'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct net_address address;
        struct error error = {0};
        if (parse(bad[i].text, &address, &error) != -1)
            fail_msg("'%s' was taken for an address", bad[i].text);
        if (!strstr(error.text, bad[i].says))
            fail_msg("'%s': %s", bad[i].text, error.text);
        assert_int_equal(parse(bad[i].text, &address, NULL), -1);
    }
}

static void port_0_becomes_a_port(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        struct net_address any, bound;
        struct error error;
        assert_int_equal(net_address_make(hosts[i], 0, &any, &error), 0);
        assert_int_equal(net_address_port(&any), 0);
        int fd = net_listen(&any, 1, false, &error);
        if (fd < 0)
            fail_msg("%s", error.text);
        assert_int_equal(net_local_address(fd, &bound, &error), 0);
        assert_true(net_address_port(&bound) > 0);
        char text[NET_ADDRESS_TEXT_BYTES];
        assert_string_equal(bound.authority, net_address_format(&bound, text));

        int client = net_connect(&(struct net_addresses){.count = 1, .items = {bound}},
                                 NSEC_PER_SEC, &error);
        assert_true(client >= 0);
        close(client);
        close(fd);
    }
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof(value);
    assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

static void listeners_have_the_promised_flags(void **state)
{
    (void)state;
    struct net_address address;
    int fd = listen_somewhere(&address, 1);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(option(fd, SOL_SOCKET, SO_REUSEADDR), 1);
    assert_int_equal(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
    assert_int_equal(accept(fd, NULL, NULL), -1);
    assert_int_equal(errno, EAGAIN);

    struct error error;
    int client =
        net_connect(&(struct net_addresses){.count = 1, .items = {address}}, NSEC_PER_SEC, &error);
    assert_true(client >= 0);
    int accepted = accept(fd, NULL, NULL);
    assert_true(accepted >= 0);
    assert_int_equal(option(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
    close(accepted);
    close(client);
    close(fd);
}

/* 127.0.0.1 and ::1 are two listeners on one port, whichever comes first. */
static void both_families_share_a_port(void **state)
{
    (void)state;
    struct net_address any6, bound6, v4;
    struct error error;
    assert_int_equal(net_address_make("::", 0, &any6, &error), 0);
    int six = net_listen(&any6, 1, false, &error);
    assert_true(six >= 0);
    assert_int_equal(net_local_address(six, &bound6, &error), 0);
    assert_int_equal(net_address_make("0.0.0.0", net_address_port(&bound6), &v4, &error), 0);
    int four = net_listen(&v4, 1, false, &error);
    if (four < 0)
        fail_msg("%s", error.text);
    close(four);
    close(six);
}

static void a_taken_port_is_named(void **state)
{
    (void)state;
    struct net_address address;
    int fd = listen_somewhere(&address, 1), before = lowest_free();
    struct error error = {0};
    assert_int_equal(net_listen(&address, 1, false, &error), -1);
    assert_int_equal(error.errnum, EADDRINUSE);
    char expected[200], text[NET_ADDRESS_TEXT_BYTES];
    snprintf(expected, sizeof(expected), "cannot listen on %s: Address already in use",
             net_address_format(&address, text));
    assert_string_equal(error.text, expected);
    assert_int_equal(lowest_free(), before);
    close(fd);
}

static void an_address_of_somebody_else_is_named(void **state)
{
    (void)state;
    struct net_address address;
    struct error error;
    /* 192.0.2.0/24 is for documentation (RFC 5737): no machine has it. */
    assert_int_equal(parse("192.0.2.1:8080", &address, &error), 0);
    assert_int_equal(net_listen(&address, 1, false, &error), -1);
    assert_int_equal(error.errnum, EADDRNOTAVAIL);
    assert_non_null(strstr(error.text, "cannot listen on 192.0.2.1:8080"));
}

/* Bound and never listening: nobody else can have the port, and it refuses. */
static int refuse_somewhere(const char *host, struct net_address *address)
{
    struct error error = {0};
    assert_int_equal(net_address_make(host, 0, address, &error), 0);
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address->storage, address->length), 0);
    assert_int_equal(net_local_address(fd, address, &error), 0);
    return fd;
}

static void a_refused_connection_is_named(void **state)
{
    (void)state;
    struct net_addresses addresses = {.count = 1};
    struct error error = {0};
    char expected[200], text[NET_ADDRESS_TEXT_BYTES];
    int holder = refuse_somewhere("127.0.0.1", &addresses.items[0]), before = lowest_free();
    assert_int_equal(net_connect(&addresses, NSEC_PER_SEC, &error), -1);
    assert_int_equal(error.errnum, ECONNREFUSED);
    snprintf(expected, sizeof(expected), "cannot connect to %s: Connection refused",
             net_address_format(&addresses.items[0], text));
    assert_string_equal(error.text, expected);
    assert_int_equal(net_connect(&addresses, NSEC_PER_SEC, NULL), -1);
    assert_int_equal(lowest_free(), before);
    close(holder);
}

static void addresses_are_tried_in_turn(void **state)
{
    (void)state;
    struct net_addresses addresses = {.count = 3};
    struct net_address chosen;
    struct error error = {0};
    int one = refuse_somewhere("::1", &addresses.items[0]);
    int two = refuse_somewhere("127.0.0.1", &addresses.items[1]);
    int listener = listen_somewhere(&addresses.items[2], 8), before = lowest_free();
    assert_int_equal(net_choose(&addresses, &chosen, &error), 0);
    assert_memory_equal(&chosen, &addresses.items[2], sizeof(chosen));
    int fd = net_connect(&addresses, NSEC_PER_SEC, &error);
    assert_true(fd >= 0);
    close(fd);

    close(listener);
    char expected[300], text[3][NET_ADDRESS_TEXT_BYTES];
    for (size_t i = 0; i < 3; i++)
        net_address_format(&addresses.items[i], text[i]);
    snprintf(expected, sizeof(expected),
             "cannot connect to %s: Connection refused, nor to %s: Connection refused, "
             "nor to %s: Connection refused",
             text[0], text[1], text[2]);
    assert_int_equal(net_choose(&addresses, &chosen, &error), -1);
    assert_string_equal(error.text, expected);
    assert_int_equal(error.errnum, ECONNREFUSED);
    assert_int_equal(net_choose(&addresses, &chosen, NULL), -1);

    /* a single one is not tried */
    addresses.count = 1;
    assert_int_equal(net_choose(&addresses, &chosen, &error), 0);
    assert_memory_equal(&chosen, &addresses.items[0], sizeof(chosen));
    close(one);
    close(two);
    assert_true(lowest_free() <= before);
}

static void a_silent_server_runs_into_the_timeout(void **state)
{
    (void)state;
    struct net_addresses addresses = {.count = 1};
    struct error error = {0};
    int fd = listen_somewhere(&addresses.items[0], 0);
    nsec_t start = clock_now();
    int first = net_connect(&addresses, 30 * NSEC_PER_MSEC, &error);
    assert_true(first >= 0);
    char byte;
    assert_int_equal(recv(first, &byte, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
    assert_true(clock_now() - start >= 20 * NSEC_PER_MSEC);

    /* The queue of one is full now: the next SYN is dropped. */
    int before = lowest_free();
    assert_int_equal(net_connect(&addresses, 30 * NSEC_PER_MSEC, &error), -1);
    assert_int_equal(error.errnum, ETIMEDOUT);
    assert_non_null(strstr(error.text, "Connection timed out"));
    assert_int_equal(lowest_free(), before);
    close(first);
    close(fd);
}

static void no_socket_is_an_error(void **state)
{
    (void)state;
    struct net_address address;
    struct error error = {0};
    assert_int_equal(net_local_address(-1, &address, &error), -1);
    assert_int_equal(error.errnum, EBADF);
}

static void enough_descriptors_change_nothing(void **state)
{
    (void)state;
    struct rlimit before, after;
    getrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(net_want_descriptors(1, NULL), 0);
    assert_int_equal(net_want_descriptors(before.rlim_cur, NULL), 0);
    getrlimit(RLIMIT_NOFILE, &after);
    assert_true(after.rlim_cur == before.rlim_cur);
}

static void the_soft_limit_is_raised(void **state)
{
    (void)state;
    struct rlimit before, after;
    getrlimit(RLIMIT_NOFILE, &before);
    struct rlimit low = {.rlim_cur = 64, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    struct error error;
    int result = net_want_descriptors(65, &error);
    getrlimit(RLIMIT_NOFILE, &after);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(result, 0);
    assert_true(after.rlim_cur >= 65);
    assert_true(after.rlim_max == before.rlim_max);
}

static void an_impossible_amount_says_what_would_help(void **state)
{
    (void)state;
    struct rlimit before, after;
    getrlimit(RLIMIT_NOFILE, &before);
    size_t impossible = (size_t)before.rlim_max + 1;
    if (before.rlim_max == RLIM_INFINITY)
        skip();
    struct error error = {0};
    assert_int_equal(net_want_descriptors(impossible, &error), -1);
    char numbers[200];
    snprintf(numbers, sizeof(numbers), "%zu descriptors are needed and the hard limit is %llu",
             impossible, (unsigned long long)before.rlim_max);
    assert_non_null(strstr(error.text, numbers));
    snprintf(numbers, sizeof(numbers), "ulimit -Hn %zu", impossible);
    assert_non_null(strstr(error.text, numbers));
    assert_non_null(strstr(error.text, "lower the concurrency"));
    getrlimit(RLIMIT_NOFILE, &after);
    assert_memory_equal(&after, &before, sizeof(after));
}

static void descriptors_are_tried_and_given_back(void **state)
{
    (void)state;
    struct error error = {0};
    int before = lowest_free();
    assert_int_equal(net_try_descriptors(0, NULL), 0);
    assert_int_equal(net_try_descriptors(16, NULL), 0);
    assert_int_equal(lowest_free(), before);

    unsigned long limit = self_limit_descriptors(3);
    int three = net_try_descriptors(3, NULL);
    int four = net_try_descriptors(4, &error);
    self_restore_descriptors(limit);
    assert_int_equal(three, 0);
    assert_int_equal(four, -1);
    assert_int_equal(error.errnum, EMFILE);
    assert_non_null(strstr(error.text, "4 more descriptors"));
    assert_int_equal(lowest_free(), before);
}

/* FDSize of /proc/self/status: how many the table has room for. */
static long table_size(void)
{
    char line[128];
    long size = -1;
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "FDSize: %ld", &size) == 1)
            break;
    if (status)
        fclose(status);
    return size;
}

/* In a child, whose table is as large as what is open wants. */
static void the_table_of_descriptors_grows_beforehand(void **state)
{
    (void)state;
    enum { WANTED = 3000 };
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int free_before = lowest_free();
        bool small = table_size() > 0 && table_size() < WANTED;
        net_grow_descriptors(0);
        bool as_before = table_size() < WANTED;
        bool may = net_want_descriptors(WANTED, NULL) == 0;
        net_grow_descriptors(WANTED);
        bool grown = table_size() >= WANTED;
        _exit(small && as_before && (grown || !may) && lowest_free() == free_before ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_parse_and_format_again),
        cmocka_unit_test(a_server_can_have_several_ports),
        cmocka_unit_test(the_authority_has_the_port),
        cmocka_unit_test(the_authority_is_the_host_as_named),
        cmocka_unit_test(a_host_has_a_longest_name),
        cmocka_unit_test(localhost_is_a_loopback_address),
        cmocka_unit_test(bad_addresses_are_turned_away),
        cmocka_unit_test(port_0_becomes_a_port),
        cmocka_unit_test(listeners_have_the_promised_flags),
        cmocka_unit_test(both_families_share_a_port),
        cmocka_unit_test(a_taken_port_is_named),
        cmocka_unit_test(an_address_of_somebody_else_is_named),
        cmocka_unit_test(a_refused_connection_is_named),
        cmocka_unit_test(addresses_are_tried_in_turn),
        cmocka_unit_test(a_silent_server_runs_into_the_timeout),
        cmocka_unit_test(no_socket_is_an_error),
        cmocka_unit_test(enough_descriptors_change_nothing),
        cmocka_unit_test(the_soft_limit_is_raised),
        cmocka_unit_test(an_impossible_amount_says_what_would_help),
        cmocka_unit_test(descriptors_are_tried_and_given_back),
        cmocka_unit_test(the_table_of_descriptors_grows_beforehand),
    };
    return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
