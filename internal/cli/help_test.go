package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelp: every command says in one line what it does, and has an example that it would take.
func TestHelp(t *testing.T) {
	each(command(), func(c *cobra.Command) {
		path := c.CommandPath()
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || strings.ToUpper(c.Short[:1]) != c.Short[:1] {
			t.Errorf("%s: Short is %q", path, c.Short)
		}
		if c.Runnable() && c.Example == "" {
			t.Errorf("%s has no example", path)
		}
		found := 0
		for line := range strings.Lines(c.Example) {
			calls := callsIn(line)
			if len(calls) == 0 {
				t.Errorf("%s: no command in the example %q", path, line)
			}
			for _, args := range calls {
				of, err := takes(args)
				if err != nil {
					t.Errorf("%s: example %q: %v", path, strings.TrimSpace(line), err)
				}
				for ; of != nil; of = of.Parent() {
					if of.CommandPath() == path {
						found++
					}
				}
			}
		}
		if c.Example != "" && found == 0 {
			t.Errorf("%s: no example is of itself", path)
		}
	})
}

// TestDocumentedCommands: what README and docs tell people to type is there, with its flags; and every command is in the list of commands.
func TestDocumentedCommands(t *testing.T) {
	files := []string{"../../README.md", "../../SECURITY.md", "../../ARCHITECTURE.md", "../../CONTRIBUTING.md"}
	for _, dir := range []string{"operate", "format"} {
		more, err := filepath.Glob("../../docs/" + dir + "/*.md")
		if err != nil || len(more) == 0 {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	inline := regexp.MustCompile("`((?:bin/)?veedor [^`]+)`")
	checked := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fenced := false
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
			}
			if fenced || strings.HasPrefix(line, "    ") {
				for _, args := range callsIn(line) {
					checked++
					if _, err := takes(args); err != nil {
						t.Errorf("%s: %s: %v", file, strings.TrimSpace(line), err)
					}
				}
				continue
			}
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				if strings.Contains(m[1], `\n`) { // bytes of a file
					continue
				}
				for _, args := range callsIn(m[1]) {
					checked++
					if _, _, err := called(args); err != nil {
						t.Errorf("%s: %s: %v", file, m[1], err)
					}
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d commands were found in the documentation", checked)
	}
	list, err := os.ReadFile("../../docs/operate/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range command().Commands() {
		if !c.Hidden && !regexp.MustCompile("`"+regexp.QuoteMeta(c.Name())+"[` ]").Match(list) {
			t.Errorf("docs/operate/cli.md does not list %s", c.Name())
		}
	}
}

// each calls f for a command and all below it that people see.
func each(c *cobra.Command, f func(*cobra.Command)) {
	for _, sub := range c.Commands() {
		if !sub.Hidden && sub.Name() != "exit-codes" {
			f(sub)
			each(sub, f)
		}
	}
}

// callsIn returns the arguments of each call of veedor in a line of a shell, up to redirections and comments.
func callsIn(line string) [][]string {
	var calls [][]string
	var words []string
	end := func() {
		at := slices.IndexFunc(words, func(w string) bool { return w == "veedor" || w == "bin/veedor" })
		if at >= 0 && !slices.ContainsFunc(words[:at], func(w string) bool { return strings.Trim(w, "*/0123456789") != "" && !strings.Contains(w, "=") }) {
			calls = append(calls, words[at+1:])
		}
		words = nil
	}
	rest := strings.TrimSpace(line)
	for rest != "" {
		switch {
		case rest[0] == '#' || rest[0] == '>':
			rest = ""
		case strings.HasPrefix(rest, "&&"), rest[0] == '|', rest[0] == ';':
			end()
			rest = strings.TrimLeft(rest, "&|;")
		default:
			word := ""
			for rest != "" && !strings.ContainsAny(rest[:1], " \n;") {
				if q := rest[0]; q == '"' || q == '\'' {
					inside, after, _ := strings.Cut(rest[1:], string(q))
					calls = append(calls, callsIn(inside)...) // another program is told to call it
					word, rest = word+inside, after
					continue
				}
				word, rest = word+rest[:1], rest[1:]
			}
			words = append(words, word)
		}
		rest = strings.TrimSpace(rest)
	}
	end()
	return calls
}

// called finds the command of a call, parses its flags, and returns it with what is left.
func called(args []string) (*cobra.Command, []string, error) {
	c, rest, err := command().Find(args)
	if err != nil {
		return nil, nil, err
	}
	rest = slices.DeleteFunc(slices.Clone(rest), func(s string) bool { return s == "--help" })
	if err := c.ParseFlags(rest); err != nil {
		return c, nil, err
	}
	return c, c.Flags().Args(), nil
}

// takes is called, and what is left is what the command wants.
func takes(args []string) (*cobra.Command, error) {
	c, rest, err := called(args)
	if err != nil || slices.Contains(args, "--help") {
		return c, err
	}
	return c, c.ValidateArgs(rest)
}
