// Package api answers what yente and OpenRefine ask: matching, searching and reconciling entities of the registry over HTTP, described by OpenAPI.
// It is read-only, knows no accounts and keeps nothing. docs/format/api.md says how its answers differ from yente's.
package api
