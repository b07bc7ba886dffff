package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Why an approval is refused.
var (
	ErrOwn     = errors.New("who proposed it may not approve it")
	ErrDecided = errors.New("this was decided before")
	ErrRole    = errors.New("this needs another role")
	ErrReason  = errors.New("a reason has 1 to 2000 characters")
)

// Approval is a publication, or the like, that somebody proposed, and what was decided.
type Approval struct {
	ID         string
	Subject    string // what would be done, with a hash of its content: what is edited afterwards is another subject
	ProposedBy string // a person's id
	Proposed   time.Time
	Reason     string
	DecidedBy  string // "": not yet
	Decided    time.Time
	Approved   bool
}

// Propose puts something up for approval. What is proposed already, and not decided, is returned as it is.
func (a *Accounts) Propose(ctx context.Context, v Viewer, subject, reason string) (Approval, error) {
	if !v.Can(Publish) {
		return Approval{}, ErrRole
	}
	if n := utf8.RuneCountInString(reason); n == 0 || n > 2000 || subject == "" || len(subject) > 500 {
		return Approval{}, ErrReason
	}
	id, err := a.name("a-")
	if err != nil {
		return Approval{}, err
	}
	out := Approval{ID: id, Subject: subject, ProposedBy: v.ID, Proposed: a.Now().Truncate(time.Second), Reason: reason}
	fresh := true
	err = a.within(ctx, func(tx *sql.Tx) error {
		open, err := approvals(ctx, tx, `WHERE subject = ? AND decided = 0`, subject)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			out, fresh = open[0], false
			return nil
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO approval (id, subject, proposed_by, proposed, reason) VALUES (?, ?, ?, ?, ?)`, id, subject, v.ID, out.Proposed.Unix(), reason)
		return err
	})
	if err != nil {
		return Approval{}, fmt.Errorf("propose %s: %w", subject, err)
	}
	if !fresh {
		return out, nil
	}
	return out, a.record(Event{Kind: Proposed, Person: v.ID, By: v.ID, Detail: subject})
}

// Settle approves or turns down what was proposed. By the rule of two persons, who proposed it may only turn it down.
func (a *Accounts) Settle(ctx context.Context, v Viewer, id string, approve bool) error {
	if !v.Can(Publish) {
		return ErrRole
	}
	var subject string
	err := a.within(ctx, func(tx *sql.Tx) error {
		found, err := approvals(ctx, tx, `WHERE id = ?`, id)
		if err != nil {
			return err
		}
		var rule string
		if err := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT CAST(value AS TEXT) FROM setting WHERE name = 'two-persons'), '')`).Scan(&rule); err != nil {
			return err
		}
		switch {
		case len(found) == 0:
			return ErrNotFound
		case found[0].DecidedBy != "":
			return ErrDecided
		case approve && found[0].ProposedBy == v.ID && rule == "on":
			return ErrOwn
		}
		subject = found[0].Subject
		_, err = tx.ExecContext(ctx, `UPDATE approval SET decided_by = ?, decided = ?, approved = ? WHERE id = ?`, v.ID, a.Now().Unix(), approve, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("decide on %s: %w", id, err)
	}
	kind := TurnedDown
	if approve {
		kind = Approved
	}
	return a.record(Event{Kind: kind, Person: v.ID, By: v.ID, Detail: subject})
}

// Approved returns the approval that stands for a subject: the last decision, if it is one; nil otherwise.
func (a *Accounts) Approved(ctx context.Context, subject string) (*Approval, error) {
	list, err := approvals(ctx, a.db, `WHERE subject = ? AND decided > 0 ORDER BY decided DESC, rowid DESC LIMIT 1`, subject)
	if err != nil || len(list) == 0 || !list[0].Approved {
		return nil, err
	}
	return &list[0], nil
}

// Waiting returns what was proposed and not decided, the oldest first.
func (a *Accounts) Waiting(ctx context.Context) ([]Approval, error) {
	return approvals(ctx, a.db, `WHERE decided = 0 ORDER BY proposed, id`)
}

func approvals(ctx context.Context, q queryer, where string, args ...any) ([]Approval, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, subject, proposed_by, proposed, reason, decided_by, decided, approved FROM approval `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	defer rows.Close()
	var out []Approval
	for rows.Next() {
		var p Approval
		var proposed, decided int64
		if err := rows.Scan(&p.ID, &p.Subject, &p.ProposedBy, &proposed, &p.Reason, &p.DecidedBy, &decided, &p.Approved); err != nil {
			return nil, fmt.Errorf("read approvals: %w", err)
		}
		p.Proposed, p.Decided = unix(proposed), unix(decided)
		out = append(out, p)
	}
	return out, rows.Err()
}
