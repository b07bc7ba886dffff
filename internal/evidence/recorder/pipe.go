package recorder

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// maxMessage bounds one message of the browser's debugging protocol; screenshots come in one.
const maxMessage = 256 << 20

// bridge joins a browser's debugging pipe to the WebSocket that chromedp wants. The browser itself listens on no
// port, where any user of the machine, or a page, could take it over; the bridge lets in one connection, which
// must know its address, and then no more.
type bridge struct {
	url  string
	port int
	l    net.Listener
	done sync.WaitGroup
}

// newBridge begins to wait. toBrowser and fromBrowser carry messages that end in a zero byte.
func newBridge(ctx context.Context, toBrowser io.WriteCloser, fromBrowser io.ReadCloser) (*bridge, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for own connection: %w", err)
	}
	secret := "/" + rand.Text()
	b := &bridge{url: "ws://" + l.Addr().String() + secret, port: l.Addr().(*net.TCPAddr).Port, l: l}
	b.done.Go(func() {
		c := b.wait(secret)
		if c == nil {
			return
		}
		stop := context.AfterFunc(ctx, func() { c.Close(); toBrowser.Close(); fromBrowser.Close() })
		b.done.Go(func() {
			defer c.Close()
			defer toBrowser.Close()
			for {
				msg, err := wsutil.ReadClientText(c)
				if err != nil {
					return
				}
				if _, err := toBrowser.Write(append(msg, 0)); err != nil {
					return
				}
			}
		})
		defer stop()
		defer c.Close()
		r := bufio.NewReaderSize(fromBrowser, 64<<10)
		for {
			msg, err := readMessage(r)
			if err != nil || wsutil.WriteServerText(c, msg) != nil {
				return
			}
		}
	})
	return b, nil
}

// wait lets in the first connection that knows the secret.
func (b *bridge) wait(secret string) net.Conn {
	defer b.l.Close()
	for {
		c, err := b.l.Accept()
		if err != nil {
			return nil
		}
		u := ws.Upgrader{OnRequest: func(uri []byte) error {
			if string(uri) != secret {
				return ws.RejectConnectionError(ws.RejectionStatus(404))
			}
			return nil
		}}
		if _, err := u.Upgrade(c); err == nil {
			return c
		}
		c.Close()
	}
}

func readMessage(r *bufio.Reader) ([]byte, error) {
	var msg []byte
	for {
		p, err := r.ReadSlice(0)
		if msg = append(msg, p...); len(msg) > maxMessage {
			return nil, errors.New("a message of the browser is too long")
		}
		if err == nil {
			return msg[:len(msg)-1], nil
		}
		if err != bufio.ErrBufferFull {
			return nil, err
		}
	}
}
