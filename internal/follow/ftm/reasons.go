package ftm

import "veedor/internal/phrase"

// Why a value, a row or an object is refused, as it is stored. A changed text is another reason: write a new one beside
// the old, so that what is stored can still be read.
var (
	whyStub           = phrase.New("ftm.stub", "the property is the way back of another, and holds no values")
	whyNoneOf         = phrase.New("ftm.noneof", "is none of the values of {word}")
	whyEmpty          = phrase.New("ftm.empty", "is empty")
	whyEntityID       = phrase.New("ftm.entityid", "is no entity id: only letters of ASCII, digits, dots and hyphens, none of the last two at an end")
	whyCountry        = phrase.New("ftm.country", "is no country known by that name or code")
	whyLanguage       = phrase.New("ftm.language", "is no language FollowTheMoney knows")
	whyGender         = phrase.New("ftm.gender", "is no gender FollowTheMoney knows")
	whyTopic          = phrase.New("ftm.topic", "is no topic FollowTheMoney knows")
	whyNoYear         = phrase.New("ftm.noyear", "does not begin with a year from 1000 to 2999, in digits")
	whyNoDay          = phrase.New("ftm.noday", "is a day or an hour that does not exist")
	whyIdentifier     = phrase.New("ftm.identifier", "is no identifier of the format {word}")
	whyHost           = phrase.New("ftm.host", "has no host name")
	whyScheme         = phrase.New("ftm.scheme", "has the scheme {quoted}")
	whyNoAt           = phrase.New("ftm.noat", "has no @")
	whyNoName         = phrase.New("ftm.noname", "has no name before the @")
	whyNoDomain       = phrase.New("ftm.nodomain", "has no domain after the @")
	whyNoPublicDomain = phrase.New("ftm.nopublicdomain", "has no public domain after the @")
	whyAddress        = phrase.New("ftm.address", "is no address of the Internet")
	whyMediaType      = phrase.New("ftm.mediatype", "is no media type")
	whySaysNothing    = phrase.New("ftm.saysnothing", "says nothing of the type")
	whyPhone          = phrase.New("ftm.phone", "is no phone number with a plus sign and a calling code")
	whyPhonePlan      = phrase.New("ftm.phoneplan", "is no number the plan of +{number} has")
	whyCallingCode    = phrase.New("ftm.callingcode", "has a calling code that does not exist")
	whyTooLong        = phrase.New("ftm.toolong", "is longer than the limit")
	whyNotUTF8        = phrase.New("ftm.notutf8", "is not UTF-8")
	whyOpenQuote      = phrase.New("ftm.openquote", "has a quote that is not closed")
	whyNoEntity       = phrase.New("ftm.noentity", "is no entity in JSON: {error}")
	whyNoText         = phrase.New("ftm.notext", "has a value of {text} that is no text")
	whySchema         = phrase.New("ftm.schema", "has the schema {text}, which is not in the model")
	whyManyValues     = phrase.New("ftm.manyvalues", "has more than {number} values")
	whyNoID           = phrase.New("ftm.noid", "has no id")
	whyLongID         = phrase.New("ftm.longid", "has an id of more than {number} bytes")
	whyControlID      = phrase.New("ftm.controlid", "has an id with control characters")
	whyNoStatement    = phrase.New("ftm.nostatement", "is no statement in JSON: {error}")
	whyNoValue        = phrase.New("ftm.novalue", "has no value")
	whyNoDataset      = phrase.New("ftm.nodataset", "has no dataset")
	whyProperty       = phrase.New("ftm.property", "has the property {text}, which is not in the model")
	whyNoHeader       = phrase.New("ftm.noheader", "comes before a header with entity_id and prop")
	whyFields         = phrase.New("ftm.fields", "has {number} fields, the header {number}")
)

// Reasons returns all sentences that say why something was refused.
func Reasons() []*phrase.Form {
	return []*phrase.Form{whyStub, whyNoneOf, whyEmpty, whyEntityID, whyCountry, whyLanguage, whyGender, whyTopic, whyNoYear, whyNoDay, whyIdentifier, whyHost, whyScheme, whyNoAt, whyNoName, whyNoDomain, whyNoPublicDomain, whyAddress, whyMediaType, whySaysNothing, whyPhone, whyPhonePlan, whyCallingCode, whyTooLong, whyNotUTF8, whyOpenQuote, whyNoEntity, whyNoText, whySchema, whyManyValues, whyNoID, whyLongID, whyControlID, whyNoStatement, whyNoValue, whyNoDataset, whyProperty, whyNoHeader, whyFields}
}
