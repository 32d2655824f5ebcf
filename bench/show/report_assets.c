/* What pages look like and do, in the program. */
#include "report.h"

#define EMBED(name, path)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".global " name "\n" name ":\n"                                                        \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".previous\n")

EMBED("report_css", "bench/show/report.css");
EMBED("report_js", "bench/show/report.js");
EMBED("report_index_js", "bench/show/report_index.js");
