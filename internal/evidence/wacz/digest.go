package wacz

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// digest is a labelled digest as WARC and WACZ write them: algorithm:value, the value in hex, base32 or base64.
type digest struct {
	algorithm string
	sum       []byte
}

// newHash returns the hash of that name, nil when it is not known.
func newHash(algorithm string) hash.Hash {
	switch strings.ReplaceAll(strings.ToLower(algorithm), "-", "") {
	case "sha256":
		return sha256.New()
	case "sha1":
		return sha1.New()
	case "sha512":
		return sha512.New()
	case "sha384":
		return sha512.New384()
	case "md5":
		return md5.New()
	}
	return nil
}

// parseDigest reads a labelled digest in any of the encodings in use.
func parseDigest(s string) (digest, error) {
	algorithm, value, ok := strings.Cut(s, ":")
	h := newHash(algorithm)
	if !ok || h == nil {
		return digest{}, fmt.Errorf("%.100q names no known algorithm", s)
	}
	d := digest{algorithm: strings.ReplaceAll(strings.ToLower(algorithm), "-", "")}
	value = strings.TrimRight(value, "=")
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString,
		func(s string) ([]byte, error) {
			return base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(s))
		},
		base64.RawStdEncoding.DecodeString,
		base64.RawURLEncoding.DecodeString,
	} {
		if sum, err := decode(value); err == nil && len(sum) == h.Size() {
			d.sum = sum
			return d, nil
		}
	}
	return digest{}, fmt.Errorf("%.100q is no %s digest", s, d.algorithm)
}

// is says whether the digest is that of what h was fed with.
func (d digest) is(h hash.Hash) bool { return bytes.Equal(d.sum, h.Sum(nil)) }

// sameDigest says whether two texts are the same digest; one may lack the name of the algorithm.
func sameDigest(a, b string) bool {
	if a == b {
		return true
	}
	if !strings.Contains(a, ":") {
		algorithm, _, _ := strings.Cut(b, ":")
		a = algorithm + ":" + a
	}
	x, err := parseDigest(a)
	if err != nil {
		return false
	}
	y, err := parseDigest(b)
	return err == nil && x.algorithm == y.algorithm && bytes.Equal(x.sum, y.sum)
}

// sumText returns algorithm:<hex> of what h was fed with.
func sumText(algorithm string, h hash.Hash) string {
	return algorithm + ":" + hex.EncodeToString(h.Sum(nil))
}
