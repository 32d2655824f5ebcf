// go: C goroutines, each with one blocking request.
//
// The code is that of threads, and what runs is an event loop: where a goroutine would block, the
// runtime parks it, asks the kernel (epoll) and goes on with another one on the same thread, on as
// many threads as there are cores. A goroutine is a stack of some kilobytes that grows, made and
// switched in well under a microsecond, so nobody counts them; the price is a runtime in every
// program, with a scheduler and a garbage collector that have a mind of their own. Choose it where
// requests are many and each does some work too.
package main

import (
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// A goroutine's place: one request at a time, over a connection that may be kept.
type slot struct {
	number int
	conn   net.Conn
	buffer [4096]byte
}

func (l *slot) connect() (err error) {
	l.conn, err = net.Dial("tcp", load.address)
	return err
}

func (l *slot) carry(r *request) {
	r.slot, r.start = l.number, now()
	good := l.exchange(r)
	if l.conn != nil && !(good && load.keepAlive) {
		l.conn.Close()
		l.conn = nil
	}
	r.ended = now()
}

func (l *slot) exchange(r *request) bool {
	if l.conn != nil {
		r.reused, r.connected = 1, r.start
	} else if err := l.connect(); err != nil {
		return r.fail("connect", err)
	} else {
		r.connected = now()
	}
	if _, err := l.conn.Write(r.text); err != nil {
		return r.fail("send", err)
	}
	r.sent = now()
	for !isWhole(r.response) {
		n, err := l.conn.Read(l.buffer[:])
		if n > 0 && r.firstByte == 0 {
			r.firstByte = now()
		}
		r.response = append(r.response, l.buffer[:n]...)
		if n == 0 && err != nil {
			return r.fail("receive", err)
		}
	}
	return isGood(r.response, r.bound)
}

// The slots there are, with their connections where these are kept.
type client []*slot

func (slots client) run(requests []*request, deadline int64) {
	var next atomic.Int64
	var all sync.WaitGroup
	for _, l := range slots {
		all.Add(1)
		go func(l *slot) {
			defer all.Done()
			for deadline == 0 || now() < deadline {
				index := next.Add(1) - 1
				if index >= int64(len(requests)) {
					break
				}
				l.carry(requests[index])
			}
		}(l)
	}
	all.Wait()
}

func makeClient() (slots client, err error) {
	// The runtime makes its poller with the first socket: here, for that is none of a request's work.
	if probe, err := net.Dial("udp", load.address); err == nil {
		probe.Close()
	}
	for i := 0; i < load.concurrency && err == nil; i++ {
		slots = append(slots, &slot{number: i})
		if load.keepAlive {
			err = slots[i].connect()
		}
	}
	return slots, err
}

func main() {
	serve("Go", strings.TrimPrefix(runtime.Version(), "go"), makeClient)
}
