/* What is known of a driver, in words. */
#ifndef WAITBENCH_DRIVER_TEXT_H
#define WAITBENCH_DRIVER_TEXT_H

#include "drivers/driver.h"

enum { DRIVER_TEXT_BYTES = 128 };

/* Each fills and returns `text`, of DRIVER_TEXT_BYTES. */
const char *driver_traits(const struct driver *driver, char *text);  /* "C threads, C up to 960" */
const char *driver_library(const struct driver *driver, char *text); /* "libev 4.33" */

/* The comment that a source begins with, without its marks: C, Python (also a docstring), Go,
 * JavaScript. To be freed; "" where there is none. */
char *opening_comment(const char *source);

/* Make each paragraph one line. What is indented was laid out by hand, and stays. */
void join_paragraphs(char *text);

#endif
