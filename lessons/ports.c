/* Lesson 15: who closes first keeps the connection in TIME_WAIT, and local ports run out. */
#include "bench/judge/lesson.h"
#include "workloads/ports.h"

static double completed(const struct run_view *view)
{
    return (double)view->run->completed;
}

/* All because no local port was left: another cause makes the run INVALID. */
static double without_port(const struct run_view *view)
{
    return (double)view->run->failed;
}

static double kept_by(const struct run_view *view, enum usage_side side)
{
    int64_t count = view->usage[side][USAGE_TIME_WAIT];
    return count == USAGE_NOT_AVAILABLE ? NAN : (double)count;
}

static double kept_by_client(const struct run_view *view)
{
    return kept_by(view, USAGE_CLIENT);
}

static double kept_by_server(const struct run_view *view)
{
    return kept_by(view, USAGE_SERVER);
}

/* A few ports may be in use by others. */
enum { CONNECTIONS = 1000, MOST_PORTS = FEW_PORTS * 95 / 100 };

static const struct evidence_rule evidence[] = {
    VALUE("server", kept_by_server, "", AT_LEAST, CONNECTIONS,
          "TIME_WAIT at the server, which closes first"),
    VALUE("server", kept_by_client, "", AT_MOST, 0, "TIME_WAIT at the client, the server first"),
    VALUE("client", kept_by_client, "", AT_LEAST, CONNECTIONS,
          "TIME_WAIT at the client, which closes first"),
    VALUE("client", kept_by_server, "", AT_MOST, 0, "TIME_WAIT at the server, the client first"),
    VALUE("few-server", completed, "", AT_LEAST, CONNECTIONS,
          "connections from 200 ports, the server closes first"),
    VALUE("few-server", kept_by_server, "", AT_MOST, FEW_PORTS,
          "TIME_WAIT at the server after these"),
    VALUE("few-client", completed, "", AT_MOST, FEW_PORTS,
          "connections from 200 ports, the client closes first"),
    VALUE("few-client", completed, "", AT_LEAST, MOST_PORTS,
          "the same connections are nearly as many as ports"),
    VALUE("few-client", without_port, "", AT_LEAST, CONNECTIONS - FEW_PORTS,
          "connections that found no port, EADDRNOTAVAIL"),
    RATIO("few-addresses", "few-client", completed, AT_LEAST, FEW_PORTS_ADDRESSES * 0.95,
          "connections from four addresses / from one"),
    RATIO("few-addresses", "few-client", completed, AT_MOST, FEW_PORTS_ADDRESSES * 1.05,
          "the same ratio is no larger"),
    {0},
};

#define SHORT " -d sequential -n 1000 -t 0"

LESSON(ports) = {
    .number = 15,
    .name = "ports",
    .title = "Local ports and TIME_WAIT",
    .question = "A client opens connections one after another. When does it run out of ports?",
    .claim =
        "The side that closes first keeps each connection in TIME_WAIT. If that is the client, it "
        "can open as many connections to a destination as it has local ports, on each of its "
        "addresses, and then fails with EADDRNOTAVAIL",
    .theory =
        "the side that closes first stays in TIME_WAIT for twice the segment lifetime (RFC 9293, "
        "3.6.1; 60 s in Linux), and a connection is told by its two addresses and two ports: with "
        "one destination and one address of its own a client has as many as its local ports, "
        "28,232 by default (here 200)",
    .variants = {{"server", "-w http" SHORT},
                 {"client", "-w close-first" SHORT},
                 {"few-server", "-w few-ports" SHORT},
                 {"few-client", "-w few-ports-close-first" SHORT},
                 {"few-addresses", "-w few-ports-4-addresses" SHORT}},
    /* A server may get the port of one before, whose connections are still in TIME_WAIT: with nine
     * runs the interval leaves out one such run. */
    .repetitions = 9,
    .evidence = evidence,
};
