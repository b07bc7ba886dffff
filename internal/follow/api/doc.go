// Package api answers what yente and OpenRefine ask: matching, searching and reconciling entities of the registry over HTTP, described by OpenAPI.
package api
