#include "grid.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/terminal.h"
#include "html.h"
#include "lib/error.h"

struct grid {
    const struct grid_column *columns;
    size_t column_count, cell_count;
    char **cells;
    char *name;
    bool *kept; /* of each column */
};

/* A column as it is printed. */
struct shown {
    const char *title;
    size_t width; /* 0: it is not */
    size_t least; /* what it could be narrowed to */
};

struct grid *grid_make(const struct grid_column *columns, size_t n)
{
    struct grid *grid = xcalloc(1, sizeof(*grid));
    grid->columns = columns;
    grid->column_count = n;
    grid->kept = xcalloc(n, sizeof(*grid->kept));
    return grid;
}

void grid_free(struct grid *grid)
{
    for (size_t i = 0; i < grid->cell_count; i++)
        free(grid->cells[i]);
    free(grid->cells);
    free(grid->name);
    free(grid->kept);
    free(grid);
}

void grid_name(struct grid *grid, const char *name)
{
    free(grid->name);
    grid->name = strdup(name);
}

void grid_keep(struct grid *grid, size_t column)
{
    grid->kept[column] = true;
}

bool grid_is_empty(const struct grid *grid)
{
    return grid->cell_count == 0;
}

void grid_cell(struct grid *grid, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    grid->cells = xrealloc(grid->cells, grid->cell_count + 1, sizeof(*grid->cells));
    grid->cells[grid->cell_count++] = strdup(text);
}

/* 0 for a column in which no cell holds anything. */
static size_t column_width(const struct grid *grid, size_t column, const char *title)
{
    size_t width = 0;
    for (size_t i = column; i < grid->cell_count; i += grid->column_count) {
        size_t cell = text_width(grid->cells[i]);
        width = cell > width ? cell : width;
    }
    size_t title_width = text_width(title);
    return width && title_width > width ? title_width : width;
}

/* All columns, as wide as they are; to be freed. */
static struct shown *show_all(const struct grid *grid)
{
    struct shown *shown = xcalloc(grid->column_count, sizeof(*shown));
    for (size_t c = 0; c < grid->column_count; c++) {
        shown[c].title = grid->columns[c].title;
        shown[c].width = column_width(grid, c, shown[c].title);
    }
    return shown;
}

/* ---- fitted to a terminal ---- */

/* Before a column that wraps becomes narrower than this, others are dropped. */
enum { GAP = 2, WRAPPED_WIDTH = 48 };

static struct abbreviation {
    const char *title, *in_short;
    bool explained;
} abbreviations[] = {
    {"time per request", "time/req", false},
    {"SYN retransmissions", "SYN rtx", false},
    {"accept-queue overflows", "overflows", false},
    {"first ÷ last response time", "first/last", false},
    {"of perfect workers", "perfect", false},
    {"distance of the gaps", "distance", false},
};

enum { ABBREVIATIONS = sizeof(abbreviations) / sizeof(abbreviations[0]) };

static bool is_nonzero(const struct grid *grid, size_t column)
{
    for (size_t i = column; i < grid->cell_count; i += grid->column_count)
        if (*grid->cells[i] && strcmp(grid->cells[i], "0") != 0 && strcmp(grid->cells[i], "–") != 0)
            return true;
    return false;
}

static size_t total_least(const struct grid *grid, const struct shown *shown)
{
    size_t total = 0;
    for (size_t c = 0; c < grid->column_count; c++)
        total += shown[c].width ? shown[c].least + (total ? GAP : 0) : 0;
    return total;
}

static void abbreviate(const struct grid *grid, struct shown *shown)
{
    for (size_t c = 0; c < grid->column_count; c++)
        for (size_t a = 0; a < ABBREVIATIONS; a++)
            if (shown[c].width && !strcmp(shown[c].title, abbreviations[a].title)) {
                shown[c].title = abbreviations[a].in_short;
                shown[c].width = shown[c].least = column_width(grid, c, shown[c].title);
            }
}

static void explain_abbreviations(const struct grid *grid, const struct shown *shown, FILE *out)
{
    const char *before = "";
    for (size_t c = 0; c < grid->column_count; c++)
        for (size_t a = 0; a < ABBREVIATIONS; a++) {
            struct abbreviation *abbreviation = &abbreviations[a];
            if (!shown[c].width || shown[c].title != abbreviation->in_short ||
                abbreviation->explained)
                continue;
            fprintf(out, "%s%s: %s", before, abbreviation->in_short, abbreviation->title);
            abbreviation->explained = true;
            before = "; ";
        }
    fputs(*before ? "\n" : "", out);
}

static size_t longest_word(const struct grid *grid, size_t column)
{
    size_t longest = 0;
    for (size_t i = column; i < grid->cell_count; i += grid->column_count)
        for (const char *word = grid->cells[i]; *word; word += strspn(word, " ")) {
            size_t bytes = strcspn(word, " "), width = text_width_of(word, bytes);
            longest = width > longest ? width : longest;
            word += bytes;
        }
    return longest;
}

/* A column that wraps can be narrowed to so much, but no word of it broken. */
static void find_least(const struct grid *grid, struct shown *shown, size_t wrapped)
{
    for (size_t c = 0; c < grid->column_count; c++) {
        shown[c].least = shown[c].width;
        if (!(grid->columns[c].how & GRID_WRAP) || shown[c].width <= wrapped)
            continue;
        size_t word = longest_word(grid, c);
        shown[c].least = word > wrapped ? word : wrapped;
    }
}

static bool is_varied(const struct grid *grid, size_t column)
{
    for (size_t i = column; i < grid->cell_count; i += grid->column_count)
        if (strcmp(grid->cells[i], grid->cells[column]) != 0)
            return true;
    return false;
}

static bool may_drop(const struct grid *grid, size_t column)
{
    unsigned how = grid->columns[column].how;
    return GRID_RANK(how) && !grid->kept[column] && !(how & GRID_KEY && is_varied(grid, column));
}

/* The column that is the first to go; column_count where none may. */
static size_t next_to_drop(const struct grid *grid, const struct shown *shown)
{
    size_t found = grid->column_count;
    unsigned lowest = 0;
    for (size_t c = 0; c < grid->column_count; c++) {
        unsigned rank = GRID_RANK(grid->columns[c].how);
        if (!shown[c].width || !may_drop(grid, c) || (lowest && rank >= lowest))
            continue;
        lowest = rank;
        found = c;
    }
    return found;
}

/* Drop columns by their rank until the rest fits. The last may have been so wide that the one
 * before it fits after all, and the one before that. */
static void drop(const struct grid *grid, struct shown *shown, size_t width)
{
    size_t n = 0, c, *dropped = xcalloc(grid->column_count, sizeof(*dropped));
    while (total_least(grid, shown) > width &&
           (c = next_to_drop(grid, shown)) < grid->column_count) {
        shown[c].width = 0;
        dropped[n++] = c;
    }
    while (n > 1) {
        struct shown *again = &shown[dropped[--n - 1]];
        again->width = again->least;
        if (total_least(grid, shown) > width) {
            again->width = 0;
            break;
        }
    }
    free(dropped);
}

static void fit(const struct grid *grid, struct shown *shown, size_t width)
{
    size_t c;
    for (c = 0; c < grid->column_count; c++)
        if (grid->columns[c].how & GRID_NONZERO && !is_nonzero(grid, c))
            shown[c].width = 0;
    find_least(grid, shown, WRAPPED_WIDTH);
    if (total_least(grid, shown) > width)
        abbreviate(grid, shown);
    drop(grid, shown, width);
    if (total_least(grid, shown) > width)
        find_least(grid, shown, 0);
    size_t total = total_least(grid, shown), spare = width > total ? width - total : 0;
    for (c = 0; c < grid->column_count; c++) {
        size_t more = shown[c].width ? shown[c].width - shown[c].least : 0;
        more = more < spare ? more : spare;
        spare -= more;
        shown[c].width = shown[c].width ? shown[c].least + more : 0;
    }
}

/* ---- printed ---- */

static void print_repeated(const char *text, size_t n, FILE *out)
{
    while (n--)
        fputs(text, out);
}

/* In Markdown a bar would end the cell, and a name could hold markup. */
static void print_escaped(const char *text, size_t bytes, enum grid_style style, FILE *out)
{
    for (; bytes--; text++) {
        if (style == GRID_MARKDOWN && strchr("|\\`<", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

/* So many bytes of a cell, in its column. */
static void print_padded(const char *text, size_t bytes, size_t width, bool right,
                         enum grid_style style, FILE *out)
{
    size_t taken = text_width_of(text, bytes), padding = width > taken ? width - taken : 0;
    if (right)
        print_repeated(" ", padding, out);
    print_escaped(text, bytes, style, out);
    if (!right)
        print_repeated(" ", padding, out);
}

/* One line of a row: what fits of each cell. `cells` move on to what is left; returns whether any
 * is. */
static bool print_line(const struct grid *grid, const struct shown *shown, const char **cells,
                       enum grid_style style, FILE *out)
{
    bool first = true, left = false;
    for (size_t c = 0; c < grid->column_count; c++) {
        if (!shown[c].width)
            continue;
        size_t bytes = text_fit(cells[c], shown[c].width);
        if (style == GRID_MARKDOWN)
            fputs("| ", out);
        else if (!first)
            print_repeated(" ", GAP, out);
        print_padded(cells[c], bytes, shown[c].width, grid->columns[c].how & GRID_RIGHT, style,
                     out);
        if (style == GRID_MARKDOWN)
            fputs(" ", out);
        cells[c] += bytes;
        cells[c] += strspn(cells[c], " ");
        left |= *cells[c] != '\0';
        first = false;
    }
    fputs(style == GRID_MARKDOWN ? "|\n" : "\n", out);
    return left;
}

static void print_rule(const struct grid *grid, const struct shown *shown, enum grid_style style,
                       FILE *out)
{
    bool first = true;
    for (size_t c = 0; c < grid->column_count; c++) {
        if (!shown[c].width)
            continue;
        if (style == GRID_MARKDOWN) {
            fputs("|-", out);
            print_repeated("-", shown[c].width, out);
            fputs(grid->columns[c].how & GRID_RIGHT ? ":" : "-", out);
        } else {
            print_repeated(" ", first ? 0 : GAP, out);
            print_repeated("─", shown[c].width, out);
        }
        first = false;
    }
    fputs(style == GRID_MARKDOWN ? "|\n" : "\n", out);
}

static void print_text(const struct grid *grid, const struct shown *shown, enum grid_style style,
                       FILE *out)
{
    const char **cells = xcalloc(grid->column_count, sizeof(*cells));
    for (size_t c = 0; c < grid->column_count; c++)
        cells[c] = shown[c].title;
    while (print_line(grid, shown, cells, style, out))
        continue;
    print_rule(grid, shown, style, out);
    for (size_t i = 0; i + grid->column_count <= grid->cell_count; i += grid->column_count) {
        for (size_t c = 0; c < grid->column_count; c++)
            cells[c] = grid->cells[i + c];
        while (print_line(grid, shown, cells, style, out))
            continue;
    }
    free(cells);
}

/* The words that are a judgement have a colour, by the first of them. */
static const char *cell_class(const char *text, bool right)
{
    static const struct {
        const char *text, *class;
    } words[] = {{"NOISY", "NOISY"},
                 {"INVALID", "INVALID"},
                 {"HOLDS", "HOLDS"},
                 {"INCONCLUSIVE", "INCONCLUSIVE"},
                 {"DOES NOT HOLD HERE", "DOES"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!strcmp(text, words[i].text))
            return words[i].class;
    return right ? "right" : "";
}

static void print_html_row(const struct grid *grid, const struct shown *shown, size_t first_cell,
                           FILE *out)
{
    bool first = true;
    fputs("<tr>", out);
    for (size_t c = 0; c < grid->column_count; c++) {
        const char *text = grid->cells[first_cell + c];
        const char *class = cell_class(text, grid->columns[c].how & GRID_RIGHT);
        if (!shown[c].width)
            continue;
        if (first)
            html_format(out, "<th scope=\"row\">%s</th>", text);
        else if (!grid->columns[c].title[0])
            html_format(out, "<td class=\"bar\"><span aria-hidden=\"true\">%s</span></td>", text);
        else if (*class)
            html_format(out, "<td class=\"%s\">%s</td>", class, text);
        else
            html_format(out, "<td>%s</td>", text);
        first = false;
    }
    fputs("</tr>\n", out);
}

enum { LONG_ROWS = 40 };

/* report.js makes the headings of such a table sort it; report.css lays a long one out only when it
 * comes into sight. */
static void print_html(const struct grid *grid, const struct shown *shown, FILE *out)
{
    bool is_long = grid->cell_count > LONG_ROWS * grid->column_count;
    html_format(out,
                "<div class=\"scroll%s\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
                "<table class=\"sorts\">\n<thead><tr>",
                is_long ? " long" : "", grid->name ? grid->name : "Table");
    for (size_t c = 0; c < grid->column_count; c++)
        if (shown[c].width && !grid->columns[c].title[0])
            fputs("<td></td>", out);
        else if (shown[c].width)
            html_format(out,
                        grid->columns[c].how & GRID_RIGHT
                            ? "<th scope=\"col\" class=\"right\">%s</th>"
                            : "<th scope=\"col\">%s</th>",
                        grid->columns[c].title);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i + grid->column_count <= grid->cell_count; i += grid->column_count)
        print_html_row(grid, shown, i, out);
    fputs("</tbody>\n</table>\n</div>\n", out);
}

void grid_print_within(const struct grid *grid, size_t width, FILE *out)
{
    struct shown *shown = show_all(grid);
    fit(grid, shown, width);
    print_text(grid, shown, GRID_SCREEN, out);
    explain_abbreviations(grid, shown, out);
    free(shown);
}

void grid_print(const struct grid *grid, enum grid_style style, FILE *out)
{
    size_t width = style == GRID_SCREEN ? terminal_width(stdout) : 0;
    struct shown *shown = show_all(grid);
    if (width)
        grid_print_within(grid, width, out);
    else if (style == GRID_HTML)
        print_html(grid, shown, out);
    else
        print_text(grid, shown, style, out);
    free(shown);
}

char *grid_bar(double share, size_t width, char *buffer)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    if (share > 1)
        share = 1;
    size_t filled = share > 0 ? (size_t)(share * (double)width * 8 + 0.5) : 0;
    char *to = buffer;
    *to = '\0';
    for (; filled >= 8; filled -= 8)
        to = stpcpy(to, eighths[8]);
    stpcpy(to, eighths[filled]);
    return buffer;
}
