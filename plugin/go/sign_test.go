package oktasync

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"
)

// A P-256 signature is 64 bytes that verify, whatever the length of the numbers in DER.
func TestSignsES256InJOSEForm(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := bindingFor(t, Host{Signer: key})
	short := 0
	for i := 0; i < 600 || short == 0; i++ { // one in 128 has a number of less than 32 bytes
		input := []byte(fmt.Sprint("header.payload", i))
		signature, err := b.sign(ES256, input)
		if err != nil {
			t.Fatal(err)
		}
		if len(signature) != 64 {
			t.Fatalf("it has %d bytes", len(signature))
		}
		if signature[0] == 0 || signature[32] == 0 {
			short++
		}
		digest := sha256.Sum256(input)
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		if !ecdsa.Verify(&key.PublicKey, digest[:], r, s) {
			t.Fatal("it does not verify")
		}
	}
}

// fixed is a signer whose answer does not fit its key.
type fixed struct {
	public crypto.PublicKey
	answer func(digest []byte) ([]byte, error)
}

func (f fixed) Public() crypto.PublicKey { return f.public }

func (f fixed) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return f.answer(digest)
}

func TestASignatureThatDoesNotFitItsKeyIsSaidSo(t *testing.T) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	for name, signer := range map[string]fixed{
		"already in JOSE's form": {ec.Public(), func(digest []byte) ([]byte, error) {
			r, s, err := ecdsa.Sign(rand.Reader, ec, digest)
			out := make([]byte, 64)
			r.FillBytes(out[:32])
			s.FillBytes(out[32:])
			return out, err
		}},
		"PSS": {rsaKey.Public(), func(digest []byte) ([]byte, error) {
			return rsa.SignPSS(rand.Reader, rsaKey, crypto.SHA256, digest, nil)
		}},
		"nothing": {ec.Public(), func([]byte) ([]byte, error) { return nil, nil }},
	} {
		b := bindingFor(t, Host{Signer: signer})
		if _, err := b.sign(b.algorithm, []byte("input")); err == nil || !strings.Contains(err.Error(), "the signer's answer is not") {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := bindingFor(t, Host{Signer: ec})
	if _, err := b.sign(RS256, nil); err == nil {
		t.Error("another algorithm than the key's is refused")
	}
}

func TestKeysThatOktaTakes(t *testing.T) {
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	small := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}
	for name, c := range map[string]struct {
		signer crypto.Signer
		wanted SignAlgorithm
		words  string
	}{
		"P-384":                  {p384, SignAuto, "P-256"},
		"Ed25519":                {ed, SignAuto, "ECDSA P-256 and RSA"},
		"RSA of 1024 bits":       {fixed{public: small}, SignAuto, "2048"},
		"nobody signs":           {nil, ES256, "Host.Signer is nil"},
		"another than asked for": {fixed{public: &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}}, ES256, "SignAlgorithm is ES256"},
	} {
		if _, err := chooseAlgorithm(c.signer, c.wanted); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
