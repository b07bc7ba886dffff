package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"veedor/internal/web"
)

// shownFiles are the files below the data folder that change with anything that pages show. The lake's catalog comes on top,
// whose folder changes with a rebuild. Folders stand for the files in them.
func shownFiles() []string {
	return []string{
		"lake/CURRENT",
		"incidents/journal.jsonl", "outages/outages.jsonl",
		"captures/journal.jsonl", "dossiers/journal.jsonl",
		"log.json", "log/checkpoint", "log/cosigned", "log/stamps", "log/.state/attempts.jsonl", "index/log.sqlite", "index/log.sqlite-wal",
		"desk/journal.jsonl", "desk/desk.sqlite", "desk/desk.sqlite-wal",
		"registry/registry.sqlite", "registry/registry.sqlite-wal", "registry/states.jsonl", "registry/decisions.jsonl", "registry/watches.jsonl", "registry/index",
	}
}

// settledAfter is how long after a file was written another write is sure to give it another time.
const settledAfter = 50 * time.Millisecond

// siteState returns what names the state of everything that pages show: sizes and times of the files behind them, and what
// this process took up of those that it looks at only now and then.
func siteState(data string, h *house, found *web.Follower) func() (string, bool) {
	names := shownFiles()
	return func() (string, bool) {
		now, settled := time.Now(), true
		var b strings.Builder
		add := func(name string) {
			info, err := os.Stat(filepath.Join(data, name))
			if err != nil {
				b.WriteString("- ")
				return
			}
			at := info.ModTime()
			settled = settled && now.Sub(at).Abs() > settledAfter
			b.WriteString(strconv.FormatInt(info.Size(), 36) + "." + strconv.FormatInt(at.UnixNano(), 36) + " ")
		}
		for _, n := range names {
			add(n)
		}
		current, err := os.ReadFile(filepath.Join(data, "lake", "CURRENT"))
		catalog := filepath.Join("lake", strings.TrimSpace(string(current)), "catalog.sqlite")
		add(catalog)
		add(catalog + "-wal")
		b.WriteString(h.refdata.AsOf(now).ID() + " " + now.UTC().Format(time.DateOnly) + " " + strconv.FormatInt(found.Changes(), 36))
		return b.String(), settled && err == nil
	}
}
