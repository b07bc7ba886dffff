package refdata

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// fetchTimeout bounds one download, so that a publisher who trickles bytes does not hold up the rest.
const fetchTimeout = 10 * time.Minute

// gather puts the published files of p into folder, as they are, and returns their names in
// order. A file that was refused half-way stays there to be kept aside.
func gather(ctx context.Context, p Publisher, folder string, client *http.Client) ([]string, error) {
	limit := p.Kind.limits().bytes
	var names []string
	taken := make(map[string]bool)
	free := func(name string) string {
		for i := 2; taken[name]; i++ {
			name = fmt.Sprintf("%d-%s", i, name)
		}
		taken[name] = true
		return name
	}
	for i, from := range p.From {
		if isURL(from) {
			name := free(fileName(from, p.Kind, i))
			if err := download(ctx, client, from, filepath.Join(folder, name), limit); err != nil {
				return nil, err
			}
			names = append(names, name)
			continue
		}
		st, err := os.Stat(from)
		if err != nil {
			return nil, err
		}
		paths := []string{from}
		if st.IsDir() {
			if paths, err = findFiles(p.Kind, from); err != nil {
				return nil, err
			}
			if len(paths) == 0 {
				return nil, fmt.Errorf("%w: no %s in %s", errNothing, p.Kind.fileNames()[0][0], from)
			}
		}
		for _, path := range paths {
			name := free(filepath.Base(path))
			if err := copyFile(ctx, path, filepath.Join(folder, name), limit); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			names = append(names, name)
		}
	}
	return names, nil
}

// errNothing says that a folder has no file of a kind.
var errNothing = errors.New("nothing found")

func isURL(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// fileName is what a download is called: the last part of its path where that is a plain name.
func fileName(from string, kind Kind, i int) string {
	if u, err := url.Parse(from); err == nil {
		name := path.Base(u.Path)
		ok := len(name) <= 100 && strings.Contains(name, ".") && strings.Trim(name, ".") != "" && name != "meta.json"
		for _, c := range name {
			ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._-@", c))
		}
		if ok && name[0] != '.' {
			return name
		}
	}
	return fmt.Sprintf("%s-%d", kind, i+1)
}

// download fetches one file.
func download(ctx context.Context, client *http.Client, from, to string, limit int64) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "veedor")
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch %s: it answered %s", from, resp.Status)
	}
	if resp.ContentLength > limit {
		return fmt.Errorf("fetch %s: %w: it announced %d MB, at most %d MB are accepted", from, errTooLarge, resp.ContentLength>>20, limit>>20)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/html" {
		// Kept all the same: the page usually says what is wrong.
		_ = save(resp.Body, to, maxKeptAside)
		return fmt.Errorf("fetch %s: %w", from, errWebPage)
	}
	if err := save(resp.Body, to, limit); err != nil {
		return fmt.Errorf("fetch %s: %w", from, err)
	}
	if err := notWebPage(to); err != nil {
		return fmt.Errorf("fetch %s: %w", from, err)
	}
	return nil
}

var errWebPage = errors.New("it answered with a web page instead of the data")

// notWebPage tells a web page by its first character. No published list begins like one.
func notWebPage(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var head [512]byte
	n, _ := io.ReadFull(f, head[:])
	if bytes.HasPrefix(bytes.TrimSpace(head[:n]), []byte("<")) {
		return errWebPage
	}
	return nil
}

// save writes r to a new file and syncs it.
func save(r io.Reader, to string, limit int64) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(f, io.LimitReader(r, limit))
	if err != nil {
		return fmt.Errorf("broken off after %d bytes: %w", n, err)
	}
	if n == limit {
		if m, _ := io.ReadFull(r, make([]byte, 1)); m > 0 {
			return fmt.Errorf("%w: more than %d MB", errTooLarge, limit>>20)
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// copyFile copies a local file.
func copyFile(ctx context.Context, from, to string, limit int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return save(f, to, limit)
}
