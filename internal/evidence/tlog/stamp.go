package tlog

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

const (
	stampTimeout = 20 * time.Second // for all of one exchange
	stampBody    = 256 << 10        // bytes of an answer that are read
)

// Stamp is an authority's statement that a checkpoint was there at a time.
type Stamp struct {
	Authority string
	Size      uint64 // of the checkpoint
	At        time.Time
	Response  []byte // DER, a TimeStampResp of RFC 3161; its imprint is the SHA-256 of the checkpoint's text
}

func (l *Log) stampPath(size uint64, authority string) string {
	return filepath.Join(l.dir, "stamps", strconv.FormatUint(size, 10)+"-"+authority+".tsr")
}

// Stamp asks every authority of log.json to stamp the newest checkpoint, unless it did, and keeps what they
// give. What could not be stamped while offline is covered by the next stamp: a later checkpoint contains it.
// Failures are as for Witness.
func (l *Log) Stamp(ctx context.Context, patient bool) ([]Outcome, error) {
	conf, err := l.Config()
	if err != nil {
		return nil, err
	}
	c, err := l.newestCosigned()
	if err != nil {
		return nil, err
	}
	var out []Outcome
	for _, a := range conf.Authorities {
		out = append(out, l.try(ctx, "stamp", a.Name, c.Size, patient, func(ctx context.Context) (time.Time, bool, error) { return l.stamp(ctx, a, c) }))
		if err := ctx.Err(); err != nil {
			return out, err
		}
	}
	return out, nil
}

// stamp asks one authority.
func (l *Log) stamp(ctx context.Context, a Authority, c *Checkpoint) (time.Time, bool, error) {
	if s, err := l.readStamp(c.Size, a.Name); err == nil {
		return s.At, true, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, false, err
	}
	answer, got, err := l.ask(ctx, a, sha256.Sum256([]byte(c.Text)))
	if err != nil {
		return time.Time{}, false, err
	}
	// The checkpoint first: a stamp of something that is not here is worth nothing.
	if err := l.keep(c, nil); err != nil {
		return time.Time{}, false, err
	}
	if err := writeFile(l.stampPath(c.Size, a.Name), answer, 0o644); err != nil {
		return time.Time{}, false, fmt.Errorf("keep stamp: %w", err)
	}
	return got.Time.UTC(), false, nil
}

// Token asks an authority of log.json, by its name, to stamp any SHA-256 with the time, and returns its response
// (DER) and the certificates in it (PEM, its own first).
func (l *Log) Token(ctx context.Context, authority string, imprint [sha256.Size]byte) (response []byte, certs string, err error) {
	conf, err := l.Config()
	if err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(conf.Authorities, func(a Authority) bool { return a.Name == authority })
	if i < 0 {
		return nil, "", fmt.Errorf("log.json names no time-stamp authority %q", authority)
	}
	response, _, err = l.ask(ctx, conf.Authorities[i], imprint)
	if err != nil {
		return nil, "", fmt.Errorf("time stamp by %s: %w", authority, err)
	}
	_, signer, others, err := parseStamp(response)
	if err != nil {
		return nil, "", fmt.Errorf("time stamp by %s: %w", authority, err)
	}
	var out strings.Builder
	for _, c := range append([]*x509.Certificate{signer}, others...) {
		if c != signer && c.Equal(signer) {
			continue
		}
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return nil, "", err
		}
	}
	return response, out.String(), nil
}

// ask asks an authority to stamp an imprint, and checks what it answers.
func (l *Log) ask(ctx context.Context, a Authority, imprint [sha256.Size]byte) ([]byte, *timestamp.Timestamp, error) {
	roots, err := l.roots(a)
	if err != nil {
		return nil, nil, err
	}
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, nil, err
	}
	oid, err := parseOID(a.Policy)
	if err != nil {
		return nil, nil, err
	}
	asked := timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: imprint[:], Certificates: true, Nonce: nonce, TSAPolicyOID: oid}
	query, err := asked.Marshal()
	if err != nil {
		return nil, nil, err
	}
	answer, err := l.askAuthority(ctx, a, query)
	if err != nil {
		return nil, nil, err
	}
	got, err := checkStamp(answer, &asked, roots)
	return answer, got, err
}

func (l *Log) askAuthority(ctx context.Context, a Authority, query []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, stampTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	res, err := l.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", res.Status)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, stampBody+1))
	if err != nil {
		return nil, fmt.Errorf("read its answer: %w", err)
	}
	if len(answer) > stampBody {
		return nil, fmt.Errorf("its answer has more than %d bytes", stampBody)
	}
	return answer, nil
}

// Roots returns the certificates (PEM) that an authority's own must lead to, "" where none are configured.
func (l *Log) Roots(a Authority) (string, error) {
	if a.Roots == "" {
		return "", nil
	}
	path := a.Roots
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.data, path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read roots of %s: %w", a.Name, err)
	}
	return string(b), nil
}

// roots is Roots as a pool, nil where none are configured.
func (l *Log) roots(a Authority) (*x509.CertPool, error) {
	text, err := l.Roots(a)
	if err != nil || text == "" {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(text)) {
		return nil, fmt.Errorf("read roots of %s: %s holds no certificate in PEM", a.Name, a.Roots)
	}
	return pool, nil
}

// checkStamp says whether an answer is a stamp of what was asked, signed with a certificate made for that.
func checkStamp(answer []byte, asked *timestamp.Request, roots *x509.CertPool) (got *timestamp.Timestamp, err error) {
	got, signer, others, err := parseStamp(answer)
	if err != nil {
		return nil, err
	}
	switch {
	case got.HashAlgorithm != asked.HashAlgorithm || !bytes.Equal(got.HashedMessage, asked.HashedMessage):
		return nil, errors.New("it stamped something else")
	case got.Nonce == nil || got.Nonce.Cmp(asked.Nonce) != 0:
		return nil, errors.New("its answer is not to this request: the nonce differs")
	case asked.TSAPolicyOID != nil && !got.Policy.Equal(asked.TSAPolicyOID):
		return nil, fmt.Errorf("it stamped under policy %s, and %s was asked for", got.Policy, asked.TSAPolicyOID)
	}
	critical := slices.ContainsFunc(signer.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 37}) && e.Critical })
	if !critical || len(signer.ExtKeyUsage) != 1 || signer.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(signer.UnknownExtKeyUsage) > 0 {
		return nil, errors.New("its certificate is not one for time-stamping alone")
	}
	if got.Time.Before(signer.NotBefore) || got.Time.After(signer.NotAfter) {
		return nil, fmt.Errorf("its certificate was not valid at %s", got.Time.UTC().Format(time.RFC3339))
	}
	if roots == nil {
		return got, nil
	}
	pool := x509.NewCertPool()
	for _, c := range others {
		pool.AddCert(c)
	}
	if _, err := signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: pool, CurrentTime: got.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}}); err != nil {
		return nil, fmt.Errorf("its certificate does not lead to the configured roots: %w", err)
	}
	return got, nil
}

// parseStamp reads a response, checks its signature, and returns who signed.
func parseStamp(answer []byte) (got *timestamp.Timestamp, signer *x509.Certificate, others []*x509.Certificate, err error) {
	defer func() {
		if r := recover(); r != nil { // the readers below were not made for enemies
			err = fmt.Errorf("its answer cannot be read: %v", r)
		}
	}()
	if got, err = timestamp.ParseResponse(answer); err != nil {
		return nil, nil, nil, fmt.Errorf("its answer is no stamp: %w", err)
	}
	token, err := pkcs7.Parse(got.RawToken)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("its answer is no stamp: %w", err)
	}
	if signer = token.GetOnlySigner(); signer == nil {
		return nil, nil, nil, errors.New("its answer holds no certificate of one signer")
	}
	return got, signer, token.Certificates, nil
}

// Stamps returns every stamp there is, by size and authority.
func (l *Log) Stamps() ([]Stamp, error) {
	list, err := os.ReadDir(filepath.Join(l.dir, "stamps"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read stamps: %w", err)
	}
	var out []Stamp
	for _, f := range list {
		name, ok := strings.CutSuffix(f.Name(), ".tsr")
		number, authority, _ := strings.Cut(name, "-")
		size, err := strconv.ParseUint(number, 10, 63)
		if !ok || err != nil || !authorityName.MatchString(authority) {
			continue
		}
		s, err := l.readStamp(size, authority)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Stamp) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), cmp.Compare(a.Authority, b.Authority))
	})
	return out, nil
}

// FirstStamp returns the earliest stamp of a checkpoint that covers a leaf: the leaf is not younger than that.
// ErrNotFound where there is none yet.
func (l *Log) FirstStamp(index uint64) (Stamp, error) {
	all, err := l.Stamps()
	if err != nil {
		return Stamp{}, err
	}
	var first *Stamp
	for i := range all {
		if s := &all[i]; s.Size > index && (first == nil || s.At.Before(first.At)) {
			first = s
		}
	}
	if first == nil {
		return Stamp{}, fmt.Errorf("a stamp of leaf %d: %w", index, ErrNotFound)
	}
	return *first, nil
}

// readStamp reads a kept stamp and checks that it is of the checkpoint kept beside it.
func (l *Log) readStamp(size uint64, authority string) (Stamp, error) {
	path := l.stampPath(size, authority)
	b, err := os.ReadFile(path)
	if err != nil {
		return Stamp{}, fmt.Errorf("read stamp: %w", err)
	}
	got, _, _, err := parseStamp(b)
	if err != nil {
		return Stamp{}, fmt.Errorf("read stamp %s: %w: %w", path, ErrBroken, err)
	}
	c, err := l.CheckpointAt(size)
	if err != nil {
		return Stamp{}, fmt.Errorf("read stamp %s: %w", path, err)
	}
	if sum := sha256.Sum256([]byte(c.Text)); got.HashAlgorithm != crypto.SHA256 || !bytes.Equal(got.HashedMessage, sum[:]) {
		return Stamp{}, fmt.Errorf("read stamp %s: %w: it is of something else", path, ErrBroken)
	}
	return Stamp{Authority: authority, Size: size, At: got.Time.UTC(), Response: b}, nil
}

// parseOID reads an object identifier in dotted decimals; "" gives nil.
func parseOID(s string) (asn1.ObjectIdentifier, error) {
	if s == "" {
		return nil, nil
	}
	var out asn1.ObjectIdentifier
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || len(out) == 32 {
			return nil, fmt.Errorf("%.80q is no object identifier, such as 1.2.3.4", s)
		}
		out = append(out, n)
	}
	if len(out) < 2 {
		return nil, fmt.Errorf("%.80q is no object identifier, such as 1.2.3.4", s)
	}
	return out, nil
}
