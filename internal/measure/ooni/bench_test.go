package ooni

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// pageOf returns n bytes that compress, escape and parse as a web page does.
func pageOf(n int) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"es\">\n<head><title>Noticias de hoy</title></head>\n<body class=\"home page\">\n")
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "<div class=\"item n%d\"><a href=\"https://www.example.com/politica/%d/\">La elección número %d</a>\n\t<script>var a={id:%d,v:1.%d};f(a);</script></div>\n",
			i%7, i, i, i*37, i%10)
	}
	return b.String()[:n]
}

// sampleLine returns a web_connectivity measurement of about size bytes, one third of which is what
// was measured and the rest two pages, as the probe's own encoder writes it.
func sampleLine(tb testing.TB, size int) []byte {
	tb.Helper()
	type obj = map[string]any
	events := []obj{}
	for i := 0; len(events)*130 < size/4; i++ {
		events = append(events, obj{"address": "192.0.2.10:443", "failure": nil, "num_bytes": 1400 + i, "operation": "read", "proto": "tcp",
			"t0": 0.1 + float64(i)/1000, "t": 0.1017 + float64(i)/1000, "tags": []string{"depth=0"}, "transaction_id": 3})
	}
	request := func(url, body string) obj {
		headers := obj{"Content-Type": "text/html; charset=UTF-8", "Server": "nginx", "Cache-Control": "max-age=600", "X-Frame-Options": "SAMEORIGIN",
			"Date": "Sat, 01 Jun 2024 10:00:00 GMT", "Vary": "Accept-Encoding"}
		list := [][]string{}
		for k, v := range headers {
			list = append(list, []string{k, v.(string)})
		}
		return obj{"network": "tcp", "address": "192.0.2.10:443", "alpn": "h2", "failure": nil, "t0": 0.3, "t": 0.5, "transaction_id": 3, "tags": []string{"depth=0", "fetch_body=true"},
			"request":  obj{"method": "GET", "url": url, "headers": obj{"Accept": "*/*", "User-Agent": "Mozilla/5.0"}, "headers_list": [][]string{{"Accept", "*/*"}, {"User-Agent", "Mozilla/5.0"}}, "body": "", "body_is_truncated": false},
			"response": obj{"code": 200, "headers": headers, "headers_list": list, "body": body, "body_is_truncated": false}}
	}
	m := obj{
		"annotations":         obj{"engine_name": "ooniprobe-engine", "engine_version": "3.22.0", "platform": "android", "architecture": "arm64", "network_type": "mobile"},
		"data_format_version": "0.2.0", "input": "https://www.example.com/", "measurement_start_time": "2024-06-01 10:00:00", "probe_asn": "AS64500", "probe_cc": "VE", "probe_ip": "127.0.0.1",
		"probe_network_name": "Red de Ejemplo", "report_id": "20240601T095900Z_webconnectivity_VE_64500_n1_abcdef0123456789", "resolver_asn": "AS64500", "resolver_ip": "198.51.100.7",
		"software_name": "ooniprobe-android", "software_version": "3.8.8", "test_name": "web_connectivity", "test_runtime": 3.25, "test_start_time": "2024-06-01 09:59:00", "test_version": "0.4.3",
		"test_keys": obj{
			"agent": "redirect", "client_resolver": "198.51.100.7", "network_events": events, "blocking": false, "accessible": true, "dns_consistency": "consistent", "x_blocking_flags": 32,
			"queries": []obj{{"answers": []obj{{"answer_type": "A", "asn": 64501, "as_org_name": "Ejemplo", "ipv4": "192.0.2.10", "ttl": nil}}, "engine": "system", "failure": nil, "hostname": "www.example.com",
				"query_type": "A", "resolver_address": "", "t0": 0.01, "t": 0.05, "transaction_id": 1}},
			"tcp_connect":    []obj{{"ip": "192.0.2.10", "port": 443, "status": obj{"blocked": false, "failure": nil, "success": true}, "t0": 0.05, "t": 0.09}},
			"tls_handshakes": []obj{{"address": "192.0.2.10:443", "server_name": "www.example.com", "tls_version": "TLSv1.3", "cipher_suite": "TLS_AES_128_GCM_SHA256", "peer_certificates": []obj{{"data": "TUlJQg==", "format": "base64"}}, "failure": nil, "t": 0.2}},
			"requests":       []obj{request("https://www.example.com/", pageOf(size/3)), request("http://www.example.com/", pageOf(size/4))},
			"control":        obj{"tcp_connect": obj{"192.0.2.10:443": obj{"status": true, "failure": nil}}, "http_request": obj{"body_length": size / 3, "failure": nil, "title": "Noticias de hoy", "status_code": 200, "headers": obj{"Server": "nginx"}}, "dns": obj{"failure": nil, "addrs": []string{"192.0.2.10"}}},
		},
	}
	line, err := json.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	return line
}

func BenchmarkDecode(b *testing.B) {
	for _, size := range []int{8 << 10, 80 << 10, 800 << 10} {
		line := sampleLine(b, size)
		b.Run(fmt.Sprintf("%dkB", len(line)>>10), func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if m, err := Decode(line); err != nil || len(m.Defects) > 0 {
					b.Fatal(m, err)
				}
			}
		})
	}
}

// BenchmarkDecodeRepaired is the slow way: one field of a wrong type.
func BenchmarkDecodeRepaired(b *testing.B) {
	line := bytes.Replace(sampleLine(b, 80<<10), []byte(`"code":200`), []byte(`"code":"200"`), 1)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if m, err := Decode(line); err != nil || len(m.Defects) != 1 {
			b.Fatal(m, err)
		}
	}
}

func BenchmarkMeasure(b *testing.B) {
	line := sampleLine(b, 80<<10)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if err := measure(line); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScrubNothing(b *testing.B) {
	line := sampleLine(b, 80<<10)
	m, err := Decode(line)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, changed := Scrub(line, m); changed {
			b.Fatal("changed")
		}
	}
}

func BenchmarkScrubSomething(b *testing.B) {
	line := bytes.Replace(sampleLine(b, 80<<10), []byte(`"127.0.0.1"`), []byte(`"203.0.113.9"`), 1)
	m, err := Decode(line)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, changed := Scrub(line, m); !changed {
			b.Fatal("not changed")
		}
	}
}

func BenchmarkLines(b *testing.B) {
	line := append(sampleLine(b, 80<<10), '\n')
	plain := bytes.Repeat(line, 200)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(plain)
	_ = z.Close()
	pretty := new(bytes.Buffer)
	for range 20 {
		if err := json.Indent(pretty, line, "", "  "); err != nil {
			b.Fatal(err)
		}
	}
	array := arrayOf(bytes.TrimSpace(line), 50)
	for name, c := range map[string]struct {
		data []byte
		size int
		want int
	}{"plain": {plain, len(plain), 200}, "gzip": {packed.Bytes(), len(plain), 200}, "pretty": {pretty.Bytes(), pretty.Len(), 20}, "array": {array, len(array), 50}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(c.size))
			for b.Loop() {
				n := 0
				err := Lines(bytes.NewReader(c.data), "bench", func(l Line) error {
					if l.Err == nil {
						n++
					}
					return nil
				})
				if err != nil || n != c.want {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// arrayOf returns a JSON array of n times the same element.
func arrayOf(line []byte, n int) []byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = line
	}
	return []byte("[" + string(bytes.Join(all, []byte(","))) + "]")
}
