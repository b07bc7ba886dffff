package match

// findLegal marks the words that are a legal form: at the end, in front as Russian and Indonesian names have it, or anywhere where it is unmistakable.
func (f *Form) findLegal(t *tables) {
	mark := func(i, n int, c string) {
		f.legal = c
		for k := i; k < i+n; k++ {
			f.tokens[k].kind, f.tokens[k].concept = kindLegal, c
		}
	}
	join := func(i, n int) string {
		s := ""
		for _, x := range f.tokens[i : i+n] {
			s += x.text
		}
		return s
	}
	for _, x := range f.tokens {
		if x.kind == kindLegal {
			f.legal = x.concept
		}
	}
	for end := len(f.tokens); end > 1; { // several stand behind one another: Co., Ltd.
		found := 0
		for n := min(5, end-1); n >= 1; n-- {
			if c, ok := t.legal[join(end-n, n)]; ok {
				mark(end-n, n, c)
				found = n
				break
			}
		}
		if found == 0 {
			break
		}
		end -= found
	}
	for i := 0; i < len(f.tokens)-1; i++ {
		for n := min(5, len(f.tokens)-1-i); n >= 1; n-- {
			s := join(i, n)
			c, ok := t.legal[s]
			if ok && f.tokens[i].kind != kindLegal && (i == 0 && n == 1 && isFrontForm(s) || len(s) > 6 || len(s) >= 3 && isPlainForm(s)) {
				mark(i, n, c)
				break
			}
		}
	}
}

func isFrontForm(s string) bool {
	switch s {
	case "ooo", "oao", "zao", "pao", "ao", "nao", "too", "fgup", "gup", "mup", "pt", "tov", "pat", "prat", "ip", "uab", "sia", "ca", "cv":
		return true
	}
	return false
}

func isPlainForm(s string) bool {
	switch s {
	case "ltd", "llc", "ltda", "gmbh", "sarl", "srl", "jsc", "pjsc", "ojsc", "cjsc", "plc", "fze", "fzco", "fzc", "sdnbhd", "pte", "pty", "pvt":
		return true
	}
	return false
}
