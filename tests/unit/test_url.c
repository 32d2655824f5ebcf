/* URLs: what is taken from them, what is refused, and what is sent for them. */
#include "lib/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static void urls_are_read(void **state)
{
    static const struct {
        const char *text, *host, *target;
        uint16_t port;
    } rows[] = {
        {"http://localhost:8080/a/b?c=d", "localhost", "/a/b?c=d", 8080},
        {"http://localhost", "localhost", "/", 80},
        {"HTTP://a.example/", "a.example", "/", 80},
        {"http://a_b-c.example:65535", "a_b-c.example", "/", 65535},
        {"http://127.0.0.1:1?q", "127.0.0.1", "?q", 1},
        {"http://[::1]:8080/x", "::1", "/x", 8080},
        {"http://[fe80::1]", "fe80::1", "/", 80},
        {"http://h/a:b@c/http://d?e=\"'<>,;&%20//", "h", "/a:b@c/http://d?e=\"'<>,;&%20//", 80},
        {"http://h?x/y:z", "h", "?x/y:z", 80},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct url url;
        struct error error;
        if (url_parse(rows[i].text, &url, &error) < 0)
            fail_msg("%s", error.text);
        assert_string_equal(url.host, rows[i].host);
        assert_string_equal(url.target, rows[i].target);
        assert_int_equal(url.port, rows[i].port);
    }
}

static void others_are_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "is not a URL"},
        {"localhost:8080/x", "is not a URL"},
        {"ftp://localhost/", "is not a URL"},
        {"http:/localhost/", "is not a URL"},
        {"https://localhost/", "no TLS"},
        {"HTTPS://localhost/", "no TLS"},
        {"http://", "has no host"},
        {"http:///path", "has no host"},
        {"http://:80/", "has no host"},
        {"http://?q", "has no host"},
        {"http://[]/", "has no host"},
        {"http://[::1/", "has no host"},
        {"http://[::1]x/", "has no host"},
        {"http://::1/", "has no host"},
        {"http://a,b/", "has no host"},
        {"http://h:/", "is not a port"},
        {"http://h:0/", "is not a port"},
        {"http://h:65536/", "is not a port"},
        {"http://h:80x/", "is not a port"},
        {"http://h:8k/", "is not a port"},
        {"http://h:+80/", "is not a port"},
        {"http://h:00000000080/", "is not a port"},
        {"http://h/#top", "fragment"},
        {"http://me@h/", "user's name"},
        {"http://me:secret@h:80/", "user's name"},
        {"http://h/a b", "%20"},
        {"http://h/a\r\nX: y", "%0D"},
        {"http://h/\x7f", "%7F"},
        {"http://h/\xc3\xa9", "%C3"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct url url;
        struct error error;
        assert_int_equal(url_parse(rows[i].text, &url, &error), -1);
        if (!strstr(error.text, rows[i].why))
            fail_msg("'%s': %s", rows[i].text, error.text);
    }
}

/* The longest that is taken has a request that fits. */
static void lengths(void **state)
{
    (void)state;
    char text[URL_BYTES + 1] = "http://", buffer[URL_REQUEST_BYTES];
    struct net_address address;
    struct url url;
    struct error error;
    size_t length = strlen(text);
    memset(text + length, 'h', NET_HOST_MAX);
    memset(text + length + NET_HOST_MAX, '?', 1);
    memset(text + length + NET_HOST_MAX + 1, 'p', URL_BYTES - 1 - (length + NET_HOST_MAX + 1));
    text[URL_BYTES - 1] = '\0';
    assert_int_equal(url_parse(text, &url, &error), 0);
    assert_int_equal(strlen(url.host), NET_HOST_MAX);
    memset(address.authority, 'h', NET_AUTHORITY_BYTES - 1);
    address.authority[NET_AUTHORITY_BYTES - 1] = '\0';
    assert_true(url_request(&url, address.authority, false, buffer) < URL_REQUEST_BYTES);

    text[URL_BYTES - 1] = 'p';
    text[URL_BYTES] = '\0';
    assert_int_equal(url_parse(text, &url, &error), -1);
    assert_non_null(strstr(error.text, "too long"));
    memset(text + length, 'h', NET_HOST_MAX + 1);
    text[length + NET_HOST_MAX + 1] = '\0';
    assert_int_equal(url_parse(text, &url, &error), -1);
    assert_non_null(strstr(error.text, "has no host"));
}

static void requests(void **state)
{
    (void)state;
    char buffer[URL_REQUEST_BYTES];
    struct url url;
    assert_int_equal(url_parse("http://h:8080/a?b", &url, NULL), 0);
    size_t size = url_request(&url, "h:8080", true, buffer);
    assert_int_equal(size, strlen(buffer));
    assert_string_equal(buffer,
                        "GET /a?b HTTP/1.1\r\nHost: h:8080\r\nUser-Agent: waitbench\r\n\r\n");
    assert_int_equal(url_parse("http://h?b", &url, NULL), 0);
    url_request(&url, "h", false, buffer);
    assert_string_equal(buffer, "GET /?b HTTP/1.1\r\nHost: h\r\nUser-Agent: waitbench\r\n"
                                "Connection: close\r\n\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_read),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(lengths),
        cmocka_unit_test(requests),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
