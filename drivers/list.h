/* All drivers, in the order in which they are listed and drawn: an identifier, and the source
 * whose opening comment is the driver's lesson. Adding a driver means adding its file and one line
 * here. */
#ifndef WAITBENCH_DRIVER_LIST_H
#define WAITBENCH_DRIVER_LIST_H

#define DRIVER_LIST(DRIVER)                                                                        \
    DRIVER(null, "drivers/null.c")                                                                 \
    DRIVER(sequential, "drivers/sequential.c")                                                     \
    DRIVER(thread_per_request, "drivers/thread_per_request.c")                                     \
    DRIVER(threadpool, "drivers/threadpool.c")                                                     \
    DRIVER(fork_per_request, "drivers/fork_per_request.c")                                         \
    DRIVER(prefork, "drivers/prefork.c")                                                           \
    DRIVER(select, "drivers/select.c")                                                             \
    DRIVER(poll, "drivers/poll.c")                                                                 \
    DRIVER(epoll, "drivers/epoll.c")                                                               \
    DRIVER(epoll_et, "drivers/epoll.c")                                                            \
    DRIVER(libev, "drivers/libev.c")                                                               \
    DRIVER(libevent, "drivers/libevent.c")                                                         \
    DRIVER(libuv, "drivers/libuv.c")                                                               \
    DRIVER(multiloop, "drivers/multiloop.c")                                                       \
    DRIVER(libev_offload, "drivers/libev_offload.c")                                               \
    DRIVER(io_uring, "drivers/io_uring.c")                                                         \
    DRIVER(coroutine, "drivers/coroutine.c")                                                       \
    DRIVER(coroutine_asm, "drivers/coroutine.c")                                                   \
    DRIVER(st, "drivers/st.c")                                                                     \
    DRIVER(python_threads, "programs/python_threads.py")                                           \
    DRIVER(python_asyncio, "programs/python_asyncio.py")                                           \
    DRIVER(python_uvloop, "programs/python_asyncio.py")                                            \
    DRIVER(go, "programs/goroutines.go")                                                           \
    DRIVER(node, "programs/node.mjs")

#endif
