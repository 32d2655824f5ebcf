// What Go clients share: the protocol of docs/external-drivers.md and parsing responses.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Constant for the life of this process.
var load struct {
	address         string
	concurrency     int
	keepAlive, http bool
}

// A request to send, and its result.
type request struct {
	bound, due                               int64 // due: nanoseconds after begun, or 0
	text, response                           []byte
	slot                                     int
	start, connected, sent, firstByte, ended int64
	outcome                                  string
	errno                                    syscall.Errno
	reused                                   int
}

// The point in time that the batch's requests are due after.
var begun int64

// Sleep until the request is due.
func (r *request) await() {
	if r.due != 0 {
		time.Sleep(time.Duration(begun + r.due - now()))
	}
}

var (
	escapes   = strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r", "\x00", "\\0")
	unescapes = strings.NewReplacer("\\\\", "\\", "\\t", "\t", "\\n", "\n", "\\r", "\r", "\\0", "\x00")
)

const (
	contentMax = 95        // most bytes of a line, and of what an HTTP response contains
	framingMax = 64 * 1024 // most bytes of all else in an HTTP response
)

var errNoResponse = errors.New("this cannot be a response")

// Can the bytes received so far begin a response?
func isPossible(response []byte) bool {
	if !load.http {
		return len(response) <= contentMax || bytes.IndexByte(response, '\n') >= 0
	}
	const start = "HTTP/1."
	return len(response) <= framingMax+contentMax &&
		(bytes.HasPrefix(response, []byte(start)) || strings.HasPrefix(start, string(response)))
}

// Reads a line, or an HTTP response. Returns what it contains, and whether the connection can be
// kept.
func readResponse(from *bufio.Reader) (content []byte, keeps bool, err error) {
	if !load.http {
		content, err = from.ReadBytes('\n')
		return content, from.Buffered() == 0, err
	}
	response, err := http.ReadResponse(from, nil)
	for err == nil && response.StatusCode/100 == 1 && response.StatusCode != http.StatusSwitchingProtocols {
		response, err = http.ReadResponse(from, nil) // an interim response is skipped
	}
	if err != nil || response.StatusCode != http.StatusOK {
		return nil, false, err // refused, whatever else it contains
	}
	content, err = io.ReadAll(io.LimitReader(response.Body, contentMax+1))
	return content, !response.Close && len(content) <= contentMax && from.Buffered() == 0, err
}

// Is it a number within the bound and nothing else?
func isCorrect(content []byte, bound int64) bool {
	words := strings.Fields(string(content)) // the number, perhaps followed by the server's times
	if len(words) == 0 {
		return false
	}
	value, err := strconv.ParseInt(words[0], 10, 64)
	return err == nil && value >= 0 && value <= bound
}

// A response that is not one is no failure here: waitbench finds the same in the bytes and reports
// it.
func (r *request) fail(stage string, err error) bool {
	var call *os.SyscallError
	if errors.As(err, &r.errno) {
		r.outcome = stage
		if errors.As(err, &call) && call.Syscall == "socket" {
			r.outcome = "socket"
		}
	} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.outcome = "closed"
	}
	return false
}

func takeLoad(fields []string) {
	settings := map[string]string{}
	for _, field := range fields {
		key, value, _ := strings.Cut(field, "=")
		settings[key] = value
	}
	load.address = net.JoinHostPort(settings["host"], settings["port"])
	load.concurrency, _ = strconv.Atoi(settings["concurrency"])
	load.keepAlive = settings["keep-alive"] == "1"
	load.http = settings["framing"] == "http"
}

// A field of a line, or 0 if the line has no such field.
func integer(fields []string, i int) (value int64) {
	if i < len(fields) {
		value, _ = strconv.ParseInt(fields[i], 10, 64)
	}
	return value
}

func takeBatch(commands *bufio.Scanner, count string) []*request {
	n, _ := strconv.Atoi(count)
	requests := make([]*request, n)
	for i := range requests {
		commands.Scan()
		fields := strings.Split(commands.Text(), "\t")
		text := []byte(unescapes.Replace(fields[1]))
		requests[i] = &request{bound: integer(fields, 0), text: text, due: integer(fields, 2), outcome: "ok"}
	}
	return requests
}

func writeSamples(requests []*request) {
	out := bufio.NewWriter(os.Stdout)
	for i, r := range requests {
		if r.start != 0 {
			fmt.Fprintf(out, "sample\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\t%s\n", i, r.slot, r.start,
				r.connected, r.sent, r.firstByte, r.ended, r.outcome, int(r.errno), r.reused,
				escapes.Replace(string(r.response)))
		}
	}
	fmt.Fprintln(out, "end")
	out.Flush()
}

// Process waitbench's commands until end of file. `begin` is called when the load is known.
func serve(name, version string, begin func() (client, error)) {
	var c client
	var requests []*request
	commands := bufio.NewScanner(os.Stdin)
	fmt.Printf("waitbench\t2\t%s\t%s\n", name, version)
	for commands.Scan() {
		fields := strings.Split(commands.Text(), "\t")
		switch fields[0] {
		case "load":
			var err error
			takeLoad(fields[1:])
			if c, err = begin(); err != nil {
				var errno syscall.Errno
				errors.As(err, &errno)
				fmt.Printf("failed\t%d\t%s\n", int(errno), err)
				return
			}
			fmt.Println("ready")
		case "batch":
			requests = takeBatch(commands, fields[1])
			fmt.Println("prepared")
		case "go":
			begun = integer(fields, 2)
			c.run(requests, integer(fields, 1))
			fmt.Println("done")
		case "samples":
			writeSamples(requests)
		}
	}
}
