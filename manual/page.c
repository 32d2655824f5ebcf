#include "page.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/cli/command.h"
#include "values.h"

/* ---- roff ---- */

/* A line of text must not begin like a request; a hyphen of an option must stay one. */
static void put_text(const char *text, FILE *out)
{
    bool at_start = true;
    for (; *text; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        at_start = *text == '\n';
    }
}

static void put_upper(const char *text, FILE *out)
{
    for (; *text; text++)
        fputc(*text == ' ' ? '-' : *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text, out);
}

static void put_line(const char *line, int length, FILE *out)
{
    char text[4096];
    snprintf(text, sizeof(text), "%.*s", length, line);
    put_text(text, out);
    fputc('\n', out);
}

/* Lines of a summary, as --help prints them: an empty one is between paragraphs, and those that are
 * indented are examples. */
static void put_summary(const char *text, FILE *out)
{
    enum { NOTHING, BETWEEN, PROSE, EXAMPLE } before = NOTHING;
    while (*text) {
        int length = (int)strcspn(text, "\n");
        bool is_example = text[0] == ' ';
        if (is_example && before != EXAMPLE)
            fputs(".PP\n.EX\n", out);
        if (!is_example && before == EXAMPLE)
            fputs(".EE\n", out);
        if (length && !is_example && before != NOTHING)
            fputs(before == PROSE ? ".br\n" : ".PP\n", out);
        if (length)
            put_line(text, length, out);
        before = is_example ? EXAMPLE : length ? PROSE : BETWEEN;
        text += length;
        text += *text == '\n';
    }
    if (before == EXAMPLE)
        fputs(".EE\n", out);
}

static void put_head(const char *program, const char *brief, const char *date, FILE *out)
{
    fputs(".\\\" Made from the tables of options by manual/.\n.TH ", out);
    put_upper(program, out);
    fprintf(out, " 1 %s waitbench \"User commands\"\n.SH NAME\n", date);
    for (const char *c = program; *c; c++)
        fputs(*c == ' ' || *c == '-' ? "\\-" : (char[]){*c, '\0'}, out);
    fputs(" \\- ", out);
    put_text(brief, out);
    fputc('\n', out);
}

/* ---- sections ---- */

static void put_option(const struct option_entry *entry, FILE *out)
{
    char help[OPTION_EXPLANATION_BYTES], text[OPTION_ARGUMENT_BYTES];
    const char *argument = option_argument(entry->row, text);
    fputs(".TP\n", out);
    if (entry->row->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", entry->row->letter);
    fputs("\\fB\\-\\-", out);
    put_text(entry->row->name, out);
    fputs("\\fR", out);
    if (argument) {
        fputs(" \\fI", out);
        put_text(argument, out);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    option_explain(entry, help);
    put_text(help, out);
    fputc('\n', out);
}

static void put_table(const struct option_table *table, const char *date, FILE *out)
{
    struct option_entry entries[OPTIONS_MAX];
    size_t n = options_list(table, entries);
    put_head(table->program, table->brief, date, out);
    fprintf(out, ".SH SYNOPSIS\n.B %s\n", table->program);
    if (table->usage) {
        put_text(table->usage, out);
        fputc('\n', out);
    }
    fputs(".SH DESCRIPTION\n", out);
    put_summary(table->summary, out);
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < n; i++)
        put_option(&entries[i], out);
    fprintf(out, ".SH SEE ALSO\n.BR %s\n",
            strchr(table->program, ' ') ? "waitbench (1), randintd (1)" : "waitbench (1)");
}

static void put_commands(FILE *out)
{
    fputs(".SH COMMANDS\n", out);
    for (const struct command *const *c = commands; *c; c++) {
        fprintf(out, ".TP\n.BR waitbench\\-%s (1)\n", command_name(*c));
        put_text((*c)->options->brief, out);
        fputc('\n', out);
    }
}

static const char examples[] = ".SH EXAMPLES\n"
                               ".TP\n.B waitbench campaign\n"
                               "Reproduce the talk's tables and charts, in about three minutes.\n"
                               ".TP\n.B waitbench campaign \\-\\-preset quick\n"
                               "The same with 10 ms of server delay, in about 25 seconds.\n"
                               ".TP\n.B waitbench lesson accept\\-queue\n"
                               "One claim about waiting, and its evidence.\n"
                               ".TP\n.B waitbench run \\-d epoll \\-c 256\n"
                               "One run of one driver.\n";

static const char files[] =
    ".SH FILES\n"
    ".TP\n.I results/latest/report.html\n"
    "The page of the newest campaign. Results are in the current directory, or where\n"
    ".B \\-\\-results\nsays.\n"
    ".TP\n.I results/waitbench.db\n"
    "Every run and every request, in SQLite.\n"
    ".TP\n.I PREFIX/share/waitbench/docs\n"
    "The pages that messages and these manuals name as\n.IR docs/ .\n";

static void put_overview(const char *date, FILE *out)
{
    put_head("waitbench", "measure how a program should wait for I/O", date, out);
    fputs(".SH SYNOPSIS\n.B waitbench\n.I COMMAND\n[options]\n.SH DESCRIPTION\n", out);
    put_line(commands_introduction, -1, out);
    put_commands(out);
    fputs(examples, out);
    fputs(files, out);
    fputs(".SH EXIT STATUS\n", out);
    put_line(commands_exit_codes, -1, out);
    fputs(".SH SEE ALSO\n.BR randintd (1)\n", out);
}

/* ---- files ---- */

/* `table`: NULL for the page of waitbench itself. */
static int write_page(const char *folder, const struct option_table *table, const char *date,
                      struct error *error)
{
    char path[4096];
    const char *program = table ? table->program : "waitbench", *blank = strchr(program, ' ');
    snprintf(path, sizeof(path), "%s/%.*s%s%s.1", folder, (int)strcspn(program, " "), program,
             blank ? "-" : "", blank ? blank + 1 : "");
    FILE *out = fopen(path, "we");
    if (!out)
        return error_errno(error, errno, "cannot write %s", path);
    if (table)
        put_table(table, date, out);
    else
        put_overview(date, out);
    return fclose(out) == 0 ? 0 : error_errno(error, errno, "cannot write %s", path);
}

int pages_write(const char *folder, const char *date, struct error *error)
{
    int result = write_page(folder, NULL, date, error);
    for (const struct option_table *const *table = manual_tables(); result == 0 && *table; table++)
        result = write_page(folder, *table, date, error);
    return result;
}
