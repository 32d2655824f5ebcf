// go: C goroutines, each with one blocking request.
//
// The code is that of threads, but it runs on an event loop: where a goroutine would block, the
// runtime parks it, polls the kernel (epoll) and resumes another one on the same thread, on as many
// threads as there are cores. A goroutine is a growing stack of some kilobytes, created and
// switched in well under a microsecond, so a program can have as many as it needs. The price is a
// runtime in every program, with a scheduler and a garbage collector whose timing the program does
// not control. time.Sleep takes nanoseconds, but a runtime whose threads are all idle sleeps in
// epoll_wait, for whole milliseconds: requests that start by a schedule begin up to that late.
// Choose it if there are many requests and each also does some work.
package main

import (
	"bufio"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// The slot of a goroutine: one request at a time, over a connection that may be kept.
type slot struct {
	number  int
	conn    net.Conn
	request *request // under way
	reader  *bufio.Reader
}

func (s *slot) connect() (err error) {
	s.conn, err = net.Dial("tcp", load.address)
	return err
}

func (s *slot) run(r *request) {
	r.slot, r.start = s.number, now()
	correct := s.exchange(r)
	if s.conn != nil && !(correct && load.keepAlive) {
		s.conn.Close()
		s.conn = nil
	}
	r.ended = now()
}

func (s *slot) exchange(r *request) bool {
	if s.conn != nil {
		r.reused, r.connected = 1, r.start
	} else if err := s.connect(); err != nil {
		return r.fail("connect", err)
	} else {
		r.connected = now()
	}
	if _, err := s.conn.Write(r.text); err != nil {
		return r.fail("send", err)
	}
	r.sent = now()
	s.request = r
	s.reader.Reset(s)
	content, keeps, err := readResponse(s.reader)
	if err != nil {
		return r.fail("receive", err)
	}
	return keeps && isCorrect(content, r.bound)
}

// Read passes on what was received, and records it.
func (s *slot) Read(buffer []byte) (int, error) {
	r := s.request
	if !isPossible(r.response) {
		return 0, errNoResponse
	}
	n, err := s.conn.Read(buffer)
	if n > 0 && r.firstByte == 0 {
		r.firstByte = now()
	}
	r.response = append(r.response, buffer[:n]...)
	return n, err
}

// All slots, with their connections if these are kept.
type client []*slot

func (slots client) run(requests []*request, deadline int64) {
	var next atomic.Int64
	var all sync.WaitGroup
	for _, s := range slots {
		all.Add(1)
		go func(s *slot) {
			defer all.Done()
			for deadline == 0 || now() < deadline {
				index := next.Add(1) - 1
				if index >= int64(len(requests)) {
					break
				}
				requests[index].await()
				s.run(requests[index])
			}
		}(s)
	}
	all.Wait()
}

func makeClient() (slots client, err error) {
	// The runtime creates its poller with the first socket: do that here, not in the first request.
	if probe, err := net.Dial("udp", load.address); err == nil {
		probe.Close()
	}
	for i := 0; i < load.concurrency && err == nil; i++ {
		slots = append(slots, &slot{number: i, reader: bufio.NewReader(nil)})
		if load.keepAlive {
			err = slots[i].connect()
		}
	}
	return slots, err
}

func main() {
	serve("Go", strings.TrimPrefix(runtime.Version(), "go"), makeClient)
}
