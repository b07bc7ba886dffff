// Command veedor is the open observatory of digital repression; see package cli.
package main

import (
	"os"

	"veedor/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
