// go: a goroutine for each connection, with blocking code; net and net/http.
//
// The code is that of a thread for each connection, and no event loop is to be seen. There is one
// beneath: where a goroutine would block, in a read, a write or a delay, the runtime parks it, polls
// the kernel (epoll) and its timers, and resumes another one on the same thread, on as many threads
// as --workers says. So a delay occupies no thread, as in an event loop, and work is spread over the
// cores, which one event loop cannot do. The price is memory, some kilobytes of stack and of
// net/http's buffers for each connection, and a scheduler and a garbage collector whose timing the
// program does not control. Choose it where a dialogue is best written in sequence and there are
// more connections than threads could serve.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	acceptPause = 100 * time.Millisecond // when there are no descriptors left
	headerMax   = 64 * 1024
)

var ending atomic.Bool // a signal was received

// ---- a connection, whichever protocol it speaks ----

// The first byte decides: HTTP methods are upper-case letters.
func (c *connection) serve() {
	c.expectInput()
	first, err := c.Peek(1)
	if err == nil && first[0] >= 'A' && first[0] <= 'Z' {
		httpConnections <- c
		return
	}
	if err == nil {
		c.serveLines()
	}
	c.Close()
}

// Wait for the request's delay, and work; returns the response.
func (c *connection) process(r request) string {
	received := now()
	c.beginRequest()
	if r.delay > 0 {
		timer := time.NewTimer(r.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.closed:
		}
	}
	overshoot := now() - received - int64(r.delay)
	value := draw(r.bound)
	if work > 0 {
		burn(work)
	}
	if r.timing {
		return fmt.Sprintln(value, received, int64(r.delay), overshoot)
	}
	return fmt.Sprintln(value)
}

// ---- lines ----

var errLineTooLong = fmt.Errorf("the line is too long: %d bytes at most", lineMax)

// Without waiting for a newline that is too far off.
func (c *connection) readLine() (string, error) {
	for {
		text, _ := c.input.Peek(c.input.Buffered())
		end := bytes.IndexByte(text, '\n')
		if end > lineMax || end < 0 && len(text) > lineMax {
			return "", errLineTooLong
		}
		if end >= 0 {
			line := strings.TrimSuffix(string(text[:end]), "\r")
			c.input.Discard(end + 1)
			return line, nil
		}
		if _, err := c.Peek(len(text) + 1); err != nil {
			return "", err
		}
	}
}

// What is wrong with a line that did not end; "": nothing, the client sends no further one.
func (c *connection) problemOfEnd(err error) string {
	switch {
	case errors.Is(err, errLineTooLong):
		return err.Error()
	case c.input.Buffered() == 0:
		return ""
	case errors.Is(err, io.EOF):
		return "the connection ended in the middle of a request"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "the rest of the request did not arrive before the idle timeout"
	}
	return ""
}

func (c *connection) serveLines() {
	for again := true; again; again = keepAlive && !ending.Load() {
		c.expectInput()
		line, err := c.readLine()
		if err != nil {
			if problem := c.problemOfEnd(err); problem != "" {
				c.reject(problem)
			}
			return
		}
		r, err := parseRequest(strings.Split(line, " "), "")
		if err != nil {
			c.reject(err.Error())
			return
		}
		if _, err = io.WriteString(c, c.process(r)); err != nil {
			return
		}
	}
	if c.hasUnreadInput() {
		c.drain()
	}
}

func (c *connection) reject(problem string) {
	fmt.Fprintf(c, "error: %s\n", problem)
	c.drain()
}

// ---- HTTP ----

// A listener whose connections are accepted elsewhere, and are known to speak HTTP.
type httpListener chan *connection

var httpConnections = make(httpListener)

func (l httpListener) Accept() (net.Conn, error) { return <-l, nil }
func (l httpListener) Close() error              { return nil }
func (l httpListener) Addr() net.Addr            { return &net.TCPAddr{} }

type connectionKey struct{}

var httpServer = &http.Server{
	Handler:           http.HandlerFunc(serveHTTP),
	ReadHeaderTimeout: idle,
	IdleTimeout:       idle,
	MaxHeaderBytes:    headerMax,
	ConnContext: func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, c)
	},
}

func serveHTTP(w http.ResponseWriter, r *http.Request) {
	c := r.Context().Value(connectionKey{}).(*connection)
	w.Header().Set("Content-Type", "text/plain")
	// HTTP/1.0 has to be told; and content is not waited for, so that nothing after it can be read.
	if r.Close || r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
	}
	if parsed, status, err := routeHTTP(r.Method, r.RequestURI); err == nil {
		io.WriteString(w, c.process(parsed))
	} else {
		w.Header().Set("Connection", "close")
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", "GET, HEAD")
		}
		w.WriteHeader(status)
		fmt.Fprintln(w, err)
	}
	if r.ContentLength != 0 { // net/http now discards it
		c.limitDrain()
	}
}

// ---- the listeners, and the end ----

// The error, if it is a lack of descriptors or memory.
func lackOfResources(err error) (errno syscall.Errno) {
	errors.As(err, &errno)
	switch errno {
	case syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM:
		return errno
	}
	return 0
}

// Returns when the listener was shut down.
func accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err == nil {
			go openConnection(conn.(*net.TCPConn)).serve()
		} else if errno := lackOfResources(err); errno != 0 {
			warn(errno)
			giveUpTheGone()
			time.Sleep(acceptPause)
		} else {
			return
		}
	}
}

var lastWarning atomic.Int64

// At most once in a second.
func warn(errno syscall.Errno) {
	last := lastWarning.Load()
	if (last == 0 || now()-last >= int64(time.Second)) && lastWarning.CompareAndSwap(last, now()) {
		fmt.Fprintf(os.Stderr, "randintd: connections have to wait (%d refused so far): %s; "+
			"raise the limit (ulimit -n) or open fewer connections at once\n",
			account.refused.Load(), errno)
	}
}

// No descriptors are left: give up requests in their delay whose clients have closed their side.
// (With descriptors left they are completed: the client may have closed its sending side only.)
func giveUpTheGone() {
	for _, c := range connections() {
		if c.inFlight.Load() && c.isGone() {
			c.Close()
		}
	}
}

// Requests in flight are completed, and idle connections closed.
func end() {
	ending.Store(true)
	httpServer.SetKeepAlivesEnabled(false)
	for _, c := range connections() {
		if !c.inFlight.Load() {
			c.Close()
		}
	}
	open.Wait()
}

func inheritListeners() (listeners []net.Listener) {
	for fd := uintptr(3); fd < uintptr(3+listenerCount); fd++ {
		file := os.NewFile(fd, "listener")
		listener, err := net.FileListener(file) // of a duplicate
		if err != nil {
			fmt.Fprintln(os.Stderr, "a listening socket was not inherited:", err)
			os.Exit(1)
		}
		file.Close()
		listeners = append(listeners, listener)
	}
	return listeners
}

func main() {
	runtime.GOMAXPROCS(int(setting("WORKERS")))
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	listeners := inheritListeners()
	var accepting sync.WaitGroup
	for _, listener := range listeners {
		accepting.Add(1)
		go func(listener net.Listener) {
			accept(listener)
			accepting.Done()
		}(listener)
	}
	go httpServer.Serve(httpConnections)
	fmt.Println("ready")
	<-signals
	for _, listener := range listeners {
		listener.Close()
	}
	accepting.Wait()
	end()
}
