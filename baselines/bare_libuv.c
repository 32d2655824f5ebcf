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
    struct lane *lane;
    bool open; /* up to its close callback */
};

struct lane {
    struct bare_lane bare; /* of which libuv has the descriptor */
    struct handle handles[2], *used;
    bool waits; /* for one of them to be closed */
};

static uv_loop_t loop;
static struct lane *lanes;
static char input[512];

static void lane_next(struct lane *lane);

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
    if (handle->lane->waits)
        lane_next(handle->lane);
}

static void on_room_wanted(uv_handle_t *tcp, size_t wanted, uv_buf_t *room)
{
    (void)tcp;
    (void)wanted;
    *room = uv_buf_init(input, sizeof(input));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *data)
{
    struct lane *lane = ((struct handle *)stream)->lane;
    if (size < 0)
        check((int)size, "read");
    if (size == 0 || !bare_take(&lane->bare, data->base, size))
        return;
    if (!bare.keep_alive) {
        uv_close((uv_handle_t *)stream, on_closed);
        lane->used = NULL;
    }
    lane_next(lane);
}

static void lane_send(struct lane *lane)
{
    uv_stream_t *stream = (uv_stream_t *)&lane->used->tcp;
    uv_buf_t ask = uv_buf_init((char *)bare.ask, (unsigned)bare.ask_size);
    int sent = uv_try_write(stream, &ask, 1);
    check(sent == (int)bare.ask_size || sent < 0 ? sent : UV_EIO, "write");
    int result = uv_read_start(stream, on_room_wanted, on_read);
    check(result == UV_EALREADY ? 0 : result, "read");
}

static void on_connected(uv_connect_t *request, int status)
{
    check(status, "connect");
    lane_send(((struct handle *)request->handle)->lane);
}

static void lane_connect(struct lane *lane)
{
    lane->used = &lane->handles[lane->handles[0].open];
    lane->used->open = true;
    check(uv_tcp_init_ex(&loop, &lane->used->tcp, bare.server.storage.ss_family), "socket");
    check(uv_tcp_connect(&lane->used->connecting, &lane->used->tcp,
                         (const struct sockaddr *)&bare.server.storage, on_connected),
          "connect");
}

static void lane_next(struct lane *lane)
{
    lane->waits = !lane->used && lane->handles[0].open && lane->handles[1].open;
    if (lane->waits)
        return;
    if (bare.left == 0) { /* the loop ends by itself once nothing is under way; a read would be */
        if (lane->used)
            uv_read_stop((uv_stream_t *)&lane->used->tcp);
        return;
    }
    bare.left--;
    lane->bare.answer = -1;
    if (lane->used)
        lane_send(lane);
    else
        lane_connect(lane);
}

static void run(void)
{
    for (unsigned i = 0; i < bare.concurrency; i++)
        lane_next(&lanes[i]);
    uv_run(&loop, UV_RUN_DEFAULT);
}

/* A connection for keep-alive. */
static void lane_open(struct lane *lane)
{
    bare_connect(&lane->bare, 0);
    lane->used = &lane->handles[0];
    lane->used->open = true;
    check(uv_tcp_init(&loop, &lane->used->tcp), "handle");
    check(uv_tcp_open(&lane->used->tcp, lane->bare.fd), "handle");
}

int main(int argc, char **argv)
{
    bare_parse(argc, argv, "bare_libuv");
    check(uv_loop_init(&loop), "loop");
    lanes = xcalloc(bare.concurrency, sizeof(*lanes));
    for (unsigned i = 0; i < bare.concurrency; i++) {
        lanes[i].handles[0].lane = lanes[i].handles[1].lane = &lanes[i];
        if (bare.keep_alive)
            lane_open(&lanes[i]);
    }
    bare_measure(run);
    return 0;
}
