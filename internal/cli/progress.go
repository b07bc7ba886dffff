package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"veedor/internal/measure/ingest"
)

// progress shows how far something has come: a bar on a terminal, else a plain line every two seconds.
type progress struct {
	w    io.Writer
	what string
	unit string // of what is counted; "" for bytes
	bar  *progressbar.ProgressBar
	tty  bool
	said time.Time
}

func newProgress(w io.Writer, what string) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, what: what, tty: ok && term.IsTerminal(int(f.Fd())), said: time.Now()}
}

// newCount is a progress of things that are counted, such as claims.
func newCount(w io.Writer, what, unit string) *progress {
	p := newProgress(w, what)
	p.unit = unit
	return p
}

// at shows done of total bytes or things, and in words what beside them.
func (p *progress) at(done, total int64, beside string) {
	if p.tty {
		if p.bar == nil {
			o := []progressbar.Option{progressbar.OptionSetWriter(p.w), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100 * time.Millisecond),
				progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(), progressbar.OptionShowBytes(p.unit == "")}
			if p.unit != "" {
				o = append(o, progressbar.OptionShowCount())
			}
			p.bar = progressbar.NewOptions64(max(total, -1), o...)
		}
		p.bar.Describe(p.what + " " + beside)
		_ = p.bar.Set64(done) // a bar that cannot be drawn is no reason to stop
		return
	}
	if time.Since(p.said) < 2*time.Second {
		return
	}
	p.said = time.Now()
	var b bytes.Buffer
	amount := size
	if p.unit != "" {
		amount = func(n int64) string { return strconv.FormatInt(n, 10) }
	}
	fmt.Fprintf(&b, "%s: %s", p.what, amount(done))
	if total > 0 {
		fmt.Fprintf(&b, " of %s", amount(total))
	}
	if p.unit != "" {
		fmt.Fprintf(&b, " %s", p.unit)
	}
	if total > 0 {
		fmt.Fprintf(&b, " (%d%%)", 100*done/total)
	}
	if beside != "" {
		fmt.Fprintf(&b, ", %s", beside)
	}
	fmt.Fprintln(p.w, b.String())
}

func (p *progress) ingest(g ingest.Progress) {
	rate := float64(g.Read) / max(g.Elapsed.Seconds(), 1e-3)
	p.at(g.Bytes, g.TotalBytes, fmt.Sprintf("%d committed, %.0f/s", g.Read, rate))
}

// count shows how many of something there are, every two seconds.
func (p *progress) count(n uint64, what string) {
	if time.Since(p.said) < 2*time.Second {
		return
	}
	p.said = time.Now()
	fmt.Fprintf(p.w, "%s: %d %s\n", p.what, n, what)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish() // as above
	}
}

// size words a number of bytes.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
