// What a Go server needs of the protocol of docs/server-programs.md: its settings, its row of the
// account, and what a request says.
package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand"
	"net/http"
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

const (
	lineMax        = 63               // most bytes of a line, or of a path
	delayMax       = 60 * time.Second // that a request may set
	refusedMethods = " POST PUT DELETE OPTIONS PATCH TRACE CONNECT "
)

// Constant for the life of this process.
var (
	listenerCount = setting("LISTENERS")
	defaultDelay  = time.Duration(setting("DELAY"))
	work          = time.Duration(setting("WORK"))
	idle          = time.Duration(setting("IDLE"))
	keepAlive     = setting("KEEP_ALIVE") == 1
	account       = mapAccount(int(setting("ACCOUNT")), int(setting("ROW")))
)

func setting(name string) uint64 {
	value, err := strconv.ParseUint(os.Getenv("RANDINTD_"+name), 10, 64)
	if err != nil {
		fmt.Fprintf(os.Stderr, "RANDINTD_%s is no number: randintd starts this program\n", name)
		os.Exit(2)
	}
	return value
}

// The counters of a row, which randintd and waitbench read.
type row struct {
	_                                                  [16]byte // randintd's own
	accepted, open, inFlight, inFlightMax              atomic.Uint64
	completed, aborted, refused, badRequests, timedOut atomic.Uint64
}

func mapAccount(fd, offset int) *row {
	size := offset + int(unsafe.Sizeof(row{}))
	memory, err := syscall.Mmap(fd, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		fmt.Fprintln(os.Stderr, "the account cannot be mapped:", err)
		os.Exit(1)
	}
	return (*row)(unsafe.Pointer(&memory[offset]))
}

func decrement(counter *atomic.Uint64) { counter.Add(^uint64(0)) }

func (r *row) beginRequest() {
	inFlight := r.inFlight.Add(1)
	for most := r.inFlightMax.Load(); most < inFlight; most = r.inFlightMax.Load() {
		r.inFlightMax.CompareAndSwap(most, inFlight)
	}
}

// One sequence of draws, which all goroutines take from.
var draws = struct {
	sync.Mutex
	source *rand.Rand
}{source: rand.New(rand.NewSource(int64(setting("SEED"))))}

// A random integer in [0, bound].
func draw(bound int64) int64 {
	draws.Lock()
	defer draws.Unlock()
	if bound == math.MaxInt64 {
		return draws.source.Int63()
	}
	return draws.source.Int63n(bound + 1)
}

// Burn CPU, as a request that has something to compute. The clock is that of the thread, which the
// goroutine must not leave meanwhile.
func burn(duration time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for end := readClock(clockThreadCPU) + int64(duration); readClock(clockThreadCPU) < end; {
	}
}

type request struct {
	bound  int64
	delay  time.Duration
	timing bool // send the server's times
}

func parseInteger(text string) (value int64, err error) {
	const send = ": send an integer from 0 to 9223372036854775807"
	if text == "" {
		return 0, errors.New("empty" + send)
	}
	if text[0] == '-' && len(text) > 1 {
		return 0, errors.New("negative" + send)
	}
	for _, c := range []byte(text) {
		digit := int64(c) - '0'
		if digit < 0 || digit > 9 {
			return 0, errors.New("not a number" + send)
		}
		if value > (math.MaxInt64-digit)/10 {
			return 0, errors.New("too large" + send)
		}
		value = value*10 + digit
	}
	return value, nil
}

var units = map[string]time.Duration{"h": time.Hour, "m": time.Minute, "s": time.Second,
	"ms": time.Millisecond, "us": time.Microsecond, "ns": 1}

// "5ms", "1.5s" or "0".
func parseDelay(text string) (delay time.Duration, isOne bool) {
	unit := strings.TrimLeft(text, "0123456789.")
	number, err := strconv.ParseFloat(strings.TrimSuffix(text, unit), 64)
	scale, isUnit := units[unit]
	ns := math.Round(number * float64(scale))
	isOne = err == nil && (isUnit || unit == "" && number == 0) && ns <= float64(delayMax)
	return time.Duration(ns), isOne
}

// An integer and its options: the words of a line, or those of a path after /randint/, where a
// delay has a key.
func parseRequest(words []string, key string) (r request, err error) {
	hasDelay := false
	r.delay = defaultDelay
	r.bound, err = parseInteger(words[0])
	for _, word := range words[1:] {
		if word == "timing" {
			r.timing = true
			continue
		}
		delay, isOne := parseDelay(strings.TrimPrefix(word, key))
		if err == nil && (hasDelay || !isOne || !strings.HasPrefix(word, key)) {
			err = errors.New("bad option: a delay (5ms, 1.5s; 60s at most) or the word timing")
		}
		r.delay, hasDelay = delay, true
	}
	return r, err
}

// The request, or the status of the error, and what is wrong.
func routeHTTP(method, path string) (r request, status int, err error) {
	const prefix = "/randint/"
	switch {
	case strings.Contains(refusedMethods, " "+method+" "):
		return r, http.StatusMethodNotAllowed, errors.New("only GET and HEAD are served")
	case method != "GET" && method != "HEAD":
		return r, http.StatusNotImplemented, errors.New("the method is unknown")
	case len(path) > lineMax:
		return r, http.StatusRequestURITooLong, errors.New("the path is too long")
	case !strings.HasPrefix(path, prefix):
		return r, http.StatusNotFound, errors.New("not found: the path is /randint/N")
	}
	words := strings.Split(strings.ReplaceAll(path[len(prefix):], "?", "&"), "&")
	r, err = parseRequest(words, "delay=")
	return r, http.StatusBadRequest, err
}
