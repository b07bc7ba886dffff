package lists

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	peeked   = 64 << 10 // bytes looked at to tell encodings and formats
	rawShown = 4 << 10  // bytes kept of a refused row
)

// plain returns the text of a stream as UTF-8, without its byte order mark. UTF-16 is told by its mark, or by the NUL
// bytes that ASCII leaves in it. Bytes that are not UTF-8 are left for whoever reads rows to recode.
func plain(in io.Reader) *bufio.Reader {
	b := bufio.NewReaderSize(in, peeked)
	head, _ := b.Peek(512)
	switch order, marked := sixteen(head); {
	case order >= 0:
		policy := unicode.IgnoreBOM
		if marked {
			policy = unicode.UseBOM
		}
		return bufio.NewReaderSize(transform.NewReader(b, unicode.UTF16(unicode.Endianness(order == 1), policy).NewDecoder()), peeked)
	case bytes.HasPrefix(head, []byte("\ufeff")):
		b.Discard(3)
	}
	return b
}

// sixteen tells UTF-16: 0 for big endian, 1 for little endian, -1 for none.
func sixteen(head []byte) (order int, marked bool) {
	if len(head) < 4 {
		return -1, false
	}
	switch {
	case head[0] == 0xfe && head[1] == 0xff:
		return 0, true
	case head[0] == 0xff && head[1] == 0xfe:
		return 1, true
	}
	var nul [2]int
	for i, c := range head {
		if c == 0 {
			nul[i%2]++
		}
	}
	switch n := len(head) / 2; {
	case nul[0] > n*3/4 && nul[1] == 0:
		return 0, false
	case nul[1] > n*3/4 && nul[0] == 0:
		return 1, false
	}
	return -1, false
}

// utf8Of returns bytes as text, and says whether they had to be read as Windows-1252, of which Latin-1 is a part.
func utf8Of(b []byte) (string, bool) {
	if utf8.Valid(b) {
		return string(b), false
	}
	s, _ := charmap.Windows1252.NewDecoder().Bytes(b) // knows every byte
	return string(s), true
}

// shown returns the first bytes of a row, to be kept with the reason why it was refused.
func shown(b []byte) []byte { return bytes.Clone(b[:min(len(b), rawShown)]) }
