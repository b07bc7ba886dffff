package lists

import (
	"context"

	"veedor/internal/follow/ftm"
)

// reader is what all decoders work with: files in, items out, the account between.
type reader struct {
	ctx     context.Context
	name    string
	files   map[string]Opener
	opt     Options
	yield   func(Item) error
	model   *ftm.Model
	account Account
}

func newReader(ctx context.Context, name string, files map[string]Opener, opt Options, yield func(Item) error) *reader {
	return &reader{ctx: ctx, name: name, files: files, opt: opt, yield: yield, model: ftm.Default(),
		account: Account{Schemata: map[string]int{}, Private: map[string]int{}, Reasons: map[string]int{}}}
}
