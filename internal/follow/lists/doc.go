// Package lists reads what others publish about companies, people in public roles, sanctions, contracts and
// money, and turns it into entities. Nothing is lost: what cannot be read comes back with its reason.
package lists
