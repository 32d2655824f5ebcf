// A connection that a Go server accepted, and the set of all. What happens to it is counted here, for
// net/http, too, to which it can be handed: that reads, writes and closes it with these methods.
package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	inputBytes = 512       // a request of usual size
	drainMax   = 64 * 1024 // most bytes that are discarded after the last response
	drainTime  = time.Second
)

type connection struct {
	*net.TCPConn
	input    *bufio.Reader
	inFlight atomic.Bool   // a request was received, its response is not written
	expects  atomic.Bool   // input, until a deadline
	closed   chan struct{} // wakes one that waits for its delay
	once     sync.Once
}

var open = struct {
	sync.Mutex
	all map[*connection]bool
	sync.WaitGroup
}{all: map[*connection]bool{}}

func openConnection(conn *net.TCPConn) *connection {
	input := bufio.NewReaderSize(conn, inputBytes)
	c := &connection{TCPConn: conn, input: input, closed: make(chan struct{})}
	account.accepted.Add(1)
	account.open.Add(1)
	open.Add(1)
	open.Lock()
	defer open.Unlock()
	open.all[c] = true
	return c
}

// Those that are open now.
func connections() (all []*connection) {
	open.Lock()
	defer open.Unlock()
	for c := range open.all {
		all = append(all, c)
	}
	return all
}

// Close may be called by anybody and more than once.
func (c *connection) Close() (err error) {
	c.once.Do(func() {
		err = c.TCPConn.Close()
		close(c.closed)
		c.endRequest(&account.aborted)
		decrement(&account.open)
		open.Lock()
		delete(open.all, c)
		open.Unlock()
		open.Done()
	})
	return err
}

func (c *connection) beginRequest() {
	account.beginRequest()
	c.inFlight.Store(true)
}

func (c *connection) endRequest(counter *atomic.Uint64) (wasInFlight bool) {
	wasInFlight = c.inFlight.CompareAndSwap(true, false)
	if wasInFlight {
		counter.Add(1)
		decrement(&account.inFlight)
	}
	return wasInFlight
}

// SetReadDeadline limits how long input is waited for. net/http also interrupts a read of its own
// with it, by a deadline in the past.
func (c *connection) SetReadDeadline(t time.Time) error {
	c.expects.Store(t.After(time.Now()))
	return c.TCPConn.SetReadDeadline(t)
}

func (c *connection) expectInput() {
	c.SetReadDeadline(time.Now().Add(idle))
}

func countTimeout(err error, expected bool) {
	if expected && errors.Is(err, os.ErrDeadlineExceeded) {
		account.timedOut.Add(1)
	}
}

func (c *connection) Read(buffer []byte) (int, error) {
	n, err := c.input.Read(buffer)
	countTimeout(err, c.expects.Load())
	return n, err
}

// Peek waits until n bytes are there, and leaves them.
func (c *connection) Peek(n int) ([]byte, error) {
	bytes, err := c.input.Peek(n)
	countTimeout(err, c.expects.Load())
	return bytes, err
}

// Write sends a response: that to the request in flight, or else an error, which net/http may have
// written by itself.
func (c *connection) Write(response []byte) (int, error) {
	c.SetWriteDeadline(time.Now().Add(idle))
	n, err := c.TCPConn.Write(response)
	countTimeout(err, true)
	if err == nil && !c.endRequest(&account.completed) {
		account.badRequests.Add(1)
	}
	return n, err
}

// Look without waiting: 1 if there is unread input; 0 without an error: it has ended.
func (c *connection) look() (n int, err error) {
	var first [1]byte
	raw, err := c.SyscallConn()
	if err == nil {
		raw.Control(func(fd uintptr) {
			n, _, err = syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		})
	}
	return n, err
}

func (c *connection) hasUnreadInput() bool {
	n, _ := c.look()
	return n > 0 || c.input.Buffered() > 0
}

func (c *connection) isGone() bool {
	n, err := c.look()
	return n <= 0 && err != syscall.EAGAIN
}

// Input that does not come is no timeout any more.
func (c *connection) limitDrain() {
	c.TCPConn.SetReadDeadline(time.Now().Add(drainTime))
	c.expects.Store(false)
}

// Closing with unread input would send a reset, which can destroy the response on its way.
func (c *connection) drain() {
	c.CloseWrite()
	c.limitDrain()
	io.CopyN(io.Discard, c.input, drainMax)
}
