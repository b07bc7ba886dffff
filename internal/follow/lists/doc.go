// Package lists reads what others publish about companies, people in public roles, sanctions, contracts and
// money, and turns it into entities. Nothing is lost: what cannot be read comes back with its reason.
//
// [Detect] tells the format of files, and [Read] hands over every entity and every refused row, with the words of the
// source for each value and the place where they stand. Names are never matched here: two rows are about one entity if
// they bear the same number in the source, or the very same name in one table. docs/format/lists.md says for every
// source what is read, what it becomes, and what is dropped.
package lists
