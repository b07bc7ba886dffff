package bucket

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// S3 is a store that answers S3's ListObjectsV2 and GetObject to anybody, over plain HTTP.
type S3 struct {
	base   *url.URL
	client *http.Client
	wait   func(context.Context, time.Duration) error
	waits  func(time.Duration, error)
	now    func() time.Time
}

// Options are what an S3 works with. The zero value works on the network, through the proxy that the
// environment names (HTTPS_PROXY, also socks5h://), and waits by the clock.
type Options struct {
	Transport http.RoundTripper
	Wait      func(context.Context, time.Duration) error
	Now       func() time.Time
	Waits     func(d time.Duration, why error) // is told before each wait, by any goroutine; may be nil
}

// Bounds of answers and patience.
const (
	maxListing  = 8 << 20 // bytes of one page of a listing
	maxPages    = 200     // of one prefix
	maxProblem  = 4 << 10 // bytes of an error that are read
	headWait    = 60 * time.Second
	stalledWait = 60 * time.Second // without a byte
	oneTry      = 10 * time.Minute // of a download; the next goes on where it ended
)

// OpenS3 returns the bucket at an address: https://bucket.host or https://host/bucket.
func OpenS3(address string, o Options) (*S3, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("open bucket: %q is no address", address)
	case u.Scheme == "s3" && strings.HasPrefix(OONI, "https://"+u.Host+"."):
		return OpenS3(OONI, o)
	case u.Scheme == "s3":
		return nil, fmt.Errorf("open bucket: %s does not say where it lies; give its address, such as https://%s.s3.REGION.amazonaws.com", address, u.Host)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("open bucket: %q is neither an address (https://…) nor a folder", address)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("open bucket: an address with a password or a question in it is not accepted; only buckets that anybody may read are")
	}
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), ""
	s := &S3{base: u, wait: o.Wait, now: o.Now, waits: o.Waits}
	if s.wait == nil {
		s.wait = wait
	}
	if s.waits == nil {
		s.waits = func(time.Duration, error) {}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2: true, TLSHandshakeTimeout: 30 * time.Second, ResponseHeaderTimeout: headWait, IdleConnTimeout: 90 * time.Second,
			MaxIdleConnsPerHost: 2 * listAtOnce, MaxResponseHeaderBytes: 64 << 10, DisableCompression: true}
	}
	s.client = &http.Client{Transport: o.Transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) >= 4 || via[0].URL.Scheme == "https" && r.URL.Scheme != "https" || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return s, nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Name is the bucket's address.
func (s *S3) Name() string { return s.base.String() }

// Address is where an object can be fetched.
func (s *S3) Address(key string) string {
	u := *s.base
	u.Path += "/" + key
	return u.String()
}

// listing is a page of ListObjectsV2's answer.
type listing struct {
	XMLName   xml.Name
	Encoding  string `xml:"EncodingType"`
	Truncated bool   `xml:"IsTruncated"`
	Next      string `xml:"NextContinuationToken"`
	Contents  []struct {
		Key  string
		ETag string
		Size int64
	}
}

// List implements Store.
func (s *S3) List(ctx context.Context, prefix string, f func(Object) error) error {
	token, seen := "", map[string]bool{}
	for range maxPages {
		var page *listing
		err := s.retry(ctx, func() (moved bool, err error) {
			page, err = s.page(ctx, prefix, token)
			return false, err
		})
		if err != nil {
			return err
		}
		for _, c := range page.Contents {
			key := c.Key
			if page.Encoding == "url" {
				if key, err = url.QueryUnescape(c.Key); err != nil {
					return fmt.Errorf("a key in the listing is not encoded as it says: %.100q", c.Key)
				}
			}
			if err := f(Object{Key: key, ETag: plain(c.ETag), Size: c.Size}); err != nil {
				return err
			}
		}
		if !page.Truncated {
			return nil
		}
		token = page.Next
		if token == "" || seen[token] {
			return errors.New("the listing does not end: it gives the same place to go on again, or none")
		}
		seen[token] = true
	}
	return fmt.Errorf("the listing does not end: more than %d pages", maxPages)
}

// page asks for one page.
func (s *S3) page(ctx context.Context, prefix, token string) (*listing, error) {
	q := url.Values{"list-type": {"2"}, "encoding-type": {"url"}, "prefix": {prefix}, "max-keys": {"1000"}}
	if token != "" {
		q.Set("continuation-token", token)
	}
	u := *s.base
	u.Path += "/"
	if s.base.Path != "" {
		u.Path = s.base.Path
	}
	u.RawQuery = q.Encode()
	ctx, cancel := context.WithTimeout(ctx, 2*headWait)
	defer cancel()
	resp, err := s.send(ctx, u.String(), nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusForbidden, http.StatusNotFound, http.StatusUnauthorized:
		return nil, fmt.Errorf("%w (%s)", ErrAbsent, s.problem(resp))
	default:
		return nil, s.refusal(resp)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxListing+1))
	if err != nil {
		return nil, &again{err: fmt.Errorf("the listing broke off: %w", err)}
	}
	if len(b) > maxListing {
		return nil, fmt.Errorf("a page of the listing has more than %d MB", maxListing>>20)
	}
	var page listing
	if err := xml.Unmarshal(b, &page); err != nil || page.XMLName.Local != "ListBucketResult" {
		return nil, errors.New("it answered with something that is no listing; is it the address of a bucket?")
	}
	return &page, nil
}

// send makes one request. That no answer came is worth another try.
func (s *S3) send(ctx context.Context, address string, head http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	for k, v := range head {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", "veedor")
	req.Header.Set("Accept-Encoding", "identity") // the bytes as they lie there
	resp, err := s.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address is named by whoever reports it
		}
		return nil, &again{err: fmt.Errorf("no answer: %w", err)}
	}
	return resp, nil
}

var problemCode = regexp.MustCompile(`<Code>([A-Za-z]{1,60})</Code>`)

// problem words an answer that is no success.
func (s *S3) problem(resp *http.Response) string {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, maxProblem)) // it is only for the message
	say := "it answered " + strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)
	if m := problemCode.FindSubmatch(b); m != nil {
		say += " " + string(m[1])
	}
	if r := resp.Header.Get("X-Amz-Bucket-Region"); resp.StatusCode/100 == 3 && r != "" {
		say += fmt.Sprintf("; the bucket lies in the region %.40q", r)
	}
	return say
}

// refusal is the error of an answer that is no success; it says whether another try is worth it.
func (s *S3) refusal(resp *http.Response) error {
	err := errors.New(s.problem(resp))
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &again{err, s.after(resp.Header.Get("Retry-After"))}
	}
	return err
}

// after reads Retry-After: seconds or a date.
func (s *S3) after(v string) time.Duration {
	if n, err := strconv.Atoi(v); err == nil && n > 0 {
		return time.Duration(min(n, 86_400)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(t.Sub(s.now()), 0)
	}
	return 0
}

// plain returns an ETag without quotes.
func plain(etag string) string {
	etag = strings.TrimPrefix(strings.TrimSpace(etag), "W/")
	return strings.Trim(etag, `"`)
}
