package oktasync_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"testing"

	oktasync "github.com/oktasync/oktasync/plugin/go"
	"github.com/oktasync/oktasync/plugin/go/internal/playground"
)

// securedDial does TLS towards the playground's auth service as Teleport's clients do it.
func securedDial(t *testing.T, w *playground.World) func(context.Context, string) (net.Conn, error) {
	t.Helper()
	certificate, err := tls.X509KeyPair(w.Read("identity_cert_file"), w.Read("identity_key_file"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(w.Read("identity_ca_file")) {
		t.Fatal("no CA")
	}
	dialer := tls.Dialer{Config: &tls.Config{
		Certificates: []tls.Certificate{certificate},
		RootCAs:      roots,
		ServerName:   "teleport.cluster.local",
		NextProtos:   []string{"h2"},
		MinVersion:   tls.VersionTLS12,
	}}
	return func(ctx context.Context, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", address)
	}
}

// TLS is done in Go, and what the plugin would read and write is HTTP/2 in the clear: the auth service answers
// a client's preface (RFC 9113 section 3.4) with its SETTINGS.
func TestASecuredDialGivesThePluginThePlaintext(t *testing.T) {
	nothingLeft(t)
	w := playground.Start(t, 0)
	end, secured, release, err := oktasync.Dialled(oktasync.Host{DialSecured: securedDial(t, w)}, w.Info("auth_address"))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	defer end.Close()
	if !secured {
		t.Error("it is not marked as secured")
	}
	if _, err := end.WriteString("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		t.Fatal(err)
	}
	var header [9]byte
	if _, err := io.ReadFull(end, header[:]); err != nil || header[3] != 4 {
		t.Errorf("no SETTINGS frame came, but %x: %v", header, err)
	}
}
