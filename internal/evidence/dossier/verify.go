package dossier

import (
	"context"
	"io"
	"time"
)

// Options are what a verification may be told.
type Options struct {
	Name     string               // of the file, for the report
	Now      func() time.Time     // nil for no clock: nothing is then too far in the future
	Earlier  [][]byte             // checkpoints of the log seen before (CheckLog)
	Progress func(done, of int64) // bytes; may be nil
}

// Verify checks a dossier offline. Of a WACZ that is no dossier it checks what a WACZ must be. policy may be nil:
// then integrity is checked, and nothing says who made it.
func Verify(ctx context.Context, r io.ReaderAt, size int64, policy *Policy, o Options) Report {
	return Report{}
}

// VerifyWARC checks a WARC file, plain or gzipped a record.
func VerifyWARC(ctx context.Context, r io.Reader, o Options) Report {
	return Report{}
}
