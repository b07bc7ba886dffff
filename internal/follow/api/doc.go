// Package api answers programs: matching, search and entities in the shapes that yente and OpenRefine speak.
package api
