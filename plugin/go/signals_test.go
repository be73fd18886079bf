package oktasync_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// C++ in a process that belongs to Go: what signals could do to either. What may end a process runs in one of its own.

// cutter is a way to the auth service that breaks off after so many bytes from the plugin: its end of a pair
// of sockets is closed, so that the plugin's next write finds nobody (EPIPE, and SIGPIPE if that is let come).
type cutter struct {
	address string
	after   atomic.Int64 // 0: never
	cuts    atomic.Int64
}

func (c *cutter) dial(ctx context.Context, _ string) (net.Conn, error) {
	far, err := new(net.Dialer).DialContext(ctx, "tcp", c.address)
	if err != nil {
		return nil, err
	}
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	var ends [2]net.Conn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "pair")
		ends[i], err = net.FileConn(file)
		file.Close()
		if err != nil {
			return nil, err
		}
	}
	near := ends[1]
	limit := c.after.Load()
	closeBoth := func() { near.Close(); far.Close() }
	go func() {
		defer closeBoth()
		if limit == 0 {
			_, _ = io.Copy(far, near)
			return
		}
		if n, _ := io.CopyN(far, near, limit); n == limit {
			c.cuts.Add(1)
		}
	}()
	go func() {
		defer closeBoth()
		_, _ = io.Copy(near, far)
	}()
	return ends[0], nil
}

// A connection that the other side cuts in the middle of writes raises SIGPIPE on the thread that writes. On a
// thread that is not Go's and lets it come, that ends a Go process.
func TestSIGPIPEOnThePluginsThreadsDoesNotEndTheHost(t *testing.T) {
	if !inChild(t) {
		return
	}
	const people = 300
	w := playground.Start(t, people)
	c := &cutter{address: w.Info("auth_address")}
	host := hosted(t, w)
	host.Dial = c.dial
	instance := begin(t, open(t), oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: host})
	run := func() {
		t.Helper()
		// Whether it ends well or not is not asked here; that it ends is.
		if _, err := instance.SyncAndWait(contextOf(t, time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	for _, after := range []int64{3_000, 6_000, 12_000, 24_000, 48_000} { // in the handshake, in a read, among creates
		c.after.Store(after)
		if err := instance.IdentityChanged(); err != nil { // a connection with that limit
			t.Fatal(err)
		}
		run()
	}
	if c.cuts.Load() < 5 {
		t.Errorf("only %d connections were cut", c.cuts.Load())
	}
	c.after.Store(0)
	for _, kind := range []string{"cut", "do_then_cut"} {
		w.Post("/auth/fault", map[string]any{"call": "CreateUser", "kind": kind, "after": 5, "times": 3}, nil)
		run()
	}
	for _, kind := range []string{"reset", "chunked_cut"} {
		w.Post("/okta/fault", map[string]any{"path": "/users", "kind": kind, "times": 2}, nil)
		run()
	}
	w.Post("/auth/clear_faults", nil, nil)
	w.Post("/okta/clear_faults", nil, nil)
	syncOnce(t, instance)
	if !slices.Equal(w.Users(), w.Assigned()) || len(w.Users()) != people {
		t.Errorf("%d users are there, %d are assigned", len(w.Users()), len(w.Assigned()))
	}
	t.Logf("%d connections were cut", c.cuts.Load())
}

// foreignThreads are those that are not Go's: these carry the program's name.
func foreignThreads(t testing.TB) map[string]string {
	t.Helper()
	own, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	names := threads(t)
	for id, name := range names {
		if name == strings.TrimSpace(string(own)) {
			delete(names, id)
		}
	}
	return names
}

// Go interrupts threads with signals to take profiles (SIGPROF) and to switch goroutines (SIGURG). A sync must
// not notice: neither these of its own accord nor a storm of them on the plugin's own threads.
func TestProfilingSignalsDoNotDisturbASync(t *testing.T) {
	if !inChild(t) {
		return
	}
	const people = 1000
	w := playground.Start(t, people)
	plugin := open(t)
	runtime.SetCPUProfileRate(2000) // StartCPUProfile says on stderr that it keeps this rate
	profile := new(bytes.Buffer)
	if err := pprof.StartCPUProfile(profile); err != nil {
		t.Fatal(err)
	}
	instance := begin(t, plugin, oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: hosted(t, w)})

	stop := make(chan struct{})
	var storm sync.WaitGroup
	var sent atomic.Int64
	storm.Add(1)
	go func() {
		defer storm.Done()
		for {
			for id := range foreignThreads(t) {
				number, _ := strconv.Atoi(id)
				for _, signal := range []syscall.Signal{syscall.SIGPROF, syscall.SIGURG, syscall.SIGPIPE, syscall.SIGCHLD} {
					// It may have ended meanwhile; then nothing is sent.
					_, _, errno := syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(os.Getpid()), uintptr(number), uintptr(signal))
					if errno == 0 {
						sent.Add(1)
					}
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	busy := make(chan struct{})
	go func() { // something to profile
		defer close(busy)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				_ = fmt.Sprint(n)
			}
		}
	}()
	first := syncOnce(t, instance)
	second := syncOnce(t, instance)
	close(stop)
	storm.Wait()
	<-busy
	pprof.StopCPUProfile()
	if first.Counts["created"] != people || second.Counts["unchanged"] != people {
		t.Errorf("the reports: %v, %v", first.Counts, second.Counts)
	}
	made := w.Written(0, "CreateUser")
	slices.Sort(made)
	if len(slices.Compact(made)) != people || len(w.Written(0, "CreateUser")) != people {
		t.Errorf("%d creates of %d users", len(w.Written(0, "CreateUser")), len(slices.Compact(made)))
	}
	if profile.Len() == 0 || sent.Load() < 100 {
		t.Errorf("a profile of %d bytes, %d signals sent", profile.Len(), sent.Load())
	}
	t.Logf("%d signals were sent to the plugin's threads", sent.Load())
}

// spareThreads makes Go create threads that then wait for work. A thread begins with the name of the one that created
// it, and out of a callback Go creates its own on the plugin's thread: these would be taken for the plugin's.
func spareThreads(count int) {
	var asleep sync.WaitGroup
	for range count {
		asleep.Add(1)
		go func() {
			defer asleep.Done()
			pause := syscall.NsecToTimespec(int64(100 * time.Millisecond))
			_ = syscall.Nanosleep(&pause, nil) // holds its thread, where time.Sleep would give it back
		}()
	}
	asleep.Wait()
}

// The plugin's own threads block what is not theirs to handle; a callback into Go must not change that for
// what would end or disturb them.
func TestThePluginsThreadsBlockSignals(t *testing.T) {
	if !inChild(t) {
		return
	}
	spareThreads(32)
	w := playground.Start(t, 20)
	instance := begin(t, open(t), oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: hosted(t, w)})
	syncOnce(t, instance)
	looked := map[string]bool{}
	for id, name := range foreignThreads(t) {
		text, err := os.ReadFile("/proc/self/task/" + id + "/status")
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(text), "\n") {
			mask, found := strings.CutPrefix(line, "SigBlk:\t")
			if !found {
				continue
			}
			blocked, err := strconv.ParseUint(mask, 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			looked[name] = true
			for _, signal := range []syscall.Signal{syscall.SIGPIPE, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGCHLD, syscall.SIGALRM, syscall.SIGUSR1, syscall.SIGURG, syscall.SIGPROF} {
				if blocked&(1<<(signal-1)) == 0 {
					t.Errorf("the thread %s does not block %v", name, signal)
				}
			}
		}
	}
	for _, name := range []string{"oktasync-log", "teleport-tunnel"} {
		if !looked[name] {
			t.Errorf("there is no thread %s among %v", name, looked)
		}
	}
	t.Logf("threads: %v", looked)
}
