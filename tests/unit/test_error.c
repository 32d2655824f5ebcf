/* Errors as values: the text, the errno behind it, prefixes, and what happens when it does not
 * fit. */
#include "lib/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void set_fills_the_text_and_returns_minus_one(void **state)
{
    (void)state;
    struct error error = {.errnum = EIO, .text = "something older"};
    assert_int_equal(error_set(&error, "%d of %s", 3, "them"), -1);
    assert_string_equal(error.text, "3 of them");
    assert_int_equal(error.errnum, 0);
}

static void errno_text_follows_the_message(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_errno(&error, ENOENT, "cannot open '%s'", "x.db"), -1);
    assert_string_equal(error.text, "cannot open 'x.db': No such file or directory");
    assert_int_equal(error.errnum, ENOENT);
}

static void errno_zero_adds_no_text(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_errno(&error, 0, "plain"), -1);
    assert_string_equal(error.text, "plain");
    assert_int_equal(error.errnum, 0);
}

static void prefix_stands_before_and_keeps_the_errno(void **state)
{
    (void)state;
    struct error error;
    error_errno(&error, EACCES, "cannot write");
    assert_int_equal(error_prefix(&error, "case %d", 7), -1);
    assert_string_equal(error.text, "case 7: cannot write: Permission denied");
    assert_int_equal(error.errnum, EACCES);
    assert_int_equal(error_prefix(&error, "campaign"), -1);
    assert_string_equal(error.text, "campaign: case 7: cannot write: Permission denied");
}

static void what_a_terminal_would_act_on_is_replaced(void **state)
{
    (void)state;
    struct error error;
    error_errno(&error, ENOENT, "%s", "\033]0;title\007");
    assert_string_equal(error.text, "?]0;title?: No such file or directory");
    error_prefix(&error, "%s", "a\033[2Jb");
    assert_string_equal(error.text, "a?[2Jb: ?]0;title?: No such file or directory");
}

static void nobody_need_want_the_error(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, "%s", "unheard"), -1);
    assert_int_equal(error_errno(NULL, EIO, "%s", "unheard"), -1);
    assert_int_equal(error_prefix(NULL, "%s", "unheard"), -1);
}

/* The struct stands between two guards that a write past its end would change. */
struct guarded {
    char before[16];
    struct error error;
    char after[16];
};

static void guard(struct guarded *guarded)
{
    memset(guarded, '#', sizeof(*guarded));
}

static void assert_guarded(const struct guarded *guarded)
{
    for (size_t i = 0; i < sizeof(guarded->before); i++) {
        assert_int_equal(guarded->before[i], '#');
        assert_int_equal(guarded->after[i], '#');
    }
}

static void what_does_not_fit_is_cut_off(void **state)
{
    (void)state;
    enum { ROOM = sizeof(((struct error *)NULL)->text) };
    char much[2 * ROOM];
    memset(much, 'm', sizeof(much) - 1);
    much[sizeof(much) - 1] = '\0';
    struct guarded guarded;
    guard(&guarded);

    error_set(&guarded.error, "%s", much);
    assert_int_equal(strlen(guarded.error.text), ROOM - 1);
    assert_memory_equal(guarded.error.text, much, ROOM - 1);

    error_errno(&guarded.error, ENOENT, "%s", much);
    assert_int_equal(strlen(guarded.error.text), ROOM - 1);
    assert_int_equal(guarded.error.errnum, ENOENT);

    error_prefix(&guarded.error, "why");
    assert_int_equal(strlen(guarded.error.text), ROOM - 1);
    assert_memory_equal(guarded.error.text, "why: mmm", 8);

    error_prefix(&guarded.error, "%s", much);
    assert_int_equal(strlen(guarded.error.text), ROOM - 1);
    assert_memory_equal(guarded.error.text, much, ROOM - 1);
    assert_guarded(&guarded);
}

static void the_last_byte_that_fits_is_kept(void **state)
{
    (void)state;
    struct guarded guarded;
    guard(&guarded);
    char fits[sizeof(guarded.error.text)];
    memset(fits, 'f', sizeof(fits) - 1);
    fits[sizeof(fits) - 1] = '\0';
    error_set(&guarded.error, "%s", fits);
    assert_string_equal(guarded.error.text, fits);
    assert_guarded(&guarded);
}

static void memory_is_zeroed_grown_and_never_null(void **state)
{
    (void)state;
    unsigned char *zeroed = xcalloc(100, 3);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(zeroed[i], 0);
    memcpy(zeroed, "kept", 5);
    zeroed = xrealloc(zeroed, 1000, 3);
    assert_string_equal((char *)zeroed, "kept");
    zeroed = xrealloc(zeroed, 0, 8);
    assert_non_null(zeroed);
    free(zeroed);

    void *nothing[] = {xcalloc(0, 8), xcalloc(8, 0), xrealloc(NULL, 0, 8), xrealloc(NULL, 8, 0)};
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        assert_non_null(nothing[i]);
        free(nothing[i]);
    }
}

static void out_of_memory_ends_the_program_with_a_line(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        xrealloc(NULL, SIZE_MAX / 2, 3); /* wraps around to a size that could be had */
        _exit(0);
    }
    close(ends[1]);
    char line[200] = "";
    size_t length = 0;
    ssize_t count;
    while (length < sizeof(line) - 1 &&
           (count = read(ends[0], line + length, sizeof(line) - 1 - length)) > 0)
        length += (size_t)count;
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_non_null(strstr(line, "out of memory: cannot allocate 9223372036854775807 x 3 bytes\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_the_text_and_returns_minus_one),
        cmocka_unit_test(errno_text_follows_the_message),
        cmocka_unit_test(errno_zero_adds_no_text),
        cmocka_unit_test(prefix_stands_before_and_keeps_the_errno),
        cmocka_unit_test(what_a_terminal_would_act_on_is_replaced),
        cmocka_unit_test(nobody_need_want_the_error),
        cmocka_unit_test(what_does_not_fit_is_cut_off),
        cmocka_unit_test(the_last_byte_that_fits_is_kept),
        cmocka_unit_test(memory_is_zeroed_grown_and_never_null),
        cmocka_unit_test(out_of_memory_ends_the_program_with_a_line),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
