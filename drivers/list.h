/* Every driver, in the order in which they are listed and drawn. Adding one is its file and one
 * line here. */
#ifndef WAITBENCH_DRIVER_LIST_H
#define WAITBENCH_DRIVER_LIST_H

#define DRIVER_LIST(DRIVER)                                                                        \
    DRIVER(null)                                                                                   \
    DRIVER(sequential)                                                                             \
    DRIVER(threadpool)                                                                             \
    DRIVER(libev)

#endif
