/* Completion for bash: what there is to complete, as functions, before completion.bash, which does
 * it. */
#include "completion.h"

#include "bench/cli/command.h"
#include "lib/embed.h"
#include "values.h"

EMBED(completion_bash, "manual/completion.bash");

static const char *const kinds[] = {
    [VALUES_ANY] = "any",         [VALUES_WORDS] = "words",         [VALUES_FILES] = "files",
    [VALUES_FOLDERS] = "folders", [VALUES_CAMPAIGNS] = "campaigns",
};

static void print_commands(FILE *out)
{
    fputs("_waitbench_commands() {\n    echo '--help", out);
    for (const struct command *const *c = commands; *c; c++)
        fprintf(out, " %s", command_name(*c));
    fputs("'\n}\n\n", out);
}

static void print_options(const struct option_table *table, FILE *out)
{
    struct option_entry entries[OPTIONS_MAX];
    size_t n = options_list(table, entries);
    fprintf(out, "    %s) echo '", manual_name(table));
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s--%s", i ? " " : "", entries[i].row->name);
    fputs("' ;;\n", out);
}

/* Of the words that are no options, the pattern is the command's name alone. */
static void print_word_values(const struct option_table *table, FILE *out)
{
    enum values_kind kind = values_of_set(table->word_values);
    if (!table->words)
        return;
    fprintf(out, "    '%s ') echo '%s", manual_name(table), kinds[kind]);
    if (kind == VALUES_WORDS)
        values_print_set(table->word_values, out);
    fputs("' ;;\n", out);
}

static void print_values(const struct option_table *table, FILE *out)
{
    struct option_entry entries[OPTIONS_MAX];
    size_t n = options_list(table, entries);
    const char *name = manual_name(table);
    for (size_t i = 0; i < n; i++) {
        const struct option_row *row = entries[i].row;
        enum values_kind kind = values_of_row(row);
        if (kind == VALUES_NONE)
            continue;
        fprintf(out, "    '%s --%s'", name, row->name);
        if (row->alias)
            fprintf(out, " | '%s --%s'", name, row->alias);
        if (row->letter)
            fprintf(out, " | '%s -%c'", name, row->letter);
        fprintf(out, ") echo '%s", kinds[kind]);
        if (kind == VALUES_WORDS)
            values_print_row(row, out);
        fputs("' ;;\n", out);
    }
    print_word_values(table, out);
}

void completion_print_bash(FILE *out)
{
    fputs("# Completion of waitbench and randintd for bash, made from their tables of options.\n\n",
          out);
    print_commands(out);
    fputs("_waitbench_options() { # COMMAND\n    case $1 in\n", out);
    for (const struct option_table *const *table = manual_tables(); *table; table++)
        print_options(*table, out);
    fputs("    esac\n}\n\n# A kind, and the words of 'words'; nothing of a flag.\n"
          "_waitbench_values() { # COMMAND OPTION\n    case \"$1 $2\" in\n",
          out);
    for (const struct option_table *const *table = manual_tables(); *table; table++)
        print_values(*table, out);
    fprintf(out, "    esac\n}\n\n%s", completion_bash);
}
