// Package accounts keeps who may do what at the desk: people, their passkeys, passwords and second factors, roles, sessions, one-time links, approvals by a second
// person, and the audit of what was allowed and refused. docs/format/accounts.md says what it stores.
package accounts
