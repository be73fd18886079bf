package oktasync_test

import (
	"context"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// plain hides what a connection is, as a wrapper with a deadline or a counter of bytes would.
type plain struct{ net.Conn }

// A net.Conn that is a socket is handed over, any other is carried; both make a sync.
func TestAnyConnectionCarriesASync(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 40)
	plugin := open(t)
	forward := listenAndForward(t, w.Info("auth_address"))
	var dialer net.Dialer
	for name, dial := range map[string]func(context.Context, string) (net.Conn, error){
		"a TCP socket": func(ctx context.Context, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		},
		"a unix socket": func(ctx context.Context, _ string) (net.Conn, error) { return dialer.DialContext(ctx, "unix", forward) },
		"a wrapper": func(ctx context.Context, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, "tcp", address)
			return plain{conn}, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, user := range w.Users() {
				w.Post("/auth/delete_user", map[string]any{"name": user}, nil)
			}
			host := hosted(t, w)
			host.Dial = dial
			instance := begin(t, plugin, oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: host})
			after := w.RecordEnd()
			syncOnce(t, instance)
			if made := w.Written(after, "CreateUser"); len(made) != 40 {
				t.Errorf("%d users were created", len(made))
			}
		})
	}
}

// listenAndForward is a unix socket behind which `address` is.
func listenAndForward(t *testing.T, address string) string {
	t.Helper()
	path := t.TempDir() + "/auth.sock"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			local, err := listener.Accept()
			if err != nil {
				return
			}
			remote, err := net.Dial("tcp", address)
			if err != nil {
				local.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{local, remote}, {remote, local}} {
				go func() {
					_, _ = io.Copy(pair[0], pair[1])
					pair[0].Close()
					pair[1].Close()
				}()
			}
		}
	}()
	return path
}

// With DialSecured the plugin gets neither key nor certificate, and works all the same; also when the connection
// is cut and made anew.
func TestTheKeyForTeleportStaysInGo(t *testing.T) {
	nothingLeft(t)
	const people = 200
	w := playground.Start(t, people)
	plugin := open(t)
	host := hosted(t, w)
	dial := securedDial(t, w)
	var dials atomic.Int64
	host.Dial, host.Identity = nil, nil
	host.DialSecured = func(ctx context.Context, address string) (net.Conn, error) {
		dials.Add(1)
		return dial(ctx, address)
	}
	instance := begin(t, plugin, oktasync.Options{Config: playground.JSON(t, w.HostedConfig()), Host: host})
	w.Post("/auth/fault", map[string]any{"call": "CreateUser", "kind": "cut", "after": 50}, nil)
	syncOnce(t, instance)
	made := w.Written(0, "CreateUser")
	slices.Sort(made)
	if !slices.Equal(made, w.Assigned()) || len(made) != people {
		t.Errorf("%d users were created, %d people are assigned", len(made), len(w.Assigned()))
	}
	if dials.Load() < 2 {
		t.Errorf("the connection was cut, and dialled %d times", dials.Load())
	}

	// A stop while Teleport hangs goes through the carried connection as well.
	w.Post("/auth/fault", map[string]any{"call": "ListUsers", "kind": "hang", "times": -1}, nil)
	if _, err := instance.SyncNow(contextOf(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	w.AwaitStruck("ListUsers")
	stopsInTime(t, "ListUsers", instance)
}
