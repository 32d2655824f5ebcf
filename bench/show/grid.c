#include "grid.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "lib/error.h"

struct grid {
    const struct grid_column *columns;
    size_t column_count, cell_count;
    char **cells;
    char *name;
};

struct grid *grid_make(const struct grid_column *columns, size_t n)
{
    struct grid *grid = xcalloc(1, sizeof(*grid));
    grid->columns = columns;
    grid->column_count = n;
    return grid;
}

void grid_free(struct grid *grid)
{
    for (size_t i = 0; i < grid->cell_count; i++)
        free(grid->cells[i]);
    free(grid->cells);
    free(grid->name);
    free(grid);
}

void grid_name(struct grid *grid, const char *name)
{
    free(grid->name);
    grid->name = strdup(name);
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

/* Characters as a terminal counts them: UTF-8's continuation bytes take no place. */
static size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* 0 for a column in which no cell holds anything. */
static size_t column_width(const struct grid *grid, size_t column)
{
    size_t width = 0;
    for (size_t i = column; i < grid->cell_count; i += grid->column_count) {
        size_t cell = text_width(grid->cells[i]);
        width = cell > width ? cell : width;
    }
    size_t title = text_width(grid->columns[column].title);
    return width && title > width ? title : width;
}

static void print_repeated(const char *text, size_t n, FILE *out)
{
    while (n--)
        fputs(text, out);
}

/* In Markdown a bar would end the cell, and a name could hold markup. */
static void print_text(const char *text, enum grid_style style, FILE *out)
{
    for (; *text; text++) {
        if (style == GRID_MARKDOWN && strchr("|\\`<", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void print_padded(const char *text, size_t width, enum grid_align align,
                         enum grid_style style, FILE *out)
{
    size_t padding = width - text_width(text);
    if (align == GRID_RIGHT)
        print_repeated(" ", padding, out);
    print_text(text, style, out);
    if (align == GRID_LEFT)
        print_repeated(" ", padding, out);
}

static void print_row(const struct grid *grid, const size_t *widths, size_t first_cell, bool title,
                      enum grid_style style, FILE *out)
{
    bool first = true;
    for (size_t c = 0; c < grid->column_count; c++) {
        if (!widths[c])
            continue;
        const char *text = title ? grid->columns[c].title : grid->cells[first_cell + c];
        if (style == GRID_MARKDOWN)
            fputs("| ", out);
        else if (!first)
            fputs("  ", out);
        print_padded(text, widths[c], grid->columns[c].align, style, out);
        if (style == GRID_MARKDOWN)
            fputs(" ", out);
        first = false;
    }
    fputs(style == GRID_MARKDOWN ? "|\n" : "\n", out);
}

static void print_rule(const struct grid *grid, const size_t *widths, enum grid_style style,
                       FILE *out)
{
    bool first = true;
    for (size_t c = 0; c < grid->column_count; c++) {
        if (!widths[c])
            continue;
        if (style == GRID_MARKDOWN) {
            fputs("|-", out);
            print_repeated("-", widths[c], out);
            fputs(grid->columns[c].align == GRID_RIGHT ? ":" : "-", out);
        } else {
            fputs(first ? "" : "  ", out);
            print_repeated("─", widths[c], out);
        }
        first = false;
    }
    fputs(style == GRID_MARKDOWN ? "|\n" : "\n", out);
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

static void print_html_row(const struct grid *grid, const size_t *widths, size_t first_cell,
                           FILE *out)
{
    bool first = true;
    fputs("<tr>", out);
    for (size_t c = 0; c < grid->column_count; c++) {
        const char *text = grid->cells[first_cell + c];
        const char *class = cell_class(text, grid->columns[c].align == GRID_RIGHT);
        if (!widths[c])
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
static void print_html(const struct grid *grid, const size_t *widths, FILE *out)
{
    bool is_long = grid->cell_count > LONG_ROWS * grid->column_count;
    html_format(out,
                "<div class=\"scroll%s\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
                "<table class=\"sorts\">\n<thead><tr>",
                is_long ? " long" : "", grid->name ? grid->name : "Table");
    for (size_t c = 0; c < grid->column_count; c++)
        if (widths[c] && !grid->columns[c].title[0])
            fputs("<td></td>", out);
        else if (widths[c])
            html_format(out,
                        grid->columns[c].align == GRID_RIGHT
                            ? "<th scope=\"col\" class=\"right\">%s</th>"
                            : "<th scope=\"col\">%s</th>",
                        grid->columns[c].title);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i + grid->column_count <= grid->cell_count; i += grid->column_count)
        print_html_row(grid, widths, i, out);
    fputs("</tbody>\n</table>\n</div>\n", out);
}

void grid_print(const struct grid *grid, enum grid_style style, FILE *out)
{
    size_t *widths = xcalloc(grid->column_count, sizeof(*widths));
    for (size_t c = 0; c < grid->column_count; c++)
        widths[c] = column_width(grid, c);
    if (style == GRID_HTML) {
        print_html(grid, widths, out);
        free(widths);
        return;
    }
    print_row(grid, widths, 0, true, style, out);
    print_rule(grid, widths, style, out);
    for (size_t i = 0; i + grid->column_count <= grid->cell_count; i += grid->column_count)
        print_row(grid, widths, i, false, style, out);
    free(widths);
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
