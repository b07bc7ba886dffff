package ooni

import "bytes"

// each calls f with the members of an object (key without quotes, still escaped) or the elements
// of an array (nil key) until f returns false. b must be one valid JSON value, as the decoder has
// checked it to be; on anything else each stops early and does no harm.
func each(b []byte, f func(key, value []byte) bool) {
	if len(b) < 2 || b[0] != '{' && b[0] != '[' {
		return
	}
	object := b[0] == '{'
	i := 1
	for {
		i = space(b, i)
		if i >= len(b) || b[i] == '}' || b[i] == ']' {
			return
		}
		var key []byte
		if object {
			end := skip(b, i)
			if b[i] != '"' || end < i+2 {
				return
			}
			key = b[i+1 : end-1]
			if i = space(b, end); i >= len(b) || b[i] != ':' {
				return
			}
			i = space(b, i+1)
		}
		end := skip(b, i)
		if end <= i {
			return
		}
		if !f(key, b[i:end]) {
			return
		}
		if i = space(b, end); i >= len(b) || b[i] != ',' {
			return
		}
		i++
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skip returns the end of the value that begins at i.
func skip(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				i = skipString(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(b)
	}
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

// skipString returns the end of the string that begins at i.
func skipString(b []byte, i int) int {
	for i++; i < len(b); {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return len(b)
		}
		i += j + 1
		n := 0 // a quote after an odd number of backslashes belongs to the string
		for k := i - 2; k >= 0 && b[k] == '\\'; k-- {
			n++
		}
		if n%2 == 0 {
			return i
		}
	}
	return len(b)
}
