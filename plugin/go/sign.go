package oktasync

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
)

const (
	leastRSABits = 2048 // what Okta takes (RFC 7518 section 3.3)
	p256Bytes    = 32
)

// chooseAlgorithm gives what the signer's key can do, as far as Okta takes it.
func chooseAlgorithm(signer crypto.Signer, wanted SignAlgorithm) (SignAlgorithm, error) {
	bad := func(format string, args ...any) (SignAlgorithm, error) {
		return 0, fault("create", InvalidArgument, "Host.Signer "+format, args...)
	}
	if signer == nil {
		if wanted != SignAuto {
			return 0, fault("create", InvalidArgument, "SignAlgorithm is %v, but Host.Signer is nil", wanted)
		}
		return SignAuto, nil
	}
	var has SignAlgorithm
	switch key := signer.Public().(type) {
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return bad("has a key on the curve %s; ES256 needs P-256", key.Curve.Params().Name)
		}
		has = ES256
	case *rsa.PublicKey:
		if key.N.BitLen() < leastRSABits {
			return bad("has an RSA key of %d bits; RS256 needs %d or more", key.N.BitLen(), leastRSABits)
		}
		has = RS256
	default:
		return bad("has a public key of type %T; ECDSA P-256 and RSA can be used", key)
	}
	if wanted != SignAuto && wanted != has {
		return bad("has a key for %v, and SignAlgorithm is %v", has, wanted)
	}
	return has, nil
}

// sign gives the signature over `input` in the form that JOSE wants (RFC 7518 sections 3.3 and 3.4).
func (b *binding) sign(algorithm SignAlgorithm, input []byte) ([]byte, error) {
	if algorithm != b.algorithm {
		return nil, fault("", InvalidArgument, "the plugin asks for algorithm %d, the signer has %v", int32(algorithm), b.algorithm)
	}
	digest := sha256.Sum256(input)
	// A crypto.Signer takes no context, so one that hangs is left behind when the instance stops.
	signature, err := run(b, b.life, "Signer", func(context.Context) ([]byte, error) {
		return b.host.Signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	}, nil)
	if err != nil {
		return nil, err
	}
	switch key := b.host.Signer.Public().(type) {
	case *ecdsa.PublicKey:
		// Checked here, because Okta's "invalid client" would not say what is wrong.
		if !ecdsa.VerifyASN1(key, digest[:], signature) {
			return nil, wrongSignature("an ECDSA signature in DER over a SHA-256 digest")
		}
		return derToJOSE(signature)
	case *rsa.PublicKey:
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
			return nil, wrongSignature("an RSA PKCS#1 v1.5 signature over a SHA-256 digest")
		}
		return signature, nil
	default:
		return nil, fault("", Internal, "the signer's public key is now of type %T", key)
	}
}

func wrongSignature(wanted string) error {
	return fault("", Internal, "the signer's answer is not %s made with the key that it shows as its public key", wanted)
}

// derToJOSE turns the SEQUENCE of two INTEGERs into r || s, 32 bytes each.
func derToJOSE(der []byte) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &pair)
	if err != nil || len(rest) > 0 || pair.R.Sign() <= 0 || pair.S.Sign() <= 0 ||
		pair.R.BitLen() > 8*p256Bytes || pair.S.BitLen() > 8*p256Bytes {
		return nil, wrongSignature("an ECDSA signature in DER")
	}
	out := make([]byte, 2*p256Bytes)
	pair.R.FillBytes(out[:p256Bytes])
	pair.S.FillBytes(out[p256Bytes:])
	return out, nil
}
