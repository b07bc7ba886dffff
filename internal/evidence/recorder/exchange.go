package recorder

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"time"

	"veedor/internal/evidence/wacz"
)

// request is one to be made: its bytes are sent as they are.
type request struct {
	method string
	to     address
	head   []byte
	body   func(put func([]byte) error) error // hands on the raw body; nil when there is none
}

// exchange is a request and its answer, under way or done.
type exchange struct {
	method string
	to     address
	at     time.Time
	up     *upstream
	sent   *spool
	got    *spool // header and body as they came

	// Of the answer, once its header is there.
	parsed   bool // there is a header
	status   int
	fields   wacz.Fields
	headSize int64
	toEnd    bool // the body reaches as far as the connection
	keepOpen bool // the connection can be used again, once done is closed

	// When done is closed.
	done    chan struct{}
	release func() bool // the end of the recording need not close the connection any more
	payload hash.Hash
	cut     string // WARC-Truncated of the answer
	why     string // in words
	sentCut string
}

// start makes a request over the connection, or over a new one, and returns once the header of the answer is
// there; the body goes on to be recorded. A refusal or a failure is noted. The caller releases exchange.got.
func (s *session) start(req *request, conn *upstream) (*exchange, error) {
	if err := s.admit(req.to); err != nil {
		s.failed(req.to.String(), err)
		return nil, err
	}
	s.work.Add(1)
	e, err := s.open(req, conn)
	if err != nil {
		s.failed(req.to.String(), err)
		s.left(req.to, false)
		s.work.Done()
		return nil, err
	}
	s.follow(e) // before whoever asked can ask for the next
	go func() {
		defer s.work.Done()
		s.finish(e)
	}()
	return e, nil
}

// open sends a request and reads the header of its answer. A connection that was used before may have been
// closed by the server meanwhile; the request is made again then, over a new one.
func (s *session) open(req *request, conn *upstream) (*exchange, error) {
	for {
		fresh := !conn.serves(req.to) || req.body != nil // a body cannot be sent twice
		if fresh {
			if conn != nil {
				conn.Close()
			}
			var err error
			if conn, err = s.connect(req.to); err != nil {
				return nil, err
			}
		}
		conn.uses++
		e := &exchange{method: req.method, to: req.to, at: s.opt.Now(), up: conn, done: make(chan struct{}), payload: sha256.New(),
			sent: newSpool(s.dir, 1), got: newSpool(s.dir, 2)}
		stop := context.AfterFunc(s.ctx, func() { conn.Close() })
		err := s.send(req, e)
		if headErr := s.readAnswer(e); headErr == nil {
			e.release = stop
			return e, nil
		} else if err == nil {
			err = headErr
		}
		stop()
		conn.Close()
		e.sent.release()
		if e.got.length() == 0 && !fresh && req.body == nil && s.ctx.Err() == nil {
			e.got.finish()
			conn = nil
			continue
		}
		if s.ctx.Err() != nil {
			err = errTime
		}
		return nil, err
	}
}

// send sends a request and keeps what was sent.
func (s *session) send(req *request, e *exchange) error {
	put := func(p []byte) error {
		if e.sent.length()+int64(len(p)) > s.lim.Object {
			e.sentCut = cutLength
			return refuse(whyLongRequest, decimal(s.lim.Object))
		}
		e.up.SetWriteDeadline(time.Now().Add(quietTime))
		n, err := e.up.Write(p)
		if _, keepErr := e.sent.Write(p[:n]); keepErr != nil {
			return fmt.Errorf("keep request: %w", keepErr)
		}
		if err != nil {
			e.sentCut = cutDisconnect
			return fmt.Errorf("send request: %w", unaddressed(err))
		}
		return nil
	}
	if err := put(req.head); err != nil || req.body == nil {
		return err
	}
	return req.body(func(p []byte) error {
		if s.took(len(p)) < len(p) {
			e.sentCut = cutLength
			return refuse(whyManyBytes, decimal(s.lim.Total))
		}
		return put(p)
	})
}

// readAnswer reads the header of the final answer. Interim answers (1xx) are passed over.
func (s *session) readAnswer(e *exchange) error {
	for range 10 {
		e.up.SetReadDeadline(time.Now().Add(quietTime))
		head, err := readHead(e.up.r, s.lim.Header)
		n := s.took(len(head))
		first, fields, formErr := parseHead(head)
		minor, status, ok := parseStatus(first)
		if ok && err == nil && status < 200 && status != 101 {
			continue
		}
		if len(head) == 0 {
			return fmt.Errorf("read answer: %w", answerError(err))
		}
		if _, err := e.got.Write(head[:n]); err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
		e.headSize, e.status, e.fields = int64(n), status, fields
		switch {
		case n < len(head):
			e.cut, e.why = cutLength, fmt.Sprintf("more than %d bytes in all", s.lim.Total)
		case errors.Is(err, errTooLong):
			e.cut, e.why = cutLength, fmt.Sprintf("a header of more than %d bytes", s.lim.Header)
		case err != nil:
			e.cut, e.why = s.cutBy(err)
		case !ok:
			e.cut, e.why = cutUnspecified, "what came is not HTTP/1.1"
		default:
			e.parsed = true
			f := frame(fields)
			e.toEnd = !noBody(e) && !f.chunked && f.length < 0
			connection := strings.ToLower(strings.Join(fields.All("Connection"), ","))
			e.keepOpen = minor >= 1 && !e.toEnd && !f.odd && formErr == nil && status != 101 && e.sentCut == "" &&
				!strings.Contains(connection, "close")
		}
		return nil
	}
	return errors.New("read answer: more than 10 interim answers")
}

func answerError(err error) error {
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return errors.New("the server closed the connection without one")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("none within %s", quietTime)
	}
	return unaddressed(err)
}

func noBody(e *exchange) bool {
	return e.method == "HEAD" || e.status == 204 || e.status == 304 || e.status < 200
}

// finish reads the rest of the answer, and hands the exchange to the sink.
func (s *session) finish(e *exchange) {
	if e.parsed && !noBody(e) {
		put := func(p []byte) error { return s.takeBody(e, p) }
		e.up.SetReadDeadline(time.Now().Add(quietTime))
		if err := copyBody(e.up.r, frame(e.fields), s.lim.Header, put); err != nil && e.cut == "" {
			e.cut, e.why = s.cutBy(err)
		}
	}
	// More than was announced: what else comes on this connection belongs to nothing.
	e.keepOpen = e.keepOpen && e.cut == "" && e.up.r.Buffered() == 0
	if !e.keepOpen {
		e.up.Close()
	}
	e.release()
	e.got.finish()
	s.keepExchange(e)
	e.sent.release()
	e.got.release()
	if e.cut != "" {
		s.note(&s.res.Truncated, e.to.String(), e.cut+": "+e.why)
	}
	s.left(e.to, true)
	close(e.done)
}

// takeBody keeps a piece of a body within the limits.
func (s *session) takeBody(e *exchange, p []byte) error {
	n := s.took(len(p))
	if n < len(p) {
		e.cut, e.why = cutLength, fmt.Sprintf("more than %d bytes in all", s.lim.Total)
	}
	if room := s.lim.Object - e.got.length(); int64(n) > room {
		n = int(room)
		e.cut, e.why = cutLength, fmt.Sprintf("more than %d bytes", s.lim.Object)
	}
	e.payload.Write(p[:n])
	if _, err := e.got.Write(p[:n]); err != nil {
		e.cut, e.why = cutUnspecified, "it could not be kept: "+err.Error()
		return err
	}
	if e.cut != "" {
		return errTooLong
	}
	e.up.SetReadDeadline(time.Now().Add(quietTime))
	return nil
}

// cutBy says in the words of WARC-Truncated, and in plain ones, why reading ended early.
func (s *session) cutBy(err error) (cut, why string) {
	switch {
	case s.ctx.Err() != nil:
		return cutTime, "the recording ended before the answer did"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return cutTime, fmt.Sprintf("nothing came for %s", quietTime)
	case errors.Is(err, errMalformed):
		return cutUnspecified, "its chunks are malformed"
	case errors.Is(err, errTooLong):
		return cutLength, "a line or trailer longer than its limit"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return cutDisconnect, "the server closed the connection before the end it had announced"
	}
	return cutDisconnect, "the connection broke: " + unaddressed(err).Error()
}

// redirect returns where an answer redirects to, as sent; "" when it does not.
func (e *exchange) redirect() string {
	if e.status < 300 || e.status > 399 || e.status == 304 {
		return ""
	}
	return e.fields.Get("Location")
}

func (e *exchange) contentType() string { return quoted(e.fields.Get("Content-Type")) }

// follow remembers how an address answered, and where it redirects to.
func (s *session) follow(e *exchange) {
	if !e.parsed {
		return
	}
	target := e.redirect()
	s.mu.Lock()
	s.answers[e.to.String()] = outcome{status: e.status, contentType: e.contentType(), redirect: target}
	s.mu.Unlock()
	if target == "" {
		return
	}
	next, err := parseAddress(target, &e.to)
	if err != nil {
		s.refused(escape(quoted(target)), refuse(whyRedirect, e.to.String(), err.Error()))
		return
	}
	s.mu.Lock()
	s.depth[next.String()] = max(s.depth[next.String()], s.depth[e.to.String()]+1)
	s.mu.Unlock()
}
