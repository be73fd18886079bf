package oktasync

// #include "bridge.h"
import "C"

import (
	"context"
	"net"
	"syscall"
	"time"
)

var errNotWanted = fault("", Cancelled, "the plugin no longer wants the connection")

// dial connects through the host and gives a descriptor that is the plugin's from then on.
func (b *binding) dial(address string, timeout time.Duration, cancelFD int) (fd int, secured bool, err error) {
	ctx, cancel := context.WithCancelCause(b.life)
	defer cancel(nil)
	if timeout > 0 {
		var end context.CancelFunc
		ctx, end = context.WithTimeout(ctx, timeout)
		defer end()
	}
	unwatch, err := watch(cancelFD, func() { cancel(errNotWanted) })
	if err != nil {
		return -1, false, err
	}
	defer unwatch()

	dial, secured := b.host.Dial, false
	if b.host.DialSecured != nil {
		dial, secured = b.host.DialSecured, true
	}
	conn, err := run(b, ctx, "Dial", func(ctx context.Context) (net.Conn, error) { return dial(ctx, address) },
		func(late net.Conn) {
			if late != nil {
				_ = late.Close()
			}
		})
	if err != nil {
		return -1, false, err
	}
	if conn == nil {
		return -1, false, fault("", Internal, "it gave neither a connection nor an error")
	}
	if !secured {
		if raw, ok := handOver(conn); ok {
			return raw, false, nil
		}
	}
	fd, err = b.splices.add(conn)
	return fd, secured, err
}

// watch calls `cancelled` when the plugin makes its descriptor readable. The function that it returns ends
// the watch and waits for its end: the descriptor is borrowed for the time of the callback only.
func watch(cancelFD int, cancelled func()) (func(), error) {
	if cancelFD < 0 {
		return func() {}, nil
	}
	waker := C.okty_waker()
	if waker < 0 {
		return nil, fault("", ResourceExhausted, "no file descriptor is left; raise the limit on open files (ulimit -n, LimitNOFILE)")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if C.okty_wait_cancel(C.int(cancelFD), waker) == 1 {
			cancelled()
		}
	}()
	return func() {
		C.okty_wake(waker)
		<-done
		_ = syscall.Close(int(waker))
	}, nil
}

// handOver gives a second descriptor of the connection's socket and closes the first, which Go's poller
// knows. Only for what is a socket and nothing else: another net.Conn may have read ahead or encrypt.
func handOver(conn net.Conn) (int, bool) {
	switch conn := conn.(type) {
	case *net.TCPConn:
		return duplicate(conn, conn)
	case *net.UnixConn:
		if conn.LocalAddr().Network() == "unix" { // and not unixgram or unixpacket
			return duplicate(conn, conn)
		}
	}
	return -1, false
}

func duplicate(conn net.Conn, from syscall.Conn) (int, bool) {
	raw, err := from.SyscallConn()
	if err != nil {
		return -1, false
	}
	fd := -1
	err = raw.Control(func(socket uintptr) {
		if copied, _, errno := syscall.Syscall(syscall.SYS_FCNTL, socket, syscall.F_DUPFD_CLOEXEC, 0); errno == 0 {
			fd = int(copied)
		}
	})
	if err != nil || fd < 0 {
		return -1, false
	}
	_ = conn.Close() // of this descriptor alone: the connection lives on in the copy
	return fd, true
}
