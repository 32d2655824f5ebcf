/* Options: what each type takes and refuses, where it goes, what --help makes of a row; and that
 * the tables of all commands, and of randintd, are as they have to be. */
#include "lib/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/cli/command.h"
#include "bench/drive/campaign_options.h"
#include "server/options.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum colour { NONE, RED, GREEN };

static const struct option_word colours[] = {
    [NONE] = {"", NULL}, [RED] = {"red", "rouge"}, [GREEN] = {"green", NULL}, {0}};

struct inner {
    const char *text;
    char custom[16];
};

struct fields {
    struct inner inner;
    bool flag, other;
    uint16_t port;
    unsigned count;
    uint64_t seed;
    size_t bytes;
    nsec_t time, box;
    double share;
    enum colour colour;
    unsigned list[3];
    size_t list_count;
    enum colour colours[2];
    size_t colour_count;
    unsigned guard;
};

static int take_custom(void *target, const char *value, struct error *error)
{
    if (strlen(value) > 15)
        return error_set(error, "'%s' is too long", value);
    strcpy(((struct inner *)target)->custom, value);
    return 0;
}

static const struct option_row rows[] = {
    {"flag", 'f', OPTION_FLAG, OPTION_FIELD(struct fields, flag), .help = "a flag"},
    {"other", 'o', OPTION_FLAG, OPTION_FIELD(struct fields, other), .help = "another"},
    {"port", 0, OPTION_COUNT, OPTION_FIELD(struct fields, port), .max = UINT16_MAX, .help = "port"},
    {"count", 'c', OPTION_COUNT, OPTION_FIELD(struct fields, count), .alias = "number",
     .initial = "7", .min = 1, .max = 1000, .help = "how many"},
    {"seed", 0, OPTION_COUNT, OPTION_FIELD(struct fields, seed), .unset = "any", .help = "seed"},
    {"bytes", 0, OPTION_BYTES, OPTION_FIELD(struct fields, bytes), .initial = "64Ki", .min = 1024,
     .max = 1 << 20, .help = "how large"},
    {"time", 't', OPTION_TIME, OPTION_FIELD(struct fields, time), .initial = "100ms",
     .min = NSEC_PER_MSEC, .max = 60 * NSEC_PER_SEC, .help = "how long"},
    {"box", 0, OPTION_TIME, OPTION_FIELD(struct fields, box), .help = "a time box"},
    {"share", 0, OPTION_SHARE, OPTION_FIELD(struct fields, share), .initial = "50%",
     .help = "how much"},
    {"colour", 0, OPTION_WORD, OPTION_FIELD(struct fields, colour), .initial = "green",
     .words = colours, .help = "which"},
    {"list", 'l', OPTION_COUNT, OPTION_LIST(struct fields, list, list_count), .initial = "1,2",
     .min = 1, .max = 9, .list_may_be_none = true, .help = "some"},
    {"colours", 0, OPTION_WORD, OPTION_LIST(struct fields, colours, colour_count), .words = colours,
     .help = "some of them"},
    {"former", 0, OPTION_COUNT, OPTION_FIELD(struct fields, guard), .retired = true},
    {0},
};

static const struct option_row inner_rows[] = {
    {"text", 0, OPTION_TEXT, OPTION_FIELD(struct inner, text), .argument = "TEXT", .help = "text"},
    {"custom", 0, OPTION_CUSTOM, .take = take_custom, .argument = "WHAT", .help = "custom"},
    {0},
};

static const struct option_table table = {
    .program = "test",
    .summary = "A test.",
    .words = 1,
    .sets = {{.rows = rows}, {.rows = inner_rows, .offset = offsetof(struct fields, inner)}},
};

static const struct fields zero;

/* Parse "test WORDS". */
static enum options_result parse_as(const struct option_table *as, struct fields *fields,
                                    const char *words, int *first, struct error *error)
{
    static char text[256]; /* fields point into it */
    char *argv[32] = {(char *)"test"}, *rest = text, *word;
    int argc = 1;
    snprintf(text, sizeof(text), "%s", words);
    while ((word = strsep(&rest, " ")))
        if (*word)
            argv[argc++] = strcmp(word, "''") ? word : word + 2;
    *fields = zero;
    return options_parse(as, fields, argc, argv, first, error);
}

static struct fields parse(const char *words)
{
    int first;
    struct fields fields;
    struct error error;
    if (parse_as(&table, &fields, words, &first, &error) != OPTIONS_OK)
        fail_msg("%s: %s", words, error.text);
    return fields;
}

/* ---- values ---- */

static void initial_values(void **state)
{
    (void)state;
    struct fields fields = parse("");
    assert_false(fields.flag);
    assert_int_equal(fields.port, 0);
    assert_int_equal(fields.count, 7);
    assert_true(fields.seed == 0);
    assert_int_equal(fields.bytes, 65536);
    assert_int_equal(fields.time, 100 * NSEC_PER_MSEC);
    assert_int_equal(fields.box, -1); /* no time can be */
    assert_true(fields.share == 0.5);
    assert_int_equal(fields.colour, GREEN);
    assert_int_equal(fields.list_count, 2);
    assert_int_equal(fields.list[1], 2);
    assert_int_equal(fields.colour_count, 0);
    assert_null(fields.inner.text);
}

static void every_value_goes_where_it_belongs(void **state)
{
    (void)state;
    struct fields fields =
        parse("--flag --port 65535 --count 1k --seed 9223372036854775807 --bytes 1Mi --time 60s "
              "--box 0 --share 2% --colour red --list 9,1 --colours green --text hello "
              "--custom world");
    assert_true(fields.flag);
    assert_false(fields.other);
    assert_int_equal(fields.port, 65535);
    assert_int_equal(fields.count, 1000);
    assert_true(fields.seed == INT64_MAX);
    assert_int_equal(fields.bytes, 1 << 20);
    assert_int_equal(fields.time, 60 * NSEC_PER_SEC);
    assert_int_equal(fields.box, 0);
    assert_true(fields.share == 0.02);
    assert_int_equal(fields.colour, RED);
    assert_int_equal(fields.list_count, 2);
    assert_int_equal(fields.list[0], 9);
    assert_int_equal(fields.list[1], 1);
    assert_int_equal(fields.colour_count, 1);
    assert_int_equal(fields.colours[0], GREEN);
    assert_string_equal(fields.inner.text, "hello");
    assert_string_equal(fields.inner.custom, "world");
    assert_int_equal(fields.guard, 0);
}

static void an_option_can_be_written_in_several_ways(void **state)
{
    (void)state;
    assert_int_equal(parse("-c 5").count, 5);
    assert_int_equal(parse("-c5").count, 5);
    assert_int_equal(parse("--count=5").count, 5);
    assert_int_equal(parse("--coun 5").count, 5);
    assert_int_equal(parse("--number 5").count, 5);
    assert_int_equal(parse("--count 4 --count 5").count, 5); /* the last one counts */
    assert_int_equal(parse("--colour rouge").colour, RED);
    assert_int_equal(parse("--former 3").guard, 3);
    struct fields fields = parse("-foc5");
    assert_true(fields.flag && fields.other && fields.count == 5);
}

static void lists(void **state)
{
    (void)state;
    struct fields fields = parse("--list 1,2,3,1,2,3");
    assert_int_equal(fields.list_count, 3);
    fields = parse("--list 5 --list 6"); /* a later one replaces, it does not add */
    assert_int_equal(fields.list_count, 1);
    assert_int_equal(fields.list[0], 6);
    assert_int_equal(parse("--list none").list_count, 0);
    fields = parse("--colours rouge,red");
    assert_int_equal(fields.colour_count, 1);
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *words, *says;
    } bad[] = {
        {"--port -1", "--port: '-1' is out of range: from 0 to 65535"},
        {"--port 65536", "--port: '65536' is out of range: from 0 to 65535"},
        {"--port x", "--port: 'x' is not a whole number"},
        {"--port ''", "--port: '' is not a whole number"},
        {"--count 0", "--count: '0' is out of range: from 1 to 1000"},
        {"--number 1001", "--count: '1001' is out of range: from 1 to 1000"},
        {"-c 99999999999999999999", "is out of range: from 1 to 1000"},
        {"--seed -1", "from 0 to 9223372036854775807"},
        {"--seed 9223372036854775808", "out of range"},
        {"--bytes 1023", "--bytes: '1023' is out of range: from 1.0 KiB to 1.0 MiB"},
        {"--bytes 1048577", "from 1.0 KiB to 1.0 MiB"},
        {"--bytes 99999999999999999999", "from 1.0 KiB to 1.0 MiB"},
        {"--bytes 1.5k", "is not a number of bytes"},
        {"--time 999us", "--time: '999us' is out of range: from 1ms to 60s"},
        {"--time 60.1s", "from 1ms to 60s"},
        {"--time 100", "--time: '100' is not a time"},
        {"--time -1ms", "is not a time"},
        {"--box 1001h", "1000h at most"},
        {"--share 0", "--share: '0' is not a share above 0 and at most 1"},
        {"--share 101%", "is not a share"},
        {"--share -5%", "is not a share"},
        {"--colour blue", "--colour: 'blue' is none of: red, green"},
        {"--colour ''", "--colour: '' is none of: red, green"},
        {"--list 0", "from 1 to 9"},
        {"--list 1,10", "from 1 to 9"},
        {"--list 1,2,3,4", "--list: 3 values at most"},
        {"--list 1,,2", "--list: an item of the list is empty"},
        {"--list 1,", "empty"},
        {"--list ''", "empty"},
        {"--list 1,none", "is not a whole number"},
        {"--colours none", "is none of: red, green"},
        {"--custom aaaaaaaaaaaaaaaaaaaaaa", "--custom: 'aaaaaaaaaaaaaaaaaaaaaa' is too long"},
        {"--nosuch", "--nosuch: there is no such option; see 'test --help'"},
        {"-z", "-z: there is no such option"},
        {"-fzo", "-z: there is no such option"},
        {"--co 5", "--co: there is no such option"}, /* which of them? */
        {"--count", "--count: a value is missing"},
        {"-fc", "-c: a value is missing"},
        {"--flag=1", "--flag=1: it takes no value"},
        {"one two", "'two' was not expected; every option begins with '-'"},
        {"one --flag two", "'two' was not expected"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int first;
        struct fields fields;
        struct error error = {0};
        if (parse_as(&table, &fields, bad[i].words, &first, &error) != OPTIONS_WRONG)
            fail_msg("'%s' was taken", bad[i].words);
        if (!strstr(error.text, bad[i].says))
            fail_msg("'%s' says: %s", bad[i].words, error.text);
        assert_int_equal(fields.guard, 0);
    }
}

static void other_words(void **state)
{
    (void)state;
    int first;
    struct fields fields;
    struct error error;
    assert_int_equal(parse_as(&table, &fields, "--flag word", &first, &error), OPTIONS_OK);
    assert_int_equal(first, 2);
    assert_int_equal(parse_as(&table, &fields, "word --flag", &first, &error), OPTIONS_OK);
    assert_int_equal(first, 2); /* options first, wherever they stood */
    assert_true(fields.flag);
}

/* Another table with some of the rows, and other initial values. */
static void what_a_table_overrides(void **state)
{
    (void)state;
    static const char *const some[] = {"count", "time", NULL};
    static const struct option_value initial[] = {{"count", "9"}, {"text", "t"}, {0}};
    static const struct option_table other = {
        .program = "other",
        .initial = initial,
        .sets = {{.rows = rows, .only = some},
                 {.rows = inner_rows, .offset = offsetof(struct fields, inner)}},
    };
    struct option_entry entries[OPTIONS_MAX];
    assert_int_equal(options_list(&other, entries), 5);
    assert_string_equal(entries[0].row->name, "count");
    assert_string_equal(entries[0].initial, "9");
    assert_string_equal(entries[1].initial, "100ms");
    assert_string_equal(entries[2].initial, "t");
    assert_null(entries[3].initial);
    assert_string_equal(entries[4].row->name, "help");
    int first;
    struct fields fields;
    struct error error;
    assert_int_equal(parse_as(&other, &fields, "--count 8", &first, &error), OPTIONS_OK);
    assert_int_equal(fields.count, 8);
    assert_int_equal(fields.bytes, 65536); /* not taken, and yet what it is elsewhere */
    assert_int_equal(parse_as(&other, &fields, "--bytes 64Ki", &first, &error), OPTIONS_WRONG);
}

static void values_can_be_set(void **state)
{
    (void)state;
    struct fields fields = parse("--count 8 --time 5s");
    struct error error;
    const struct option_value values[] = {{"count", "9"}, {"custom", "x"}, {0}};
    const struct option_value bad[] = {{"count", "0"}, {0}}, unknown[] = {{"nosuch", "0"}, {0}};
    assert_int_equal(options_set(&table, &fields, values, &error), 0);
    assert_int_equal(fields.count, 9);
    assert_int_equal(fields.time, 5 * NSEC_PER_SEC);
    assert_string_equal(fields.inner.custom, "x");
    assert_int_equal(options_set(&table, &fields, bad, &error), -1);
    assert_non_null(strstr(error.text, "--count: '0' is out of range"));
    assert_int_equal(options_set(&table, &fields, unknown, &error), -1);
    assert_non_null(strstr(error.text, "--nosuch"));
}

/* ---- help ---- */

/* What `as` prints for --help. */
static void help_of(const struct option_table *as, void *target, char *text, size_t size)
{
    char *argv[] = {(char *)"test", (char *)"--help", NULL};
    int first;
    struct error error;
    FILE *file = tmpfile();
    fflush(stdout);
    int out = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    enum options_result result = options_parse(as, target, 2, argv, &first, &error);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
    if (result != OPTIONS_HELPED)
        fail_msg("%s: %s", as->program, error.text);
}

static void help_is_made_from_the_rows(void **state)
{
    (void)state;
    char text[4096];
    struct fields fields = zero;
    help_of(&table, &fields, text, sizeof(text));
    static const char *const lines[] = {
        "usage: test\n\nA test.\n\n",
        "\n  -f, --flag                 a flag\n",
        "\n  -c, --count NUMBER         how many (7); also --number\n",
        "\n      --seed NUMBER          seed (any)\n",
        "\n      --bytes BYTES          how large (64Ki)\n",
        "\n  -t, --time TIME            how long (100ms)\n",
        "\n      --share SHARE          how much (50%)\n",
        "\n      --colour red|green     which (green); also rouge\n",
        "\n  -l, --list NUMBERS         some (1,2)\n",
        "\n      --text TEXT            text\n",
        "\n  -h, --help                 this text\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        if (!strstr(text, lines[i]))
            fail_msg("no '%s' in:\n%s", lines[i], text);
    assert_null(strstr(text, "former"));
}

static void long_help_is_broken_into_lines(void **state)
{
    (void)state;
    static const struct option_row row[] = {
        {"a-name-that-is-rather-long", 'a', OPTION_FLAG, OPTION_FIELD(struct fields, flag),
         .help = "twelve words  that take more columns than the seventy-one there are here, "
                 "so that the last is below"},
        {0}};
    static const struct option_table narrow = {
        .program = "test", .summary = "one\n\n  two  three", .sets = {{.rows = row}}};
    char text[1024];
    struct fields fields = zero;
    help_of(&narrow, &fields, text, sizeof(text));
    assert_string_equal(
        text, "usage: test\n\none\n\n  two  three\n\n"
              "  -a, --a-name-that-is-rather-long\n"
              "                             twelve words  that take more columns than the "
              "seventy-one there are\n"
              "                             here, so that the last is below\n"
              "  -h, --help                 this text\n");
}

/* ---- the tables there are ---- */

static bool is_taken(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (name && names[i] && !strcmp(name, names[i]))
            return true;
    return false;
}

/* The largest value that the row takes fits into its field. */
static bool fits(const struct option_row *row)
{
    static const size_t sizes[] = {
        [OPTION_FLAG] = sizeof(bool),    [OPTION_TIME] = sizeof(nsec_t),
        [OPTION_SHARE] = sizeof(double), [OPTION_WORD] = sizeof(enum colour),
        [OPTION_TEXT] = sizeof(char *),
    };
    switch (row->type) {
    case OPTION_CUSTOM: return row->take && (row->argument || row->words);
    case OPTION_COUNT:
    case OPTION_BYTES:
        return row->size == 8 || (row->max > 0 && row->max < INT64_C(1) << (8 * row->size));
    case OPTION_WORD: return row->words && (row->size == sizes[row->type] || row->size == 1);
    case OPTION_TEXT: return row->argument && row->size == sizes[row->type];
    default: return row->size == sizes[row->type];
    }
}

static void check_table(const struct option_table *checked)
{
    struct option_entry entries[OPTIONS_MAX];
    const char *names[2 * OPTIONS_MAX] = {0};
    char letters[OPTIONS_MAX + 1] = "";
    size_t n = options_list(checked, entries), known = 0;
    assert_true(checked->program && checked->brief && checked->summary);
    assert_true(n < OPTIONS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct option_row *row = entries[i].row;
        if (!row->help || !row->help[0])
            fail_msg("%s --%s: no help", checked->program, row->name);
        if (!fits(row))
            fail_msg("%s --%s: its field does not suit it", checked->program, row->name);
        if (is_taken(row->name, names, known) || is_taken(row->alias, names, known) ||
            (row->letter && strchr(letters, row->letter)))
            fail_msg("%s --%s: a name, alias or letter of another", checked->program, row->name);
        names[known++] = row->name;
        names[known++] = row->alias;
        if (row->letter)
            letters[strlen(letters)] = (char)row->letter; /* the rest is 0 */
    }
    for (const struct option_value *value = checked->initial; value && value->name; value++)
        if (!is_taken(value->name, names, known))
            fail_msg("%s has no --%s to override", checked->program, value->name);
}

static size_t columns_of(const char *line, size_t bytes)
{
    size_t columns = 0;
    for (size_t i = 0; i < bytes; i++)
        columns += ((unsigned char)line[i] & 0xc0) != 0x80; /* UTF-8 */
    return columns;
}

/* Initial values parse and lie in their range, or there is no help to be had. */
static void check_help(const struct option_table *checked)
{
    char text[16384];
    void *target = calloc(1, 1 << 20);
    help_of(checked, target, text, sizeof(text));
    free(target);
    for (const char *line = text; *line;) {
        size_t bytes = strcspn(line, "\n");
        if (columns_of(line, bytes) > 100)
            fail_msg("%s: over 100 columns: %.*s", checked->program, (int)bytes, line);
        line += bytes + 1;
    }
}

static void the_tables_of_all_commands(void **state)
{
    (void)state;
    for (const struct command *const *c = commands; *c; c++) {
        check_table((*c)->options);
        check_help((*c)->options);
        assert_int_equal(strncmp((*c)->options->program, "waitbench ", 10), 0);
        assert_string_equal(command_name(*c), (*c)->options->program + 10);
    }
    check_table(&randintd_option_table);
    check_help(&randintd_option_table);
}

/* As campaigns of versions 8 to 10 were begun. */
static void words_of_earlier_versions(void **state)
{
    (void)state;
    char text[] = "campaign --shape fixed,gather --think 5ms --ledger off --control no-ledger "
                  "--overflow-shape gather --overflow-from 64 --gather-from 8";
    char *argv[32], *rest = text, *word;
    int argc = 0, first;
    while ((word = strsep(&rest, " ")))
        argv[argc++] = word;
    argv[argc] = NULL;
    struct campaign_options options = {0};
    struct error error;
    if (options_parse(&campaign_option_table, &options, argc, argv, &first, &error) != OPTIONS_OK)
        fail_msg("%s", error.text);
    const struct plan_request *request = &options.plan.request;
    assert_int_equal(request->arrivals.count, 2);
    assert_int_equal(request->arrivals.items[0], ARRIVALS_CLOSED);
    assert_int_equal(request->arrivals.items[1], ARRIVALS_BURST);
    assert_int_equal(request->base.delay, 5 * NSEC_PER_MSEC);
    assert_int_equal(request->base.usage, USAGE_OFF);
    assert_int_equal(request->control, CONTROL_NO_USAGE);
    assert_int_equal(request->exclusions.overflow_arrivals.count, 1);
    assert_int_equal(request->exclusions.overflow_arrivals.items[0], ARRIVALS_BURST);
    assert_int_equal(request->exclusions.overflow_from, 64);
    assert_int_equal(request->exclusions.burst_from, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initial_values),
        cmocka_unit_test(every_value_goes_where_it_belongs),
        cmocka_unit_test(an_option_can_be_written_in_several_ways),
        cmocka_unit_test(lists),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(other_words),
        cmocka_unit_test(what_a_table_overrides),
        cmocka_unit_test(values_can_be_set),
        cmocka_unit_test(help_is_made_from_the_rows),
        cmocka_unit_test(long_help_is_broken_into_lines),
        cmocka_unit_test(the_tables_of_all_commands),
        cmocka_unit_test(words_of_earlier_versions),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
