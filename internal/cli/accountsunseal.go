package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"veedor/internal/weigh/accounts"
)

func unsealCommand() *cobra.Command {
	var identity string
	c := &cobra.Command{
		Use:   "unseal [FILE]",
		Short: "Read what was sealed to you",
		Long: `Read what was sealed to you: a source that must stay hidden, say. It runs on your own machine, with your own age key; the server has no key that opens it.

FILE, or standard input, is the sealed text, from “-----BEGIN AGE ENCRYPTED FILE-----” to its end. The key file is what age-keygen writes.`,
		Example: "  veedor unseal --identity key.txt sealed.txt",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if identity == "" {
				return fmt.Errorf("read the key: say with --identity where it is (%w)", errUsage)
			}
			in := c.InOrStdin()
			if len(args) == 1 {
				f, err := os.Open(args[0])
				if err != nil {
					return fmt.Errorf("read the sealed text: %w", err)
				}
				defer f.Close()
				in = f
			}
			text, err := io.ReadAll(io.LimitReader(in, 4*accounts.MaxSealed))
			if err != nil {
				return fmt.Errorf("read the sealed text: %w", err)
			}
			keys, err := os.Open(identity)
			if err != nil {
				return fmt.Errorf("read the key: %w", err)
			}
			defer keys.Close()
			plain, err := accounts.Unseal(string(text), keys)
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(plain)
			return err
		},
	}
	c.Flags().StringVar(&identity, "identity", "", "the file with your secret age key")
	return c
}

func sealCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "seal [FILE]",
		Short: "Seal a text to those named in the desk's recipients.txt",
		Long: `Seal a text to those named in DATA/desk/recipients.txt: one age public key and a name a line. Nobody else can read it, this machine neither.
docs/operate/accounts.md says more.`,
		Example: "  veedor seal note.txt > sealed.txt",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in := c.InOrStdin()
			if len(args) == 1 {
				f, err := os.Open(args[0])
				if err != nil {
					return fmt.Errorf("read the text: %w", err)
				}
				defer f.Close()
				in = f
			}
			text, err := io.ReadAll(io.LimitReader(in, accounts.MaxSealed+1))
			if err != nil {
				return fmt.Errorf("read the text: %w", err)
			}
			to, err := accounts.Recipients(dataDir(c))
			if err != nil {
				return err
			}
			sealed, err := accounts.Seal(text, to)
			if err != nil {
				return err
			}
			_, err = io.WriteString(c.OutOrStdout(), sealed)
			return err
		},
	}
}
