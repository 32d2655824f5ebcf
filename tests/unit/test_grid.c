/* Tables of text: columns line up as a reader sees them, UTF-8 or not, empty columns are left out,
 * Markdown stays Markdown, and a bar is as long as its share. */
#include "bench/show/grid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT}, {"time", GRID_RIGHT}, {"note", GRID_LEFT}};

/* What is printed; the caller frees it. */
static char *print(const struct grid *grid, enum grid_style style)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    grid_print(grid, style, out);
    fclose(out);
    return text;
}

static void assert_prints(struct grid *grid, enum grid_style style, const char *expected)
{
    char *text = print(grid, style);
    assert_string_equal(text, expected);
    free(text);
}

static struct grid *make(const char *const *cells, size_t n)
{
    struct grid *grid = grid_make(columns, 3);
    for (size_t i = 0; i < n; i++)
        grid_cell(grid, "%s", cells[i]);
    return grid;
}

static void columns_line_up(void **state)
{
    (void)state;
    struct grid *grid =
        make((const char *[]){"libev", "1.5 s", "good", "threadpool", "12 ms", ""}, 6);
    assert_prints(grid, GRID_TEXT,
                  "driver       time  note\n"
                  "──────────  ─────  ────\n"
                  "libev       1.5 s  good\n"
                  "threadpool  12 ms      \n");
    assert_prints(grid, GRID_MARKDOWN,
                  "| driver     |  time | note |\n"
                  "|------------|------:|------|\n"
                  "| libev      | 1.5 s | good |\n"
                  "| threadpool | 12 ms |      |\n");
    grid_free(grid);
}

/* A name neither ends its cell nor holds markup. */
static void markdown_is_escaped(void **state)
{
    (void)state;
    struct grid *grid = make((const char *[]){"exec:a|b", "1 s", "`x` <i>\\"}, 3);
    assert_prints(grid, GRID_MARKDOWN,
                  "| driver   | time | note     |\n"
                  "|----------|-----:|----------|\n"
                  "| exec:a\\|b |  1 s | \\`x\\` \\<i>\\\\ |\n");
    assert_prints(grid, GRID_TEXT,
                  "driver    time  note    \n"
                  "────────  ────  ────────\n"
                  "exec:a|b   1 s  `x` <i>\\\n");
    grid_free(grid);
}

/* A dash, a bar and an umlaut are one place each, whatever their bytes. */
static void characters_are_counted_and_not_bytes(void **state)
{
    (void)state;
    struct grid *grid = make((const char *[]){"ä", "–", "███", "bb", "10", "x"}, 6);
    assert_prints(grid, GRID_TEXT,
                  "driver  time  note\n"
                  "──────  ────  ────\n"
                  "ä          –  ███ \n"
                  "bb        10  x   \n");
    grid_free(grid);
}

static void empty_columns_are_left_out(void **state)
{
    (void)state;
    struct grid *grid = make((const char *[]){"", "1", "", "", "2", ""}, 6);
    assert_prints(grid, GRID_TEXT, "time\n────\n   1\n   2\n");
    assert_prints(grid, GRID_MARKDOWN, "| time |\n|-----:|\n|    1 |\n|    2 |\n");
    grid_free(grid);
}

static void a_column_with_one_cell_stays(void **state)
{
    (void)state;
    struct grid *grid = make((const char *[]){"a", "1", "", "b", "2", "!"}, 6);
    char *text = print(grid, GRID_TEXT);
    assert_non_null(strstr(text, "note"));
    free(text);
    grid_free(grid);
}

static void a_grid_without_rows_or_with_half_a_row(void **state)
{
    (void)state;
    struct grid *grid = make(NULL, 0);
    char *text = print(grid, GRID_TEXT);
    assert_string_equal(text, "\n\n"); /* no column holds anything */
    free(text);
    grid_free(grid);
    grid = make((const char *[]){"a", "1", "x", "half"}, 4);
    text = print(grid, GRID_TEXT);
    assert_null(strstr(text, "half\n"));
    free(text);
    grid_free(grid);
}

static void cells_are_formatted(void **state)
{
    (void)state;
    struct grid *grid = grid_make(columns, 3);
    grid_cell(grid, "%s-%d", "a", 1);
    grid_cell(grid, "%.1f%%", 99.5);
    grid_cell(grid, "|");
    assert_prints(grid, GRID_TEXT,
                  "driver   time  note\n──────  ─────  ────\na-1     99.5%  |   \n");
    grid_free(grid);
}

/* Twelve places of eight eighths. */
static void a_bar_is_as_long_as_its_share(void **state)
{
    (void)state;
    static const struct {
        double share;
        size_t width;
        const char *expected;
    } rows[] = {
        {0, 4, ""},      {1, 4, "████"}, {0.5, 4, "██"},  {0.25, 1, "▎"}, {0.125, 1, "▏"},
        {0.375, 1, "▍"}, {0.5, 1, "▌"},  {0.625, 1, "▋"}, {0.75, 1, "▊"}, {0.875, 1, "▉"},
        {0.05, 1, ""},   {0.07, 1, "▏"}, {17, 3, "███"},  {-1, 3, ""},    {0.9, 2, "█▊"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char buffer[64];
        memset(buffer, 'x', sizeof(buffer));
        assert_ptr_equal(grid_bar(rows[i].share, rows[i].width, buffer), buffer);
        assert_string_equal(buffer, rows[i].expected);
        assert_true(strlen(buffer) <= 3 * rows[i].width);
    }
}

/* ---- fitted to a terminal ---- */

static const struct grid_column ranked[] = {
    {"driver", GRID_LEFT},
    {"runs", GRID_RIGHT | GRID_DROP(1)},
    {"SYN retransmissions", GRID_RIGHT | GRID_NONZERO},
    {"p99", GRID_RIGHT | GRID_DROP(2)},
    {"what it is", GRID_LEFT | GRID_WRAP},
};

static struct grid *make_ranked(const char *retransmissions, const char *what)
{
    struct grid *grid = grid_make(ranked, 5);
    const char *cells[] = {"libev", "3", retransmissions, "1.5 ms", what};
    for (int i = 0; i < 5; i++)
        grid_cell(grid, "%s", cells[i]);
    return grid;
}

static void assert_fits(struct grid *grid, size_t width, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    grid_print_within(grid, width, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void columns_are_dropped_by_rank_until_the_rest_fits(void **state)
{
    (void)state;
    struct grid *grid = make_ranked("0", "loop");
    assert_fits(grid, 37,
                "driver  runs     p99  what it is\n"
                "──────  ────  ──────  ──────────\n"
                "libev      3  1.5 ms  loop      \n");
    assert_fits(grid, 31,
                "driver     p99  what it is\n"
                "──────  ──────  ──────────\n"
                "libev   1.5 ms  loop      \n");
    /* Without the p99 there is room for the runs again. */
    assert_fits(grid, 25,
                "driver  runs  what it is\n"
                "──────  ────  ──────────\n"
                "libev      3  loop      \n");
    assert_fits(grid, 23, "driver  what it is\n──────  ──────────\nlibev   loop      \n");
    grid_keep(grid, 3);
    assert_fits(grid, 20,
                "driver     p99  what\n"
                "                it  \n"
                "                is  \n"
                "──────  ──────  ────\n"
                "libev   1.5 ms  loop\n");
    grid_free(grid);
}

static const struct grid_column keyed[] = {
    {"driver", GRID_LEFT},
    {"C", GRID_RIGHT | GRID_KEY | GRID_DROP(1)},
    {"p99", GRID_RIGHT | GRID_DROP(2)},
};

/* Without it two rows would look the same. */
static void a_column_that_tells_rows_apart_is_not_dropped(void **state)
{
    (void)state;
    static const char *const same[] = {"epoll", "64", "1.5 ms", "poll", "64", "2.5 ms"};
    static const char *const different[] = {"epoll", "64", "1.5 ms", "epoll", "8", "2.5 ms"};
    struct grid *grid = grid_make(keyed, 3);
    for (int i = 0; i < 6; i++)
        grid_cell(grid, "%s", same[i]);
    assert_fits(grid, 14,
                "driver     p99\n"
                "──────  ──────\n"
                "epoll   1.5 ms\n"
                "poll    2.5 ms\n");
    grid_free(grid);
    grid = grid_make(keyed, 3);
    for (int i = 0; i < 6; i++)
        grid_cell(grid, "%s", different[i]);
    assert_fits(grid, 14,
                "driver   C\n"
                "──────  ──\n"
                "epoll   64\n"
                "epoll    8\n");
    grid_free(grid);
}

/* Each abbreviation once in a program. */
static void zeros_are_left_out_and_titles_abbreviated_where_there_is_no_room(void **state)
{
    (void)state;
    struct grid *grid = make_ranked("7", "");
    assert_fits(grid, 60,
                "driver  runs  SYN retransmissions     p99\n"
                "──────  ────  ───────────────────  ──────\n"
                "libev      3                    7  1.5 ms\n");
    assert_fits(grid, 40,
                "driver  runs  SYN rtx     p99\n"
                "──────  ────  ───────  ──────\n"
                "libev      3        7  1.5 ms\n"
                "SYN rtx: SYN retransmissions\n");
    assert_fits(grid, 20, "driver  SYN rtx\n──────  ───────\nlibev         7\n");
    grid_free(grid);
}

static void long_cells_go_on_in_the_next_line_and_words_stay_whole(void **state)
{
    (void)state;
    struct grid *grid = make_ranked("–", "one thread, one event loop, non-blocking sockets");
    assert_fits(grid, 30,
                "driver  what it is            \n"
                "──────  ──────────────────────\n"
                "libev   one thread, one event \n"
                "        loop, non-blocking    \n"
                "        sockets               \n");
    assert_fits(grid, 5,
                "driver  what it is  \n"
                "──────  ────────────\n"
                "libev   one thread, \n"
                "        one event   \n"
                "        loop,       \n"
                "        non-blocking\n"
                "        sockets     \n");
    grid_free(grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_line_up),
        cmocka_unit_test(markdown_is_escaped),
        cmocka_unit_test(characters_are_counted_and_not_bytes),
        cmocka_unit_test(empty_columns_are_left_out),
        cmocka_unit_test(a_column_with_one_cell_stays),
        cmocka_unit_test(a_grid_without_rows_or_with_half_a_row),
        cmocka_unit_test(cells_are_formatted),
        cmocka_unit_test(a_bar_is_as_long_as_its_share),
        cmocka_unit_test(columns_are_dropped_by_rank_until_the_rest_fits),
        cmocka_unit_test(a_column_that_tells_rows_apart_is_not_dropped),
        cmocka_unit_test(zeros_are_left_out_and_titles_abbreviated_where_there_is_no_room),
        cmocka_unit_test(long_cells_go_on_in_the_next_line_and_words_stay_whole),
    };
    return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
