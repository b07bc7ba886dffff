package dossier

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// checkSigner finds the signer's certificate and checks what it signed.
func (s *stamp) checkSigner(si *signerInfo, content []byte) error {
	digest, err := digestOf(si.Digest.Algorithm)
	if err != nil {
		return err
	}
	version := 1
	if si.ID.Class == asn1.ClassContextSpecific {
		version = 3 // named by key identifier
	}
	if si.Version != version || !constructed(si.Signed) {
		return errors.New("its signer is described in a way that tokens do not have")
	}
	if s.signer, err = findSigner(si.ID, s.others); err != nil {
		return err
	}
	if err := timeStampingOnly(s.signer); err != nil {
		return err
	}
	attrs, err := readAttributes(si.Signed.Bytes)
	if err != nil {
		return err
	}
	var typ asn1.ObjectIdentifier
	if err := attrs.one(oidContentType(), &typ); err != nil || !typ.Equal(oidTSTInfo()) {
		return errors.New("its signed content type is not time-stamp information")
	}
	var sum []byte
	if err := attrs.one(oidMessageDigest(), &sum); err != nil {
		return fmt.Errorf("signed digest: %w", err)
	}
	h := digest.New()
	h.Write(content)
	if !bytes.Equal(h.Sum(nil), sum) {
		return errors.New("what was signed is other time-stamp information: the digest differs")
	}
	if err := attrs.namesCertificate(s.signer); err != nil {
		return err
	}
	// The attributes are signed as a SET, and stand here under an implicit tag.
	signed := append([]byte{0x31}, si.Signed.FullBytes[1:]...)
	return checkSignature(s.signer, digest, si.Algorithm, signed, si.Signature)
}

// findSigner returns the one certificate that a signer identifier means.
func findSigner(id asn1.RawValue, certs []*x509.Certificate) (*x509.Certificate, error) {
	var found *x509.Certificate
	for _, c := range certs {
		var is struct {
			Issuer asn1.RawValue
			Serial *big.Int
		}
		switch {
		case id.Class == asn1.ClassContextSpecific && id.Tag == 0:
			if len(c.SubjectKeyId) == 0 || !bytes.Equal(c.SubjectKeyId, id.Bytes) {
				continue
			}
		case id.Class == asn1.ClassUniversal && unmarshal(id.FullBytes, &is) == nil:
			if is.Serial.Cmp(c.SerialNumber) != 0 || !bytes.Equal(is.Issuer.FullBytes, c.RawIssuer) {
				continue
			}
		default:
			return nil, errors.New("its signer identifier cannot be read")
		}
		if found != nil && !found.Equal(c) {
			return nil, errors.New("two certificates fit its signer identifier")
		}
		found = c
	}
	if found == nil {
		return nil, errors.New("the signer's certificate is not enclosed")
	}
	return found, nil
}

// timeStampingOnly checks RFC 3161, 2.3: the extended key usage is critical, and it is time-stamping and nothing else.
func timeStampingOnly(c *x509.Certificate) error {
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidExtKeyUsage()) {
			continue
		}
		var usages []asn1.ObjectIdentifier
		if err := unmarshal(e.Value, &usages); err != nil {
			return fmt.Errorf("extended key usage: %w", err)
		}
		if !e.Critical || len(usages) != 1 || !usages[0].Equal(oidTimeStamping()) {
			return errors.New("the signer's certificate is not one for time-stamping and nothing else, marked critical")
		}
		return nil
	}
	return errors.New("the signer's certificate has no extended key usage: it is not one for time-stamping")
}

type attributes []attribute

func readAttributes(der []byte) (attributes, error) {
	var out attributes
	for len(der) > 0 {
		var a attribute
		rest, err := asn1.Unmarshal(der, &a)
		if err != nil {
			return nil, fmt.Errorf("signed attributes: %w", err)
		}
		for i := range out {
			if out[i].Type.Equal(a.Type) {
				return nil, fmt.Errorf("signed attributes: %s stands there twice", a.Type)
			}
		}
		out, der = append(out, a), rest
	}
	return out, nil
}

// one reads the single value of an attribute.
func (a attributes) one(id asn1.ObjectIdentifier, v any) error {
	for i := range a {
		if a[i].Type.Equal(id) {
			return unmarshal(a[i].Values.Bytes, v)
		}
	}
	return fmt.Errorf("attribute %s is missing", id)
}

// namesCertificate checks that the signing-certificate attribute, of either version, names the certificate first.
func (a attributes) namesCertificate(c *x509.Certificate) error {
	var v2 struct {
		Certs []struct {
			Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
			Hash      []byte
			Issuer    asn1.RawValue `asn1:"optional"`
		}
		Policies asn1.RawValue `asn1:"optional"`
	}
	if err := a.one(oidSigningCert2(), &v2); err == nil && len(v2.Certs) > 0 {
		digest := crypto.SHA256
		if id := v2.Certs[0].Algorithm.Algorithm; len(id) > 0 {
			if digest, err = digestOf(id); err != nil {
				return err
			}
		}
		return sameCertificate(c, digest, v2.Certs[0].Hash)
	}
	var v1 struct {
		Certs []struct {
			Hash   []byte
			Issuer asn1.RawValue `asn1:"optional"`
		}
		Policies asn1.RawValue `asn1:"optional"`
	}
	if err := a.one(oidSigningCert(), &v1); err == nil && len(v1.Certs) > 0 {
		return sameCertificate(c, crypto.SHA1, v1.Certs[0].Hash)
	}
	return errors.New("no signing-certificate attribute names the signer's certificate")
}

func sameCertificate(c *x509.Certificate, digest crypto.Hash, want []byte) error {
	h := digest.New()
	h.Write(c.Raw)
	if !bytes.Equal(h.Sum(nil), want) {
		return errors.New("the signing-certificate attribute names another certificate")
	}
	return nil
}

// checkSignature checks a CMS signature with the digest that the signer named.
func checkSignature(c *x509.Certificate, digest crypto.Hash, alg pkix.AlgorithmIdentifier, signed, sig []byte) error {
	h := digest.New()
	h.Write(signed)
	sum := h.Sum(nil)
	ok := false
	if !fits(alg.Algorithm, digest) {
		return fmt.Errorf("signature algorithm %s does not go with the digest", alg.Algorithm)
	}
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < 2048 {
			return fmt.Errorf("the signer's RSA key has %d bits, want 2048 or more", key.N.BitLen())
		}
		if alg.Algorithm.Equal(oidRSAPSS()) {
			ok = rsa.VerifyPSS(key, digest, sum, sig, nil) == nil
		} else {
			ok = rsa.VerifyPKCS1v15(key, digest, sum, sig) == nil
		}
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(key, sum, sig)
	case ed25519.PublicKey:
		ok = ed25519.Verify(key, signed, sig)
	default:
		return fmt.Errorf("the signer's key is of a kind this program does not know: %T", key)
	}
	if !ok {
		return errors.New("the authority's signature does not hold")
	}
	return nil
}

// fits says whether a signature algorithm is one for the digest.
func fits(alg asn1.ObjectIdentifier, digest crypto.Hash) bool {
	n := map[crypto.Hash]int{crypto.SHA256: 0, crypto.SHA384: 1, crypto.SHA512: 2}[digest]
	for _, known := range []asn1.ObjectIdentifier{
		oid(1, 2, 840, 113549, 1, 1, 1), oid(1, 2, 840, 113549, 1, 1, 11+n), oidRSAPSS(), // RSA
		oid(1, 2, 840, 10045, 2, 1), oid(1, 2, 840, 10045, 4, 3, 2+n), oid(1, 3, 101, 112), // ECDSA, Ed25519
	} {
		if alg.Equal(known) {
			return true
		}
	}
	return false
}
