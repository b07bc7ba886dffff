package lists

import (
	"slices"

	"veedor/internal/follow/ftm"
	"veedor/internal/phrase"
)

// Why a row or a value is refused, as it is stored. A changed text is another reason: write a new one beside the old,
// so that what is stored can still be read.
var (
	whyColumns          = phrase.New("list.columns", "row has {number} columns, not {number}")
	whyEmptyRow         = phrase.New("list.emptyrow", "row is empty")
	whyNoID             = phrase.New("list.noid", "entry has no id")
	whyNoSchema         = phrase.New("list.noschema", "no such schema")
	whyNoName           = phrase.New("list.noname", "entry has no name")
	whyNoType           = phrase.New("list.notype", "no such type")
	whyNoNumber         = phrase.New("list.nonumber", "entry has no number")
	whyNoProperty       = phrase.New("list.noproperty", "no such property of {word}")
	whyNoPropertyOrStub = phrase.New("list.nopropertyorstub", "no such property of {word}, or none that holds values")
	whyXMLBreaks        = phrase.New("list.xmlbreaks", "XML breaks off here, nothing after it was read: {error}")
	whyJSONBreaks       = phrase.New("list.jsonbreaks", "JSON breaks off here, nothing after it was read: {error}")
	whyNoLEI            = phrase.New("list.nolei", "record has no LEI")
	whyRecordNoName     = phrase.New("list.recordnoname", "record has no name")
	whyRelation         = phrase.New("list.relation", "relationship lacks an end or a type")
	whyLeftOut          = phrase.New("list.leftout", "left out by the mapping")
	whyMissing          = phrase.New("list.missing", "a key or a required value is missing")
	whyLongLine         = phrase.New("list.longline", "line of more than {number} bytes")
	whyDeep             = phrase.New("list.deep", "nested deeper than {number}")
	whyNoRelease        = phrase.New("list.norelease", "not a release: {error}")
	whyNoOCID           = phrase.New("list.noocid", "release has no ocid")
	whyEmptyRelease     = phrase.New("list.emptyrelease", "release names no party and no contract")
	whyHome             = phrase.New("list.home", "of private life: an address that only persons point to")
	whyPrivate          = phrase.New("list.private", "of private life: {word}")
	whyProfile          = phrase.New("list.profile", "party has no profile or no number")
	whyPartyType        = phrase.New("list.partytype", "type of the party is not among the codes")
	whyOFACType         = phrase.New("list.ofactype", "type is not one of OFAC's")
	whyPartyNoName      = phrase.New("list.partynoname", "party has no name")
	whyRelationUnknown  = phrase.New("list.relationunknown", "relationship with a party that is not in the list")
	whySanctionUnknown  = phrase.New("list.sanctionunknown", "sanction on a party that is not in the list")
	whyNoProgramme      = phrase.New("list.noprogramme", "sanction without a programme")
	whyNoPlace          = phrase.New("list.noplace", "place is not in the list")
	whyEntityNoID       = phrase.New("list.entitynoid", "entity has no id")
	whyItself           = phrase.New("list.itself", "entity points to itself")
	whyNoEntity         = phrase.New("list.noentity", "statement is of no entity")
	whyNoVessel         = phrase.New("list.novessel", "belongs to a vessel, which this is not")
	whyNoSDN            = phrase.New("list.nosdn", "sdn has no such entry")
	whyLongRow          = phrase.New("list.longrow", "row of more than {number} bytes")
	whyNUL              = phrase.New("list.nul", "row holds NUL bytes")
	whyOpenQuote        = phrase.New("list.openquote", "quote is opened and not closed")
	whyBehindQuote      = phrase.New("list.behindquote", "text behind a closing quote")
	whyEndOfFile        = phrase.New("list.endoffile", "end-of-file mark, no data")
	whyLongEntry        = phrase.New("list.longentry", "entry of more than {number} bytes")
	whyManyElements     = phrase.New("list.manyelements", "entry of more than {number} elements")
	whyLongValue        = phrase.New("list.longvalue", "longer than {number} bytes")
	whyEmptyCleaned     = phrase.New("list.emptycleaned", "empty after cleaning")
	whyCutOff           = phrase.New("list.cutoff", "remark is cut off by the list")
	whyOtherKind        = phrase.New("list.otherkind", "belongs to another kind of entity")
	whyKeptAs           = phrase.New("list.keptas", "not a valid {word}; kept as registrationNumber: {reason}")
	whySerial           = phrase.New("list.serial", "not a day number of a spreadsheet")
	whyNotInCalendar    = phrase.New("list.notincalendar", "no such day in the calendar")
	whyNotDateAs        = phrase.New("list.notdateas", "not a date as {text}")
	whyNotDate          = phrase.New("list.notdate", "not a date")
	whyEitherDay        = phrase.New("list.eitherday", "day and month can be either")
	whyMonthName        = phrase.New("list.monthname", "no month is called {text}")
	whyYear             = phrase.New("list.year", "no year {number}")
	whyMonth            = phrase.New("list.month", "no month {number}")
	whyDay              = phrase.New("list.day", "no day {word} in the calendar")
	whyLongAmount       = phrase.New("list.longamount", "too long for an amount")
	whyEmpty            = phrase.New("list.empty", "empty")
	whyRange            = phrase.New("list.range", "a range, not one amount")
	whyNoFigures        = phrase.New("list.nofigures", "no figures")
	whyManyNumbers      = phrase.New("list.manynumbers", "more than one number")
	whyNegative         = phrase.New("list.negative", "negative")
	whyBillion          = phrase.New("list.billion", "«{word}» is a million millions in Spanish and often meant as a thousand millions")
	whyUnknownWords     = phrase.New("list.unknownwords", "unknown words: {text}")
	whyTwoCurrencies    = phrase.New("list.twocurrencies", "names two currencies")
	whyNoOrder          = phrase.New("list.noorder", "points and commas in no order")
	whyEitherPoint      = phrase.New("list.eitherpoint", "«{text}» is a thousand and more, or one and a fraction: nothing tells which")
	whyNotThree         = phrase.New("list.notthree", "figures are not grouped by three")
	whySigns            = phrase.New("list.signs", "figures are grouped by different signs")
	whyNotNumber        = phrase.New("list.notnumber", "not a number")
)

// Reasons returns all sentences that say why something was refused, those of FollowTheMoney's rules among them.
func Reasons() []*phrase.Form {
	return slices.Concat(ftm.Reasons(), []*phrase.Form{
		whyColumns, whyEmptyRow, whyNoID, whyNoSchema, whyNoName, whyNoType, whyNoNumber, whyNoProperty,
		whyNoPropertyOrStub, whyXMLBreaks, whyJSONBreaks, whyNoLEI, whyRecordNoName, whyRelation, whyLeftOut, whyMissing,
		whyLongLine, whyDeep, whyNoRelease, whyNoOCID, whyEmptyRelease, whyHome, whyPrivate, whyProfile,
		whyPartyType, whyOFACType, whyPartyNoName, whyRelationUnknown, whySanctionUnknown, whyNoProgramme, whyNoPlace, whyEntityNoID,
		whyItself, whyNoEntity, whyNoVessel, whyNoSDN, whyLongRow, whyNUL, whyOpenQuote, whyBehindQuote,
		whyEndOfFile, whyLongEntry, whyManyElements, whyLongValue, whyEmptyCleaned, whyCutOff, whyOtherKind, whyKeptAs,
		whySerial, whyNotInCalendar, whyNotDateAs, whyNotDate, whyEitherDay, whyMonthName, whyYear, whyMonth,
		whyDay, whyLongAmount, whyEmpty, whyRange, whyNoFigures, whyManyNumbers, whyNegative, whyBillion,
		whyUnknownWords, whyTwoCurrencies, whyNoOrder, whyEitherPoint, whyNotThree, whySigns, whyNotNumber,
	})
}
