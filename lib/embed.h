/* A file of the source tree as a string in the program: EMBED(css, "bench/show/report.css"). */
#ifndef WAITBENCH_EMBED_H
#define WAITBENCH_EMBED_H

#define EMBED(name, path)                                                                          \
    extern const char name[];                                                                      \
    __asm__(".section .rodata\n" #name ":\n"                                                       \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".previous\n")

#endif
