/* The figures of a calibration by name. */
#include "calibration.h"

#define ENTRY(field, name, unit, explain)                                                          \
    {                                                                                              \
        name, unit, explain, offsetof(struct calibration, field)                                   \
    }
#define ENTRIES_BURST(field, name, who)                                                            \
    ENTRY(field.client_request, name "_client_request", "ns",                                      \
          who ": CPU to connect (unless kept) and send"),                                          \
        ENTRY(field.client_response, name "_client_response", "ns",                                \
              who ": CPU to read and close"),                                                      \
        ENTRY(field.server_request, name "_server_request", "ns",                                  \
              who ": CPU of the server to accept and read"),                                       \
        ENTRY(field.server_response, name "_server_response", "ns",                                \
              who ": CPU of the server to write and close"),                                       \
        ENTRY(field.spread, name "_spread", "ns", who ": time from one response to the next")
#define ENTRIES_EXCHANGE(field, name)                                                              \
    ENTRY(field.lone, name "_lone", "ns", "one request alone, without the server delay"),          \
        ENTRIES_BURST(field.loop, name "_loop", "an event loop"),                                  \
        ENTRIES_BURST(field.threads, name "_threads", "threads")

static const struct {
    const char *name, *unit, *explain;
    size_t offset;
} entries[] = {
    ENTRY(somaxconn, "somaxconn", "", "the kernel's cap on the backlog"),
    ENTRY(syscall, "syscall", "ns", "CPU of a system call that does nothing"),
    ENTRY(switching, "switch", "ns", "CPU of a context switch between threads"),
    ENTRY(thread, "thread", "ns", "CPU of creating and joining a thread"),
    ENTRY(timer, "timer", "ns", "timer overshoot"),
    ENTRIES_EXCHANGE(connection, "connection"),
    ENTRIES_EXCHANGE(kept_alive, "kept_alive"),
};

bool calibration_entry(const struct calibration *calibration, size_t i,
                       struct calibration_entry *out)
{
    if (i >= sizeof(entries) / sizeof(entries[0]))
        return false;
    *out = (struct calibration_entry){
        .name = entries[i].name,
        .unit = entries[i].unit,
        .explain = entries[i].explain,
        .value = *(const int64_t *)((const char *)calibration + entries[i].offset),
    };
    return true;
}
