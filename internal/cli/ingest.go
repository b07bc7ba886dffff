package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"veedor/internal/measure/ingest"
	"veedor/internal/measure/scenario"
)

func ingestCommand() *cobra.Command {
	var sample, month, asJSON bool
	c := &cobra.Command{
		Use:   "ingest [flags] FILE|FOLDER… | -",
		Short: "Read measurements into the archive and the store",
		Long: `Read measurements as OONI publishes them: JSON lines, JSON arrays or single objects, also in gzip, zstd and tar,
and the YAML reports of the early years. A folder stands for every file in it, - for standard input.

Every record is accounted for: the last line says how many were read, kept and rejected. Reading the same again
changes nothing, and what was interrupted is run again the same way.`,
		Example: `  veedor ingest --sample
  veedor ingest 2026-05-03_XA_webconnectivity.jsonl.gz
  zcat *.gz | veedor ingest -`,
		RunE: func(c *cobra.Command, args []string) error {
			sources, err := sourcesOf(args, sample, month, c.InOrStdin())
			if err != nil {
				return err
			}
			return with(c, func(h *house) error { return runIngest(c, h, sources, asJSON) })
		},
	}
	c.Flags().BoolVar(&sample, "sample", false, "read the sample: some invented measurements")
	c.Flags().BoolVar(&month, "month", false, "read a generated month of five invented networks, of which two restrict two sites for ten days")
	c.Flags().BoolVar(&asJSON, "json", false, "print the account as JSON")
	return c
}

func sourcesOf(args []string, sample, month bool, stdin io.Reader) ([]ingest.Source, error) {
	if (sample || month) == (len(args) > 0) {
		return nil, fmt.Errorf("ingest: name the files to read, or --sample (%w)", errUsage)
	}
	var out []ingest.Source
	if sample {
		out = append(out, memorySource("sample.jsonl", scenario.Sample()))
	}
	if month {
		var b bytes.Buffer
		for line := range scenario.Month(1) {
			b.Write(append(line, '\n'))
		}
		out = append(out, memorySource("month.jsonl", b.Bytes()))
	}
	for _, a := range args {
		if a == "-" {
			out = append(out, ingest.Source{Name: "standard input", Open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }})
			continue
		}
		st, err := os.Stat(a)
		if err != nil || !st.IsDir() {
			out = append(out, fileSource(a, st))
			continue
		}
		if real, err := filepath.EvalSymlinks(a); err == nil {
			a = real // a link to a folder is a folder; WalkDir would not enter it
		}
		err = filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if err == nil {
				out = append(out, fileSource(path, info))
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read folder %s: %w", a, err)
		}
	}
	return out, nil
}

func fileSource(path string, st fs.FileInfo) ingest.Source {
	s := ingest.Source{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	if st != nil {
		s.Size = st.Size()
	}
	return s
}

func runIngest(c *cobra.Command, h *house, sources []ingest.Source, asJSON bool) error {
	collectLess()
	conf := h.config()
	p := newProgress(c.ErrOrStderr(), "ingest")
	conf.Progress = p.ingest
	got, err := ingest.Run(c.Context(), conf, sources)
	p.end()
	if err == nil {
		err = settleAndCompact(c, h, false)
	}
	if err == nil {
		err = reweighAfter(c, h)
	}
	if c.Context().Err() == nil {
		err = errors.Join(err, logAll(c.Context(), c, h))
	}
	out := c.OutOrStdout()
	if asJSON {
		return cmp.Or(json.NewEncoder(out).Encode(map[string]any{
			"read": got.Read, "kept": got.Kept, "rejected": got.Rejected, "already": got.Already, "raw_bytes": got.RawBytes, "reasons": got.Reasons}), err)
	}
	printReasons(out, got)
	if got.Already > 0 {
		fmt.Fprintf(out, "%d of those kept were here already\n", got.Already)
	}
	fmt.Fprintf(out, "read %d = kept %d + rejected %d\n", got.Read, got.Kept, got.Rejected)
	return err
}

// collectLess lets garbage stand until there is more of it, within a bound: what an ingest allocates
// lives until its batch is committed, and looking at it again and again frees nothing.
func collectLess() {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(320 << 20)
}

// printReasons says what was rejected, most frequent first.
func printReasons(out io.Writer, t ingest.Totals) {
	if t.Rejected == 0 {
		return
	}
	fmt.Fprintln(out, "rejected (list them with: veedor rejected):")
	reasons := slices.Collect(maps.Keys(t.Reasons))
	slices.SortFunc(reasons, func(a, b string) int { return cmp.Or(cmp.Compare(t.Reasons[b], t.Reasons[a]), cmp.Compare(a, b)) })
	for i, why := range reasons {
		if i == 12 {
			fmt.Fprintf(out, "  … and %d other reasons\n", len(reasons)-i)
			break
		}
		fmt.Fprintf(out, "  %6d  %s\n", t.Reasons[why], why)
	}
}

// settleAndCompact judges anew what others' measurements bear on, then merges small segments.
func settleAndCompact(c *cobra.Command, h *house, all bool) error {
	if _, err := settle(c, h, all); err != nil {
		return err
	}
	need, err := h.lake.NeedsCompaction(c.Context())
	if err != nil || !need {
		return err
	}
	_, err = h.lake.Compact(c.Context())
	return err
}
