package auth

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"
)

func TestPingTellsTheClusterAndTheVersion(t *testing.T) {
	t.Parallel()
	p := startPlayground(t, "--cluster", "example.com", "--version", "18.2.1")
	c := p.as(t, "identity")
	pong, err := c.Ping(soon(t))
	done(t, "Ping", err)
	same(t, "ClusterName", pong.ClusterName, "example.com")
	same(t, "ServerVersion", pong.ServerVersion, "18.2.1")
	if pong.ServerFeatures == nil {
		t.Error("ServerFeatures is missing")
	}
	if pong.RemoteAddr == "" {
		t.Error("RemoteAddr is missing")
	}

	// Teleport's clients read the version from this header where they have to know what a server can do.
	var header metadata.MD
	_, err = proto.NewAuthServiceClient(c.GetConnection()).Ping(soon(t), &proto.PingRequest{}, grpc.Header(&header))
	done(t, "Ping", err)
	same(t, "header version", strings.Join(header.Get("version"), ","), "18.2.1")
}

func TestWithoutACertificateThereIsOnlyPing(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.connect(t, client.LoadTLS(p.trusting(t)), nil)
	_, err := c.Ping(soon(t))
	done(t, "Ping", err)
	_, err = c.GetUser(soon(t), "a", false)
	refused(t, "GetUser", err, accessDenied, `access denied to perform action "read" on "user"`)
}

// The way through a proxy: the first ALPN name routes to the cluster, h2 is what both sides agree on.
func TestTheProxysALPNNameIsTaken(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	file := func(name string) string { return filepath.Join(p.dir, name) }
	identity := client.LoadKeyPair(file("identity.crt"), file("identity.key"), file("host-ca.pem"))
	c := p.connect(t, identity, func(config *client.Config) { config.ALPNSNIAuthDialClusterName = "playground" })
	_, err := c.Ping(soon(t))
	done(t, "Ping", err)
}

func TestMoreThanOneClientCertificateIsCutOff(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	pair, err := tls.LoadX509KeyPair(filepath.Join(p.dir, "identity.crt"), filepath.Join(p.dir, "identity.key"))
	if err != nil {
		t.Fatal(err)
	}
	alone := p.connect(t, client.LoadTLS(p.trusting(t, pair)), nil)
	_, err = alone.Ping(soon(t))
	done(t, "Ping with one certificate", err)

	pair.Certificate = append(pair.Certificate, pair.Certificate[0])
	two := p.connect(t, client.LoadTLS(p.trusting(t, pair)), nil)
	_, err = two.Ping(soon(t))
	refused(t, "Ping with two certificates", err, noConnection, "…")
}

func TestCertificatesThatAreExpiredOrOfAnotherCADoNotGetIn(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	for _, identity := range []string{"expired", "foreign"} {
		_, err := p.as(t, identity).Ping(soon(t))
		refused(t, "Ping with the identity "+identity, err, noConnection, "…")
	}
}

func TestTheServersCertificateBelongsToItsOwnCA(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	file := func(name string) string { return filepath.Join(p.dir, name) }
	c := p.connect(t, client.LoadKeyPair(file("identity.crt"), file("identity.key"), file("foreign-ca.pem")), nil)
	_, err := c.Ping(soon(t))
	refused(t, "Ping of a client that trusts another CA", err, noConnection, "…")
	if err != nil && !strings.Contains(err.Error(), "certificate signed by unknown authority") {
		t.Errorf("the client refused for another reason: %v", err)
	}
}

func TestAnotherSystemRoleIsDeniedEveryCallButPing(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "node")
	_, err := c.Ping(soon(t))
	done(t, "Ping", err)

	denied := func(what string, err error, verb, kind string) {
		t.Helper()
		refused(t, what, err, accessDenied, text("access denied to perform action %q on %q", verb, kind))
	}
	user := oktaUser("a")
	_, err = c.CreateUser(soon(t), user)
	denied("CreateUser", err, "create", "user")
	_, err = c.GetUser(soon(t), "a", false)
	denied("GetUser", err, "read", "user")
	_, err = c.GetUsers(soon(t), false)
	denied("GetUsers", err, "list", "user")
	denied("DeleteUser", c.DeleteUser(soon(t), "a"), "delete", "user")
	_, err = c.GetLock(soon(t), "l")
	denied("GetLock", err, "read", "lock")
	_, err = c.GetLocks(soon(t), true)
	denied("GetLocks", err, "list", "lock")
	denied("DeleteLock", c.DeleteLock(soon(t), "l"), "delete", "lock")
	_, err = c.GetRole(soon(t), "access")
	denied("GetRole", err, "read", "role")
	_, err = c.AcquireSemaphore(soon(t), ask("n"))
	denied("AcquireSemaphore", err, "create", "semaphore")
	denied("EmitAuditEvent", c.EmitAuditEvent(soon(t), userSync()), "create", "event")
}

// A client more than one major version behind is told so, and its connection is closed.
func TestATooOldClientIsToldSo(t *testing.T) {
	t.Parallel()
	p := startPlayground(t, "--version", "20.0.0")
	_, err := p.as(t, "identity").Ping(soon(t))
	if err == nil || !trace.IsAccessDenied(err) && !trace.IsConnectionProblem(err) {
		t.Errorf("Ping of a client of version 18: %v, expected to be refused", err)
	}
	p.do(t, "version", map[string]any{"version": "19.0.0"})
	_, err = p.as(t, "identity").Ping(soon(t))
	done(t, "Ping of a client that is one version behind", err)
}

func TestALockOnTheCallersHostShutsItOut(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	p.do(t, "put_lock", map[string]any{"name": "out", "target": map[string]any{"server_id": p.hostID(t)}})
	_, err := c.GetRole(soon(t), "access")
	refused(t, "GetRole", err, accessDenied, "lock targeting …")
	if err != nil && !strings.Contains(err.Error(), "is in force") {
		t.Errorf("the refusal does not say that the lock is in force: %v", err)
	}
	p.do(t, "delete_lock", map[string]any{"name": "out"})
	_, err = c.GetRole(soon(t), "access")
	done(t, "GetRole when the lock is gone", err)
}

// GetUsers of proto.AuthService is declared but not served by 18.0.0. The others are served by the real one and not
// by the playground, because oktasync does not call them: a client must see that plainly.
func TestWhatIsNotServedIsNotImplemented(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	raw := proto.NewAuthServiceClient(c.GetConnection())
	users, err := raw.GetUsers(soon(t), &proto.GetUsersRequest{})
	if err == nil {
		_, err = users.Recv()
	}
	refused(t, "proto.AuthService/GetUsers", err, notImplemented, "…")
}

// Teleport's own client reads the connectors that the playground serves, and hears in its own way of one that is
// missing, which on the open-source edition is every one.
func TestConnectorsAreRead(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	all, err := c.GetSAMLConnectors(soon(t), false)
	done(t, "GetSAMLConnectors", err)
	if len(all) != 1 {
		t.Fatalf("GetSAMLConnectors gave %d connectors, expected one", len(all))
	}
	p.do(t, "put_saml_connector", map[string]any{
		"name": "sso", "labels": map[string]any{"teleport.internal/okta-app-id": "0oaapp"}, "issuer": "http://www.okta.com/exk1",
		"sso": "https://example.okta.com/app/example_teleport_1/exk1/sso/saml",
		"acs": "https://teleport.example.com/v1/webapi/saml/acs/okta",
	})
	raw := proto.NewAuthServiceClient(c.GetConnection())
	one, err := raw.GetSAMLConnector(soon(t), &types.ResourceWithSecretsRequest{Name: "sso"})
	done(t, "GetSAMLConnector", err)
	same(t, "name", one.GetName(), "sso")
	same(t, "label", one.GetMetadata().Labels["teleport.internal/okta-app-id"], "0oaapp")
	same(t, "issuer", one.Spec.Issuer, "http://www.okta.com/exk1")
	same(t, "sso", one.Spec.SSO, "https://example.okta.com/app/example_teleport_1/exk1/sso/saml")
	same(t, "acs", one.Spec.AssertionConsumerService, "https://teleport.example.com/v1/webapi/saml/acs/okta")
	_, err = raw.GetSAMLConnector(soon(t), &types.ResourceWithSecretsRequest{Name: "none"})
	refused(t, "GetSAMLConnector of a missing one", err, notFound, "SAML connector \"none\" is not configured")
}

// Whoever joins asks for it before anything else, and checks his pin with it.
func TestClusterCAIsToBeHad(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	answer, err := proto.NewAuthServiceClient(c.GetConnection()).GetClusterCACert(soon(t), &emptypb.Empty{})
	done(t, "GetClusterCACert", err)
	pem, err := os.ReadFile(filepath.Join(p.dir, "host-ca.pem"))
	done(t, "host-ca.pem", err)
	same(t, "GetClusterCACert", string(answer.TLSCA), string(pem))
}

// oktasync does not watch yet and the playground does not serve it yet. As soon as it does, the first message has to
// be INIT with the kinds that were accepted.
func TestWatchBeginsWithInitOrIsNotImplemented(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	c := p.as(t, "identity")
	watcher, err := c.NewWatcher(soon(t), types.Watch{Kinds: []types.WatchKind{{Kind: types.KindUser}, {Kind: types.KindLock}}})
	done(t, "NewWatcher", err)
	defer watcher.Close()
	select {
	case event := <-watcher.Events():
		same(t, "type of the first event", event.Type, types.OpInit)
		accepted, is := event.Resource.(types.WatchStatus)
		if !is || len(accepted.GetKinds()) != 2 {
			t.Errorf("the first event holds %+v, expected the status with two kinds", event.Resource)
		}
	case <-watcher.Done():
		refused(t, "WatchEvents", watcher.Error(), notImplemented, "…")
		t.Log("WatchEvents is not served by the playground")
	case <-time.After(20 * time.Second):
		t.Error("WatchEvents neither begins nor fails")
	}
}
