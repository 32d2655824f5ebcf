// What Go clients and servers share: clocks.
package main

import (
	"math"
	"syscall"
	"time"
	"unsafe"
)

// Of clock_gettime(2).
const (
	clockMonotonic = 1
	clockThreadCPU = 3
)

func readClock(id uintptr) int64 {
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, id, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

// time.Now holds waitbench's clock, CLOCK_MONOTONIC, but does not export it. So both are read once,
// together, and later times are computed from the difference.
var epoch, epochNs = readTogether()

// A preemption between the two readings would shift all times: of several attempts take the one in
// which the readings are closest.
func readTogether() (at time.Time, ns int64) {
	narrowest := int64(math.MaxInt64)
	for try := 0; try < 20; try++ {
		before := readClock(clockMonotonic)
		now := time.Now()
		width := readClock(clockMonotonic) - before
		if width < narrowest {
			narrowest, at, ns = width, now, before+width/2
		}
	}
	return at, ns
}

func now() int64 { return epochNs + int64(time.Since(epoch)) }
