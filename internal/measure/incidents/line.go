package incidents

import (
	"fmt"
	"strings"

	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// Line says an incident in one line of English.
func Line(inc *series.Incident) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", inc.ID, inc.CC, inc.Kind)
	if inc.Partial && inc.Kind == series.Restriction {
		b.WriteString(" for some")
	}
	if inc.Withdrawn != "" {
		fmt.Fprintf(&b, " (withdrawn: %s)", inc.Withdrawn)
	}
	fmt.Fprintf(&b, " from %s", verdict.Hour(inc.From).Format("2006-01-02 15:00"))
	if inc.To != 0 {
		fmt.Fprintf(&b, " to %s", verdict.Hour(inc.To).Format("2006-01-02 15:00"))
	} else {
		b.WriteString(", lasting")
	}
	for i, n := range inc.Networks {
		if i == 6 {
			fmt.Fprintf(&b, " and %d more", len(inc.Networks)-i)
			break
		}
		fmt.Fprintf(&b, " AS%d", n)
	}
	if n := len(inc.Targets); n > 0 {
		fmt.Fprintf(&b, ": %s", strings.Join(inc.Targets[:min(n, 4)], ", "))
		if n > 4 {
			fmt.Fprintf(&b, " and %d more", n-4)
		}
		fmt.Fprintf(&b, " (%s)", strings.Join(inc.Layers, ", "))
	}
	if inc.Kind != series.Shutdown {
		fmt.Fprintf(&b, "; %d of %d met it", inc.Blocked, inc.Voters)
	} else {
		fmt.Fprintf(&b, "; about %.0f measurements missing", inc.Expected)
	}
	return b.String()
}
