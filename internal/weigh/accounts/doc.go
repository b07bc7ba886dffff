// Package accounts keeps who may write: people, their keys and passwords, roles, sessions, and the audit of what was allowed and refused.
package accounts
