package dossier

import (
	"bytes"
	"crypto"
	_ "crypto/sha1"   // only to compare a certificate with ESSCertID, as RFC 2634 has it
	_ "crypto/sha256" // SHA-256
	_ "crypto/sha512" // SHA-384 and SHA-512
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// maxToken bounds a time-stamp token with its certificates.
const maxToken = 256 << 10

// Object identifiers of CMS (RFC 5652), TSP (RFC 3161), ESS (RFC 2634, 5035) and algorithms.
func oid(n ...int) asn1.ObjectIdentifier { return n }

func oidSignedData() asn1.ObjectIdentifier    { return oid(1, 2, 840, 113549, 1, 7, 2) }
func oidTSTInfo() asn1.ObjectIdentifier       { return oid(1, 2, 840, 113549, 1, 9, 16, 1, 4) }
func oidContentType() asn1.ObjectIdentifier   { return oid(1, 2, 840, 113549, 1, 9, 3) }
func oidMessageDigest() asn1.ObjectIdentifier { return oid(1, 2, 840, 113549, 1, 9, 4) }
func oidSigningCert() asn1.ObjectIdentifier   { return oid(1, 2, 840, 113549, 1, 9, 16, 2, 12) }
func oidSigningCert2() asn1.ObjectIdentifier  { return oid(1, 2, 840, 113549, 1, 9, 16, 2, 47) }
func oidExtKeyUsage() asn1.ObjectIdentifier   { return oid(2, 5, 29, 37) }
func oidTimeStamping() asn1.ObjectIdentifier  { return oid(1, 3, 6, 1, 5, 5, 7, 3, 8) }
func oidRSAPSS() asn1.ObjectIdentifier        { return oid(1, 2, 840, 113549, 1, 1, 10) }

// digestOf returns the hash function of an algorithm; SHA-1 and older are not accepted.
func digestOf(id asn1.ObjectIdentifier) (crypto.Hash, error) {
	switch {
	case id.Equal(oid(2, 16, 840, 1, 101, 3, 4, 2, 1)):
		return crypto.SHA256, nil
	case id.Equal(oid(2, 16, 840, 1, 101, 3, 4, 2, 2)):
		return crypto.SHA384, nil
	case id.Equal(oid(2, 16, 840, 1, 101, 3, 4, 2, 3)):
		return crypto.SHA512, nil
	}
	return 0, fmt.Errorf("digest algorithm %s is not SHA-256, SHA-384 or SHA-512", id)
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version int
	Digests []pkix.AlgorithmIdentifier `asn1:"set"`
	Content encapsulated
	Certs   asn1.RawValue `asn1:"optional,tag:0"`
	CRLs    asn1.RawValue `asn1:"optional,tag:1"`
	Signers []signerInfo  `asn1:"set"`
}

type encapsulated struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"` // of an OCTET STRING
}

type signerInfo struct {
	Version   int
	ID        asn1.RawValue // issuer and serial, or [0] key identifier
	Digest    pkix.AlgorithmIdentifier
	Signed    asn1.RawValue `asn1:"tag:0"`
	Algorithm pkix.AlgorithmIdentifier
	Signature []byte
	Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

type tstInfo struct {
	Version    int
	Policy     asn1.ObjectIdentifier
	Imprint    messageImprint
	Serial     *big.Int
	GenTime    time.Time     `asn1:"generalized"`
	Accuracy   accuracy      `asn1:"optional"`
	Ordering   bool          `asn1:"optional"`
	Nonce      *big.Int      `asn1:"optional"`
	TSA        asn1.RawValue `asn1:"optional,explicit,tag:0"`
	Extensions asn1.RawValue `asn1:"optional,tag:1"`
}

type messageImprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Hashed    []byte
}

type accuracy struct {
	Seconds int `asn1:"optional"`
	Millis  int `asn1:"optional,tag:0"`
	Micros  int `asn1:"optional,tag:1"`
}

// stamp is a time-stamp token whose own signature holds.
type stamp struct {
	at      time.Time // genTime
	within  time.Duration
	imprint messageImprint
	signer  *x509.Certificate
	others  []*x509.Certificate
}

// parseToken reads a TimeStampResp or a bare TimeStampToken and checks everything that needs no trusted root: one
// signer, its certificate among those enclosed and named by ESSCertID, a critical extended key usage of time-stamping
// and no other, the signed attributes, the signature.
func parseToken(der []byte) (*stamp, error) {
	if len(der) > maxToken {
		return nil, fmt.Errorf("read token: %d bytes, the limit is %d", len(der), maxToken)
	}
	der, err := unwrapResponse(der)
	if err != nil {
		return nil, fmt.Errorf("read token: %w", err)
	}
	var ci contentInfo
	if err := unmarshal(der, &ci); err != nil {
		return nil, fmt.Errorf("read token: %w", err)
	}
	if !ci.Type.Equal(oidSignedData()) {
		return nil, fmt.Errorf("read token: content of type %s, want signed data", ci.Type)
	}
	var sd signedData
	if err := unmarshal(ci.Content.Bytes, &sd); err != nil {
		return nil, fmt.Errorf("read token: signed data: %w", err)
	}
	if !sd.Content.Type.Equal(oidTSTInfo()) || len(sd.Signers) != 1 {
		return nil, fmt.Errorf("read token: content of type %s by %d signers, want time-stamp information by one", sd.Content.Type, len(sd.Signers))
	}
	var content []byte
	var info tstInfo
	if err := unmarshal(sd.Content.Content.Bytes, &content); err != nil {
		return nil, fmt.Errorf("read token: content: %w", err)
	}
	if err := unmarshal(content, &info); err != nil {
		return nil, fmt.Errorf("read token: time-stamp information: %w", err)
	}
	certs, err := x509.ParseCertificates(sd.Certs.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read token: certificates: %w", err)
	}
	s := &stamp{at: info.GenTime.UTC(), within: info.Accuracy.duration(), imprint: info.Imprint, others: certs}
	if info.Version != 1 || sd.Version != 3 || !constructed(sd.Certs) || !slices.ContainsFunc(sd.Digests, func(a pkix.AlgorithmIdentifier) bool { return a.Algorithm.Equal(sd.Signers[0].Digest.Algorithm) }) {
		return nil, errors.New("read token: versions or digest algorithms that a token has not")
	}
	for _, c := range certs {
		if bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil {
			return nil, fmt.Errorf("read token: the enclosed certificate of %.60q does not hold", c.Subject.CommonName)
		}
	}
	if err := s.checkSigner(&sd.Signers[0], content); err != nil {
		return nil, fmt.Errorf("check token: %w", err)
	}
	return s, nil
}

func (a accuracy) duration() time.Duration {
	return time.Duration(a.Seconds)*time.Second + time.Duration(a.Millis)*time.Millisecond + time.Duration(a.Micros)*time.Microsecond
}

// unmarshal reads DER and refuses what follows it.
func unmarshal(der []byte, v any) error {
	rest, err := asn1.Unmarshal(der, v)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes follow", len(rest))
	}
	return err
}

func constructed(v asn1.RawValue) bool { return v.IsCompound && v.Class == asn1.ClassContextSpecific }

func sequence(v asn1.RawValue) bool {
	return v.IsCompound && v.Class == asn1.ClassUniversal && v.Tag == asn1.TagSequence
}

// unwrapResponse returns the token within a response; a bare token is returned as it is.
func unwrapResponse(der []byte) ([]byte, error) {
	var outer, first asn1.RawValue
	if err := unmarshal(der, &outer); err != nil {
		return nil, err
	}
	rest, err := asn1.Unmarshal(outer.Bytes, &first)
	if err != nil {
		return nil, err
	}
	if !sequence(outer) {
		return nil, errors.New("not a sequence")
	}
	if first.Class == asn1.ClassUniversal && first.Tag == asn1.TagOID {
		return der, nil // a bare token
	}
	if !sequence(first) {
		return nil, errors.New("neither a response nor a token")
	}
	var status int
	if _, err := asn1.Unmarshal(first.Bytes, &status); err != nil {
		return nil, fmt.Errorf("status of the response: %w", err)
	}
	if status != 0 && status != 1 {
		return nil, fmt.Errorf("the authority did not grant a time-stamp: status %d", status)
	}
	if len(rest) == 0 {
		return nil, errors.New("a response without a token")
	}
	return rest, nil
}

// over says whether the token stamps exactly these bytes.
func (s *stamp) over(data []byte) error {
	digest, err := digestOf(s.imprint.Algorithm.Algorithm)
	if err != nil {
		return err
	}
	h := digest.New()
	h.Write(data)
	if !bytes.Equal(h.Sum(nil), s.imprint.Hashed) {
		return errors.New("the token stamps something else: its imprint differs")
	}
	return nil
}

// chains says whether the signer's certificate led to one of the roots at the time of the stamp.
func (s *stamp) chains(roots *x509.CertPool) error {
	if roots == nil {
		return errors.New("no roots of time-stamp authorities are trusted")
	}
	others := x509.NewCertPool()
	for _, c := range s.others {
		others.AddCert(c)
	}
	_, err := s.signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, CurrentTime: s.at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	return err
}
