package accounts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

const (
	origin = "https://veedor.example"
	good   = "lluvia sobre el avila 9"
)

// clock is a time that the test turns.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// desk is accounts under test.
type desk struct {
	*Accounts
	t     *testing.T
	clock *clock
	dir   string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, clock: &clock{at: time.Date(2026, 11, 3, 9, 0, 10, 0, time.UTC)}, dir: t.TempDir()}
	a, err := Open(t.Context(), d.dir, Options{Observatory: "test", Origins: []string{origin, "https://other.example"}, Now: d.clock.now, Cost: Cost{Memory: 64, Time: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	d.Accounts = a
	return d
}

// someone is a person who has joined, with what they sign in with.
type someone struct {
	name, password, secret, token string
	recovery                      []string
}

func (d *desk) code(secret string) string {
	d.t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), d.clock.now())
	if err != nil {
		d.t.Fatal(err)
	}
	return code
}

// join makes an account by invitation.
func (d *desk) join(name string, role Role) *someone {
	d.t.Helper()
	link, _, err := d.Invite(d.t.Context(), Terminal, role)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.joinBy(link, name)
}

func (d *desk) joinBy(link, name string) *someone {
	d.t.Helper()
	_, secret, err := d.OpenLink(d.t.Context(), link)
	if err != nil {
		d.t.Fatal(err)
	}
	out, err := d.Join(d.t.Context(), link, Joining{Name: name, Password: good, Code: d.code(secret.Text)})
	if err != nil {
		d.t.Fatal(err)
	}
	d.clock.turn(time.Minute) // the code was used
	return &someone{name, good, secret.Text, out.Token, out.Recovery}
}

func (d *desk) viewer(token string) Viewer {
	d.t.Helper()
	v, err := d.Session(d.t.Context(), token)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

func (d *desk) attempt(p *someone) Attempt {
	return Attempt{Name: p.name, Password: p.password, Code: d.code(p.secret)}
}

func want(t *testing.T, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Errorf("%v, want %v", err, wanted)
	}
}

func tooMany(err error) bool {
	var m *TooMany
	return errors.As(err, &m)
}

func TestRoles(t *testing.T) {
	for _, a := range Actions() {
		last := false
		for _, r := range Roles() {
			if last && !Can(r, a) {
				t.Errorf("%s may not %s, and a lesser role may", r, a)
			}
			last = Can(r, a)
		}
		if !last {
			t.Errorf("nobody may %s", a)
		}
		for _, r := range []Role{"", "Administrator", "root"} {
			if Can(r, a) {
				t.Errorf("%q may %s", r, a)
			}
		}
	}
	if Can(Administrator, "anything") {
		t.Error("what is in no table is allowed")
	}
	if (Viewer{Role: Administrator}).Can(Read) {
		t.Error("a role without a person may read")
	}
}

func TestSignIn(t *testing.T) {
	d := newDesk(t)
	ana := d.join("Ana", Editor)
	ctx := t.Context()
	first := d.attempt(ana)
	token, err := d.SignIn(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	if v := d.viewer(token); v.Name != "ana" || v.Role != Editor || v.Observatory != "test" || token == ana.token {
		t.Errorf("signed in as %+v", v)
	}
	_, err = d.SignIn(ctx, first)
	want(t, err, ErrRefused) // replayed
	d.clock.turn(31 * time.Second)
	if _, err := d.SignIn(ctx, Attempt{Name: "ana", Password: good, Code: first.Code}); !errors.Is(err, ErrRefused) {
		t.Errorf("a code that still stands was taken twice: %v", err)
	}
	for name, a := range map[string]Attempt{
		"password":  {Name: "ana", Password: good + "x", Code: d.code(ana.secret)},
		"code":      {Name: "ana", Password: good, Code: "000000"},
		"no code":   {Name: "ana", Password: good},
		"recovery":  {Name: "ana", Password: good, Code: "aaaa-bbbb-cccc-dddd"},
		"name":      {Name: "bea", Password: good, Code: d.code(ana.secret)},
		"bad name":  {Name: "an a\r\nSet-Cookie: x", Password: good, Code: d.code(ana.secret)},
		"very long": {Name: "bea", Password: strings.Repeat("x", 1<<20), Code: d.code(ana.secret)},
	} {
		if _, err := d.SignIn(ctx, a); !errors.Is(err, ErrRefused) || err.Error() != ErrRefused.Error() {
			t.Errorf("%s: %q, want one message for all", name, err)
		}
		d.clock.turn(time.Hour)
	}
	// Another day, the right one; spaces and capitals do not matter.
	d.clock.turn(24 * time.Hour)
	code := d.code(ana.secret)
	if _, err := d.SignIn(ctx, Attempt{Name: " ANA ", Password: good, Code: code[:3] + " " + code[3:]}); err != nil {
		t.Error(err)
	}
	if err := d.Disable(ctx, Terminal, d.viewer(d.join("adm", Administrator).token).ID, false); err != nil {
		t.Fatal(err)
	}
	v, _ := d.Find(ctx, "ana")
	if err := d.Disable(ctx, Terminal, v.ID, true); err != nil {
		t.Fatal(err)
	}
	d.clock.turn(time.Hour)
	_, err = d.SignIn(ctx, d.attempt(ana))
	want(t, err, ErrRefused)
}

// TestUnknownNameTakesAsLong: who has an account cannot be told from how long a refusal takes.
func TestUnknownNameTakesAsLong(t *testing.T) {
	d := newDesk(t)
	d.hash.cost = Cost{Memory: 32 << 10, Time: 2}
	var err error
	if d.hash.dummy, err = d.hash.make(t.Context(), "dummy"); err != nil {
		t.Fatal(err)
	}
	ana := d.join("ana", Reader)
	took := func(a Attempt) time.Duration {
		least := time.Hour
		for range 3 {
			began := time.Now()
			if _, err := d.SignIn(t.Context(), a); !errors.Is(err, ErrRefused) {
				t.Fatal(err)
			}
			least = min(least, time.Since(began))
		}
		return least
	}
	known := took(Attempt{Name: ana.name, Password: "wrong", Code: "123456"})
	unknown := took(Attempt{Name: "nobody", Password: "wrong", Code: "123456"})
	if unknown < known/2 || known < unknown/2 {
		t.Errorf("a known name took %s, an unknown one %s", known, unknown)
	}
}

func TestBrake(t *testing.T) {
	d := newDesk(t)
	ana, bea := d.join("ana", Reader), d.join("bea", Reader)
	ctx := t.Context()
	wrong := Attempt{Name: "ana", Password: "wrong", Code: "123456"}
	tries := 0
	for range 200 {
		if _, err := d.SignIn(ctx, wrong); !tooMany(err) {
			tries++
		}
		d.clock.turn(time.Second)
	}
	if tries > 14 {
		t.Errorf("%d guesses within 200 seconds", tries)
	}
	if _, err := d.SignIn(ctx, d.attempt(ana)); !tooMany(err) {
		t.Errorf("the right password is not held up while somebody guesses: %v", err)
	}
	// Nobody is locked out for good: not who has a recovery code …
	if _, err := d.SignIn(ctx, Attempt{Name: "ana", Password: good, Code: ana.recovery[0]}); err != nil {
		t.Errorf("a recovery code was held up: %v", err)
	}
	// … nor somebody else …
	if _, err := d.SignIn(ctx, d.attempt(bea)); err != nil {
		t.Error(err)
	}
	// … nor anybody a short time after.
	for range 40 {
		_, _ = d.SignIn(ctx, wrong)
		d.clock.turn(longestLag)
	}
	d.clock.turn(longestLag + time.Second)
	if _, err := d.SignIn(ctx, d.attempt(ana)); err != nil {
		t.Errorf("still held up after the longest delay: %v", err)
	}
}

func TestBrakeAtOnce(t *testing.T) {
	d := newDesk(t)
	d.join("ana", Reader)
	var all sync.WaitGroup
	var mu sync.Mutex
	tries := 0
	for range 100 {
		all.Go(func() {
			_, err := d.SignIn(t.Context(), Attempt{Name: "ana", Password: "wrong"})
			mu.Lock()
			defer mu.Unlock()
			if !tooMany(err) {
				tries++
			}
		})
	}
	all.Wait()
	if tries > freeTries {
		t.Errorf("%d guesses at the same moment", tries)
	}
}

func TestBrakeOfSource(t *testing.T) {
	d := newDesk(t)
	tries := 0
	for i := range 60 {
		_, err := d.SignIn(t.Context(), Attempt{Name: "name" + string(rune('a'+i%26)) + string(rune('a'+i/26)), Source: "192.0.2.7"})
		if !tooMany(err) {
			tries++
		}
	}
	if tries > freeSource {
		t.Errorf("%d names tried from one source", tries)
	}
	if _, err := d.SignIn(t.Context(), Attempt{Name: "other", Source: "192.0.2.8"}); !errors.Is(err, ErrRefused) {
		t.Errorf("another source: %v", err)
	}
	if n := len(d.brake.tries); n > 70 {
		t.Errorf("%d in mind", n)
	}
	d.clock.turn(24 * time.Hour)
	if _, err := d.SignIn(t.Context(), Attempt{Name: "other", Source: "192.0.2.7"}); !errors.Is(err, ErrRefused) {
		t.Errorf("the next day: %v", err)
	}
	if n := len(d.brake.tries); n > 2 {
		t.Errorf("%d of the day before still in mind", n)
	}
}

func TestBrakeIsBounded(t *testing.T) {
	d := newDesk(t)
	for i := range maxTracked + 1000 {
		if err := d.brake.take(slowed{"name", string(rune(i)) + "x", 5}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(d.brake.tries); n > maxTracked+1 {
		t.Errorf("%d in mind, the limit is %d", n, maxTracked)
	}
}

func TestRecoveryCodeOnce(t *testing.T) {
	d := newDesk(t)
	ana := d.join("ana", Reader)
	var all sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 20 {
		all.Go(func() {
			_, err := d.SignIn(t.Context(), Attempt{Name: "ana", Password: good, Code: ana.recovery[3]})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				in++
			}
		})
	}
	all.Wait()
	if in != 1 {
		t.Errorf("one recovery code let in %d times", in)
	}
	w, err := d.Ways(t.Context(), d.viewer(ana.token))
	if err != nil || w.Codes != recoveryCodes-1 {
		t.Errorf("%d codes left, %v", w.Codes, err)
	}
	if _, err := d.SignIn(t.Context(), Attempt{Name: "ana", Password: "wrong", Code: ana.recovery[4]}); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	if _, err := d.SignIn(t.Context(), Attempt{Name: "ana", Password: good, Code: strings.ToUpper(ana.recovery[4])}); err != nil {
		t.Errorf("a wrong password used up a recovery code: %v", err)
	}
}

// TestNothingInTheClear: what would let somebody in, or say where people are, is not in the files.
func TestNothingInTheClear(t *testing.T) {
	d := newDesk(t)
	ana := d.join("ana", Reader)
	if _, err := d.SignIn(t.Context(), Attempt{Name: "typed-by-mistake", Password: "x", Source: "192.0.2.99"}); err == nil {
		t.Fatal("signed in")
	}
	link, _, err := d.Invite(t.Context(), Terminal, Reader)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(d.dir, "desk", "*"))
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		st, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %s", f, st.Mode())
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string]string{"a session's token": ana.token, "a password": good, "a recovery code": strings.ReplaceAll(ana.recovery[0], "-", ""), "a link": link, "an address": "192.0.2.99", "a typed name": "typed-by-mistake"} {
			if strings.Contains(string(b), text) {
				t.Errorf("%s has %s", f, what)
			}
		}
	}
	if st, err := os.Stat(filepath.Join(d.dir, "desk")); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v %v", st.Mode(), err)
	}
}

func TestCheckPassword(t *testing.T) {
	for password, wanted := range map[string]error{
		"short":                     ErrShort,
		"elevenchars":               ErrShort,
		"ñandúñandú1":               ErrShort, // characters, not bytes
		strings.Repeat("ab c", 400): ErrLong,
		"aaaaaaaaaaaaaaaa":          ErrCommon,
		"abcabcabcabcabc":           ErrCommon,
		"123456789012":              ErrCommon,
		"abcdefghijklmn":            ErrCommon,
		"password1234":              ErrCommon,
		"P@ssw0rd!2026":             ErrCommon,
		"Contraseña2026":            ErrCommon,
		"qwertyuiop123":             ErrCommon,
		"Venezuela2024!":            ErrCommon,
		"veedorveedor1":             ErrCommon,
		"ana.perez2026":             ErrCommon, // the name
		"bad\xffutf8 bytes":         ErrCommon,
		good:                        nil,
		"correct horse battery":     nil,
		"雨落在阿维拉山上九个清晨啊":          nil,
		"tequila sunrise mañana": nil,
	} {
		if err := CheckPassword("ana.perez", password); !errors.Is(err, wanted) {
			t.Errorf("%q: %v, want %v", password, err, wanted)
		}
	}
}

func TestFoldName(t *testing.T) {
	for in, wanted := range map[string]string{"Ana": "ana", " ＡＮＡ ": "ana", "José.M": "josé.m", "李娜": "李娜", "a": "", "": "", "a b": "", "a\u202eb": "", "<b>": "", strings.Repeat("x", 41): "", "a/b": ""} {
		if got, err := FoldName(in); got != wanted || (err == nil) != (wanted != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func TestLastAdministrator(t *testing.T) {
	d := newDesk(t)
	adm := d.viewer(d.join("adm", Administrator).token)
	want(t, d.SetRole(t.Context(), adm.ID, adm.ID, Reader), ErrLast)
	want(t, d.Disable(t.Context(), adm.ID, adm.ID, true), ErrLast)
	if v, err := d.Find(t.Context(), "adm"); err != nil || v.Role != Administrator || !v.Disabled.IsZero() {
		t.Errorf("%+v %v", v, err)
	}
	d.join("bea", Administrator)
	if err := d.SetRole(t.Context(), adm.ID, adm.ID, Reader); err != nil {
		t.Error(err)
	}
	want(t, d.SetRole(t.Context(), Terminal, "p-nobody", Reader), ErrNotFound)
}

func TestAudit(t *testing.T) {
	d := newDesk(t)
	ana := d.join("ana", Administrator)
	for range 30 {
		_, _ = d.SignIn(t.Context(), Attempt{Name: "nobody at all"})
		d.clock.turn(20 * time.Minute)
	}
	if _, err := d.SignIn(t.Context(), d.attempt(ana)); err != nil {
		t.Fatal(err)
	}
	events, total, err := d.Audit(0, 1000)
	if err != nil || total != len(events) {
		t.Fatal(total, len(events), err)
	}
	count := map[string]int{}
	for _, e := range events {
		count[e.Kind] += max(1, e.Count)
	}
	if events[0].Kind != SignedIn || count[Joined] != 1 || count[Invited] != 1 || count[Refused] != 30 {
		t.Errorf("%+v", count)
	}
	// A flood of refusals is few lines.
	before := total
	for range 5000 {
		if err := d.refused(""); err != nil {
			t.Fatal(err)
		}
	}
	if _, total, _ = d.Audit(0, 1); total > before+2 {
		t.Errorf("%d lines for refusals that came together", total-before)
	}
	page, _, err := d.Audit(1, 2)
	if err != nil || len(page) != 2 || page[0].Hash != events[1].Hash && total == before {
		t.Errorf("%v %v", page, err)
	}
	// A line taken out is seen.
	path := filepath.Join(d.dir, "desk", "audit.jsonl")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "\n")
	if err := os.WriteFile(path, []byte(rest), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), d.dir, Options{Cost: Cost{64, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := again.Audit(0, 10); err == nil {
		t.Error("a line was taken out of the audit, unseen")
	}
	if err := errors.Join(os.WriteFile(path, b, 0o600), again.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestBackup(t *testing.T) {
	d := newDesk(t)
	ana := d.join("ana", Editor)
	elsewhere := t.TempDir()
	path := filepath.Join(elsewhere, "desk", "accounts.sqlite")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(t.Context(), path); err == nil {
		t.Error("a file that is there was written over")
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", st.Mode(), err)
	}
	again, err := Open(t.Context(), elsewhere, Options{Observatory: "test", Now: d.clock.now, Cost: Cost{Memory: 64, Time: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.SignIn(t.Context(), d.attempt(ana)); err != nil {
		t.Errorf("nobody gets in by the copy: %v", err)
	}
}
