#include "screen.h"

#include <stdlib.h>

#include "lib/error.h"
#include "lib/terminal.h"

/* Of fopencookie(3): each line is wrapped once it is whole. */
static ssize_t write_wrapped(void *cookie, const char *text, size_t size)
{
    struct screen *screen = cookie;
    for (size_t i = 0; i < size; i++) {
        screen->line = xrealloc(screen->line, screen->used + 1, 1);
        screen->line[screen->used++] = text[i] == '\n' ? '\0' : text[i];
        if (text[i] != '\n')
            continue;
        text_wrap(screen->line, screen->width, screen->to);
        screen->used = 0;
    }
    return (ssize_t)size;
}

void screen_open(struct screen *screen, FILE *to, bool all)
{
    *screen = (struct screen){
        .out = to, .style = GRID_TEXT, .to = to, .width = all ? 0 : terminal_width(to)};
    FILE *wrapping = screen->width
                         ? fopencookie(screen, "w", (cookie_io_functions_t){.write = write_wrapped})
                         : NULL;
    if (!wrapping)
        return;
    setvbuf(wrapping, NULL, _IOLBF, BUFSIZ);
    screen->out = wrapping;
    screen->style = GRID_SCREEN;
}

void screen_close(struct screen *screen)
{
    if (screen->out != screen->to) {
        fflush(screen->out);
        if (screen->used)
            fputc('\n', screen->out);
        fclose(screen->out);
    }
    free(screen->line);
}
