/* schema.sql, in the program. */
#include "store_schema.h"

__asm__(".section .rodata\n"
        ".global store_schema_sql\n"
        "store_schema_sql:\n"
        ".incbin \"bench/schema.sql\"\n"
        ".byte 0\n"
        ".previous\n");
