package lake

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/verdict"
)

// Traits implements store.Store.
func (l *Lake) Traits(ctx context.Context, asns []uint32, from, to time.Time) ([]verdict.Trait, error) {
	duck, _, err := l.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("traits: %w", err)
	}
	list := make([]string, len(asns))
	for i, n := range asns {
		list[i] = strconv.FormatUint(uint64(n), 10)
	}
	rows, err := duck.QueryContext(ctx, query("traits"), strings.Join(list, ","), from.UTC(), to.UTC())
	if err != nil {
		return nil, fmt.Errorf("traits: %w", err)
	}
	defer rows.Close()
	var out []verdict.Trait
	for rows.Next() {
		var t verdict.Trait
		var kind string
		if err := rows.Scan(&t.ASN, &t.CC, &t.Target, &t.Category, &kind, &t.Value, &t.N); err != nil {
			return nil, fmt.Errorf("traits: %w", err)
		}
		t.Kind = verdict.TraitKind(kind)
		out = append(out, t)
	}
	return out, rows.Err()
}
