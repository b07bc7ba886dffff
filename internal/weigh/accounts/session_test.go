package accounts

import (
	"strings"
	"sync"
	"testing"
	"time"
)

func TestSessionEnds(t *testing.T) {
	d := newDesk(t)
	ana := d.join("ana", Reader)
	ctx := t.Context()
	for range 11 { // used each hour, it lasts
		d.clock.turn(58 * time.Minute)
		d.viewer(ana.token)
	}
	d.clock.turn(70 * time.Minute)
	_, err := d.Session(ctx, ana.token)
	want(t, err, ErrNoSession) // idle
	token, err := d.SignIn(ctx, d.attempt(ana))
	if err != nil {
		t.Fatal(err)
	}
	for range 12 * 4 {
		d.clock.turn(15*time.Minute - time.Second)
		_, err = d.Session(ctx, token)
	}
	if err != nil {
		t.Errorf("ended before its time: %v", err)
	}
	d.clock.turn(time.Minute)
	_, err = d.Session(ctx, token)
	want(t, err, ErrNoSession) // however it is used
	for _, bad := range []string{"", "x", strings.Repeat("x", 1<<20), "' OR 1=1 --"} {
		_, err = d.Session(ctx, bad)
		want(t, err, ErrNoSession)
	}
}

// TestFixation: a token that somebody knew before a change of what it may do is worth nothing after.
func TestFixation(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	ana, adm := d.join("ana", Researcher), d.join("adm", Administrator)
	dead := func(what, token string) {
		t.Helper()
		if _, err := d.Session(ctx, token); err == nil {
			t.Errorf("after %s the old token still works", what)
		}
	}
	planted, err := d.NewToken()
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.SignIn(ctx, d.attempt(ana))
	if err != nil || second == planted {
		t.Fatal(err)
	}
	dead("signing in", planted)

	d.clock.turn(time.Minute)
	confirmed, err := d.Confirm(ctx, d.viewer(ana.token), d.code(ana.secret))
	if err != nil {
		t.Fatal(err)
	}
	dead("confirming", ana.token)
	d.viewer(second) // the other session is as it was

	changed, err := d.SetPassword(ctx, d.viewer(confirmed), "otra lluvia, otro monte")
	if err != nil {
		t.Fatal(err)
	}
	dead("changing the password", confirmed)
	dead("changing the password elsewhere", second)

	v := d.viewer(changed)
	if err := d.SetRole(ctx, d.viewer(adm.token).ID, v.ID, Editor); err != nil {
		t.Fatal(err)
	}
	dead("another role", changed)
	ana.password = "otra lluvia, otro monte"
	d.clock.turn(time.Minute)
	token, err := d.SignIn(ctx, d.attempt(ana))
	if err != nil || d.viewer(token).Role != Editor {
		t.Fatal(err)
	}
	if err := d.Disable(ctx, Terminal, v.ID, true); err != nil {
		t.Fatal(err)
	}
	dead("disabling", token)
	if err := d.Disable(ctx, Terminal, v.ID, false); err != nil {
		t.Fatal(err)
	}
	dead("enabling", token)
	d.clock.turn(time.Minute)
	if token, err = d.SignIn(ctx, d.attempt(ana)); err != nil {
		t.Fatal(err)
	}
	if err := d.SignOut(ctx, d.viewer(token)); err != nil {
		t.Fatal(err)
	}
	dead("signing out", token)
}

func TestOwnSessions(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	ana, bea := d.join("ana", Reader), d.join("bea", Administrator)
	other, err := d.SignIn(ctx, d.attempt(ana))
	if err != nil {
		t.Fatal(err)
	}
	v := d.viewer(ana.token)
	list, err := d.Sessions(ctx, v)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	here := 0
	for _, s := range list {
		if s.Here {
			here++
		}
	}
	if here != 1 {
		t.Errorf("%d sessions are this one", here)
	}
	// Nobody ends somebody else's, not even an administrator by this way.
	if err := d.End(ctx, d.viewer(bea.token), d.viewer(other).Session); err != nil {
		t.Fatal(err)
	}
	d.viewer(other)
	if err := d.End(ctx, v, d.viewer(other).Session); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Session(ctx, other); err == nil {
		t.Error("the session was not ended")
	}
	d.clock.turn(time.Minute)
	if other, err = d.SignIn(ctx, d.attempt(ana)); err != nil {
		t.Fatal(err)
	}
	if err := d.EndOthers(ctx, v); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Session(ctx, other); err == nil {
		t.Error("the other session was not ended")
	}
	d.viewer(ana.token)
}

func TestConfirm(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	ana := d.join("ana", Reader)
	v := d.viewer(ana.token)
	if !d.Fresh(v) {
		t.Error("who just joined must confirm again")
	}
	d.clock.turn(FreshFor)
	if d.Fresh(v) {
		t.Error("it is fresh for ever")
	}
	_, err := d.Confirm(ctx, v, "123456")
	want(t, err, ErrCode)
	code := d.code(ana.secret)
	token, err := d.Confirm(ctx, v, code)
	if err != nil || !d.Fresh(d.viewer(token)) {
		t.Fatal(err)
	}
	_, err = d.Confirm(ctx, d.viewer(token), code)
	want(t, err, ErrCode) // replayed
	for range 10 {
		_, err = d.Confirm(ctx, d.viewer(token), "123456")
	}
	if !tooMany(err) {
		t.Errorf("codes may be guessed in a session: %v", err)
	}
}

func TestNote(t *testing.T) {
	d := newDesk(t)
	v := d.viewer(d.join("ana", Reader).token)
	if err := d.Leave(t.Context(), v, "done"); err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{"done", ""} {
		if got, err := d.Note(t.Context(), v); got != wanted || err != nil {
			t.Errorf("%q, want %q; %v", got, wanted, err)
		}
	}
}

func TestFormToken(t *testing.T) {
	d := newDesk(t)
	one, _ := d.NewToken()
	two, _ := d.NewToken()
	if !d.CheckForm(one, d.FormToken(one)) {
		t.Error("our own form is refused")
	}
	if d.CheckForm(one, d.FormToken(two)) || d.CheckForm("", d.FormToken("")) || d.CheckForm(one, "") {
		t.Error("a form of another browser is taken")
	}
}

func TestSetFactor(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	ana := d.join("ana", Reader)
	v := d.viewer(ana.token)
	s, err := d.ProposeFactor(ctx, v)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.Link, "otpauth://totp/Veedor:ana?") || s.Side < 21 || !strings.HasPrefix(s.Path, "M") {
		t.Errorf("%+v", s)
	}
	if _, _, err = d.SetFactor(ctx, v, d.code(ana.secret)); err == nil {
		t.Error("a code of the old app was taken")
	}
	token, codes, err := d.SetFactor(ctx, v, d.code(s.Text))
	if err != nil || len(codes) != recoveryCodes {
		t.Fatal(err)
	}
	d.clock.turn(time.Minute)
	_, err = d.SignIn(ctx, d.attempt(ana))
	want(t, err, ErrRefused)
	_, err = d.SignIn(ctx, Attempt{Name: "ana", Password: good, Code: ana.recovery[0]})
	want(t, err, ErrRefused) // replaced
	if _, err = d.SignIn(ctx, Attempt{Name: "ana", Password: good, Code: codes[0]}); err != nil {
		t.Error(err)
	}
	if again, err := d.ProposeFactor(ctx, d.viewer(token)); err != nil || again.Text == s.Text {
		t.Errorf("the same secret is proposed twice: %v", err)
	}
}

func TestLinks(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	old, _, err := d.First(ctx)
	if err != nil || old == "" {
		t.Fatal(err)
	}
	first, expires, err := d.First(ctx)
	if err != nil || expires.Sub(d.clock.now()) != firstFor {
		t.Fatal(err)
	}
	_, _, err = d.OpenLink(ctx, old)
	want(t, err, ErrLink) // replaced
	for range 3 {
		if l, _, err := d.OpenLink(ctx, first); err != nil || l.Role != Administrator || l.Name != "" {
			t.Fatalf("opening it used it up: %+v %v", l, err)
		}
	}
	_, secret, _ := d.OpenLink(ctx, first)
	for wanted, j := range map[error]Joining{
		ErrName:  {Name: "<script>", Password: good, Code: d.code(secret.Text)},
		ErrShort: {Name: "adm", Password: "short", Code: d.code(secret.Text)},
		ErrCode:  {Name: "adm", Password: good, Code: "123456"},
	} {
		_, err := d.Join(ctx, first, j)
		want(t, err, wanted)
	}
	adm := d.joinBy(first, "adm")
	if d.viewer(adm.token).Role != Administrator {
		t.Error("the first is no administrator")
	}
	_, _, err = d.OpenLink(ctx, first)
	want(t, err, ErrLink)
	if token, _, err := d.First(ctx); token != "" || err != nil {
		t.Errorf("another first: %q %v", token, err)
	}
	// A name that is taken does not use up the link.
	link, _, _ := d.Invite(ctx, Terminal, Reader)
	_, secret, _ = d.OpenLink(ctx, link)
	_, err = d.Join(ctx, link, Joining{Name: "ADM", Password: good, Code: d.code(secret.Text)})
	want(t, err, ErrTaken)
	if v := d.viewer(d.joinBy(link, "bea").token); v.Role != Reader {
		t.Errorf("%+v", v)
	}
	link, _, _ = d.Invite(ctx, Terminal, Reader)
	d.clock.turn(inviteFor)
	_, _, err = d.OpenLink(ctx, link)
	want(t, err, ErrLink)
	_, err = d.Join(ctx, link, Joining{Name: "cleo", Password: good})
	want(t, err, ErrLink)
	for _, bad := range []string{"", "x", strings.Repeat("x", 1<<20)} {
		_, _, err = d.OpenLink(ctx, bad)
		want(t, err, ErrLink)
	}
}

// TestLinkAtOnce: of many who open one link at the same moment, one gets an account.
func TestLinkAtOnce(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	link, _, err := d.Invite(ctx, Terminal, Editor)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := d.OpenLink(ctx, link)
	if err != nil {
		t.Fatal(err)
	}
	code := d.code(secret.Text)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, _ = d.Join(ctx, link, Joining{Name: "person" + string(rune('a'+i)), Password: good, Code: code})
		})
	}
	all.Wait()
	if people, err := d.People(ctx); err != nil || len(people) != 1 {
		t.Errorf("%d accounts from one link, %v", len(people), err)
	}
}

func TestReset(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	ana := d.join("ana", Editor)
	id := d.viewer(ana.token).ID
	old, _, err := d.ResetLink(ctx, Terminal, id)
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := d.ResetLink(ctx, Terminal, id)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = d.OpenLink(ctx, old)
	want(t, err, ErrLink)
	d.viewer(ana.token) // until it is used
	l, secret, err := d.OpenLink(ctx, link)
	if err != nil || l.Name != "ana" {
		t.Fatal(l, err)
	}
	out, err := d.Join(ctx, link, Joining{Name: "somebody-else", Password: "otra lluvia, otro monte", Code: d.code(secret.Text)})
	if err != nil {
		t.Fatal(err)
	}
	if v := d.viewer(out.Token); v.ID != id || v.Name != "ana" || v.Role != Editor {
		t.Errorf("%+v", v)
	}
	_, err = d.Session(ctx, ana.token)
	want(t, err, ErrNoSession)
	d.clock.turn(time.Minute)
	_, err = d.SignIn(ctx, d.attempt(ana))
	want(t, err, ErrRefused)
	_, err = d.SignIn(ctx, Attempt{Name: "ana", Password: "otra lluvia, otro monte", Code: ana.recovery[0]})
	want(t, err, ErrRefused)
	// A link made before somebody was disabled does not let them in.
	link, _, _ = d.ResetLink(ctx, Terminal, id)
	if err := d.SetRole(ctx, Terminal, d.viewer(d.join("adm", Administrator).token).ID, Administrator); err != nil {
		t.Fatal(err)
	}
	if err := d.Disable(ctx, Terminal, id, true); err != nil {
		t.Fatal(err)
	}
	_, _, err = d.OpenLink(ctx, link)
	want(t, err, ErrLink)
}
