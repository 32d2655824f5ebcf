/* The further checks of `waitbench grade`: a load whose size, responses and times are drawn by a
 * seed, against a server that sees what arrives (scripted_server.h), so that nobody can prepare for
 * the numbers. The same form as conformance tests. */
#ifndef WAITBENCH_VARIANTS_H
#define WAITBENCH_VARIANTS_H

#include "conformance.h"

/* Ended by one without a name. way->workload and way->keep_alive do not count. */
extern const struct conformance_test variant_tests[];

/* From which the next test draws. */
void variants_seed(uint64_t seed);

#endif
