#include "values.h"

#include <stdlib.h>
#include <string.h>

#include "bench/cli/command.h"
#include "bench/judge/lesson.h"
#include "bench/plan/server_model.h"
#include "bench/predict/worksheet.h"
#include "drivers/driver.h"
#include "server/options.h"
#include "workloads/workloads.h"

static void stop(const char *reason)
{
    fprintf(stderr, "manual: %s\n", reason);
    exit(EXIT_FAILURE);
}

static void print_drivers(FILE *out)
{
    for (const struct driver *const *driver = drivers; *driver; driver++)
        fprintf(out, " %s", (*driver)->name);
}

/* The server knows its models. */
static void print_server_models(FILE *out)
{
    struct error error;
    char *text = server_model_print("--list", NULL, &error), *rest = text, *line;
    if (!text)
        stop(error.text);
    while ((line = strsep(&rest, "\n")) && *line)
        fprintf(out, " %.*s", (int)strcspn(line, "\t"), line);
    free(text);
}

static void print_workloads(FILE *out)
{
    for (const struct workload *const *workload = workloads; *workload; workload++)
        fprintf(out, " %s", (*workload)->name);
}

static void print_lessons(FILE *out)
{
    for (const struct lesson *const *lesson = lessons(); *lesson; lesson++)
        fprintf(out, " %s", (*lesson)->name);
}

static void print_labs(FILE *out)
{
    for (const struct worksheet_lab *lab = worksheet_labs; lab->name; lab++)
        fprintf(out, " %s", lab->name);
}

/* "a, b, c" */
static void print_exports(FILE *out)
{
    fputc(' ', out);
    for (const char *c = command_export_kinds(); *c; c++)
        if (*c != ',')
            fputc(*c, out);
}

static const struct set {
    const char *name;
    enum values_kind kind;
    void (*print)(FILE *out); /* of VALUES_WORDS */
} sets[] = {
    {"drivers", VALUES_WORDS, print_drivers},
    {"server models", VALUES_WORDS, print_server_models},
    {"workloads", VALUES_WORDS, print_workloads},
    {"lessons", VALUES_WORDS, print_lessons},
    {"labs", VALUES_WORDS, print_labs},
    {"exports", VALUES_WORDS, print_exports},
    {"files", VALUES_FILES, NULL},
    {"folders", VALUES_FOLDERS, NULL},
    {"campaigns", VALUES_CAMPAIGNS, NULL},
};

static const struct set *find_set(const char *name)
{
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        if (!strcmp(sets[i].name, name))
            return &sets[i];
    fprintf(stderr, "manual: '%s', which an option names as its values:\n", name);
    stop("manual/values.c has no such set");
    return NULL;
}

enum values_kind values_of_set(const char *set)
{
    return set ? find_set(set)->kind : VALUES_ANY;
}

enum values_kind values_of_row(const struct option_row *row)
{
    if (row->type == OPTION_FLAG)
        return VALUES_NONE;
    return row->words ? VALUES_WORDS : values_of_set(row->values);
}

void values_print_set(const char *set, FILE *out)
{
    find_set(set)->print(out);
}

void values_print_row(const struct option_row *row, FILE *out)
{
    if (!row->words) {
        values_print_set(row->values, out);
        return;
    }
    for (const struct option_word *word = row->words; word->name; word++)
        if (*word->name)
            fprintf(out, " %s", word->name);
}

const struct option_table *const *manual_tables(void)
{
    enum { TABLES_MAX = 64 };
    static const struct option_table *tables[TABLES_MAX];
    size_t n = 0;
    for (const struct command *const *c = commands; *c && n + 2 < TABLES_MAX; c++)
        tables[n++] = (*c)->options;
    tables[n] = &randintd_option_table;
    return tables;
}

const char *manual_name(const struct option_table *table)
{
    const char *blank = strchr(table->program, ' ');
    return blank ? blank + 1 : table->program;
}
