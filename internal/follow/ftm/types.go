package ftm

// Type is what values of a property are: a name, a date, a country.
type Type string

// The types of FollowTheMoney.
const (
	TypeAddress    Type = "address"
	TypeChecksum   Type = "checksum"
	TypeCountry    Type = "country"
	TypeDate       Type = "date"
	TypeEmail      Type = "email"
	TypeEntity     Type = "entity"
	TypeGender     Type = "gender"
	TypeHTML       Type = "html"
	TypeIdentifier Type = "identifier"
	TypeIP         Type = "ip"
	TypeJSON       Type = "json"
	TypeLanguage   Type = "language"
	TypeMIME       Type = "mimetype"
	TypeName       Type = "name"
	TypeNumber     Type = "number"
	TypePhone      Type = "phone"
	TypeString     Type = "string"
	TypeText       Type = "text"
	TypeTopic      Type = "topic"
	TypeURL        Type = "url"
)

// TypeInfo is what holds of all values of a type.
type typeInfo struct {
	group     string // under which FollowTheMoney and Aleph collect the values of an entity
	max       int    // longest value, in code points
	matchable bool
	pivot     bool
	lang      bool // values may be in a language
}

func (t Type) info() *typeInfo {
	switch t {
	case TypeAddress:
		return &typeInfo{"addresses", 250, true, true, true}
	case TypeChecksum:
		return &typeInfo{"checksums", 40, true, true, false}
	case TypeCountry:
		return &typeInfo{"countries", 16, true, false, false}
	case TypeDate:
		return &typeInfo{"dates", 32, true, false, false}
	case TypeEmail:
		return &typeInfo{"emails", 250, true, true, false}
	case TypeEntity:
		return &typeInfo{"entities", 200, true, true, false}
	case TypeGender:
		return &typeInfo{"genders", 16, false, false, false}
	case TypeHTML, TypeText:
		return &typeInfo{"", 65000, false, false, true}
	case TypeIdentifier:
		return &typeInfo{"identifiers", 64, true, true, true}
	case TypeIP:
		return &typeInfo{"ips", 64, true, true, false}
	case TypeJSON:
		return &typeInfo{"", 250, false, false, true}
	case TypeLanguage:
		return &typeInfo{"languages", 16, false, false, false}
	case TypeMIME:
		return &typeInfo{"mimetypes", 250, false, false, false}
	case TypeName:
		return &typeInfo{"names", 384, true, true, true}
	case TypeNumber:
		return &typeInfo{"", 250, false, false, true}
	case TypePhone:
		return &typeInfo{"phones", 64, true, true, false}
	case TypeString:
		return &typeInfo{"", 1024, false, false, true}
	case TypeTopic:
		return &typeInfo{"topics", 64, false, false, false}
	case TypeURL:
		return &typeInfo{"urls", 4096, true, true, false}
	}
	return nil
}

// Group returns the plural under which values of the type are collected ("names", "countries"), or "".
func (t Type) Group() string {
	if i := t.info(); i != nil {
		return i.group
	}
	return ""
}
