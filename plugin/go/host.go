package oktasync

import (
	"context"
	"crypto"
	"encoding/json"
	"log/slog"
	"net"
	"time"
)

// Host is what a program gives to an instance. Everything is optional: without Identity the configuration
// names the files of one (teleport.identity), without Signer the file of a key (okta.private_key_file),
// without Dial the plugin connects itself.
//
// The functions are called from several goroutines at once. Their contexts carry the values of the context
// that was given to [Plugin.Create], and end when the instance is stopped. What they return as error is told
// in the report of the run that needed the answer: say what an admin can do, and no secret.
type Host struct {
	// Log takes the plugin's lines; nil means slog.Default(). The attribute "target" names the part of the
	// plugin that speaks, the fields of a line follow as attributes. One line at a time; a slow handler slows
	// nothing else, and makes lines drop (the number is logged). It must return: Stop waits for it.
	Log *slog.Logger

	// Identity gives what the program is towards Teleport. It is called when an instance is made and for
	// each connection; call [Instance.IdentityChanged] when there is a new one.
	Identity func(ctx context.Context) (Identity, error)

	// Dial connects to the auth server at `address` (host:port, from the configuration). The plugin runs TLS
	// over what it gets. A *net.TCPConn or a stream *net.UnixConn is handed over as it is, any other net.Conn
	// through a pair of sockets and two goroutines. The connection belongs to the plugin then.
	Dial func(ctx context.Context, address string) (net.Conn, error)

	// DialSecured connects and does TLS too, so that the key never leaves Go and Identity is not needed: with
	// crypto/tls, the client certificate alone and no chain, the server proved as "teleport.cluster.local" by
	// the cluster's host CA, ALPN "h2". What the net.Conn reads and writes is what is inside. It needs a plugin
	// with [CapDialSecured] and excludes Dial.
	DialSecured func(ctx context.Context, address string) (net.Conn, error)

	// Signer signs towards Okta with the private key of the API Services app, for a key that lives in a KMS
	// or in the program: ECDSA P-256 (ES256) or RSA of 2048 bits or more (RS256). ECDSA signatures are DER,
	// as crypto.Signer gives them; they are turned into JOSE's form here. okta.key_id names the key.
	Signer crypto.Signer

	// AuditEvent is told of the audit event of each finished sync: its type ("okta.user.sync") and the event
	// in the field names of Teleport's audit log. The plugin sends the same event to the auth server; a host
	// that stores it here stores it a second time, in its own log. The next run waits for the return. An
	// error is logged and counted, and fails no run. When the instance is stopped the context of an event
	// that is being stored ends a second later.
	AuditEvent func(ctx context.Context, kind string, event json.RawMessage) error

	// Clock is for tests; nil means the system's.
	Clock Clock
}

// Identity is a certificate of the cluster's host CA with the system role Okta, in PEM.
type Identity struct {
	KeyPEM []byte // the private key, not encrypted
	// CertPEM holds exactly one certificate: Teleport hangs up on a client that sends a chain.
	CertPEM []byte
	CAPEM   []byte // the cluster's host CA certificates, one or more
	// Generation is another number whenever the identity is another one.
	Generation uint64
}

// Clock tells the time.
type Clock interface {
	Now() time.Time
	// SinceBoot also counts while the machine is suspended (CLOCK_BOOTTIME).
	SinceBoot() time.Duration
}

// SignAlgorithm is an algorithm of RFC 7518.
type SignAlgorithm int32

const (
	// SignAuto takes the algorithm from the Signer's public key.
	SignAuto SignAlgorithm = 0
	// ES256 is ECDSA with P-256 and SHA-256.
	ES256 SignAlgorithm = 1
	// RS256 is RSA PKCS#1 v1.5 with SHA-256.
	RS256 SignAlgorithm = 2
)

// String gives the name that RFC 7518 gives.
func (a SignAlgorithm) String() string {
	switch a {
	case ES256:
		return "ES256"
	case RS256:
		return "RS256"
	default:
		return "auto"
	}
}

// Options say what instance [Plugin.Create] makes.
type Options struct {
	// Config is the JSON document; [Plugin.ValidateConfig] checks it. It is copied.
	Config []byte
	Host   Host
	// SignAlgorithm may say which algorithm the Signer must have; SignAuto takes what it has.
	SignAlgorithm SignAlgorithm
	// OnRequest: no runs but those that SyncNow and Plan ask for.
	OnRequest bool
}
