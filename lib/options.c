#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "terminal.h"
#include "units.h"

/* ---- values ---- */

/* "on|off|full" */
static void join_words(const struct option_word *words, const char *separator, char *out,
                       size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (; words->name; words++)
        if (*words->name && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? separator : "",
                                     words->name);
}

int option_word_find(const struct option_word *words, const char *text, struct error *error)
{
    char all[128];
    for (int i = 0; words[i].name; i++)
        if (*text &&
            (!strcmp(words[i].name, text) || (words[i].alias && !strcmp(words[i].alias, text))))
            return i;
    join_words(words, ", ", all, sizeof(all));
    return error_set(error, "'%.80s' is none of: %s", text, all);
}

static int parse_time(const char *text, int64_t low, int64_t high, nsec_t *time,
                      struct error *error)
{
    char from[UNITS_TEXT_BYTES], to[UNITS_TEXT_BYTES];
    if (units_parse_time(text, time, error) < 0)
        return -1;
    if (*time >= low && *time <= high)
        return 0;
    return error_set(error, "'%.80s' is out of range: from %s to %s", text,
                     units_format_time_exact(low, from),
                     units_format_time_exact(high < UNITS_TIME_MAX ? high : UNITS_TIME_MAX, to));
}

/* Parse into a field whose size holds the row's range. */
static int take_integer(const struct option_row *row, const char *text, void *field,
                        struct error *error)
{
    int64_t value = 1, high = row->max ? row->max : INT64_MAX;
    int result = 0;
    switch (row->type) {
    case OPTION_COUNT: result = units_parse_count(text, row->min, high, &value, error); break;
    case OPTION_BYTES: result = units_parse_bytes(text, row->min, high, &value, error); break;
    case OPTION_TIME: result = parse_time(text, row->min, high, &value, error); break;
    case OPTION_WORD: result = value = option_word_find(row->words, text, error); break;
    default: break; /* OPTION_FLAG */
    }
    if (result < 0)
        return -1;
    switch (row->size) {
    case 1: *(uint8_t *)field = (uint8_t)value; break;
    case 2: *(uint16_t *)field = (uint16_t)value; break;
    case 4: *(uint32_t *)field = (uint32_t)value; break;
    default: *(uint64_t *)field = (uint64_t)value; break;
    }
    return 0;
}

static int take_value(const struct option_row *row, const char *text, void *field,
                      struct error *error)
{
    switch (row->type) {
    case OPTION_SHARE: return units_parse_share(text, field, error);
    case OPTION_TEXT: *(const char **)field = text; return 0;
    case OPTION_CUSTOM: return row->take(field, text, error);
    default: return take_integer(row, text, field, error);
    }
}

/* ---- lists ---- */

int options_each(const char *list, int (*take)(void *target, const char *piece, struct error *),
                 void *target, struct error *error)
{
    char piece[256];
    for (;;) {
        size_t length = strcspn(list, ",");
        if (length == 0)
            return error_set(error, "an item of the list is empty");
        if (length >= sizeof(piece))
            return error_set(error, "'%.80s' is too long", list);
        snprintf(piece, sizeof(piece), "%.*s", (int)length, list);
        if (take(target, piece, error) < 0)
            return -1;
        if (list[length] == '\0')
            return 0;
        list += length + 1;
    }
}

struct list {
    const struct option_row *row;
    char *items;
    size_t *count;
};

static int take_piece(void *target, const char *piece, struct error *error)
{
    const struct list *list = target;
    const struct option_row *row = list->row;
    uint64_t item; /* the largest integer type */
    if (take_integer(row, piece, &item, error) < 0)
        return -1;
    for (size_t i = 0; i < *list->count; i++)
        if (!memcmp(list->items + i * row->size, &item, row->size))
            return 0;
    if (*list->count == row->list_max)
        return error_set(error, "%zu values at most", row->list_max);
    memcpy(list->items + (*list->count)++ * row->size, &item, row->size);
    return 0;
}

static int take_list(const struct option_row *row, const char *value, void *target,
                     struct error *error)
{
    struct list list = {.row = row,
                        .items = (char *)target + row->offset,
                        .count = (size_t *)(void *)((char *)target + row->list_count)};
    *list.count = 0;
    if (row->list_may_be_none && !strcmp(value, "none"))
        return 0;
    return options_each(value, take_piece, &list, error);
}

/* ---- tables ---- */

static bool is_listed(const char *const *only, const char *name)
{
    for (; *only; only++)
        if (!strcmp(*only, name))
            return true;
    return false;
}

static const char *initial_value(const struct option_table *table, const struct option_row *row)
{
    for (const struct option_value *value = table->initial; value && value->name; value++)
        if (!strcmp(value->name, row->name))
            return value->value;
    return row->initial;
}

/* The last option of every table. */
static const struct option_row help_row = {"help", 'h', OPTION_FLAG, .size = sizeof(bool),
                                           .help = "this text"};

enum entries {
    ENTRIES_ALL,   /* for initial values */
    ENTRIES_TAKEN, /* those in `only` */
    ENTRIES_LISTED /* of these, those not retired */
};

static const struct option_row *next_row(const struct option_set *set, const struct option_row *row)
{
    return (const void *)((const char *)row + (set->stride ? set->stride : sizeof(*row)));
}

static size_t list_entries(const struct option_table *table, enum entries which,
                           struct option_entry entries[OPTIONS_MAX])
{
    size_t n = 0;
    for (const struct option_set *set = table->sets; set->rows; set++)
        for (const struct option_row *row = set->rows; row->name && n + 1 < OPTIONS_MAX;
             row = next_row(set, row))
            if ((which == ENTRIES_ALL || !set->only || is_listed(set->only, row->name)) &&
                (which != ENTRIES_LISTED || !row->retired))
                entries[n++] = (struct option_entry){row, initial_value(table, row), set->offset};
    entries[n++] = (struct option_entry){.row = &help_row};
    return n;
}

size_t options_list(const struct option_table *table, struct option_entry entries[OPTIONS_MAX])
{
    return list_entries(table, ENTRIES_LISTED, entries);
}

static void entry_set_given(const struct option_entry *entry, void *target, bool given)
{
    if (entry->row->given)
        *(bool *)((char *)target + entry->offset + entry->row->given) = given;
}

static int entry_take(const struct option_entry *entry, const char *value, void *target,
                      struct error *error)
{
    const struct option_row *row = entry->row;
    char *set = (char *)target + entry->offset;
    int result = row->list_max ? take_list(row, value, set, error)
                               : take_value(row, value, set + row->offset, error);
    entry_set_given(entry, target, true);
    return result < 0 ? error_prefix(error, "--%s", row->name) : 0;
}

int options_init(const struct option_table *table, void *target, struct error *error)
{
    struct option_entry entries[OPTIONS_MAX];
    size_t n = list_entries(table, ENTRIES_ALL, entries);
    for (size_t i = 0; i < n; i++) {
        const struct option_entry *entry = &entries[i];
        if (entry->initial && entry_take(entry, entry->initial, target, error) < 0)
            return -1;
        entry_set_given(entry, target, false);
        if (!entry->initial && entry->row->type == OPTION_TIME)
            *(nsec_t *)(void *)((char *)target + entry->offset + entry->row->offset) = -1;
    }
    return 0;
}

int options_set(const struct option_table *table, void *target, const struct option_value *values,
                struct error *error)
{
    struct option_entry entries[OPTIONS_MAX];
    size_t n = list_entries(table, ENTRIES_TAKEN, entries);
    for (; values->name; values++) {
        size_t i = 0;
        while (i < n && strcmp(entries[i].row->name, values->name) != 0)
            i++;
        if (i == n)
            return error_set(error, "there is no option --%s", values->name);
        if (entry_take(&entries[i], values->value, target, error) < 0)
            return -1;
    }
    return 0;
}

/* ---- help ---- */

enum { HELP_COLUMN = 29, HELP_LINE_BYTES = 2048 };

/* Names of values, unless a row has its own. */
static const char *const arguments[] = {[OPTION_COUNT] = "NUMBER",
                                        [OPTION_BYTES] = "BYTES",
                                        [OPTION_TIME] = "TIME",
                                        [OPTION_SHARE] = "SHARE",
                                        [OPTION_CUSTOM] = NULL};

const char *option_argument(const struct option_row *row, char text[OPTION_ARGUMENT_BYTES])
{
    const char *argument = row->argument ? row->argument : arguments[row->type];
    if (!argument && row->words) {
        join_words(row->words, "|", text, OPTION_ARGUMENT_BYTES);
        argument = text;
    }
    if (!argument || !row->list_max || row->argument)
        return argument;
    size_t length = strlen(argument);
    if (argument != text)
        snprintf(text, OPTION_ARGUMENT_BYTES, "%s", argument);
    snprintf(text + length, OPTION_ARGUMENT_BYTES - length, "S");
    return text;
}

/* "  -d, --delay TIME" */
static void format_left(const struct option_row *row, char *out, size_t size)
{
    char text[OPTION_ARGUMENT_BYTES];
    const char *argument = option_argument(row, text);
    int used =
        row->letter ? snprintf(out, size, "  -%c, ", row->letter) : snprintf(out, size, "      ");
    snprintf(out + used, size - (size_t)used, "--%s%s%s", row->name, argument ? " " : "",
             argument ? argument : "");
}

/* The help, "(100ms)" and "also --ALIAS". */
void option_explain(const struct option_entry *entry, char out[OPTION_EXPLANATION_BYTES])
{
    const size_t size = OPTION_EXPLANATION_BYTES;
    const struct option_row *row = entry->row;
    const char *initial = entry->initial ? entry->initial : row->unset;
    size_t used = (size_t)snprintf(out, size, initial ? "%s (%s)" : "%s", row->help, initial);
    const char *also = "; also ";
    if (row->alias && used < size) {
        used += (size_t)snprintf(out + used, size - used, "%s--%s", also, row->alias);
        also = ", ";
    }
    for (const struct option_word *w = row->words; w && w->name && used < size; w++)
        if (w->alias) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", also, w->alias);
            also = ", ";
        }
}

static void print_paragraphs(const char *text, size_t width)
{
    char line[HELP_LINE_BYTES];
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
        text_wrap(line, width, stdout);
    }
}

/* Two columns; the right one begins on a new line if the left one is too wide. */
static void print_option(const char *left, const char *right, size_t width)
{
    char line[HELP_LINE_BYTES];
    if (strlen(left) + 2 > HELP_COLUMN) {
        printf("%s\n", left);
        left = "";
    }
    snprintf(line, sizeof(line), "%-*s%s", HELP_COLUMN, left, right);
    text_wrap(line, width, stdout);
}

static void print_help(const struct option_table *table)
{
    char left[96], right[OPTION_EXPLANATION_BYTES];
    struct option_entry entries[OPTIONS_MAX];
    size_t n = options_list(table, entries);
    size_t width = terminal_width(stdout) ? terminal_width(stdout) : TERMINAL_WIDTH_MAX;
    printf("usage: %s%s%s\n\n", table->program, table->usage ? " " : "",
           table->usage ? table->usage : "");
    print_paragraphs(table->summary, width);
    putchar('\n');
    for (size_t i = 0; i < n; i++) {
        format_left(entries[i].row, left, sizeof(left));
        option_explain(&entries[i], right);
        print_option(left, right, width);
    }
}

/* ---- command lines ---- */

/* getopt_long() has tables of its own format. It returns a letter, or FIRST_INDEX plus an option's
 * index. */
enum { FIRST_INDEX = 256 };

struct getopt_tables {
    struct option names[2 * OPTIONS_MAX + 1]; /* with aliases and an end */
    size_t name_count;
    char letters[2 * OPTIONS_MAX + 2];
};

static void add_name(struct getopt_tables *tables, const char *name, int has_value, int returned)
{
    tables->names[tables->name_count++] = (struct option){name, has_value, NULL, returned};
}

static void fill_tables(struct getopt_tables *tables, const struct option_entry *entries, size_t n)
{
    *tables = (struct getopt_tables){.letters = ":"};
    char *letter = tables->letters + 1;
    for (size_t i = 0; i < n; i++) {
        const struct option_row *row = entries[i].row;
        int has_value = row->type == OPTION_FLAG ? no_argument : required_argument;
        add_name(tables, row->name, has_value, FIRST_INDEX + (int)i);
        if (row->alias)
            add_name(tables, row->alias, has_value, FIRST_INDEX + (int)i);
        if (row->letter)
            letter += sprintf(letter, "%c%s", row->letter, has_value ? ":" : "");
    }
}

/* The option with this letter; the last one is --help. */
static size_t find_letter(const struct option_entry *entries, size_t n, int letter)
{
    size_t i = 0;
    while (i + 1 < n && entries[i].row->letter != letter)
        i++;
    return i;
}

/* Report an argument that getopt_long() rejected. */
static enum options_result refuse(const struct option_table *table, int found, const char *word,
                                  struct error *error)
{
    const char *problem = found == ':'            ? "a value is missing"
                          : optopt >= FIRST_INDEX ? "it takes no value"
                                                  : "there is no such option";
    char letter[] = {'-', (char)optopt, '\0'};
    error_set(error, "%.80s: %s; see '%s --help'", optopt && optopt < FIRST_INDEX ? letter : word,
              problem, table->program);
    return OPTIONS_WRONG;
}

enum options_result options_parse(const struct option_table *table, void *target, int argc,
                                  char **argv, int *first, struct error *error)
{
    struct option_entry entries[OPTIONS_MAX];
    struct getopt_tables tables;
    if (options_init(table, target, error) < 0)
        return OPTIONS_WRONG;
    size_t n = list_entries(table, ENTRIES_TAKEN, entries);
    fill_tables(&tables, entries, n);
    int found;
    optind = 0; /* glibc: reset the parser */
    while ((found = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
        if (found == ':' || found == '?')
            return refuse(table, found, argv[optind - 1], error);
        size_t i =
            found < FIRST_INDEX ? find_letter(entries, n, found) : (size_t)(found - FIRST_INDEX);
        if (entries[i].row == &help_row) {
            print_help(table);
            error_set(error, "--help was given");
            return OPTIONS_HELPED;
        }
        if (entry_take(&entries[i], optarg, target, error) < 0)
            return OPTIONS_WRONG;
    }
    *first = optind;
    if (optind + table->words >= argc)
        return OPTIONS_OK;
    error_set(error, "'%.80s' was not expected; every option begins with '-'",
              argv[optind + table->words]);
    return OPTIONS_WRONG;
}
