#include "controls.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"

enum { VALUE_BYTES = 256 };

/* Its value of a case, as it is in exports; "" if it has none. */
typedef void control_value(const struct bench_case *c, char value[VALUE_BYTES]);

static void driver_value(const struct bench_case *c, char value[VALUE_BYTES])
{
    /* Pictures leave out what sends nothing. */
    snprintf(value, VALUE_BYTES, "%s", case_is_reference(c) ? "" : c->driver->name);
}

static void model_value(const struct bench_case *c, char value[VALUE_BYTES])
{
    snprintf(value, VALUE_BYTES, "%s", c->server_model ? c->server_model : "");
}

static void backlog_value(const struct bench_case *c, char value[VALUE_BYTES])
{
    value[0] = '\0';
    if (case_has_backlog(c) && c->backlog > 0)
        snprintf(value, VALUE_BYTES, "%d", c->backlog);
}

/* As pictures.js calls them, too. */
static const struct control_kind {
    const char *name, *legend;
    control_value *value;
} kinds[] = {
    {"driver", "Drivers", driver_value},
    {"model", "Server models", model_value},
    {"backlog", "Backlogs", backlog_value},
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

static bool is_new(const struct judgement *judgement, const struct control_kind *kind, size_t at,
                   char value[VALUE_BYTES])
{
    char earlier[VALUE_BYTES];
    kind->value(&judgement->cases[at].c, value);
    for (size_t i = 0; i < at; i++) {
        kind->value(&judgement->cases[i].c, earlier);
        if (strcmp(earlier, value) == 0)
            return false;
    }
    return value[0];
}

static size_t count_values(const struct judgement *judgement, const struct control_kind *kind)
{
    char value[VALUE_BYTES];
    size_t count = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        count += is_new(judgement, kind, i, value);
    return count;
}

static void put_kind(const struct judgement *judgement, const struct control_kind *kind, FILE *out)
{
    char value[VALUE_BYTES];
    html_format(out,
                "<fieldset>\n<legend>%s</legend>\n<button type=\"button\" name=\"%s\" "
                "value=\"all\">all</button>\n<button type=\"button\" name=\"%s\" "
                "value=\"none\">none</button>\n",
                kind->legend, kind->name, kind->name);
    for (size_t i = 0; i < judgement->case_count; i++)
        if (is_new(judgement, kind, i, value))
            html_format(out,
                        "<label><input type=\"checkbox\" name=\"%s\" value=\"%s\" checked "
                        "autocomplete=\"off\"> %s</label>\n",
                        kind->name, value, value);
    fputs("</fieldset>\n", out);
}

void controls_put(const struct judgement *judgement, FILE *out)
{
    bool any = false;
    for (size_t k = 0; k < KINDS; k++) {
        if (count_values(judgement, &kinds[k]) < 2)
            continue;
        if (!any)
            fputs("<details class=\"script controls\" id=\"controls\">\n"
                  "<summary>Show or hide<span></span></summary>\n",
                  out);
        any = true;
        put_kind(judgement, &kinds[k], out);
    }
    if (any)
        fputs("</details>\n", out);
}
