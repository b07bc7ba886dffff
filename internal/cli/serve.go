package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/tlog"
	"veedor/internal/follow/api"
	"veedor/internal/follow/registry"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/edition"
)

func serveCommand() *cobra.Command {
	var listen, onion string
	c := &cobra.Command{
		Use:     "serve",
		Short:   "Serve the pages",
		Long:    "Serve the pages. Measurements that other processes read in meanwhile show up at once.",
		Example: "  veedor serve\n  veedor serve --listen 127.0.0.1:9000",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error { return serve(c, h, listen, onion) })
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "the address to listen on; port 0 picks a free one")
	onionFlag(c, &onion)
	deskFlags(c)
	contactFlag(c)
	return c
}

// contactFlag lets a command that makes pages say who answers for them.
func contactFlag(c *cobra.Command) {
	c.Flags().String("contact", "", "how readers reach whoever runs this: a mail address, a web address or an onion, shown on the pages (default $VEEDOR_CONTACT)")
}

// contact returns what readers are told.
func contact(c *cobra.Command) string {
	if given, err := c.Flags().GetString("contact"); err == nil && given != "" {
		return given
	}
	return os.Getenv("VEEDOR_CONTACT")
}

func serve(c *cobra.Command, h *house, listen, onion string) error {
	onion, err := onionAsked(onion)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; choose another address with --listen", listen, err)
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		fmt.Fprintln(c.ErrOrStderr(), "veedor: warning: this address can be reached from other machines; docs/operate/install.md says how to put a proxy before it")
	}
	fmt.Fprintf(c.OutOrStdout(), "Listening on http://%s\n", l.Addr())
	if err := welcome(c, l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	site, done := livePages(c, h, showing{follow: true})
	defer done()
	if err := printCases(c, l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	s := &http.Server{Handler: toldOfOnion(site, onion), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	go reload(c.Context(), h.refdata)
	select {
	case err := <-served:
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

// references names what is in use of the reference data, and under which terms.
func references(db *refdata.DB) (out []web.Reference) {
	for _, s := range db.List() {
		if s.InUse {
			out = append(out, web.Reference{Kind: string(s.Kind), Credit: cmp.Or(s.Attribution, s.Publisher), Licence: s.Licence, Date: s.Date})
		}
	}
	return out
}

// printCases says where the cases are that readers see.
func printCases(c *cobra.Command, at net.Addr) error {
	return withDesk(c, func(d *desk.Desk) error {
		list, err := d.List(c.Context(), desk.Public(), desk.Query{Kind: desk.Case, Limit: 5})
		for i := range list {
			fmt.Fprintf(c.OutOrStdout(), "Case: http://%s/case/%s\n", at, list[i].ID)
		}
		return err
	})
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

// originals opens the files of lists as they were before they were packed for transport.
type originals struct{ *archive.Archive }

// Open implements web.Originals.
func (o originals) Open(f registry.File) (io.ReadCloser, error) {
	return unpacked(&archived{a: o.Archive, parts: f.Objects()})
}

// pages returns the whole site as it is, and what to call when it is needed no longer.
func pages(c *cobra.Command, h *house) (site http.Handler, done func()) {
	return livePages(c, h, showing{})
}

// showing says for what pages are made.
type showing struct {
	follow bool         // the search index is kept up to date
	copy   *web.Copy    // they are written as files: no desk, no calls of programs
	log    slog.Handler // nil: lines on standard error
}

// livePages returns the whole site, and what to call when it is served no longer. A part of the data folder that cannot
// be opened is logged, and its pages say that there is nothing.
func livePages(c *cobra.Command, h *house, how showing) (site http.Handler, done func()) {
	log := slog.New(cmp.Or[slog.Handler](how.log, slog.NewTextHandler(c.ErrOrStderr(), nil)))
	data := dataDir(c)
	conf := web.Config{
		Store: h.lake, Evidence: evidence{h.archive}, Outages: incidents.OpenOutages(data),
		Facts:      func() web.Facts { return h.refdata.AsOf(time.Now()) },
		World:      func() web.World { return h.refdata.AsOf(time.Now()) },
		References: func() []web.Reference { return references(h.refdata) },
		AllRules:   verdict.Rules(), RuleSet: verdict.RuleSet, Version: Version, Contact: contact(c),
		Log: log, Copy: how.copy,
	}
	if j, err := incidents.OpenJournal(data); err != nil {
		log.Error("journal of incidents", "error", err)
	} else {
		conf.Incidents = j
	}
	captures, err := capture.Open(data, capture.Options{})
	if err != nil {
		log.Error("captures", "error", err)
	} else {
		conf.Captures = captures
	}
	if d, err := edition.OpenShelf(data); err != nil {
		log.Error("dossiers", "error", err)
	} else {
		conf.Dossiers = d
	}
	var open []io.Closer
	if l, err := tlog.Open(c.Context(), data, tlog.Options{}); err != nil {
		log.Error("transparency log", "error", err)
	} else {
		conf.Transparency = l
		open = append(open, l)
	}
	reg, err := registry.Open(c.Context(), data)
	if err != nil {
		log.Error("registry", "error", err)
	} else {
		conf.Registry, conf.Originals, conf.Watches = reg, originals{h.archive}, reg
		open = append(open, reg)
	}
	d, err := desk.Open(c.Context(), data, desk.Options{})
	if err != nil {
		log.Error("desk", "error", err)
	} else {
		conf.Desk, conf.Mentions = d, web.NewMentions(d, time.Now)
		open = append(open, d)
	}
	if a, err := deskAccounts(c); err != nil {
		log.Error("accounts", "error", err)
	} else if a != nil {
		open = append(open, a)
		if how.copy == nil {
			conf.Accounts = a
		}
		if how.copy == nil && d != nil {
			conf.Work = deskWork(c, h, d, captures, reg)
		}
	}
	done = func() {
		for _, o := range open {
			if err := o.Close(); err != nil {
				log.Error("close what the pages are made of", "error", err)
			}
		}
	}
	if how.copy == nil {
		finder := web.NewFollower(searchIndex(data), conf)
		conf.Search = finder
		open = append(open, finder)
	}
	if finder, ok := conf.Search.(*web.Follower); ok && how.follow {
		conf.State = siteState(data, h, finder)
		ctx, stop := context.WithCancel(c.Context())
		go finder.Run(ctx)
		open = append([]io.Closer{closing(stop)}, open...)
	}
	pages := web.New(conf)
	if conf.Registry == nil || how.copy != nil {
		return pages, done
	}
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	calls := api.Handler(api.Config{Registry: reg, Version: Version, Log: log})
	mux.Handle("/api", calls)
	mux.Handle("/api/", calls)
	return mux, done
}

// closing is something to stop before the rest is closed.
type closing context.CancelFunc

// Close implements io.Closer.
func (c closing) Close() error {
	c()
	return nil
}

func pageCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "page PATH",
		Short:   "Print a page without a server",
		Example: "  veedor page /\n  veedor page /es/country/XA",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return with(c, func(h *house) error {
				site, done := pages(c, h)
				defer done()
				return web.Page(site, args[0], c.OutOrStdout())
			})
		},
	}
}
