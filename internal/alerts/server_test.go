package alerts_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
)

type message struct {
	from string
	to   []string
	data string
}

// mailServer takes messages on loopback, as RFC 5321 has it.
func mailServer(t *testing.T) (addr string, got <-chan message) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	out := make(chan message, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serveMail(conn, out)
		}
	}()
	return l.Addr().String(), out
}

func serveMail(conn net.Conn, out chan<- message) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	say := func(s string) { fmt.Fprintf(conn, "%s\r\n", s) }
	say("220 loopback")
	var m message
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, ":")
		switch strings.ToUpper(strings.Fields(verb + " x")[0]) {
		case "MAIL":
			m.from = strings.Trim(strings.Fields(rest)[0], "<>")
			say("250 ok")
		case "RCPT":
			m.to = append(m.to, strings.Trim(strings.Fields(rest)[0], "<>"))
			say("250 ok")
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				l, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(l, "."))
			}
			m.data = b.String()
			out <- m
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}
