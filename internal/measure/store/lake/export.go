package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// Export implements store.Store. The engine sorts on disk where memory does not suffice.
func (l *Lake) Export(ctx context.Context, t store.Table, f store.Format, w io.Writer) error {
	duck, _, err := l.look(ctx)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	var name, list, text string
	switch t {
	case store.Observations:
		name, list, text = "export_observations", columns[obs.Observation](), textColumns[obs.Observation]()
	case store.Verdicts:
		name, list, text = "export_verdicts", columns[verdict.Row](), textColumns[verdict.Row]()
	default:
		return fmt.Errorf("export: no table %q; there are observations and verdicts", t)
	}
	how := "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
	switch f {
	case store.Parquet:
	case store.CSV:
		how, list = "(FORMAT csv, HEADER)", text
	default:
		return fmt.Errorf("export: no format %q; there are csv and parquet", f)
	}
	dir, err := os.MkdirTemp(filepath.Join(l.dir, "tmp"), "export-")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "out")
	if _, err := duck.ExecContext(ctx, "COPY ("+query(name, "{{columns}}", list)+") TO "+quote(path)+" "+how); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	out, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	_, err = io.Copy(w, out)
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
