// Package buckettest is an S3-compatible store for tests: it answers ListObjectsV2 and GetObject with
// Range and If-Match, and misbehaves where it is told to.
package buckettest

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Server holds objects by key. Its fields may be set before it is served, its methods called at any time.
type Server struct {
	Bucket string // in the path, /bucket/key; "" where the host is the bucket's
	Page   int    // objects on a page of a listing; 1000 when 0

	// Before is asked first; true says that it answered. n counts the requests of this method and path, from 1.
	Before func(w http.ResponseWriter, r *http.Request, key string, n int) bool

	mu       sync.Mutex
	objects  map[string]Object
	requests map[string]int
	sent     map[string]int64 // bytes of bodies, by key
	lists    int
}

// Object is an object of the store.
type Object struct {
	Data   []byte
	ETag   string // "" for the MD5
	Listed int64  // the size that listings tell; 0 for the true one
}

// Put stores an object.
func (s *Server) Put(key string, o Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.ETag == "" {
		sum := md5.Sum(o.Data)
		o.ETag = hex.EncodeToString(sum[:])
	}
	if s.objects == nil {
		s.objects = map[string]Object{}
	}
	s.objects[key] = o
}

// Sent returns how many bytes of an object went out, and how many requests there were for it.
func (s *Server) Sent(key string) (bytes int64, requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent[key], s.requests[key]
}

// Lists returns how many pages of listings were asked for.
func (s *Server) Lists() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lists
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(r.URL.Path, "/")
	if s.Bucket != "" {
		rest, ok := strings.CutPrefix(key, s.Bucket)
		if !ok {
			problem(w, http.StatusNotFound, "NoSuchBucket")
			return
		}
		key = strings.TrimPrefix(rest, "/")
	}
	s.mu.Lock()
	if s.requests == nil {
		s.requests, s.sent = map[string]int{}, map[string]int64{}
	}
	count := key
	if key == "" {
		count = "list " + r.URL.Query().Get("prefix")
		s.lists++
	}
	s.requests[count]++
	n := s.requests[count]
	o, found := s.objects[key]
	s.mu.Unlock()
	switch {
	case s.Before != nil && s.Before(w, r, key, n):
	case key == "":
		s.list(w, r.URL.Query())
	case !found:
		problem(w, http.StatusNotFound, "NoSuchKey")
	default:
		s.get(w, r, key, o)
	}
}

// list answers ListObjectsV2.
func (s *Server) list(w http.ResponseWriter, q url.Values) {
	if q.Get("list-type") != "2" {
		problem(w, http.StatusBadRequest, "InvalidArgument")
		return
	}
	encode := func(k string) string { return k }
	if q.Get("encoding-type") == "url" {
		encode = url.QueryEscape
	}
	s.mu.Lock()
	var keys []string
	for k := range s.objects {
		if strings.HasPrefix(k, q.Get("prefix")) && k > q.Get("continuation-token") {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	size := s.Page
	if size == 0 {
		size = 1000
	}
	type contents struct {
		Key, ETag string
		Size      int64
	}
	type result struct {
		XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
		EncodingType          string   `xml:",omitempty"`
		IsTruncated           bool
		NextContinuationToken string `xml:",omitempty"`
		Contents              []contents
	}
	page := result{EncodingType: q.Get("encoding-type")}
	for i, k := range keys {
		if i == size {
			page.IsTruncated, page.NextContinuationToken = true, keys[i-1]
			break
		}
		o := s.objects[k]
		n := int64(len(o.Data))
		if o.Listed != 0 {
			n = o.Listed
		}
		page.Contents = append(page.Contents, contents{encode(k), `"` + o.ETag + `"`, n})
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(page) // whoever asked has gone
}

// get answers GetObject.
func (s *Server) get(w http.ResponseWriter, r *http.Request, key string, o Object) {
	if m := r.Header.Get("If-Match"); m != "" && m != `"`+o.ETag+`"` {
		problem(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	data := o.Data
	w.Header().Set("ETag", `"`+o.ETag+`"`)
	status := http.StatusOK
	if from, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
		n, err := strconv.Atoi(strings.TrimSuffix(from, "-"))
		if err != nil || n >= len(data) {
			problem(w, http.StatusRequestedRangeNotSatisfiable, "InvalidRange")
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", n, len(data)-1, len(data)))
		data, status = data[n:], http.StatusPartialContent
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	n, _ := w.Write(data)
	s.mu.Lock()
	s.sent[key] += int64(n)
	s.mu.Unlock()
}

// problem answers with an error in S3's words.
func problem(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
}
