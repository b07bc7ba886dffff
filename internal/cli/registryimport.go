package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/follow/lists"
	"veedor/internal/follow/registry"
	"veedor/internal/measure/ingest"
)

// archivePart is how much of a file is one object of the archive.
const archivePart = 32 << 20

func registryImportCommand() *cobra.Command {
	var d registry.Dataset
	var format, mapping, date string
	c := &cobra.Command{
		Use:   "import [flags] FILE…",
		Short: "Read one state of a list or table: sanctions, contracts, registers, projects",
		Long: `Read the files of one list or table as a dated state. Its bytes go to the archive first. The format is found from the files;
any other table is read through a mapping in FollowTheMoney's language. Files may be compressed with gzip or zstd.

Reading the same files again changes nothing, and what was interrupted is run again the same way.`,
		Example: `  veedor registry import sdn.csv alt.csv add.csv
  veedor registry import --date 2021-07-07 --dataset ofac-sdn sdn.csv alt.csv add.csv
  veedor registry import --dataset contracts --mapping contracts.yaml contracts.csv`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if mapping != "" {
				format = lists.Mapping
			}
			if date != "" {
				if _, err := time.Parse(time.DateOnly, date); err != nil {
					return fmt.Errorf("--date %q: want YYYY-MM-DD (%w)", date, errUsage)
				}
			}
			return withArchive(c, func(a *archive.Archive) error {
				return changeRegistry(c, a, func(r *registry.Registry) error {
					return importState(c, a, r, registry.NewState{Dataset: d, Dated: date, Format: format}, mapping, args)
				})
			})
		},
	}
	c.Flags().StringVar(&d.Name, "dataset", "", "the name it goes by here, such as ofac-sdn (default: by its format)")
	c.Flags().StringVar(&d.Title, "title", "", "what the list is called")
	c.Flags().StringVar(&d.Publisher, "publisher", "", "who publishes it")
	c.Flags().StringVar(&d.URL, "url", "", "where it is published")
	c.Flags().StringVar(&d.Licence, "licence", "", "under which licence")
	c.Flags().StringVar(&format, "format", "", "one of: "+fmt.Sprint(lists.Formats()))
	c.Flags().StringVar(&mapping, "mapping", "", "a file in FollowTheMoney's mapping language")
	c.Flags().StringVar(&date, "date", "", "the day the list was so (default: what it says itself, else today)")
	return c
}

// importState archives the files and reads them into the registry.
func importState(c *cobra.Command, a *archive.Archive, r *registry.Registry, n registry.NewState, mapping string, paths []string) error {
	show := newProgress(c.ErrOrStderr(), "import")
	defer show.end()
	for _, path := range paths {
		f, err := archiveFile(c.Context(), a, path)
		if err != nil {
			return &ingest.SourceError{Source: filepath.Base(path), Err: err}
		}
		n.Files = append(n.Files, f)
	}
	openers, err := openersOf(a, n.Files)
	if err != nil {
		return err
	}
	if n.Format == "" {
		if n.Format, err = lists.Detect(openers); err != nil {
			return err
		}
	}
	for i := range n.Files {
		if n.Files[i].Role, err = roleOf(n.Format, openers[n.Files[i].Name]); err != nil {
			return err
		}
	}
	known := datasetOf(n.Format)
	for to, usual := range map[*string]string{&n.Dataset.Name: known.Name, &n.Dataset.Title: known.Title, &n.Dataset.Publisher: known.Publisher, &n.Dataset.URL: known.URL, &n.Dataset.Licence: known.Licence} {
		if *to == "" {
			*to = usual
		}
	}
	if n.Dataset.Name == "" {
		return fmt.Errorf("the format %s does not tell what the dataset is called; say it with --dataset (%w)", n.Format, errUsage)
	}
	if mapping != "" {
		f, err := archiveFile(c.Context(), a, mapping)
		if err != nil {
			return err
		}
		n.Files = append(n.Files, f) // what it makes of the tables depends on it
	}
	source, err := stateSource(a, n.Format, n.Dataset.Name, n.Files)
	if err != nil {
		return err
	}
	n.Progress = func(items int) { show.count(uint64(items), "items") }
	s, fresh, err := r.Import(c.Context(), n, time.Now, source)
	if err != nil {
		return err
	}
	show.end()
	out := c.OutOrStdout()
	if !fresh {
		fmt.Fprintf(out, "%s: state %d of %s was read before; nothing changed\n", s.Dataset, s.ID, s.Date())
		return nil
	}
	if s.Status == registry.Cut {
		fmt.Fprintf(out, "%s: a file broke off; what it does not hold is not taken for removed\n", s.Dataset)
	}
	private := 0
	for _, k := range s.Account.Private {
		private += k
	}
	fmt.Fprintf(out, "%s: state %d of %s\n", s.Dataset, s.ID, s.Date())
	fmt.Fprintf(out, "read %d, kept %d, rejected %d; %d entities, %d values, %d values not taken over, %d of private life dropped\n",
		s.Account.Read, s.Account.Kept, s.Account.Rejected, s.Account.Entities, s.Account.Values, s.Account.Problems, private)
	return nil
}

// openersOf opens files from the archive, so that what is read is what was kept.
func openersOf(a *archive.Archive, files []registry.File) (map[string]lists.Opener, error) {
	out := map[string]lists.Opener{}
	for _, f := range files {
		if out[f.Name] != nil {
			return nil, fmt.Errorf("two files are called %s; rename one (%w)", f.Name, errUsage)
		}
		out[f.Name] = func() (io.ReadCloser, error) { return unpacked(&archived{a: a, parts: f.Objects()}) }
	}
	return out, nil
}

// stateSource reads a state from the archive. A mapping is the last of the files.
func stateSource(a *archive.Archive, format, dataset string, files []registry.File) (registry.Source, error) {
	var opt lists.Options
	if format == lists.Mapping {
		last := len(files) - 1
		if last < 1 {
			return nil, fmt.Errorf("%s has no mapping, or nothing to read with it", dataset)
		}
		var err error
		if opt.Mapping, err = io.ReadAll(&archived{a: a, parts: files[last].Objects()}); err != nil {
			return nil, err
		}
		files = files[:last]
	}
	openers, err := openersOf(a, files)
	if err != nil {
		return nil, err
	}
	return listSource(format, dataset, openers, opt), nil
}

// roleOf says which part of its list a file holds, where the list comes in several, by its first row.
func roleOf(format string, open lists.Opener) (string, error) {
	if format != lists.OFACCSV && format != lists.GLEIFCSV {
		return "", nil
	}
	f, err := open()
	if err != nil {
		return "", err
	}
	defer f.Close()
	rows := csv.NewReader(io.LimitReader(f, 1<<20))
	rows.LazyQuotes = true
	row, err := rows.Read()
	if err != nil {
		return "", fmt.Errorf("read the first row: %w", err)
	}
	head := strings.Join(row, ",")
	switch {
	case format == lists.OFACCSV:
		return map[int]string{12: "names", 5: "aliases", 6: "addresses"}[len(row)], nil
	case strings.Contains(head, "Relationship."):
		return "level 2", nil
	case strings.Contains(head, "Exception."):
		return "exceptions", nil
	}
	return "level 1", nil
}

// archiveFile puts the bytes of a file into the archive. It is there when it returns.
func archiveFile(ctx context.Context, a *archive.Archive, path string) (registry.File, error) {
	in, err := os.Open(path)
	if err != nil {
		return registry.File{}, err
	}
	defer in.Close()
	f := registry.File{Name: filepath.Base(path)}
	b, err := a.Begin(ingest.Foreign + f.Name)
	if err != nil {
		return f, err
	}
	defer b.Close()
	sum := sha256.New()
	buf := make([]byte, archivePart)
	for line := int64(1); ; line++ {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		n, err := io.ReadFull(in, buf)
		if n == 0 && errors.Is(err, io.EOF) && line > 1 {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return f, err
		}
		sum.Write(buf[:n])
		f.Size += int64(n)
		h, putErr := b.Put(buf[:n], archive.Entry{Line: line})
		if putErr != nil {
			return f, putErr
		}
		f.Parts = append(f.Parts, h.String())
		if n < len(buf) {
			break
		}
	}
	f.Hash = hex.EncodeToString(sum.Sum(nil))
	if len(f.Parts) == 1 {
		f.Parts = nil // it is the file
	}
	_, err = b.Commit(ctx)
	return f, err
}

// archived reads a file from the archive, so that what is read is what was kept.
type archived struct {
	a     *archive.Archive
	parts []string
	now   bytes.Reader
}

func (f *archived) Read(p []byte) (int, error) {
	for f.now.Len() == 0 {
		if len(f.parts) == 0 {
			return 0, io.EOF
		}
		h, err := archive.ParseHash(f.parts[0])
		if err != nil {
			return 0, err
		}
		raw, err := f.a.Get(h)
		if err != nil {
			return 0, err
		}
		f.parts = f.parts[1:]
		f.now.Reset(raw)
	}
	return f.now.Read(p)
}

// unpacked reads what may be compressed with gzip or zstd.
func unpacked(in io.Reader) (io.ReadCloser, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	in = io.MultiReader(bytes.NewReader(head[:n]), in)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(in)
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(256<<20))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(in), nil
}

// listSource reads a list as the registry takes it.
func listSource(format, name string, files map[string]lists.Opener, opt lists.Options) registry.Source {
	return func(ctx context.Context, yield func(registry.Item) error) (registry.Account, error) {
		a, err := lists.Read(ctx, format, name, files, opt, func(it lists.Item) error { return yield(listItem(it)) })
		out := registry.Account{Read: a.Read, Kept: a.Kept, Rejected: a.Rejected, Entities: a.Entities, Values: a.Values, Problems: a.Problems, Recoded: a.Recoded,
			Private: a.Private, Reasons: a.Reasons, Dated: a.Dated, Cut: errors.Is(err, lists.ErrCut)}
		if out.Cut {
			err = nil
		}
		return out, err
	}
}

func listItem(it lists.Item) registry.Item {
	at := func(l lists.Locator) registry.Place {
		return registry.Place{File: l.File, Line: l.Line, Record: l.Record}
	}
	if it.Refused != nil {
		return registry.Item{Rejects: []registry.Reject{{Reason: it.Refused.Reason, Raw: it.Refused.Raw, At: at(it.Refused.At)}}}
	}
	out := registry.Item{ID: it.Entity.ID, Schema: it.Entity.Schema}
	for _, v := range it.Values {
		out.Values = append(out.Values, registry.Value{Prop: v.Prop, Value: v.Value, Original: v.Original, Lang: v.Lang, Origin: v.Origin, External: v.External, At: at(v.At)})
	}
	for _, p := range it.Problems {
		out.Rejects = append(out.Rejects, registry.Reject{Entity: it.Entity.ID, Prop: p.Prop, Reason: p.Reason, Raw: []byte(p.Original), At: at(p.At)})
	}
	return out
}

// datasetOf says what is known of the dataset that comes in a format.
func datasetOf(format string) registry.Dataset {
	d := func(name, title, publisher, url, licence string) registry.Dataset {
		return registry.Dataset{Name: name, Title: title, Publisher: publisher, URL: url, Licence: licence}
	}
	switch format {
	case lists.OFACCSV, lists.OFACXML:
		return d("ofac-sdn", "Specially Designated Nationals and Blocked Persons List", "US Treasury, Office of Foreign Assets Control", "https://sanctionslist.ofac.treas.gov/", "public domain (US)")
	case lists.EUAnnex:
		return d("eu-annex", "Annex to an EU regulation", "Council of the European Union", "https://eur-lex.europa.eu/", "reuse with attribution")
	case lists.EUCSV, lists.EUXML:
		return d("eu-fsf", "Consolidated list of persons, groups and entities subject to EU financial sanctions", "European Commission", "https://data.europa.eu/", "reuse with attribution")
	case lists.UKCSV:
		return d("gb-hmt", "UK consolidated list of financial sanctions targets", "HM Treasury, Office of Financial Sanctions Implementation", "https://www.gov.uk/", "Open Government Licence 3.0")
	case lists.UNXML:
		return d("un-sc", "United Nations Security Council Consolidated List", "United Nations Security Council", "https://scsanctions.un.org/", "")
	case lists.ChinaCSV:
		return d("cn-counter", "China's counter-sanctions", "OpenSanctions", "https://www.opensanctions.org/", "CC BY-NC 4.0")
	case lists.DoD1260H:
		return d("us-dod-1260h", "Chinese military companies (section 1260H)", "US Department of Defense", "https://www.defense.gov/", "public domain (US)")
	case lists.AidData:
		return d("aiddata-geo", "Geolocated Chinese development projects", "AidData", "https://www.aiddata.org/", "ODC-By 1.0")
	case lists.AidDataTables:
		return d("aiddata-tables", "Chinese projects: Huawei and military financing", "AidData", "https://www.aiddata.org/", "ODC-By 1.0")
	case lists.AEI:
		return d("aei-cgit", "China Global Investment Tracker", "American Enterprise Institute", "https://www.aei.org/", "")
	case lists.GLEIFCSV, lists.GLEIFXML:
		return d("gleif", "Legal entity identifiers, level 1 and 2", "Global Legal Entity Identifier Foundation", "https://www.gleif.org/", "CC0 1.0")
	}
	return registry.Dataset{}
}
