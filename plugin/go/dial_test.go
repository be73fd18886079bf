package oktasync

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The plugin's cancel_fd, its timeout and the end of the instance all end the context of a dial.
func TestADialEndsWhenNobodyWantsIt(t *testing.T) {
	entered := make(chan struct{}, 1)
	wait := Host{Dial: func(ctx context.Context, address string) (net.Conn, error) {
		entered <- struct{}{}
		<-ctx.Done()
		return nil, fmt.Errorf("dialling %s: %w", address, context.Cause(ctx))
	}}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	cancelFD := int(read.Fd())
	dialEnds(t, "the timeout", bindingFor(t, wait), time.Millisecond, cancelFD, entered, func(*binding) {}, context.DeadlineExceeded)
	dialEnds(t, "the end of the instance", bindingFor(t, wait), 0, cancelFD, entered, (*binding).stopping, context.Canceled)
	dialEnds(t, "the plugin", bindingFor(t, wait), 0, cancelFD, entered, func(*binding) { _, _ = write.Write([]byte{1}) }, Cancelled)
}

func dialEnds(t *testing.T, name string, b *binding, timeout time.Duration, cancelFD int, entered chan struct{}, end func(*binding), code error) {
	t.Helper()
	result := make(chan error)
	go func() {
		_, _, err := b.dial("auth.example.com:3025", timeout, cancelFD)
		result <- err
	}()
	<-entered
	end(b)
	if err := <-result; !errors.Is(err, code) || !strings.Contains(err.Error(), "auth.example.com:3025") {
		t.Errorf("ended by %s it says %v", name, err)
	}
}

func TestADialThatGivesNothingIsAnError(t *testing.T) {
	b := bindingFor(t, Host{Dial: func(context.Context, string) (net.Conn, error) { return nil, nil }})
	if _, _, err := b.dial("a:1", 0, -1); !errors.Is(err, Internal) {
		t.Errorf("it says %v", err)
	}
}

// dialPipe gives the plugin's end of a carried connection and the peer's end.
func dialPipe(t *testing.T, b *binding, near *net.Conn) (*os.File, net.Conn) {
	t.Helper()
	mine, peer := net.Pipe()
	*near = mine
	fd, _, err := b.dial("a:1", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { peer.Close() })
	return os.NewFile(uintptr(fd), "dialled"), peer
}

// What is no socket is carried both ways, byte by byte, and either side's end is the other's.
func TestAConnectionIsCarriedUntilEitherSideEnds(t *testing.T) {
	var near net.Conn
	b := bindingFor(t, Host{Dial: func(context.Context, string) (net.Conn, error) { return near, nil }})
	ours, peer := dialPipe(t, b, &near)
	big := make([]byte, 1<<20)
	_, _ = rand.Read(big)
	for _, way := range []struct{ from, to io.ReadWriter }{{ours, peer}, {peer, ours}} {
		go func() { _, _ = way.from.Write(big) }()
		got := make([]byte, len(big))
		if _, err := io.ReadFull(way.to, got); err != nil || sha256.Sum256(got) != sha256.Sum256(big) {
			t.Fatalf("other bytes came: %v", err)
		}
	}
	ours.Close()
	if _, err := peer.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the plugin has closed, and the peer sees %v", err)
	}
	ours, peer = dialPipe(t, b, &near)
	go func() { _, _ = peer.Write([]byte("last words")); peer.Close() }()
	if got, err := io.ReadAll(ours); err != nil || string(got) != "last words" {
		t.Errorf("the peer has closed, and the plugin sees %q %v", got, err)
	}
	ours.Close()
	ours, _ = dialPipe(t, b, &near)
	defer ours.Close()
	b.splices.close()
	if _, err := io.ReadAll(ours); err != nil {
		t.Errorf("the instance is closed, and the plugin sees %v", err)
	}
	near, _ = net.Pipe()
	if _, _, err := b.dial("a:1", 0, -1); err == nil {
		t.Error("no connection is carried once the instance is closed")
	}
	if _, err := near.Write(nil); err != io.ErrClosedPipe {
		t.Errorf("such a connection is closed: %v", err)
	}
}

// angry panics when it is read from.
type angry struct{ net.Conn }

func (angry) Read([]byte) (int, error) { panic("do not touch me") }

func TestAConnectionThatPanicsIsCut(t *testing.T) {
	mine, peer := net.Pipe()
	defer peer.Close()
	b := bindingFor(t, Host{Dial: func(context.Context, string) (net.Conn, error) { return angry{mine}, nil }})
	fd, _, err := b.dial("a:1", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	ours := os.NewFile(uintptr(fd), "dialled")
	defer ours.Close()
	if got, err := io.ReadAll(ours); err != nil || len(got) != 0 {
		t.Errorf("the plugin sees %q %v", got, err)
	}
}

// A socket is handed over as it is: the plugin's descriptor is the connection, and Go keeps none.
func TestASocketIsHandedOver(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var given net.Conn
	b := bindingFor(t, Host{Dial: func(context.Context, string) (net.Conn, error) {
		conn, err := net.Dial("tcp", listener.Addr().String())
		given = conn
		return conn, err
	}})
	fd, _, err := b.dial("a:1", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := given.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Go still has it: %v", err)
	}
	name, err := syscall.Getpeername(fd)
	if err != nil || name.(*syscall.SockaddrInet4).Port != listener.Addr().(*net.TCPAddr).Port {
		t.Errorf("the descriptor is not the connection: %v %v", name, err)
	}
	if flags, _, _ := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0); flags&syscall.FD_CLOEXEC == 0 {
		t.Error("children of the host would inherit it")
	}
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	syscall.Close(fd)
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("it was the last descriptor, and the peer sees %v", err)
	}
	far.Close()
}

// A secured connection says so, and what the plugin reads and writes is the plaintext.
func TestASecuredConnectionIsMarked(t *testing.T) {
	mine, peer := net.Pipe()
	defer peer.Close()
	b := bindingFor(t, Host{DialSecured: func(context.Context, string) (net.Conn, error) { return mine, nil }})
	fd, secured, err := b.dial("a:1", 0, -1)
	if err != nil || !secured {
		t.Fatalf("it is not marked: %v", err)
	}
	syscall.Close(fd)
	if _, err := peer.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the plugin has closed, and the peer sees %v", err)
	}
}
