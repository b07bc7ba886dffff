package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
)

func serveCommand() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:     "serve",
		Short:   "Serve the pages",
		Long:    "Serve the pages. Measurements that other processes read in meanwhile show up at once.",
		Example: "  veedor serve\n  veedor serve --listen 127.0.0.1:9000",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error { return serve(c, h, listen) })
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "the address to listen on; port 0 picks a free one")
	return c
}

func serve(c *cobra.Command, h *house, listen string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; choose another address with --listen", listen, err)
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		fmt.Fprintln(c.ErrOrStderr(), "veedor: warning: this address can be reached from other machines; docs/operate/install.md says how to put a proxy before it")
	}
	fmt.Fprintf(c.OutOrStdout(), "Listening on http://%s\n", l.Addr())
	s := &http.Server{Handler: pages(c, h), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	go reload(c.Context(), h.refdata)
	select {
	case err := <-done:
		return err
	case <-c.Context().Done():
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return nil // asked to stop, and stopped
	}
}

// reload takes up reference data that another process fetched.
func reload(ctx context.Context, db *refdata.DB) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := db.Reload(); err != nil {
				slog.Warn("reload reference data", "error", err)
			}
		}
	}
}

// evidence lets pages fetch archived bytes by the hash in hex.
type evidence struct{ *archive.Archive }

// Raw implements web.Evidence.
func (e evidence) Raw(hash string) ([]byte, error) {
	h, err := archive.ParseHash(hash)
	if err != nil {
		return nil, err
	}
	return e.Get(h)
}

func pages(c *cobra.Command, h *house) http.Handler {
	log := slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))
	var published web.Incidents
	if j, err := incidents.OpenJournal(dataDir(c)); err != nil {
		log.Error("journal of incidents", "error", err)
	} else {
		published = j
	}
	return web.New(web.Config{
		Store: h.lake, Evidence: evidence{h.archive}, Incidents: published, Outages: incidents.OpenOutages(dataDir(c)),
		Facts:    func() web.Facts { return h.refdata.AsOf(time.Now()) },
		AllRules: verdict.Rules(), RuleSet: verdict.RuleSet, Version: Version,
		Log: log,
	})
}

func pageCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "page PATH",
		Short:   "Print a page without a server",
		Example: "  veedor page /\n  veedor page /es/country/XA",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return with(c, func(h *house) error { return web.Page(pages(c, h), args[0], c.OutOrStdout()) })
		},
	}
}
