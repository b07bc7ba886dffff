package ftm

// Clean returns a value as FollowTheMoney stores it, or the reason why it is none of the property's type.
func (p *Property) Clean(value string) (clean, reason string) {
	return p.Type.Clean(value, p.Format)
}

// Clean returns a value as FollowTheMoney stores it, or the reason why it is none of the type. The format is that
// of an identifier (see Property.Format), or "".
func (t Type) Clean(value, format string) (clean, reason string) {
	return value, ""
}
