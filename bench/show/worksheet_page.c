#include "worksheet_page.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/shell.h"
#include "bench/keep/folder.h"
#include "cells.h"
#include "html.h"

/* To be filled in with a pen. */
#define BLANK "………………………"

/* ---- Markdown or HTML ---- */

/* Text that is no markup, whatever it holds. */
static void put_text(const char *text, enum grid_style style, FILE *out)
{
    if (style == GRID_HTML) {
        html_text(text, out);
        return;
    }
    for (; *text; text++) {
        if (style == GRID_MARKDOWN && strchr("\\`*_<>[]&#|", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void put_heading(unsigned level, const char *text, enum grid_style style, FILE *out)
{
    if (style == GRID_HTML)
        fprintf(out, "<h%u>", level);
    else
        fprintf(out, "%s%.*s ", level > 1 ? "\n" : "", (int)level, "###");
    put_text(text, style, out);
    if (style == GRID_HTML)
        fprintf(out, "</h%u>\n", level);
    else
        fputc('\n', out);
}

__attribute__((format(printf, 3, 4))) static void put_paragraph(enum grid_style style, FILE *out,
                                                                const char *format, ...)
{
    char text[2 * WORKSHEET_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fputs(style == GRID_HTML ? "<p>" : "\n", out);
    put_text(text, style, out);
    fputs(style == GRID_HTML ? "</p>\n" : "\n", out);
}

/* Lines to be typed. */
static void put_commands(const char *lines, enum grid_style style, FILE *out)
{
    if (style == GRID_HTML)
        html_format(out, "<pre>%s</pre>\n", lines);
    else
        fprintf(out, "\n```\n%s```\n", lines);
}

/* Of a page, the beginning up to its heading, and the end. There is nothing to be scripted. */
static void open_sheet(const char *title, enum grid_style style, FILE *out)
{
    if (style == GRID_HTML) {
        html_open_page(title, out);
        fputs("<main id=\"main\">\n", out);
    }
    put_heading(1, title, style, out);
}

static void close_sheet(enum grid_style style, FILE *out)
{
    if (style == GRID_HTML)
        fputs("</main>\n</body>\n</html>\n", out);
}

/* ---- parts of a worksheet ---- */

/* "waitbench worksheet lab1 --seed 17 --student Ada MORE": to be freed. */
static char *own_command(const struct worksheet_page *page, const char *more)
{
    char *text = NULL, *folder = folder_option(page->results);
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    fprintf(out, "waitbench worksheet %s --seed %llu", page->sheet->lab->name,
            (unsigned long long)page->sheet->seed);
    if (page->sheet->student[0]) {
        fputs(" --student ", out);
        shell_put_word(page->sheet->student, out);
    }
    fprintf(out, "%s %s\n", folder, more);
    fclose(out);
    free(folder);
    return text;
}

static void put_own_command(const struct worksheet_page *page, const char *more,
                            enum grid_style style, FILE *out)
{
    char *command = own_command(page, more);
    put_commands(command, style, out);
    free(command);
}

/* The commands that make a question's runs alone. */
static void put_cases(const struct worksheet_page *page, const struct worksheet_question *question,
                      enum grid_style style, FILE *out)
{
    char lines[WORKSHEET_CASES_MAX * (WORKSHEET_TEXT_BYTES + 64)] = "";
    for (size_t c = 0; c < question->case_count; c++)
        snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
                 "waitbench run %s -r %d --seed %llu\n", question->cases[c], WORKSHEET_REPETITIONS,
                 (unsigned long long)page->sheet->seed);
    put_commands(lines, style, out);
}

static const char *unit_hint(const char *unit)
{
    return !strcmp(unit, "s")       ? "a time, such as 250ms or 1.5s"
           : !strcmp(unit, "bytes") ? "a size, such as 900 or 64Ki"
                                    : "a number";
}

static void put_question(const struct worksheet_page *page,
                         const struct worksheet_question *question, enum grid_style style,
                         FILE *out)
{
    const char *predicted = predictions_find(page->predictions, question->name);
    char title[WORKSHEET_NAME_BYTES + 16];
    snprintf(title, sizeof(title), "Question %s", question->name);
    put_heading(2, title, style, out);
    put_paragraph(style, out, "%s", question->text);
    put_cases(page, question, style, out);
    if (predicted)
        put_paragraph(style, out, "Predicted: %s.", predicted);
    else
        put_paragraph(style, out, "Prediction (%s): %s  Because: %s",
                      unit_hint(question->row->unit), BLANK, BLANK " " BLANK " " BLANK);
}

/* "--predict q1=…,q2=…", with what was predicted; to be freed. */
static char *predict_option(const struct worksheet_page *page)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    for (size_t i = 0; i < page->sheet->count; i++)
        fprintf(out, "%s%s=…", i ? "," : "--predict ", page->sheet->questions[i].name);
    fclose(out);
    return text;
}

static void put_what_to_do(const struct worksheet_page *page, enum grid_style style, FILE *out)
{
    char time[UNITS_TEXT_BYTES];
    char *predict = predict_option(page);
    put_heading(2, "Predict, then run", style, out);
    put_paragraph(style, out,
                  "Write down every prediction, and enter them. They can be changed until the runs "
                  "begin, and not after that.");
    put_own_command(page, predict, style, out);
    free(predict);
    put_paragraph(
        style, out,
        "Then run all questions, which takes %s or more. Leave the laptop alone meanwhile, "
        "on mains power.",
        units_format_time(page->takes, time));
    put_own_command(page, "--run", style, out);
}

static void put_explain(enum grid_style style, FILE *out)
{
    put_heading(2, "Explain", style, out);
    put_paragraph(style, out,
                  "For each question: did the outcome agree with the prediction, and with theory? "
                  "Where it did not, which cost or limit did the prediction leave out? Quote a "
                  "figure of the report that shows it, with its interval and data quality.");
}

void worksheet_print(const struct worksheet_page *page, enum grid_style style, FILE *out)
{
    char title[WORKSHEET_TEXT_BYTES];
    const struct worksheet *sheet = page->sheet;
    snprintf(title, sizeof(title), "Worksheet %s: %s", sheet->lab->name, sheet->lab->title);
    if (style == GRID_HTML) {
        html_open_page(title, out);
        fputs("<main id=\"main\">\n", out);
    }
    put_heading(1, title, style, out);
    put_paragraph(
        style, out, "Student: %s. Seed: %llu. The parameters are of this worksheet alone.",
        sheet->student[0] ? sheet->student : BLANK " " BLANK, (unsigned long long)sheet->seed);
    for (size_t i = 0; i < sheet->count; i++)
        put_question(page, &sheet->questions[i], style, out);
    if (page->outcomes) {
        put_heading(2, "Outcomes", style, out);
        worksheet_print_outcomes(page, style, out);
    } else {
        put_what_to_do(page, style, out);
    }
    put_explain(style, out);
    close_sheet(style, out);
}

/* ---- outcomes ---- */

static const char *theory_text(const struct worksheet_question *question,
                               char text[2 * UNITS_TEXT_BYTES])
{
    char value[UNITS_TEXT_BYTES];
    static const char *const words[] = {[AT_LEAST] = "at least ", [AT_MOST] = "at most "};
    enum relation relation = question->theory.relation;
    snprintf(text, 2 * UNITS_TEXT_BYTES, "%s%s", relation == RELATION_NONE ? "" : words[relation],
             unit_text(question->theory.value, question->row->unit, value));
    return text;
}

static void put_measured(struct grid *grid, const struct worksheet_question *question,
                         const struct worksheet_outcome *outcome)
{
    char value[UNITS_TEXT_BYTES], low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
    const char *unit = question->row->unit;
    grid_cell(grid, "%s", unit_text(outcome->measured, unit, value));
    if (isnan(outcome->measured))
        grid_cell(grid, "%s", "–");
    else
        cell_interval(grid, outcome->interval, unit_text(outcome->interval.low, unit, low),
                      unit_text(outcome->interval.high, unit, high));
    grid_cell(grid, "%s", quality_names[outcome->quality]);
}

static void put_outcome(struct grid *grid, const struct worksheet_page *page, size_t at)
{
    const struct worksheet_question *question = &page->sheet->questions[at];
    const struct worksheet_outcome *outcome = &page->outcomes[at];
    const char *typed = predictions_find(page->predictions, question->name);
    char text[2 * UNITS_TEXT_BYTES], remark[WORKSHEET_REMARK_BYTES];
    double predicted;
    bool known = typed && worksheet_parse_prediction(question, typed, &predicted, NULL) == 0;
    grid_cell(grid, "%s", question->name);
    grid_cell(grid, "%s", typed ? typed : "–");
    put_measured(grid, question, outcome);
    grid_cell(grid, "%s", known ? worksheet_remark(predicted, outcome, remark) : "–");
    grid_cell(grid, "%s", theory_text(question, text));
    grid_cell(grid, "%s", worksheet_remark_theory(&question->theory, outcome, remark));
    cell_seconds(grid, outcome->model_s);
}

void worksheet_print_outcomes(const struct worksheet_page *page, enum grid_style style, FILE *out)
{
    static const struct grid_column columns[] = {
        {"question", GRID_LEFT},
        {"predicted", GRID_RIGHT},
        {"measured", GRID_RIGHT},
        {"interval (coverage)", GRID_LEFT | GRID_DROP(3)},
        {"data quality", GRID_LEFT},
        {"the prediction was", GRID_LEFT | GRID_WRAP},
        {"theory", GRID_RIGHT},
        {"theory was", GRID_LEFT | GRID_WRAP | GRID_DROP(2)},
        {"calibrated model", GRID_RIGHT | GRID_DROP(1)},
    };
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < page->sheet->count; i++)
        put_outcome(grid, page, i);
    if (style != GRID_HTML)
        fputc('\n', out);
    grid_name(grid, "Outcomes");
    grid_print(grid, style, out);
    grid_free(grid);
    for (size_t i = 0; i < page->sheet->count; i++)
        if (page->outcomes[i].quality != QUALITY_OK)
            put_paragraph(style, out, "%s is %s: %s.", page->sheet->questions[i].name,
                          quality_names[page->outcomes[i].quality], page->outcomes[i].reasons);
}

/* ---- solutions ---- */

static void put_solution(struct grid *grid, const struct worksheet *sheet, size_t at)
{
    char text[2 * UNITS_TEXT_BYTES];
    const struct worksheet_question *question = &sheet->questions[at];
    const char *unit = question->row->unit;
    grid_cell(grid, "%llu", (unsigned long long)sheet->seed);
    grid_cell(grid, "%s", question->name);
    grid_cell(grid, "%s", theory_text(question, text));
    grid_cell(grid, "%s", unit_is_apart(unit) ? unit : "");
    grid_cell(grid, "%s", question->solution);
    grid_cell(grid, "%s", question->cases[0]);
}

static void print_solutions(const struct worksheet *sheets, size_t count, enum grid_style style,
                            FILE *out)
{
    static const struct grid_column columns[] = {
        {"seed", GRID_RIGHT | GRID_KEY}, {"question", GRID_LEFT | GRID_KEY},
        {"theory", GRID_RIGHT},          {"unit", GRID_LEFT},
        {"how", GRID_LEFT | GRID_WRAP},  {"case", GRID_LEFT | GRID_WRAP | GRID_DROP(1)},
    };
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < sheets[s].count; i++)
            put_solution(grid, &sheets[s], i);
    if (style != GRID_HTML)
        fputc('\n', out);
    grid_name(grid, "Solutions");
    grid_print(grid, style, out);
    grid_free(grid);
}

void worksheet_print_key(const struct worksheet *sheets, size_t count, enum grid_style style,
                         FILE *out)
{
    char title[WORKSHEET_TEXT_BYTES];
    snprintf(title, sizeof(title), "Solutions of %s by theory%s%s", sheets[0].lab->name,
             sheets[0].student[0] ? ", for " : "", sheets[0].student);
    open_sheet(title, style, out);
    put_paragraph(style, out,
                  "For instructors. A measured makespan is longer than theory's by what "
                  "the requests cost the CPU.");
    print_solutions(sheets, count, style, out);
    close_sheet(style, out);
}
