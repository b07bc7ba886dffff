package refdata

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Bounds on what is kept of refused downloads.
const (
	maxKeptAside = 1 << 20 // bytes of each file
	maxRejected  = 20      // folders; the oldest make room
)

// Update fetches each kind from its publisher into the data folder dir. What comes is read and
// checked first; it becomes a snapshot only when it is sound: not a web page, not cut short, not
// mostly unreadable, and not below three quarters of the rows the same publisher had before. What
// is refused is kept under DATA/refdata/rejected with its reason. Content that has not changed
// makes no new snapshot. No snapshot in use is ever changed; call DB.Reload to use the new ones.
//
// report is told one line per step, for people. One kind that fails does not stop the others; the
// errors of all are returned together. client may be nil.
func Update(ctx context.Context, dir string, pubs []Publisher, client *http.Client, report func(string)) error {
	if client == nil {
		client = &http.Client{Timeout: fetchTimeout}
	}
	if report == nil {
		report = func(string) {}
	}
	u := updater{root: filepath.Join(dir, "refdata"), client: client, now: time.Now(), report: report}
	if err := os.MkdirAll(u.root, 0o755); err != nil {
		return fmt.Errorf("update reference data: %w", err)
	}
	u.sweep()
	var failed []error
	found := 0
	for _, p := range pubs {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(failed, err)...)
		}
		err := u.one(ctx, p)
		if errors.Is(err, errNothing) {
			report(fmt.Sprintf("%s: %v", p.Kind, err))
			continue
		}
		found++
		if err != nil {
			report(fmt.Sprintf("%s: refused: %v", p.Kind, err))
			failed = append(failed, fmt.Errorf("update %s: %w", p.Kind, err))
		}
	}
	if found == 0 && len(pubs) > 0 {
		failed = append(failed, fmt.Errorf("update reference data: %w: none of the publishers has any file of a known name", errNothing))
	}
	return errors.Join(failed...)
}

type updater struct {
	root   string
	client *http.Client
	now    time.Time
	report func(string)
}

// one updates one kind.
func (u *updater) one(ctx context.Context, p Publisher) error {
	if !slices.Contains(Kinds(), p.Kind) {
		return fmt.Errorf("no such kind; the kinds are %v", Kinds())
	}
	day, err := p.day(u.now)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(u.root, "tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	u.report(fmt.Sprintf("%s: reading %s", p.Kind, strings.Join(p.From, ", ")))
	names, err := gather(ctx, p, tmp, u.client)
	if err != nil {
		return u.refuse(p, tmp, err)
	}
	m, err := describe(p, tmp, names, day, u.now)
	if err != nil {
		return err
	}
	before, err := u.inForce(p.Kind, day)
	if err != nil {
		return err
	}
	if before != nil && before.SHA256 == m.SHA256 {
		u.report(fmt.Sprintf("%s: unchanged since %s (%d rows)", p.Kind, before.Date.Format(time.DateOnly), before.Rows))
		return nil
	}
	if err := u.inspect(p, tmp, &m, before); err != nil {
		return u.refuse(p, tmp, err)
	}
	if err := u.publish(tmp, m); err != nil {
		return err
	}
	line := fmt.Sprintf("%s: new snapshot %s, %d rows", p.Kind, m.ID, m.Rows)
	if m.LeftOut > 0 {
		line += fmt.Sprintf(", %d left out (%s)", m.LeftOut, m.Why)
	}
	u.report(line)
	return nil
}

// describe makes meta.json of the files that were fetched; what is inside them is not known yet.
func describe(p Publisher, folder string, names []string, day, now time.Time) (meta, error) {
	m := meta{SnapshotInfo: SnapshotInfo{
		Kind: p.Kind, Date: day, Fetched: now.UTC(),
		Publisher: strings.Join(p.From, ", "), Licence: p.Licence, Attribution: p.Attribution,
	}}
	for _, name := range names {
		sum, size, err := hashFile(filepath.Join(folder, name))
		if err != nil {
			return m, err
		}
		m.Files = append(m.Files, fileMeta{Name: name, Size: size, SHA256: sum})
	}
	m.SHA256 = hashFiles(m.Files)
	m.ID = day.Format(time.DateOnly) + "-" + m.SHA256[:8]
	return m, nil
}

// inForce returns the snapshot of a kind that holds on a day, nil where there is none so early.
func (u *updater) inForce(kind Kind, day time.Time) (*SnapshotInfo, error) {
	all, err := readSnapshots(u.root)
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Backward(all[kind]) {
		if !s.info.Date.After(day) {
			return &s.info, nil
		}
	}
	return nil, nil
}

// inspect reads the files as they would be used and says what is wrong with them.
func (u *updater) inspect(p Publisher, folder string, m *meta, before *SnapshotInfo) error {
	var paths []string
	for _, f := range m.Files {
		paths = append(paths, filepath.Join(folder, f.Name))
	}
	n, err := check(p.Kind, paths)
	if err != nil {
		return err
	}
	l := p.Kind.limits()
	switch {
	case float64(n.left) > l.broken*float64(n.rows+n.left):
		return fmt.Errorf("%d of %d rows cannot be read: %s", n.left, n.rows+n.left, n.why)
	case n.rows < l.floor:
		return fmt.Errorf("it has %d rows, at least %d are expected", n.rows, l.floor)
	case before != nil && !p.MayShrink && before.Publisher == m.Publisher && 4*n.rows < 3*before.Rows:
		return fmt.Errorf(`it shrank from %d rows (%s) to %d; where that is right, set "may_shrink" for this kind in %s`,
			before.Rows, before.Date.Format(time.DateOnly), n.rows, publishersFile)
	}
	m.Rows, m.LeftOut, m.Why = n.rows, n.left, n.why
	return nil
}

// publish turns the folder of fetched files into a snapshot: whole, synced, in one rename.
func (u *updater) publish(tmp string, m meta) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := save(strings.NewReader(string(text)+"\n"), filepath.Join(tmp, "meta.json"), 1<<20); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil { // temporary folders are for their owner only
		return err
	}
	if err := syncDir(tmp); err != nil {
		return err
	}
	kind := filepath.Join(u.root, string(m.Kind))
	if err := os.MkdirAll(kind, 0o755); err != nil {
		return err
	}
	final := filepath.Join(kind, m.ID)
	if _, err := os.Stat(final); err == nil {
		return nil // the same content of the same day, published by somebody else just now
	}
	if err := os.Rename(tmp, final); err != nil {
		return err
	}
	if err := syncDir(kind); err != nil {
		return err
	}
	return syncDir(u.root)
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// refuse keeps what was fetched aside, the beginning of each file, and returns the reason with
// the place.
func (u *updater) refuse(p Publisher, tmp string, reason error) error {
	files, err := os.ReadDir(tmp)
	if err != nil || len(files) == 0 || errors.Is(reason, errNothing) {
		return reason
	}
	rejected := filepath.Join(u.root, "rejected")
	name := fmt.Sprintf("%s-%s", u.now.UTC().Format("20060102T150405.000Z"), p.Kind)
	folder := filepath.Join(rejected, name)
	if err := u.keepAside(tmp, files, folder, p, reason); err != nil {
		return errors.Join(reason, fmt.Errorf("keep it aside: %w", err))
	}
	// Names begin with the time, so the oldest come first.
	if old, err := os.ReadDir(rejected); err == nil {
		for len(old) > maxRejected {
			_ = os.RemoveAll(filepath.Join(rejected, old[0].Name()))
			old = old[1:]
		}
	}
	return fmt.Errorf("%w (kept in refdata/rejected/%s)", reason, name)
}

// keepAside copies the beginning of each file and writes why it was refused.
func (u *updater) keepAside(tmp string, files []os.DirEntry, folder string, p Publisher, reason error) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		in, err := os.Open(filepath.Join(tmp, f.Name()))
		if err != nil {
			return err
		}
		err = save(io.LimitReader(in, maxKeptAside), filepath.Join(folder, f.Name()), maxKeptAside)
		in.Close()
		if err != nil {
			return err
		}
	}
	text := fmt.Sprintf("refused: %v\nkind: %s\npublisher: %s\nat: %s\nAt most the first %d kB of each file are kept.\n",
		reason, p.Kind, strings.Join(p.From, ", "), u.now.UTC().Format(time.RFC3339), maxKeptAside>>10)
	return save(strings.NewReader(text), filepath.Join(folder, "reason.txt"), maxKeptAside)
}

// sweep removes temporary folders that a crash left behind more than a day ago.
func (u *updater) sweep() {
	old, _ := filepath.Glob(filepath.Join(u.root, "tmp-*"))
	for _, path := range old {
		if st, err := os.Stat(path); err == nil && u.now.Sub(st.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(path)
		}
	}
}
