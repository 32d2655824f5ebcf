/* Completion for zsh: a specification for _arguments of each option. */
#include "completion.h"

#include "bench/cli/command.h"
#include "values.h"

/* Within single quotes and brackets of a specification. */
static void put_text(const char *text, FILE *out)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
}

static void put_action(enum values_kind kind, const struct option_row *row, const char *set,
                       FILE *out)
{
    switch (kind) {
    case VALUES_WORDS:
        fputs(row ? "_sequence compadd -" : "(", out);
        if (row)
            values_print_row(row, out);
        else
            values_print_set(set, out);
        if (!row)
            fputc(')', out);
        break;
    case VALUES_FILES: fputs("_files", out); break;
    case VALUES_FOLDERS: fputs("_files -/", out); break;
    case VALUES_CAMPAIGNS: fputs("_files -/ -W results", out); break;
    default: fputc(' ', out);
    }
}

/* '(-d --driver)'{-d+,--driver=}'[help]:NAMES:_sequence compadd - null …' */
static void put_option(const struct option_entry *entry, FILE *out)
{
    const struct option_row *row = entry->row;
    char help[OPTION_EXPLANATION_BYTES], text[OPTION_ARGUMENT_BYTES];
    const char *argument = option_argument(row, text);
    option_explain(entry, help);
    fputs(" \\\n            ", out);
    if (row->letter)
        fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter,
                argument ? "+" : "", row->name, argument ? "=" : "");
    else
        fprintf(out, "'--%s%s[", row->name, argument ? "=" : "");
    put_text(help, out);
    fputc(']', out);
    if (argument) {
        fputc(':', out);
        put_text(argument, out);
        fputc(':', out);
        put_action(values_of_row(row), row, NULL, out);
    }
    fputc('\'', out);
}

static void put_table(const struct option_table *table, FILE *out)
{
    struct option_entry entries[OPTIONS_MAX];
    size_t n = options_list(table, entries);
    fprintf(out, "    %s)\n        _arguments -s -S", manual_name(table));
    for (size_t i = 0; i < n; i++)
        put_option(&entries[i], out);
    for (int i = 0; i < table->words; i++) {
        fputs(" \\\n            '::", out);
        put_text(table->word_values ? table->word_values : "word", out);
        fputc(':', out);
        put_action(values_of_set(table->word_values), NULL, table->word_values, out);
        fputc('\'', out);
    }
    fputs("\n        ;;\n", out);
}

static void put_commands(FILE *out)
{
    fputs("    local -a commands=(\n", out);
    for (const struct command *const *c = commands; *c; c++) {
        fprintf(out, "        '%s:", command_name(*c));
        put_text((*c)->options->brief, out);
        fputs("'\n", out);
    }
    fputs("    )\n", out);
}

void completion_print_zsh(FILE *out)
{
    fputs("#compdef waitbench randintd\n"
          "# Completion of waitbench and randintd for zsh, made from their tables of options.\n\n"
          "_waitbench_command() {\n    case $1 in\n",
          out);
    for (const struct option_table *const *table = manual_tables(); *table; table++)
        put_table(*table, out);
    fputs("    esac\n}\n\n_waitbench() {\n", out);
    put_commands(out);
    fputs("    if [[ $service == randintd ]]; then\n"
          "        _waitbench_command randintd\n"
          "    elif ((CURRENT == 2)); then\n"
          "        _describe command commands\n"
          "    else\n"
          "        shift words\n"
          "        ((CURRENT--))\n"
          "        _waitbench_command $words[1]\n"
          "    fi\n"
          "}\n\n_waitbench \"$@\"\n",
          out);
}
