package web

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// TestDraftsForTheDesk: on readers' pages people who work at the desk see what is not published yet, marked, never
// cached, and never what is private; others see that there is nothing.
func TestDraftsForTheDesk(t *testing.T) {
	d := newDeskSide(t)
	k, err := desk.Open(t.Context(), t.TempDir(), desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	who := desk.Viewer{Name: "ana", Role: desk.Administrator}
	if _, err := k.Write(t.Context(), who, "", desk.Change{Kind: desk.Claim, ID: "draft", Set: map[string]any{"text": cases.Text{"en": "A claim in the making."}, "notes": "for us only"}},
		desk.Change{Kind: desk.Item, ID: "piece", Set: map[string]any{"title": "A piece", "how_found": "for us only"}}); err != nil {
		t.Fatal(err)
	}
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	d.h = New(Config{Store: storetest.NewMemory(), Accounts: d.Accounts, Work: d.work, Desk: k, Facts: func() Facts { return db.AsOf(time.Now()) }, Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	for role, sees := range map[accounts.Role]bool{accounts.Reader: false, accounts.Researcher: true, accounts.Editor: true} {
		b := d.someone("one-"+string(role), role)
		for path, title := range map[string]string{"/claim/draft": "A claim in the making.", "/es/item/piece": "A piece"} {
			w := b.get(path)
			body := w.Body.String()
			if seen := w.Code == http.StatusOK && strings.Contains(body, title); seen != sees || strings.Contains(body, "for us only") {
				t.Errorf("%s, %s: %d, seen %v", role, path, w.Code, seen)
			}
			if sees && (!strings.Contains(body, `<span class="mark">`) || w.Header().Get("Cache-Control") != "private, no-store") {
				t.Errorf("%s, %s: not marked, or cached: %s", role, path, w.Header().Get("Cache-Control"))
			}
		}
		if list := b.get("/claims").Body.String(); strings.Contains(list, "A claim in the making.") != sees {
			t.Errorf("%s: the list", role)
		}
	}
	if w := d.browser().get("/claim/draft"); w.Code != http.StatusNotFound {
		t.Errorf("anybody: %d", w.Code)
	}
}
