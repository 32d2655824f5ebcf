/* A scripted peer: a thread that accepts, reads, responds in pieces, closes or resets, according to
 * a list of acts. One connection at a time: others wait in its backlog. */
#ifndef WAITBENCH_PEER_H
#define WAITBENCH_PEER_H

#include <stddef.h>

#include "lib/net.h"

enum { PEER_TIMEOUT_MS = 5000, REST_MS = 10 };

struct act {
    enum { EXIT, TO_ACCEPT, TO_HEAR, TO_SAY, TO_END, TO_REST, TO_CLOSE, TO_RESET, TO_DIE } what;
    const char *text;
    size_t size;
};

/* clang-format off */
#define ACCEPT    {TO_ACCEPT, NULL, 0} /* the next; the one before is closed */
#define HEAR      {TO_HEAR, NULL, 0} /* one request, to its end */
#define SAY(text) {TO_SAY, (text), sizeof(text) - 1}
#define END(text) {TO_END, (text), sizeof(text) - 1} /* say it, and the stream's end with it */
#define REST      {TO_REST, NULL, REST_MS}
#define CLOSE     {TO_CLOSE, NULL, 0}
#define RESET     {TO_RESET, NULL, 0}
#define DIE       {TO_DIE, NULL, 0} /* nobody can connect any more; what is open stays so */
#define ACTS(...) ((const struct act[]){__VA_ARGS__, {EXIT, NULL, 0}})
/* clang-format on */

/* The peer's state, to be read after peer_join(). */
extern struct peer peer;
struct peer {
    int listener, connection;
    const struct act *acts;
    unsigned accepted;
    size_t heard_size;
    char heard[4096];
};

/* Listen on a free port of 127.0.0.1, which is stored in `address`. Nothing is accepted yet. */
void peer_listen(struct net_address *address, int backlog);

/* Play the acts in a thread. After the last, everything is closed. */
void peer_start(const struct act *acts);
void peer_join(void);

/* A port that is bound and never listens: nobody else can have it, and it refuses. Returns its
 * descriptor. */
int peer_bind_only(struct net_address *address);

#endif
