#include "expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>

static jmp_buf test_ended;
static bool running;
static char reason[sizeof(((struct error *)NULL)->text)];

int expect_run(void (*test)(const void *argument), const void *argument, struct error *error)
{
    running = true;
    int failed = setjmp(test_ended);
    if (!failed)
        test(argument);
    running = false;
    return failed ? error_set(error, "%s", reason) : 0;
}

void expect_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    if (running)
        longjmp(test_ended, 1);
    fprintf(stderr, "%s\n", reason);
    abort();
}
