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
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// What stays the same for the life of this process.
var load struct {
	address         string
	concurrency     int
	keepAlive, http bool
}

// What to ask, and what became of it.
type request struct {
	bound                                    int64
	ask, answer                              []byte
	lane                                     int
	start, connected, sent, firstByte, ended int64
	outcome                                  string
	errno                                    syscall.Errno
	reused                                   int
}

// time.Now holds CLOCK_MONOTONIC, waitbench's own clock, but does not tell: so it is asked for once.
var epoch, epochNs = time.Now(), monotonic()

func monotonic() int64 {
	var t syscall.Timespec
	const clockMonotonic = 1
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

func now() int64 { return epochNs + int64(time.Since(epoch)) }

var (
	escapes   = strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r", "\x00", "\\0")
	unescapes = strings.NewReplacer("\\\\", "\\", "\\t", "\t", "\\n", "\n", "\\r", "\r", "\\0", "\x00")
)

// Where the body begins and how long it is; -1 while that is not known.
func measure(answer []byte) (head, length int) {
	end := bytes.Index(answer, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, -1
	}
	for _, line := range strings.Split(string(answer[:end]), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Content-Length") {
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
				return end + 4, n
			}
		}
	}
	return 0, -1
}

func isWhole(answer []byte) bool {
	if !load.http {
		return bytes.IndexByte(answer, '\n') >= 0
	}
	head, length := measure(answer)
	return length >= 0 && len(answer) >= head+length
}

// Is it a number that was asked for, and nothing more? Then its connection can be kept.
func isGood(answer []byte, bound int64) bool {
	if load.http {
		head, length := measure(answer)
		closing := bytes.Contains(bytes.ToLower(answer[:head]), []byte("\r\nconnection: close"))
		if !bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) || closing || len(answer) > head+length {
			return false
		}
		answer = answer[head:]
	} else if bytes.IndexByte(answer, '\n') != len(answer)-1 {
		return false
	}
	words := strings.Fields(string(answer)) // behind the number may be the server's times
	if len(words) == 0 {
		return false
	}
	value, err := strconv.ParseInt(words[0], 10, 64)
	return err == nil && value >= 0 && value <= bound
}

// A goroutine's place: one request at a time, over a connection that may be kept.
type lane struct {
	number int
	conn   net.Conn
	buffer [4096]byte
}

func (l *lane) connect() (err error) {
	l.conn, err = net.Dial("tcp", load.address)
	return err
}

func (l *lane) carry(r *request) {
	r.lane, r.start = l.number, now()
	good := l.exchange(r)
	if l.conn != nil && !(good && load.keepAlive) {
		l.conn.Close()
		l.conn = nil
	}
	r.ended = now()
}

func (l *lane) exchange(r *request) bool {
	if l.conn != nil {
		r.reused, r.connected = 1, r.start
	} else if err := l.connect(); err != nil {
		return r.fail("connect", err)
	} else {
		r.connected = now()
	}
	if _, err := l.conn.Write(r.ask); err != nil {
		return r.fail("send", err)
	}
	r.sent = now()
	for !isWhole(r.answer) {
		n, err := l.conn.Read(l.buffer[:])
		if n > 0 && r.firstByte == 0 {
			r.firstByte = now()
		}
		r.answer = append(r.answer, l.buffer[:n]...)
		if n == 0 && err != nil {
			return r.fail("receive", err)
		}
	}
	return isGood(r.answer, r.bound)
}

func (r *request) fail(stage string, err error) bool {
	var call *os.SyscallError
	r.outcome = stage
	if errors.As(err, &r.errno) {
		if errors.As(err, &call) && call.Syscall == "socket" {
			r.outcome = "socket"
		}
	} else {
		r.outcome = "closed" // io.EOF
	}
	return false
}

func run(lanes []*lane, requests []*request, deadline int64) {
	var next atomic.Int64
	var all sync.WaitGroup
	for _, l := range lanes {
		all.Add(1)
		go func(l *lane) {
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

func makeLanes(settings map[string]string) (lanes []*lane, err error) {
	load.address = net.JoinHostPort(settings["host"], settings["port"])
	load.concurrency, _ = strconv.Atoi(settings["concurrency"])
	load.keepAlive = settings["keep-alive"] == "1"
	load.http = settings["framing"] == "http"
	// The runtime makes its poller with the first socket: here, for that is none of a request's work.
	if probe, err := net.Dial("udp", load.address); err == nil {
		probe.Close()
	}
	for i := 0; i < load.concurrency && err == nil; i++ {
		lanes = append(lanes, &lane{number: i})
		if load.keepAlive {
			err = lanes[i].connect()
		}
	}
	return lanes, err
}

func tellSamples(requests []*request) {
	out := bufio.NewWriter(os.Stdout)
	for i, r := range requests {
		if r.start != 0 {
			fmt.Fprintf(out, "sample\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\t%s\n", i, r.lane, r.start,
				r.connected, r.sent, r.firstByte, r.ended, r.outcome, int(r.errno), r.reused,
				escapes.Replace(string(r.answer)))
		}
	}
	fmt.Fprintln(out, "end")
	out.Flush()
}

func main() {
	var lanes []*lane
	var requests []*request
	commands := bufio.NewScanner(os.Stdin)
	fmt.Printf("waitbench\t1\tGo\t%s\n", strings.TrimPrefix(runtime.Version(), "go"))
	for commands.Scan() {
		fields := strings.Split(commands.Text(), "\t")
		switch fields[0] {
		case "load":
			settings := map[string]string{}
			for _, field := range fields[1:] {
				key, value, _ := strings.Cut(field, "=")
				settings[key] = value
			}
			var err error
			if lanes, err = makeLanes(settings); err != nil {
				var errno syscall.Errno
				errors.As(err, &errno)
				fmt.Printf("failed\t%d\t%s\n", int(errno), err)
				return
			}
			fmt.Println("ready")
		case "batch":
			count, _ := strconv.Atoi(fields[1])
			requests = make([]*request, count)
			for i := range requests {
				commands.Scan()
				bound, ask, _ := strings.Cut(commands.Text(), "\t")
				number, _ := strconv.ParseInt(bound, 10, 64)
				requests[i] = &request{bound: number, ask: []byte(unescapes.Replace(ask)), outcome: "ok"}
			}
			fmt.Println("prepared")
		case "go":
			deadline, _ := strconv.ParseInt(fields[1], 10, 64)
			run(lanes, requests, deadline)
			fmt.Println("done")
		case "samples":
			tellSamples(requests)
		}
	}
}
