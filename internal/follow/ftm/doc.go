// Package ftm is the FollowTheMoney model: schemata, properties and their types, entities and statements, as the
// field writes them, with three schemata of ours (Deployment, Agreement, Absence). It is pure.
package ftm
