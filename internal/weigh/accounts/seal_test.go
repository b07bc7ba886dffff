package accounts

import (
	"errors"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
)

func TestSeal(t *testing.T) {
	ana, bea, other := key(t), key(t), key(t)
	to, err := ParseRecipients(strings.NewReader("# who may read sources\n\n" + ana.Recipient().String() + "  Ana\n" + bea.Recipient().String() + "\tBea López\n"))
	if err != nil || len(to) != 2 || to[1].Name != "Bea López" {
		t.Fatal(to, err)
	}
	const secret = "source: the engineer at the exchange\n"
	sealed, err := Seal([]byte(secret), to)
	if err != nil || strings.Contains(sealed, "engineer") || !strings.HasPrefix(sealed, armor.Header) {
		t.Fatal(sealed, err)
	}
	for _, k := range []*age.X25519Identity{ana, bea} {
		for _, text := range []string{sealed, "\r\n" + strings.ReplaceAll(sealed, "\n", "\r\n") + "  "} { // as a form gives it back
			if got, err := Unseal(text, strings.NewReader("# key\n"+k.String()+"\n")); string(got) != secret {
				t.Errorf("%q, %v", got, err)
			}
		}
	}
	if _, err := Unseal(sealed, strings.NewReader(other.String())); !errors.Is(err, ErrNotOurs) {
		t.Errorf("%v, want %v", err, ErrNotOurs)
	}
	lines := strings.Split(sealed, "\n")
	lines[len(lines)-3] = strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return 'A'
	}, lines[len(lines)-3])
	if _, err := Unseal(strings.Join(lines, "\n"), strings.NewReader(ana.String())); err == nil {
		t.Error("what was changed is opened")
	}
	if _, err := Seal([]byte(secret), nil); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
	if _, err := Seal(make([]byte, MaxSealed+1), to); err == nil {
		t.Error("more than the limit is sealed")
	}
}

func TestParseRecipients(t *testing.T) {
	k := key(t)
	for text, says := range map[string]string{
		k.String() + " Ana":            "secret key",
		k.Recipient().String():         "names nobody",
		"age1nonsense Ana":             "line 1",
		"ssh-ed25519 AAAA Ana":         "line 1",
		"\n# x\nage1" + k.String()[:9]: "line 3",
	} {
		if _, err := ParseRecipients(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), k.String()) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
	if list, err := Recipients(t.TempDir()); list != nil || err != nil {
		t.Error(list, err)
	}
}

func key(t testing.TB) *age.X25519Identity {
	t.Helper()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// FuzzUnseal: whatever is pasted as a sealed text, or as recipients, is opened or refused.
func FuzzUnseal(f *testing.F) {
	k := key(f)
	sealed, err := Seal([]byte("text"), []Recipient{{"Ana", k.Recipient().String()}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(sealed[:80])
	f.Add(k.Recipient().String() + " Ana\n")
	f.Fuzz(func(t *testing.T, text string) {
		if out, err := Unseal(text, strings.NewReader(k.String())); err == nil && len(out) > MaxSealed {
			t.Error("too long")
		}
		if list, err := ParseRecipients(strings.NewReader(text)); err == nil && len(list) > maxRecipients {
			t.Error("too many")
		}
	})
}
