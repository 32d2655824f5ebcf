/* A lesson's evidence as a table. */
#ifndef WAITBENCH_TABLE_EVIDENCE_H
#define WAITBENCH_TABLE_EVIDENCE_H

#include "bench/judge/evidence.h"
#include "grid.h"

void table_print_evidence(const struct evidence_line *lines, size_t n, enum grid_style style,
                          FILE *out);

#endif
