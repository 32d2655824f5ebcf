/* The server's side of a connection, on a socket pair, with pipelining: the responses do not depend
 * on how the client's bytes are cut, and after the client has closed nothing of it remains. */
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include "lib/protocol.h"
#include "server/connection.h"
#include "server/connections.h"

enum { OUTPUT_MAX = 1 << 20, TURNS_MAX = 10000 };

/* Delays are 1 ns, so that inputs take no time but requests still wait. Responses have no times, so
 * that two conversations can be compared. */
FUZZ_WRAP(protocol_read_request);
enum parse_result __wrap_protocol_read_request(struct request_reader *reader, const char *data,
                                               size_t size, size_t *used, struct request *request)
{
    enum parse_result result = __real_protocol_read_request(reader, data, size, used, request);
    if (result == PARSE_DONE) {
        request->delay = request->delay > 0;
        request->timing = false;
    }
    return result;
}

/* Returns the size of what the server wrote. */
static size_t converse(struct service *service, const uint8_t *data, size_t size, size_t piece,
                       char output[OUTPUT_MAX])
{
    int ends[2], turns = 0;
    size_t got = 0;
    ssize_t more = 1;
    assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &(int){1}, sizeof(int)); /* the minimum */
    rng_init(&service->rng, 1);
    assert(connection_open(service, ends[1]) == 0);
    while (more != 0) {
        assert(turns++ < TURNS_MAX);
        ssize_t sent = send(ends[0], data, piece < size ? piece : size, MSG_NOSIGNAL);
        data += sent > 0 ? sent : 0;
        size -= sent > 0 ? (size_t)sent : 0;
        if (size == 0)
            shutdown(ends[0], SHUT_WR);
        ev_run(service->loop, EVRUN_NOWAIT);
        more = recv(ends[0], output + got, OUTPUT_MAX - got, 0);
        got += more > 0 ? (size_t)more : 0;
    }
    close(ends[0]);
    while (service->account.open) {
        assert(turns++ < TURNS_MAX);
        ev_run(service->loop, EVRUN_NOWAIT);
    }
    assert(service->account.in_flight == 0 && service->deadlines.count == 0);
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct service service = {.settings.idle = NSEC_PER_SEC * 60, .keep_alive = true};
    static char whole[OUTPUT_MAX], cut[OUTPUT_MAX];
    if (!service.loop) {
        service.loop = ev_loop_new(EVBACKEND_EPOLL);
        assert(connections_init(&service, NULL) == 0);
    }
    size_t written = converse(&service, data, size, size, whole);
    size_t again = size ? converse(&service, data, size, fuzz_piece(data, size, 2), cut) : 0;
    if (!memmem(whole, written, "application/json", 16)) /* /stats has times */
        assert(written == again && !memcmp(whole, cut, written));
    return 0;
}
