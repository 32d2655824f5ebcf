/* All server models, in the order in which they are listed and drawn: an identifier, and the source
 * whose opening comment is the model's lesson. Adding a model means adding its file and one line
 * here. */
#ifndef WAITBENCH_SERVER_LIST_H
#define WAITBENCH_SERVER_LIST_H

#define SERVER_MODEL_LIST(MODEL)                                                                   \
    MODEL(iterative, "server/models/iterative.c")                                                  \
    MODEL(fork, "server/models/fork.c")                                                            \
    MODEL(thread, "server/models/thread.c")                                                        \
    MODEL(prefork, "server/models/pools.c")                                                        \
    MODEL(threadpool, "server/models/pools.c")                                                     \
    MODEL(select, "server/models/select.c")                                                        \
    MODEL(poll, "server/models/poll.c")                                                            \
    MODEL(epoll, "server/models/epoll.c")                                                          \
    MODEL(libev, "server/models/libev.c")                                                          \
    MODEL(libuv, "server/models/libuv.c")                                                          \
    MODEL(coroutine, "server/models/coroutine.c")                                                  \
    MODEL(io_uring, "server/models/io_uring.c")                                                    \
    MODEL(epoll_shared, "server/models/epoll.c")                                                   \
    MODEL(epoll_exclusive, "server/models/epoll.c")                                                \
    MODEL(reuseport, "server/models/epoll.c")                                                      \
    MODEL(reuseport_processes, "server/models/epoll.c")                                            \
    MODEL(python_asyncio, "programs/server_python_asyncio.py")                                     \
    MODEL(python_threads, "programs/server_python_threads.py")                                     \
    MODEL(go, "programs/server_go.go")                                                             \
    MODEL(node, "programs/server_node.mjs")

#endif
