package dossier

import (
	"context"
	"errors"
	"io"
)

// Signer signs the package: it is handed the bytes of datapackage.json and returns those of datapackage-digest.json
// (wacz-auth).
type Signer func(datapackage []byte) (digest []byte, err error)

// Build writes a dossier to w: one file that is a WACZ 1.1.1, a static site and dossier/manifest.json. The same
// content gives the same bytes, but for what sign adds. sign may be nil: such a dossier says nothing of who made it.
func Build(ctx context.Context, w io.Writer, c *Content, sign Signer) error {
	return errors.New("build dossier: not written yet")
}
