package cli

import (
	"os"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
)

// pdfTextCommand is what this program runs itself as to read a PDF: hostile ones hang or crash their readers.
func pdfTextCommand() *cobra.Command {
	return &cobra.Command{
		Use: "pdf-text [PDFTOTEXT]", Hidden: true, Args: cobra.MaximumNArgs(1),
		Short: "Read a PDF from standard input and write its text",
		RunE: func(c *cobra.Command, args []string) error {
			return capture.ReadPDF(c.InOrStdin(), c.OutOrStdout(), append(args, "")[0])
		},
	}
}

// pdfHelper returns the command that runs pdfTextCommand; nil when it is not known where this program lies.
func pdfHelper() []string {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{self, "pdf-text"}
}
