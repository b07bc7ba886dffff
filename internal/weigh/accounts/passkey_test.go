package accounts

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// authenticator is a security key with a browser before it, as WebAuthn describes them.
type authenticator struct {
	t        *testing.T
	key      *ecdsa.PrivateKey
	id       []byte
	handle   []byte
	count    uint32
	unproven bool   // does not verify its user
	party    string // speaks for this host, whatever is asked; "" for the one asked
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &authenticator{t: t, key: k, id: id}
}

var b64 = base64.RawURLEncoding

func (k *authenticator) clientData(kind, challenge, origin string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false})
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

func (k *authenticator) data(party string, flags byte) []byte {
	if k.party != "" {
		party = k.party
	}
	sum := sha256.Sum256([]byte(party))
	flags |= 0x01
	if !k.unproven {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(sum[:], flags), k.count)
}

func (k *authenticator) answer(response map[string]string) string {
	b, err := json.Marshal(map[string]any{"id": b64.EncodeToString(k.id), "rawId": b64.EncodeToString(k.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		k.t.Fatal(err)
	}
	return string(b)
}

// create makes a passkey at a page of an origin.
func (k *authenticator) create(c Ceremony, origin string) string {
	k.t.Helper()
	var o struct {
		Challenge string
		RP        struct{ ID string }
		User      struct{ ID string }
	}
	if err := json.Unmarshal([]byte(c.Options), &o); err != nil {
		k.t.Fatal(err)
	}
	k.handle, _ = b64.DecodeString(o.User.ID)
	point, err := k.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		k.t.Fatal(err)
	}
	public, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		k.t.Fatal(err)
	}
	data := append(k.data(o.RP.ID, 0x40), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(k.id)))
	data = append(append(data, k.id...), public...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		k.t.Fatal(err)
	}
	return k.answer(map[string]string{"clientDataJSON": b64.EncodeToString(k.clientData("webauthn.create", o.Challenge, origin)), "attestationObject": b64.EncodeToString(object)})
}

// get uses it.
func (k *authenticator) get(c Ceremony, origin string) string {
	k.t.Helper()
	var o struct {
		Challenge string
		RPID      string `json:"rpId"`
	}
	if err := json.Unmarshal([]byte(c.Options), &o); err != nil {
		k.t.Fatal(err)
	}
	k.count++
	data, client := k.data(o.RPID, 0), k.clientData("webauthn.get", o.Challenge, origin)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.key, sum[:])
	if err != nil {
		k.t.Fatal(err)
	}
	return k.answer(map[string]string{"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data),
		"signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(k.handle)})
}

// withKey is somebody who joined with a passkey.
func withKey(d *desk, name string) (*authenticator, string) {
	d.t.Helper()
	link, _, err := d.Invite(d.t.Context(), Terminal, Editor)
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := d.OfferJoinPasskey(d.t.Context(), link, origin, "browser")
	if err != nil {
		d.t.Fatal(err)
	}
	k := newAuthenticator(d.t)
	out, err := d.Join(d.t.Context(), link, Joining{Name: name, Passkey: &Finished{Origin: origin, Token: "browser", State: c.State, Answer: k.create(c, origin)}})
	if err != nil {
		d.t.Fatal(err)
	}
	return k, out.Token
}

func (d *desk) ask(at string) Ceremony {
	d.t.Helper()
	c, err := d.AskPasskey(at, "browser")
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func TestPasskey(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	k, token := withKey(d, "ana")
	v := d.viewer(token)
	// Neither guessing at the name nor anything else holds up a passkey.
	for range 50 {
		_, _ = d.SignIn(ctx, Attempt{Name: "ana", Password: "wrong"})
	}
	c := d.ask(origin)
	once := &Finished{Origin: origin, Token: "browser", State: c.State, Answer: k.get(c, origin)}
	in, err := d.SignInPasskey(ctx, once)
	if err != nil || d.viewer(in).ID != v.ID {
		t.Fatal(err)
	}
	if _, err = d.SignInPasskey(ctx, once); err == nil {
		t.Error("the same answer was taken twice")
	}
	// The same ceremony with a fresh signature.
	_, err = d.SignInPasskey(ctx, &Finished{Origin: origin, Token: "browser", State: c.State, Answer: k.get(c, origin)})
	want(t, err, ErrReplayed)

	c = d.ask(origin)
	confirmed, err := d.ConfirmPasskey(ctx, d.viewer(in), &Finished{Origin: origin, Token: "browser", State: c.State, Answer: k.get(c, origin)})
	if err != nil {
		t.Fatal(err)
	}
	want(t, func() error { _, err := d.Session(ctx, in); return err }(), ErrNoSession)
	other, otherToken := withKey(d, "bea")
	c = d.ask(origin)
	_, err = d.ConfirmPasskey(ctx, d.viewer(confirmed), &Finished{Origin: origin, Token: "browser", State: c.State, Answer: other.get(c, origin)})
	want(t, err, ErrPasskey) // somebody else's
	if err := d.SetRole(ctx, Terminal, d.viewer(d.join("adm", Administrator).token).ID, Administrator); err != nil {
		t.Fatal(err)
	}
	if err := d.Disable(ctx, Terminal, d.viewer(otherToken).ID, true); err != nil {
		t.Fatal(err)
	}
	c = d.ask(origin)
	_, err = d.SignInPasskey(ctx, &Finished{Origin: origin, Token: "browser", State: c.State, Answer: other.get(c, origin)})
	want(t, err, ErrRefused) // disabled
}

func TestPasskeyRefused(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	k, _ := withKey(d, "ana")
	stranger := newAuthenticator(t)
	stranger.id, stranger.handle = k.id, k.handle
	const evil = "https://veedor.example.evil.example"
	for name, c := range map[string]struct {
		err  error
		make func(c Ceremony) *Finished
	}{
		"page of another origin": {ErrPasskey, func(c Ceremony) *Finished { return &Finished{origin, "browser", c.State, k.get(c, evil), ""} }},
		"page of our other origin": {ErrPasskey, func(c Ceremony) *Finished {
			return &Finished{origin, "browser", c.State, k.get(c, "https://other.example"), ""}
		}},
		"without encryption": {ErrPasskey, func(c Ceremony) *Finished {
			return &Finished{origin, "browser", c.State, k.get(c, "http://veedor.example"), ""}
		}},
		"asked at an origin not ours": {ErrNoParty, func(c Ceremony) *Finished { return &Finished{evil, "browser", c.State, k.get(c, evil), ""} }},
		"another host's passkey": {ErrPasskey, func(c Ceremony) *Finished {
			k.party = "other.example"
			defer func() { k.party = "" }()
			return &Finished{origin, "browser", c.State, k.get(c, origin), ""}
		}},
		"another browser": {ErrPasskey, func(c Ceremony) *Finished { return &Finished{origin, "another", c.State, k.get(c, origin), ""} }},
		"no browser":      {ErrPasskey, func(c Ceremony) *Finished { return &Finished{origin, "", c.State, k.get(c, origin), ""} }},
		"another key":     {ErrPasskey, func(c Ceremony) *Finished { return &Finished{origin, "browser", c.State, stranger.get(c, origin), ""} }},
		"user not verified": {ErrPasskey, func(c Ceremony) *Finished {
			k.unproven = true
			defer func() { k.unproven = false }()
			return &Finished{origin, "browser", c.State, k.get(c, origin), ""}
		}},
		"counter goes back": {ErrPasskey, func(c Ceremony) *Finished {
			k.count = 0
			return &Finished{origin, "browser", c.State, k.get(c, origin), ""}
		}},
		"state changed": {ErrPasskey, func(c Ceremony) *Finished {
			return &Finished{origin, "browser", "A" + c.State[1:], k.get(c, origin), ""}
		}},
		"no state":  {ErrPasskey, func(c Ceremony) *Finished { return &Finished{origin, "browser", "", k.get(c, origin), ""} }},
		"no answer": {ErrPasskey, func(c Ceremony) *Finished { return &Finished{origin, "browser", c.State, "{}", ""} }},
		"made, not used": {ErrPasskey, func(c Ceremony) *Finished {
			return &Finished{origin, "browser", c.State, newAuthenticator(t).create(c, origin), ""}
		}},
		"too late": {ErrExpired, func(c Ceremony) *Finished {
			d.clock.turn(ceremonyFor)
			return &Finished{origin, "browser", c.State, k.get(c, origin), ""}
		}},
	} {
		k.count += 10
		ok := d.ask(origin) // it works before each
		if _, err := d.SignInPasskey(ctx, &Finished{origin, "browser", ok.State, k.get(ok, origin), ""}); err != nil {
			t.Fatalf("before %s: %v", name, err)
		}
		was := k.count
		_, err := d.SignInPasskey(ctx, c.make(d.ask(origin)))
		if err == nil {
			t.Errorf("%s: signed in", name)
		}
		want(t, err, c.err)
		k.count = max(was, k.count)
	}
	events, _, err := d.Audit(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	copied := 0
	for _, e := range events {
		if e.Kind == PasskeyCopied {
			copied++
		}
	}
	if copied != 1 {
		t.Errorf("%d passkeys perhaps copied, want 1", copied)
	}
}

// TestPasskeyAtOnce: one answer, given many times at the same moment, lets in once.
func TestPasskeyAtOnce(t *testing.T) {
	d := newDesk(t)
	k, _ := withKey(d, "ana")
	c := d.ask(origin)
	answer := k.get(c, origin)
	var all sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 20 {
		all.Go(func() {
			_, err := d.SignInPasskey(t.Context(), &Finished{origin, "browser", c.State, answer, ""})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				in++
			}
		})
	}
	all.Wait()
	if in != 1 {
		t.Errorf("one answer let in %d times", in)
	}
}

func TestAddAndRemovePasskey(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	ana := d.join("ana", Reader)
	v := d.viewer(ana.token)
	c, err := d.OfferPasskey(ctx, v, origin, ana.token)
	if err != nil {
		t.Fatal(err)
	}
	k := newAuthenticator(t)
	f := &Finished{Origin: origin, Token: ana.token, State: c.State, Answer: k.create(c, origin), Label: "<b>key</b> " + string(make([]rune, 200))}
	token, err := d.AddPasskey(ctx, v, f)
	if err != nil || token == ana.token {
		t.Fatal(err)
	}
	v = d.viewer(token)
	if _, err := d.AddPasskey(ctx, v, f); err == nil {
		t.Error("the same answer made two")
	}
	in := d.ask(origin)
	if _, err := d.SignInPasskey(ctx, &Finished{origin, "browser", in.State, k.get(in, origin), ""}); err != nil {
		t.Fatal(err)
	}
	w, err := d.Ways(ctx, v)
	if err != nil || len(w.Passkeys) != 1 || w.Passkeys[0].Party != "veedor.example" || len([]rune(w.Passkeys[0].Label)) > maxLabel || w.Passkeys[0].Used.IsZero() {
		t.Fatalf("%+v %v", w, err)
	}
	_, bea := withKey(d, "bea")
	b := d.viewer(bea)
	_, err = d.RemovePasskey(ctx, b, w.Passkeys[0].ID)
	want(t, err, ErrPasskey) // not hers
	own, err := d.Ways(ctx, b)
	if err != nil || own.Password || own.Factor {
		t.Fatal(own, err)
	}
	_, err = d.RemovePasskey(ctx, b, own.Passkeys[0].ID)
	want(t, err, ErrLastKey)
	if token, err = d.RemovePasskey(ctx, v, w.Passkeys[0].ID); err != nil {
		t.Fatal(err)
	}
	d.viewer(token)
	in = d.ask(origin)
	if _, err := d.SignInPasskey(ctx, &Finished{origin, "browser", in.State, k.get(in, origin), ""}); err == nil {
		t.Error("a removed passkey works")
	}
	// One made for a page of another origin is not kept.
	c, _ = d.OfferPasskey(ctx, d.viewer(token), origin, token)
	_, err = d.AddPasskey(ctx, d.viewer(token), &Finished{Origin: origin, Token: token, State: c.State, Answer: newAuthenticator(t).create(c, "https://evil.example")})
	want(t, err, ErrPasskey)
}

func TestParty(t *testing.T) {
	open := &Accounts{}
	for at, ok := range map[string]bool{
		"https://veedor.example": true, "https://veedor.example:8443": true, "http://localhost:8080": true, "http://abcdefghijklmnop.onion": true,
		"http://veedor.example": false, "https://192.0.2.1": false, "http://127.0.0.1:8080": false, "https://[2001:db8::1]": false, "": false, "ftp://localhost": false, "https://": false, "://": false,
	} {
		w, err := open.party(at)
		if (err == nil) != ok {
			t.Errorf("%s: %v", at, err)
		}
		if u, _ := url.Parse(at); ok && w.Config.RPID != u.Hostname() {
			t.Errorf("%s: party %s", at, w.Config.RPID)
		}
	}
	closed := &Accounts{Options: Options{Origins: []string{origin}}}
	if _, err := closed.party("https://elsewhere.example"); err == nil {
		t.Error("an origin that is not configured is served")
	}
}

// FuzzAnswer: whatever a browser gives back is refused, unless it is an answer.
func FuzzAnswer(f *testing.F) {
	f.Add("state.sum", `{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`)
	f.Add("", `{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`)
	a, err := Open(f.Context(), f.TempDir(), Options{Cost: Cost{Memory: 64, Time: 1}, Now: func() time.Time { return time.Unix(1, 0) }})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = a.Close() })
	f.Fuzz(func(t *testing.T, state, answer string) {
		c, err := a.AskPasskey(origin, "browser")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{state, c.State} {
			if _, err := a.SignInPasskey(t.Context(), &Finished{origin, "browser", s, answer, ""}); err == nil {
				t.Error("signed in")
			}
			if _, err := a.created(&Finished{origin, "browser", s, answer, ""}, []byte("handle"), "ana"); err == nil {
				t.Error("made a passkey")
			}
		}
	})
}
