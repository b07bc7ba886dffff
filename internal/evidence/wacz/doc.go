// Package wacz reads, writes and checks web archives: WARC 1.1 records, CDXJ indexes with SURT keys, WACZ 1.1.1
// packages and their signatures.
package wacz
