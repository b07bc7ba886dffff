// Package ftm is the FollowTheMoney model: schemata, properties and their types, entities and statements, as the
// field writes them, with three schemata of ours (Deployment, Agreement, Absence). It is pure: it opens no file,
// no socket and no clock. Values are cleaned as followthemoney 4.11 cleans them, and statements bear the id it
// gives them, so that what one of the two writes the other reads. docs/format/registry.md is the format.
package ftm
