package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/types"
	"golang.org/x/crypto/ssh"
)

// keys are the two forms of a new public key that a certificate is asked for with.
func keys(t *testing.T) (tlsKey, sshKey []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	done(t, "key", err)
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	done(t, "public key", err)
	public, err := ssh.NewPublicKey(private.Public())
	done(t, "SSH key", err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), ssh.MarshalAuthorizedKey(public)
}

// issued asserts whose certificate it is.
func issued(t *testing.T, what string, certs *proto.Certs, name string) {
	t.Helper()
	block, _ := pem.Decode(certs.TLS)
	if block == nil {
		t.Fatalf("%s: no certificate", what)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	done(t, what, err)
	same(t, what+", common name", certificate.Subject.CommonName, name)
	same(t, what+", role", certificate.Subject.Organization[0], "Okta")
	same(t, what+", CAs", len(certs.TLSCACerts), 1)
}

func TestJoiningWithAToken(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	join := proto.NewJoinServiceClient(p.as(t, "identity").GetConnection())
	tlsKey, sshKey := keys(t)
	request := &types.RegisterUsingTokenRequest{
		HostID: "0b6e", NodeName: "oktasync", Role: types.RoleOkta, PublicTLSKey: tlsKey, PublicSSHKey: sshKey,
	}
	_, err := join.RegisterUsingToken(soon(t), request)
	refused(t, "without a token", err, accessDenied,
		`"oktasync" can not join the cluster with role "Okta", token expired or not found`)
	request.Token = p.do(t, "put_token", map[string]any{"roles": []string{"Node"}})["token"].(string)
	_, err = join.RegisterUsingToken(soon(t), request)
	refused(t, "a node's token", err, badParameter, `…the token does not allow "Okta" role`)
	request.Token = p.do(t, "put_token", map[string]any{})["token"].(string)
	certs, err := join.RegisterUsingToken(soon(t), request)
	done(t, "RegisterUsingToken", err)
	issued(t, "RegisterUsingToken", certs, "0b6e.playground")
}

func TestHostCertificatesAreReissuedForTheSameHostAlone(t *testing.T) {
	t.Parallel()
	p := startPlayground(t)
	raw := proto.NewAuthServiceClient(p.as(t, "identity").GetConnection())
	tlsKey, sshKey := keys(t)
	request := &proto.HostCertsRequest{
		HostID: p.hostID(t), Role: types.RoleOkta, PublicTLSKey: tlsKey, PublicSSHKey: sshKey,
	}
	certs, err := raw.GenerateHostCerts(soon(t), request)
	done(t, "GenerateHostCerts", err)
	issued(t, "GenerateHostCerts", certs, p.callerName(t, "identity"))
	request.HostID = "another"
	_, err = raw.GenerateHostCerts(soon(t), request)
	refused(t, "another host", err, accessDenied, `username mismatch "…" and "another.playground"`)
}
