// Package cmo reads and writes the tables of Civic Media Observatory bases (Global Voices), eight CSV
// files as Airtable exports them, onto the desk and back without loss.
//
// What a column means is data (tables.go). Every cell is also kept as it came, in a private field
// "x:cmo:<column>" of its record, so that columns nobody here knows, odd dates and broken links come
// back as they were: a cell is written anew only when somebody changed on the desk what it says.
// docs/format/cmo.md describes it.
package cmo
