/* The yardstick of the libuv driver: the same calls of libuv in the same order, and nothing else.
 * What the driver takes longer than this is what its samples and checks and the exchange cost.
 *
 * usage: bare_libuv HOST PORT REQUESTS CONCURRENCY [keep-alive]
 * Prints the makespan in nanoseconds. The server must keep connections or not as asked for here. */
#include "bare.h"

#include <uv.h>

/* libuv closes a handle at the end of a turn, so a lane has two: one that is being closed and one
 * in use. */
struct handle {
    uv_tcp_t tcp;
    uv_connect_t connecting;
    struct slot *slot;
    bool open; /* up to its close callback */
};

struct slot {
    struct bare_slot bare; /* of which libuv has the descriptor */
    struct handle handles[2], *used;
    bool waits; /* for one of them to be closed */
};

static uv_loop_t loop;
static struct slot *slots;
static char input[512];

static void slot_next(struct slot *slot);

static void check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, uv_strerror(result));
        exit(1);
    }
}

static void on_closed(uv_handle_t *tcp)
{
    struct handle *handle = (struct handle *)tcp; /* its first member */
    handle->open = false;
    if (handle->slot->waits)
        slot_next(handle->slot);
}

static void on_room_wanted(uv_handle_t *tcp, size_t wanted, uv_buf_t *room)
{
    (void)tcp;
    (void)wanted;
    *room = uv_buf_init(input, sizeof(input));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *data)
{
    struct slot *slot = ((struct handle *)stream)->slot;
    if (size < 0)
        check((int)size, "read");
    if (size == 0 || !bare_take(&slot->bare, data->base, size))
        return;
    if (!bare.keep_alive) {
        uv_close((uv_handle_t *)stream, on_closed);
        slot->used = NULL;
    }
    slot_next(slot);
}

static void slot_send(struct slot *slot)
{
    uv_stream_t *stream = (uv_stream_t *)&slot->used->tcp;
    uv_buf_t request = uv_buf_init((char *)bare.request, (unsigned)bare.request_size);
    int sent = uv_try_write(stream, &request, 1);
    check(sent == (int)bare.request_size || sent < 0 ? sent : UV_EIO, "write");
    int result = uv_read_start(stream, on_room_wanted, on_read);
    check(result == UV_EALREADY ? 0 : result, "read");
}

static void on_connected(uv_connect_t *request, int status)
{
    check(status, "connect");
    slot_send(((struct handle *)request->handle)->slot);
}

static void slot_connect(struct slot *slot)
{
    slot->used = &slot->handles[slot->handles[0].open];
    slot->used->open = true;
    check(uv_tcp_init_ex(&loop, &slot->used->tcp, bare.server.storage.ss_family), "socket");
    check(uv_tcp_connect(&slot->used->connecting, &slot->used->tcp,
                         (const struct sockaddr *)&bare.server.storage, on_connected),
          "connect");
}

static void slot_next(struct slot *slot)
{
    slot->waits = !slot->used && slot->handles[0].open && slot->handles[1].open;
    if (slot->waits)
        return;
    if (bare.left == 0) { /* the loop ends by itself once nothing is under way; a read would be */
        if (slot->used)
            uv_read_stop((uv_stream_t *)&slot->used->tcp);
        return;
    }
    bare.left--;
    slot->bare.response = -1;
    if (slot->used)
        slot_send(slot);
    else
        slot_connect(slot);
}

static void run(void)
{
    for (unsigned i = 0; i < bare.concurrency; i++)
        slot_next(&slots[i]);
    uv_run(&loop, UV_RUN_DEFAULT);
}

/* A connection for keep-alive. */
static void slot_open(struct slot *slot)
{
    bare_connect(&slot->bare, 0);
    slot->used = &slot->handles[0];
    slot->used->open = true;
    check(uv_tcp_init(&loop, &slot->used->tcp), "handle");
    check(uv_tcp_open(&slot->used->tcp, slot->bare.fd), "handle");
}

int main(int argc, char **argv)
{
    bare_parse(argc, argv, "bare_libuv");
    check(uv_loop_init(&loop), "loop");
    slots = xcalloc(bare.concurrency, sizeof(*slots));
    for (unsigned i = 0; i < bare.concurrency; i++) {
        slots[i].handles[0].slot = slots[i].handles[1].slot = &slots[i];
        if (bare.keep_alive)
            slot_open(&slots[i]);
    }
    bare_measure(run);
    return 0;
}
