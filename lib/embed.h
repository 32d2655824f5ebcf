/* A file of the source tree as a string in the program: EMBED(css, "bench/show/report.css"). */
#ifndef WAITBENCH_EMBED_H
#define WAITBENCH_EMBED_H

/* Hidden: of a symbol that might be another file's, the address would be taken from a table, in
 * which the linker of aarch64 has one entry for all local symbols of a section. */
#define EMBED(name, path)                                                                          \
    extern const char name[] __attribute__((visibility("hidden")));                                \
    __asm__(".section .rodata\n" #name ":\n"                                                       \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".previous\n")

#endif
