package dossier

import (
	"context"
	"io"

	"veedor/internal/evidence/wacz"
)

func Build(ctx context.Context, w io.Writer, c *Content, sign func(hash string) (*wacz.Signed, error)) error {
	return nil
}
