// Package recorder records what a browser or a plain fetch exchanged with the network, through a local proxy,
// as raw bytes. It refuses addresses that are nobody's business to capture.
package recorder
