package fault

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// stamp makes an RFC 3161 response over a message: a TSTInfo in CMS SignedData (RFC 5652) by the anchor's key. It is
// written here so that its times are those that a fault wants.
func (a *anchor) stamp(message []byte, at time.Time) ([]byte, error) {
	var (
		sha256OID = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
		tstInfo   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
		hashed    = pkix.AlgorithmIdentifier{Algorithm: sha256OID}
	)
	imprint := sha256.Sum256(message)
	d := &der{}
	info := d.marshal(struct {
		Version int
		Policy  asn1.ObjectIdentifier
		Imprint struct {
			Algorithm pkix.AlgorithmIdentifier
			Hash      []byte
		}
		Serial *big.Int
		At     time.Time `asn1:"generalized"`
	}{1, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, struct {
		Algorithm pkix.AlgorithmIdentifier
		Hash      []byte
	}{hashed, imprint[:]}, big.NewInt(at.UnixNano()), at.UTC().Truncate(time.Second)})

	infoSum, certSum := sha256.Sum256(info), sha256.Sum256(a.cert.Raw)
	attribute := func(oid asn1.ObjectIdentifier, value []byte) []byte {
		return d.sequence(d.marshal(oid), d.wrap(asn1.ClassUniversal, asn1.TagSet, value))
	}
	attributes := [][]byte{
		attribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}, d.marshal(tstInfo)),                                                // content type
		attribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}, d.marshal(infoSum[:])),                                             // message digest
		attribute(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}, d.sequence(d.sequence(d.sequence(d.marshal(certSum[:]))))), // signing certificate, version 2
	}
	slices.SortFunc(attributes, bytes.Compare)
	signed := bytes.Join(attributes, nil)
	sum := sha256.Sum256(d.wrap(asn1.ClassUniversal, asn1.TagSet, signed))
	signature, err := a.key.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("stamp: %w", err)
	}
	signer := d.sequence(
		d.marshal(1),
		d.sequence(a.cert.RawIssuer, d.marshal(a.cert.SerialNumber)),
		d.marshal(hashed),
		d.wrap(asn1.ClassContextSpecific, 0, signed),
		d.marshal(pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}), // ECDSA with SHA-256
		d.marshal(signature),
	)
	data := d.sequence(
		d.marshal(3),
		d.wrap(asn1.ClassUniversal, asn1.TagSet, d.marshal(hashed)),
		d.sequence(d.marshal(tstInfo), d.wrap(asn1.ClassContextSpecific, 0, d.marshal(info))),
		d.wrap(asn1.ClassContextSpecific, 0, a.cert.Raw),
		d.wrap(asn1.ClassUniversal, asn1.TagSet, signer),
	)
	content := d.sequence(d.marshal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}), d.wrap(asn1.ClassContextSpecific, 0, data))
	return d.sequence(d.sequence(d.marshal(0)), content), d.err // granted
}

// der writes DER and keeps the first error.
type der struct{ err error }

func (d *der) marshal(v any) []byte {
	b, err := asn1.Marshal(v)
	d.err = firstError(d.err, err)
	return b
}

func (d *der) wrap(class, tag int, content ...[]byte) []byte {
	return d.marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: bytes.Join(content, nil)})
}

func (d *der) sequence(content ...[]byte) []byte {
	return d.wrap(asn1.ClassUniversal, asn1.TagSequence, content...)
}
