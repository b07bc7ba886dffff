package web

import (
	"context"
	"io"
	"strings"
	"testing"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/intake"
)

// recipientKey is an age public key that nobody has the secret of.
const recipientKey = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

// newWork is a desk in a folder, without captures and registry.
func newWork(t *testing.T, dir string) *Work {
	t.Helper()
	d, err := desk.Open(t.Context(), dir, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() {
		stop()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Work{Desk: d, Context: ctx,
		Take: func(ctx context.Context, who desk.Viewer, f intake.Found, _ bool) (intake.Taken, error) {
			return (&intake.Taker{Desk: d, Who: who}).Take(ctx, f)
		},
		Import: func(_ context.Context, name string, r io.Reader) (intake.Captured, error) {
			b, err := io.ReadAll(r)
			return intake.Captured{Hash: strings.Repeat("ab", 32), Title: "", Text: string(b)}, err
		},
		Recipients: func() ([]accounts.Recipient, error) {
			return accounts.ParseRecipients(strings.NewReader(recipientKey + " Ana"))
		},
	}
}
