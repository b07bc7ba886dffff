package capture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ledongthuc/pdf"
)

const (
	pdfTime   = 60 * time.Second
	pdfMemory = 3 << 30 // bytes of address space
	maxPDF    = 128 << 20
	maxPages  = 5000
)

// pdfText makes the text of a PDF, by poppler's pdftotext where it is installed, which reads more of them better, else by helper. Either runs in a
// process of its own, limited in time and memory: PDFs can be made so that their readers crash or never end.
func pdfText(ctx context.Context, body []byte, helper []string) (Text, error) {
	if len(body) > maxPDF {
		return Text{}, fmt.Errorf("read PDF: it is larger than %d MiB: %w", maxPDF>>20, ErrRefused)
	}
	t := Text{}
	poppler, err := exec.LookPath("pdftotext")
	if err == nil {
		command := []string{poppler, "-enc", "UTF-8", "-", "-"}
		if len(helper) > 0 {
			command = append(slices.Clone(helper), poppler)
		}
		out, err := t.run(ctx, command, body)
		if err == nil {
			t.Maker = popplerVersion(ctx, poppler)
			return t.paragraphs(out), nil
		}
		t.note("pdftotext could not read it: %v.", err)
	}
	if len(helper) == 0 {
		return t, fmt.Errorf("read PDF: %w", errors.Join(errors.New("there is no program here that can; install poppler-utils"), ctx.Err()))
	}
	out, err := t.run(ctx, helper, body)
	if err != nil {
		return t, fmt.Errorf("read PDF: %w", err)
	}
	t.Maker = "pdf"
	return t.paragraphs(out), nil
}

// run runs a command with the PDF as its input and returns what it wrote.
func (t *Text) run(ctx context.Context, command []string, body []byte) (string, error) {
	limited, cancel := context.WithTimeout(ctx, pdfTime)
	defer cancel()
	c := exec.CommandContext(limited, command[0], command[1:]...)
	c.Args[0] = "veedor" // however the file is called that runs us
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "GOMEMLIMIT=1GiB"}
	c.Stdin = bytes.NewReader(body)
	c.WaitDelay = time.Second
	stderr := &bounded{most: 2000}
	stdout := &bounded{most: maxTextMade}
	c.Stdout, c.Stderr = stdout, stderr
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case limited.Err() != nil:
		return "", fmt.Errorf("it took longer than %v", pdfTime)
	case err != nil:
		said, _, _ := strings.Cut(strings.TrimSpace(stderr.b.String()), "\n")
		return "", fmt.Errorf("%w %s", err, shorten(Canonical(said), 200))
	}
	if stdout.more {
		t.note("Only the first %d MiB of text were kept.", maxTextMade>>20)
	}
	return strings.ToValidUTF8(stdout.b.String(), "\uFFFD"), nil
}

// bounded keeps the first bytes written to it.
type bounded struct {
	b    bytes.Buffer
	most int
	more bool
}

func (w *bounded) Write(p []byte) (int, error) {
	keep := min(len(p), w.most-w.b.Len())
	w.more = w.more || keep < len(p)
	w.b.Write(p[:keep])
	return len(p), nil
}

var popplerSays = regexp.MustCompile(`version (\d[\d.]{0,20})`)

func popplerVersion(ctx context.Context, path string) string {
	out, _ := exec.CommandContext(ctx, path, "-v").CombinedOutput()
	if m := popplerSays.FindSubmatch(out); m != nil {
		return "pdftotext " + string(m[1])
	}
	return "pdftotext"
}

// paragraphs joins the lines of paragraphs, which empty lines part.
func (t Text) paragraphs(out string) Text {
	var b strings.Builder
	for block := range strings.SplitSeq(strings.ReplaceAll(strings.ReplaceAll(out, "\r\n", "\n"), "\f", "\n\n"), "\n\n") {
		b.WriteString(strings.ReplaceAll(strings.TrimSpace(block), "\n", " "))
		b.WriteByte('\n')
	}
	t.Full = t.canonical(b.String())
	t.Main = t.Full
	if t.Full == "" {
		t.note("There is no text in it: perhaps it is a scanned image.")
	}
	return t
}

// ReadPDF is the helper of ReadText: it limits its own process, reads a PDF from in and writes its text to out. With the path of pdftotext it
// becomes that program instead. It must run in a process that does nothing else.
func ReadPDF(in io.Reader, out io.Writer, poppler string) error {
	for resource, limit := range map[int]uint64{syscall.RLIMIT_CPU: uint64(pdfTime / time.Second), syscall.RLIMIT_CORE: 0, syscall.RLIMIT_AS: pdfMemory} {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			return fmt.Errorf("limit reading of PDF: %w", err)
		}
	}
	if poppler != "" {
		return fmt.Errorf("run %s: %w", poppler, syscall.Exec(poppler, []string{"pdftotext", "-enc", "UTF-8", "-", "-"}, os.Environ()))
	}
	debug.SetMaxStack(64 << 20)
	body, err := io.ReadAll(io.LimitReader(in, maxPDF+1))
	if err != nil {
		return fmt.Errorf("read PDF: %w", err)
	}
	return writePDFText(body, out)
}

func writePDFText(body []byte, out io.Writer) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read PDF: it is damaged: %.200s", fmt.Sprint(r))
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return fmt.Errorf("read PDF: %w", err)
	}
	for i := 1; i <= min(r.NumPage(), maxPages); i++ {
		p := r.Page(i)
		if p.V.IsNull() {
			continue
		}
		text, err := p.GetPlainText(nil)
		if err != nil {
			return fmt.Errorf("read PDF: page %d: %w", i, err)
		}
		if _, err := io.WriteString(out, text+"\n\n"); err != nil {
			return fmt.Errorf("write text of PDF: %w", err)
		}
	}
	return nil
}
