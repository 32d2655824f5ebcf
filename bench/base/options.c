#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* getopt_long() wants its tables in its own form. */
struct getopt_tables {
    struct option names[2 * OPTIONS_MAX + 2];
    size_t row_of_name[2 * OPTIONS_MAX + 2]; /* an option and its alias share a row */
    char letters[2 * OPTIONS_MAX + 4];
    const struct option_row *rows[OPTIONS_MAX];
    void *targets[OPTIONS_MAX];
    size_t count, name_count;
};

static void tables_name(struct getopt_tables *tables, const char *name, int has_value, size_t row)
{
    tables->names[tables->name_count] = (struct option){.name = name, .has_arg = has_value};
    tables->row_of_name[tables->name_count++] = row;
}

static void tables_fill(struct getopt_tables *tables, const struct option_set *sets, size_t n)
{
    *tables = (struct getopt_tables){.letters = ":h"};
    char *letter = tables->letters + 2;
    for (size_t s = 0; s < n; s++)
        for (const struct option_row *row = sets[s].rows; row->name; row++) {
            size_t i = tables->count++;
            tables->rows[i] = row;
            tables->targets[i] = sets[s].target;
            int has_value = row->argument ? required_argument : no_argument;
            tables_name(tables, row->name, has_value, i);
            if (row->alias)
                tables_name(tables, row->alias, has_value, i);
            if (row->letter)
                letter += sprintf(letter, "%c%s", row->letter, row->argument ? ":" : "");
        }
    tables_name(tables, "help", no_argument, tables->count);
}

static void print_help(const struct command_help *help, const struct getopt_tables *tables)
{
    printf("usage: waitbench %s\n\n%s\n\n", help->usage, help->summary);
    for (size_t i = 0; i < tables->count; i++) {
        const struct option_row *row = tables->rows[i];
        char left[64];
        int used = row->letter ? sprintf(left, "  -%c, ", row->letter) : sprintf(left, "      ");
        snprintf(left + used, sizeof(left) - (size_t)used, "--%s%s%s", row->name,
                 row->argument ? " " : "", row->argument ? row->argument : "");
        printf("%-30s %s\n", left, row->help);
    }
    printf("%-30s %s\n", "  -h, --help", "this text");
}

static size_t row_of_letter(const struct getopt_tables *tables, int letter)
{
    size_t i = 0;
    while (i < tables->count && tables->rows[i]->letter != letter)
        i++;
    return i;
}

enum options_result options_parse(int argc, char **argv, const struct command_help *help,
                                  const struct option_set *sets, size_t set_count, int *first,
                                  struct error *error)
{
    struct getopt_tables tables;
    tables_fill(&tables, sets, set_count);
    optind = 1;
    for (;;) {
        int index = -1;
        int found = getopt_long(argc, argv, tables.letters, tables.names, &index);
        if (found == -1)
            break;
        if (found == ':' || found == '?') {
            error_set(error, "%s: %s; see 'waitbench %s --help'", argv[optind - 1],
                      found == ':' ? "a value is missing" : "there is no such option", argv[0]);
            return OPTIONS_WRONG;
        }
        size_t i = found ? row_of_letter(&tables, found) : tables.row_of_name[index];
        if (found == 'h' || i == tables.count) {
            print_help(help, &tables);
            return OPTIONS_HELPED;
        }
        if (tables.rows[i]->take(tables.targets[i], optarg, error) < 0) {
            error_prefix(error, "--%s", tables.rows[i]->name);
            return OPTIONS_WRONG;
        }
    }
    *first = optind;
    return OPTIONS_OK;
}

void options_pick(const struct option_row *rows, const struct option_pick *picks,
                  struct option_row *out)
{
    for (; picks->name; picks++)
        for (const struct option_row *row = rows; row->name; row++)
            if (!strcmp(row->name, picks->name)) {
                *out = *row;
                if (picks->help)
                    out->help = picks->help;
                out++;
            }
    *out = (struct option_row){0};
}

int options_join(int argc, char **argv, char separator, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < argc && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%c", argv[i], separator);
    return used < size ? 0 : -1;
}

int options_each(const char *list, int (*take)(void *target, const char *piece, struct error *),
                 void *target, struct error *error)
{
    char piece[256];
    for (;;) {
        size_t length = strcspn(list, ",");
        if (length == 0)
            return error_set(error, "a piece of the list is empty");
        if (length >= sizeof(piece))
            return error_set(error, "'%s' is too long", list);
        snprintf(piece, sizeof(piece), "%.*s", (int)length, list);
        if (take(target, piece, error) < 0)
            return -1;
        if (list[length] == '\0')
            return 0;
        list += length + 1;
    }
}
