/* What a stored case is, as tables and teachers see it. */
#ifndef WAITBENCH_STORED_CASE_H
#define WAITBENCH_STORED_CASE_H

#include "bench/keep/store.h"

/* Does the program do all the work itself, and ask no server? Thinking, backlog and connections
 * mean nothing then. */
bool stored_case_is_work(const struct stored_case *c);

/* What waiting alone would have taken for so many answers: 0 where nothing is waited for. Jobs of
 * the program's own are not waiting. */
nsec_t stored_case_ideal(const struct stored_case *c, size_t completed);

/* Of a driver that sends nothing, and shows what the harness itself costs. */
bool stored_case_is_reference(const struct stored_case *c);

/* Of a driver that has one request in flight whatever it is asked for, and does send something:
 * what others are held against. */
bool stored_case_is_serial(const struct stored_case *c);

/* Of a driver that stands at the head of a table, whatever else the table is about. */
bool stored_case_is_alone(const struct stored_case *c);

/* Are their requests alike, and asked in the same way? */
bool stored_case_same_requests(const struct stored_case *a, const struct stored_case *b);

/* The same, and of one backlog: do they belong into one table? */
bool stored_case_same_group(const struct stored_case *a, const struct stored_case *b);

#endif
