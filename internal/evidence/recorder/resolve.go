package recorder

import (
	"context"
	"net/netip"
)

// Answer is what a resolver said of a name.
type Answer struct {
	Addrs []netip.Addr
	Text  string // the records in presentation format, one a line; lines beginning with ";" are remarks
}

// Resolver finds the addresses of a host name.
type Resolver interface {
	Resolve(ctx context.Context, host string) (Answer, error)
}
