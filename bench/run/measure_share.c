#include "measure_share.h"

#include <string.h>

enum {
    /* As the warm-ups of all shares together are of no more requests than that of one process, but
       each share's is of a few. */
    WARMUP_LEAST = 8,
};

static size_t at_most(size_t value, size_t most)
{
    return value < most ? value : most;
}

unsigned measure_shares(const struct measure_page *whole, unsigned most)
{
    size_t requests = whole->requests ? whole->requests : 1;
    return (unsigned)at_most(at_most(whole->load.concurrency, requests), most);
}

static size_t share_of_warmup(size_t warmup_requests, unsigned parts)
{
    size_t share = warmup_requests / parts;
    return at_most(share > WARMUP_LEAST ? share : WARMUP_LEAST, warmup_requests);
}

struct measure_page *measure_share_make(const struct measure_page *whole, unsigned part,
                                        unsigned parts, nsec_t offset, int *fd, struct error *error)
{
    const struct measure_room room = {.requests = share_count(whole->requests, part, parts),
                                      .warmup_requests =
                                          share_of_warmup(whole->warmup_requests, parts),
                                      .arrivals = whole->arrivals};
    struct measure_page *page = measure_page_map(&room, fd, error);
    if (!page)
        return NULL;
    memcpy(page->driver, whole->driver, sizeof(page->driver));
    memcpy(page->workload, whole->workload, sizeof(page->workload));
    memcpy(page->database, whole->database, sizeof(page->database));
    memcpy(page->url, whole->url, sizeof(page->url));
    page->server = whole->server;
    page->load = whole->load;
    page->parts = whole->parts;
    load_take_part(&page->load, part, parts);
    page->load.give_up += page->load.give_up ? offset : 0;
    page->rate = whole->rate;
    page->time_box = whole->time_box;
    page->with_syscalls = whole->with_syscalls;
    return page;
}

static void move(nsec_t *point, nsec_t offset)
{
    if (*point)
        *point -= offset;
}

void measure_share_put(struct measure_page *whole, const struct share *share, nsec_t offset,
                       size_t first, const struct sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sample *sample = &whole->samples[share_place(share, first + i)];
        *sample = samples[i];
        move(&sample->start, offset);
        move(&sample->connected, offset);
        move(&sample->sent, offset);
        move(&sample->first_byte, offset);
        move(&sample->end, offset);
    }
}
