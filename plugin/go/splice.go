package oktasync

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// How long the peer may go on talking once the plugin has closed its end.
	lastWords = time.Second
	// How long the end of an instance waits for connections whose Close does not end their Read.
	spliceGrace = time.Second
)

// spliceSet holds the connections that are carried between the plugin and a net.Conn by goroutines.
type spliceSet struct {
	tell    func(message string, attrs ...slog.Attr)
	mu      sync.Mutex
	closed  bool
	open    map[*splice]struct{}
	running sync.WaitGroup
}

// splice is one: the plugin has the other end of `local`.
type splice struct {
	local *net.UnixConn
	conn  net.Conn
	once  sync.Once
}

func (s *splice) cut() {
	s.once.Do(func() {
		_ = s.local.Close()
		_ = s.conn.Close()
	})
}

// add gives the plugin's end. The net.Conn belongs to the set, also when this fails.
func (set *spliceSet) add(conn net.Conn) (int, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		_ = conn.Close()
		return -1, fault("", ResourceExhausted, "no pair of sockets can be made: %v", err)
	}
	file := os.NewFile(uintptr(fds[1]), "oktasync-splice")
	local, err := net.FileConn(file)
	_ = file.Close()
	if err != nil {
		_ = syscall.Close(fds[0])
		_ = conn.Close()
		return -1, fault("", ResourceExhausted, "a pair of sockets cannot be used: %v", err)
	}
	s := &splice{local: local.(*net.UnixConn), conn: conn}
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.closed {
		s.cut()
		_ = syscall.Close(fds[0])
		return -1, fault("", Cancelled, "the instance is closed")
	}
	if set.open == nil {
		set.open = make(map[*splice]struct{})
	}
	set.open[s] = struct{}{}
	set.running.Add(1)
	go set.carry(s)
	return fds[0], nil
}

// carry lives as long as the connection.
func (set *spliceSet) carry(s *splice) {
	defer set.running.Done()
	var up sync.WaitGroup
	up.Add(1)
	go func() {
		defer up.Done()
		set.guarded(s, func() {
			_, err := io.Copy(s.conn, s.local)
			half, can := s.conn.(interface{ CloseWrite() error })
			if err != nil || !can || half.CloseWrite() != nil || s.conn.SetReadDeadline(time.Now().Add(lastWords)) != nil {
				s.cut()
			}
		})
	}()
	set.guarded(s, func() {
		_, err := io.Copy(s.local, s.conn)
		if err != nil || s.local.CloseWrite() != nil {
			s.cut()
		}
	})
	up.Wait()
	s.cut()
	set.mu.Lock()
	delete(set.open, s)
	set.mu.Unlock()
}

// guarded runs code that calls into the host's net.Conn, which may panic like any other code of the host.
func (set *spliceSet) guarded(s *splice, body func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover()
		defer func() { _ = recover() }() // of a Close that panics too
		set.tell("a connection of the host panicked and was cut", slog.String("panic", fmt.Sprint(value)))
		s.cut()
	}()
	body()
	returned = true
}

// close cuts what is still open and waits for the goroutines.
func (set *spliceSet) close() {
	set.mu.Lock()
	set.closed = true
	for s := range set.open {
		s.cut()
	}
	set.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		set.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(spliceGrace):
		set.tell("a connection of the host does not end although it was closed")
	}
}
