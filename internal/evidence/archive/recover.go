package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// stock is what the manifests say there is.
type stock struct {
	manifests []manifest // in the order of their file names
	files     []string   // other files among them
	fault     string     // why the manifests do not add up to the head, in words
}

// listed is a pack as its manifest lists it.
type listed struct {
	record
	source string
}

// packs returns the packs in order, each once.
func (s stock) packs() []listed {
	var out []listed
	seen := map[string]bool{}
	for _, m := range s.manifests {
		for _, r := range m.records {
			if r.Kind == kindPack && !seen[r.Pack] {
				seen[r.Pack] = true
				out = append(out, listed{r, m.name})
			}
		}
	}
	return out
}

// sound says what is wrong with the manifests, if anything is.
func (s stock) sound() error {
	for _, m := range s.manifests {
		if m.fault != "" {
			return fmt.Errorf("manifest %s: %s; run fsck", m.file, m.fault)
		}
	}
	if s.fault != "" {
		return fmt.Errorf("manifests: %s; run fsck", s.fault)
	}
	return nil
}

// lock waits until no other process changes manifests or moves packs. Closing the file unlocks. The
// file is not empty while a change is under way; when it is so here, the one who made it was killed.
func (a *Archive) lock() (*os.File, error) {
	l, err := os.OpenFile(filepath.Join(a.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := flock(l, syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", l.Name(), err), l.Close())
	}
	return l, nil
}

// flock repeats a call that a signal interrupted.
func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// change runs f, which changes manifests or moves packs, while nobody else does. What f leaves half
// done, because it fails or is killed, the next one to lock finishes or undoes.
func (a *Archive) change(f func() error) error {
	l, err := a.lock()
	if err != nil {
		return err
	}
	defer l.Close()
	st, err := l.Stat()
	if err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(a.dir, headFile))
	if st.Size() > 0 || err != nil {
		if _, err := a.recover(); err != nil {
			return err
		}
	}
	if _, err := l.WriteAt([]byte("changing\n"), 0); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	return l.Truncate(0)
}

// takeStock reads all manifests after finishing or undoing what was left half done. inspect, unless
// nil, sees the archive before anybody else may change it.
func (a *Archive) takeStock(inspect func(stock) error) (stock, error) {
	l, err := a.lock()
	if err != nil {
		return stock{}, err
	}
	defer l.Close()
	s, err := a.recover()
	if err != nil {
		return stock{}, err
	}
	if err := l.Truncate(0); err != nil || inspect == nil {
		return s, err
	}
	return s, inspect(s)
}

// recover finishes or removes what a process that was killed left behind. It touches nothing where
// something is wrong that no killed process explains: that is fsck's to report. The caller holds the lock.
func (a *Archive) recover() (stock, error) {
	s, err := a.readManifests()
	if err != nil {
		return s, err
	}
	if err := a.settle(&s); err != nil {
		return s, err
	}
	left, err := os.ReadDir(filepath.Join(a.dir, "tmp"))
	if err != nil {
		return s, err
	}
	names := map[string]bool{}
	for _, l := range s.packs() {
		names[l.Pack] = true
	}
	for _, e := range left {
		if !e.Type().IsRegular() {
			continue
		}
		if err := a.recoverFile(e.Name(), names, s.sound() == nil); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (a *Archive) readManifests() (stock, error) {
	var s stock
	entries, err := os.ReadDir(filepath.Join(a.dir, "manifests"))
	if err != nil {
		return s, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), ".jsonl") {
			s.files = append(s.files, e.Name())
			continue
		}
		m, err := readManifest(filepath.Join(a.dir, "manifests", e.Name()))
		if err != nil {
			return s, err
		}
		if m.fault == "" && filepath.Base(a.manifestPath(m.name)) != e.Name() {
			s.files = append(s.files, e.Name())
			continue
		}
		s.manifests = append(s.manifests, m)
	}
	return s, nil
}

// settle compares the manifests with the head. Where the difference is one change that was under way
// when its process was killed, that change is finished as far as it came: the head is brought
// forward, a line without an end is cut off.
func (a *Archive) settle(s *stock) error {
	var total head
	for _, m := range s.manifests {
		for _, r := range m.records {
			total = total.with(r)
		}
		if m.fault != "" && m.torn < 0 {
			return nil
		}
	}
	switch h, err := a.readHead(); {
	case errors.Is(err, fs.ErrNotExist):
		if total.Records == 0 {
			break
		}
		if err := a.writeHead(total); err != nil {
			return err
		}
	case errors.Is(err, errHead):
		s.fault = "the file head is damaged"
		return nil
	case err != nil:
		return err
	case h.counts(total):
	case a.interrupted(*s, total, h):
		if err := a.writeHead(total); err != nil {
			return err
		}
	default:
		s.fault = fmt.Sprintf("they hold %d records, or others than the %d that were written", total.Records, h.Records)
		return nil
	}
	for i := range s.manifests {
		if err := a.cutTorn(&s.manifests[i]); err != nil {
			return err
		}
	}
	s.manifests = slices.DeleteFunc(s.manifests, func(m manifest) bool { return len(m.records) == 0 })
	return nil
}

// interrupted says whether the manifests hold just what one change adds before it counts it in the
// head: the last record of one manifest, with its first when it is new. A pack so listed is not in its place yet.
func (a *Archive) interrupted(s stock, total, h head) bool {
	for _, m := range s.manifests {
		n := len(m.records)
		if n == 0 {
			continue
		}
		last := m.records[n-1]
		before := total.without(last)
		if n == 2 && before.Records > h.Records {
			before = before.without(m.records[0])
		}
		if !before.counts(h) {
			continue
		}
		if last.Kind != kindPack {
			return true
		}
		_, err := os.Stat(filepath.Join(a.dir, "tmp", last.Pack+".pack"))
		return err == nil
	}
	return false
}

// cutTorn removes a last line without an end: its writer was killed, so it was never acknowledged.
func (a *Archive) cutTorn(m *manifest) error {
	if m.torn < 0 {
		return nil
	}
	path := filepath.Join(a.dir, "manifests", m.file)
	if m.torn == 0 {
		if err := os.Remove(path); err != nil {
			return err
		}
	} else if err := os.Truncate(path, m.torn); err != nil {
		return err
	}
	m.torn, m.fault = -1, ""
	return syncDir(filepath.Dir(path))
}

// recoverFile finishes or removes one file in tmp/ that no living process holds.
func (a *Archive) recoverFile(name string, names map[string]bool, sound bool) error {
	path := filepath.Join(a.dir, "tmp", name)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its owner removed it just now
	}
	if err != nil {
		return err
	}
	defer f.Close()
	pack, sealed := strings.CutSuffix(name, ".pack")
	switch {
	case sealed && names[pack]: // its owner is dead or has failed: it would have the lock otherwise
		if _, err := os.Stat(a.packPath(pack)); err == nil {
			return os.Remove(path)
		}
		return a.place(pack)
	case flock(f, syscall.LOCK_EX|syscall.LOCK_NB) != nil:
		return nil // its owner lives
	case sealed && !sound:
		return nil // a manifest that cannot be read may list it
	}
	return os.Remove(path)
}

// publish lists a sealed pack in its source's manifest, then moves it to its place.
func (a *Archive) publish(tmp, source string, r record) error {
	return a.change(func() error {
		if _, err := a.packRow(r.Pack); err == nil {
			return os.Remove(tmp) // another batch archived the very same objects a moment ago
		}
		// Under its own name recover finds it, from the moment the manifest lists it.
		if err := os.Rename(tmp, filepath.Join(a.dir, "tmp", r.Pack+".pack")); err != nil {
			return err
		}
		if err := syncDir(filepath.Join(a.dir, "tmp")); err != nil {
			return err
		}
		a.reached("staged")
		if err := a.append(source, r); err != nil {
			return err
		}
		a.reached("counted")
		return a.place(r.Pack)
	})
}

// place moves a listed pack from tmp/ to its place.
func (a *Archive) place(name string) error {
	to := a.packPath(name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("place pack: %w", err)
	}
	if err := os.Rename(filepath.Join(a.dir, "tmp", name+".pack"), to); err != nil {
		return fmt.Errorf("place pack: %w", err)
	}
	a.reached("placed")
	if err := syncDir(filepath.Dir(to)); err != nil {
		return err
	}
	return syncDir(filepath.Join(a.dir, "packs"))
}

func appendFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
