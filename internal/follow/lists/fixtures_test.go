package lists

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ofacAdvanced = `<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="https://www.un.org/sanctions/1.0" Version="1">
 <DateOfIssue CalendarTypeID="1"><Year>2023</Year><Month>1</Month><Day>21</Day></DateOfIssue>
 <ReferenceValueSets>
  <AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1401">F.K.A.</AliasType><AliasType ID="1403">Name</AliasType></AliasTypeValues>
  <CountryValues><Country ID="11066" ISO2="CN">China</Country><Country ID="11208">Venezuela</Country></CountryValues>
  <FeatureTypeValues><FeatureType ID="14">Website</FeatureType><FeatureType ID="25">Location</FeatureType><FeatureType ID="8">Birthdate</FeatureType><FeatureType ID="646">Additional Sanctions Information -</FeatureType></FeatureTypeValues>
  <DetailReferenceValues><DetailReference ID="91526">Subject to Secondary Sanctions</DetailReference></DetailReferenceValues>
  <IDRegDocTypeValues><IDRegDocType ID="1">Unified Social Credit Code (USCC)</IDRegDocType><IDRegDocType ID="2">Passport</IDRegDocType></IDRegDocTypeValues>
  <NamePartTypeValues><NamePartType ID="1520">Last Name</NamePartType><NamePartType ID="1521">First Name</NamePartType><NamePartType ID="1525">Entity Name</NamePartType></NamePartTypeValues>
  <PartyTypeValues><PartyType ID="1">Individual</PartyType><PartyType ID="2">Entity</PartyType><PartyType ID="4">Transport</PartyType></PartyTypeValues><PartySubTypeValues><PartySubType ID="1" PartyTypeID="4">Vessel</PartySubType><PartySubType ID="3" PartyTypeID="2">Unknown</PartySubType><PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>
  <RelationTypeValues><RelationType ID="15003">Owned or Controlled By</RelationType></RelationTypeValues>
  <SanctionsTypeValues><SanctionsType ID="1">Program</SanctionsType><SanctionsType ID="2">Block</SanctionsType></SanctionsTypeValues>
  <ListValues><List ID="1550">SDN List</List></ListValues><LegalBasisValues><LegalBasis ID="1799">Executive Order 13692 (Venezuela)</LegalBasis></LegalBasisValues>
 </ReferenceValueSets>
 <Locations><Location ID="46123"><LocationCountry CountryID="11066"/><LocationPart LocPartTypeID="1451"><LocationPartValue Primary="true"><Value>No. 17 Fuxing Road</Value></LocationPartValue></LocationPart>
  <LocationPart LocPartTypeID="1454"><LocationPartValue Primary="true"><Value>Beijing</Value></LocationPartValue></LocationPart></Location></Locations>
 <IDRegDocuments><IDRegDocument ID="1" IDRegDocTypeID="1" IdentityID="777" IssuedBy-CountryID="11066"><IDRegistrationNo>9111000010000106X1</IDRegistrationNo></IDRegDocument>
  <IDRegDocument ID="2" IDRegDocTypeID="2" IdentityID="778"><IDRegistrationNo>A1234567</IDRegistrationNo></IDRegDocument></IDRegDocuments>
 <DistinctParties>
  <DistinctParty FixedRef="30502"><Comment/><Profile ID="30502" PartySubTypeID="3">
   <Identity ID="777" FixedRef="30502" Primary="true" False="false">
    <Alias FixedRef="30502" AliasTypeID="1403" Primary="true" LowQuality="false"><DocumentedName ID="1" FixedRef="30502"><DocumentedNamePart><NamePartValue NamePartGroupID="90" ScriptID="215">CEIEC</NamePartValue></DocumentedNamePart></DocumentedName></Alias>
    <Alias FixedRef="30502" AliasTypeID="1400" Primary="false" LowQuality="false"><DocumentedName ID="2" FixedRef="30502"><DocumentedNamePart><NamePartValue NamePartGroupID="90" ScriptID="215">CHINA NATIONAL ELECTRONICS IMPORT AND EXPORT CORPORATION</NamePartValue></DocumentedNamePart></DocumentedName></Alias>
    <NamePartGroups><MasterNamePartGroup><NamePartGroup ID="90" NamePartTypeID="1525"/></MasterNamePartGroup></NamePartGroups></Identity>
   <Feature ID="1" FeatureTypeID="14"><FeatureVersion ID="1"><Comment/><VersionDetail DetailTypeID="1432">https://www.ceiec.com</VersionDetail></FeatureVersion></Feature>
   <Feature ID="2" FeatureTypeID="25"><FeatureVersion ID="2"><Comment/><VersionLocation LocationID="46123"/></FeatureVersion></Feature></Profile></DistinctParty>
  <DistinctParty FixedRef="40000"><Profile ID="40000" PartySubTypeID="4">
   <Identity ID="778" Primary="true"><Alias AliasTypeID="1403" Primary="true" LowQuality="false"><DocumentedName ID="3"><DocumentedNamePart><NamePartValue NamePartGroupID="1">PEREZ</NamePartValue></DocumentedNamePart><DocumentedNamePart><NamePartValue NamePartGroupID="2">Ana</NamePartValue></DocumentedNamePart></DocumentedName></Alias>
    <NamePartGroups><MasterNamePartGroup><NamePartGroup ID="1" NamePartTypeID="1520"/></MasterNamePartGroup><MasterNamePartGroup><NamePartGroup ID="2" NamePartTypeID="1521"/></MasterNamePartGroup></NamePartGroups></Identity>
   <Feature ID="3" FeatureTypeID="8"><FeatureVersion ID="3"><DatePeriod><Start><From><Year>1960</Year><Month>1</Month><Day>2</Day></From></Start><End><To><Year>1960</Year><Month>1</Month><Day>2</Day></To></End></DatePeriod></FeatureVersion></Feature></Profile></DistinctParty>
  <DistinctParty FixedRef="40001"><Profile ID="40001" PartySubTypeID="3"><Identity ID="779" Primary="true"/></Profile></DistinctParty>
 </DistinctParties>
 <ProfileRelationships><ProfileRelationship ID="5" From-ProfileID="40000" To-ProfileID="30502" RelationTypeID="15003" Former="false"/><ProfileRelationship ID="6" From-ProfileID="1" To-ProfileID="30502" RelationTypeID="15003"/></ProfileRelationships>
 <SanctionsEntries><SanctionsEntry ID="30502" ProfileID="30502" ListID="1550"><EntryEvent ID="1" EntryEventTypeID="1" LegalBasisID="1799"><Date><Year>2020</Year><Month>11</Month><Day>30</Day></Date></EntryEvent>
  <SanctionsMeasure ID="1" SanctionsTypeID="2"><Comment/></SanctionsMeasure><SanctionsMeasure ID="2" SanctionsTypeID="1"><Comment>VENEZUELA</Comment></SanctionsMeasure></SanctionsEntry></SanctionsEntries>
</Sanctions>`

const euExport = `<?xml version="1.0" encoding="UTF-8"?><export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2024-12-11T21:24:35.826+01:00">
<sanctionEntity designationDetails="" unitedNationId="" euReferenceNumber="EU.1.2" logicalId="77"><remark>Maker of filters</remark>
<regulation regulationType="regulation" publicationDate="2020-03-01" entryIntoForceDate="2013-02-30" numberTitle="1/2020" programme="VEN" logicalId="1"><publicationUrl>http://eur-lex.europa.eu/x</publicationUrl></regulation>
<subjectType code="enterprise" classificationCode="E"/><nameAlias wholeName="Filtros del Sur" strong="true" nameLanguage="ES" logicalId="1"/><nameAlias wholeName="FdS" strong="false" logicalId="2"/>
<address city="Caracas" street="Calle 1" zipCode="1060" countryIso2Code="VE" countryDescription="VENEZUELA"/><identification number="J-1" identificationTypeCode="regnumber" identificationTypeDescription="Registration Number"/></sanctionEntity>
<sanctionEntity logicalId="78"><subjectType code="person" classificationCode="P"/><nameAlias wholeName="Ana Pérez" function="Minister" gender="F"/><birthdate birthdate="1960-01-02" city="Caracas"/><citizenship countryIso2Code="VE"/></sanctionEntity>
<sanctionEntity logicalId="79"><subjectType code="enterprise"/></sanctionEntity></export>`

const euTable = "\ufefffileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;Entity_SubjectType_ClassificationCode;Entity_Remark;Entity_Regulation_Programme;Entity_Regulation_EntryIntoForceDate;NameAlias_WholeName;NameAlias_Strong;Address_City;Address_Street;Address_CountryIso2Code;Address_CountryDescription;Identification_Number;Identification_TypeCode;Birthdate_Birthdate\n" +
	"11/12/2024;77;EU.1.2;enterprise;E;Maker;VEN;2020-03-01;Filtros del Sur;true;;;;;;;\n11/12/2024;77;EU.1.2;enterprise;E;Maker;VEN;2020-03-01;\"Filtros; Sur\";true;;;;;;;\n11/12/2024;77;EU.1.2;enterprise;E;;;;;;Caracas;Calle 1;VE;VENEZUELA;J-1;regnumber;\n11/12/2024;78;;person;P;;VEN;2020-03-01;Ana Pérez;true;;;;;;;1960-01-02\n;x;;;;;;;;;;;;;;;\n"

const ukTreasury = "Last Updated,01/10/2026\nName 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,DOB,Country of Birth,Nationality,Position,Address 1,Post/Zip Code,Country,Other Information,Group Type,Alias Type,Alias Quality,Regime,Listed On,Last Updated,Group ID\n" +
	"FILTROS DEL SUR,,,,,,,,,,,,Calle 1,1060,Venezuela,\"(UK Sanctions List Ref):VEN0001\",Entity,Primary name,,Venezuela,30/02/2019,31/12/2020,13001\nFDS,,,,,,,,,,,,,,,,Entity,AKA,Low quality,Venezuela,,,13001\nPEREZ,ANA,,,,,,آنا,02/01/1960,Venezuela,Venezuela,Minister,,,,,Individual,Primary name,,Venezuela,09/07/2020,,13002\n,,,,,,,,,,,,,,,,Individual,AKA,,Venezuela,,,13002\n"

const unList = `<?xml version="1.0" encoding="utf-8"?><CONSOLIDATED_LIST dateGenerated="2026-09-01T02:00:03.123Z"><INDIVIDUALS><INDIVIDUAL><DATAID>6908555</DATAID><FIRST_NAME>RI</FIRST_NAME><SECOND_NAME>WON HO</SECOND_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPi.033</REFERENCE_NUMBER><LISTED_ON>2016-11-30</LISTED_ON>
<DESIGNATION><VALUE>Official</VALUE></DESIGNATION><INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Ri Won-ho</ALIAS_NAME></INDIVIDUAL_ALIAS><INDIVIDUAL_DATE_OF_BIRTH><DATE>1964-07-17</DATE></INDIVIDUAL_DATE_OF_BIRTH><INDIVIDUAL_DOCUMENT><NUMBER>1</NUMBER></INDIVIDUAL_DOCUMENT></INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>6908742</DATAID><FIRST_NAME>KOREA KUMSAN TRADING &amp; CO</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPe.045</REFERENCE_NUMBER><LISTED_ON>2013-02-30</LISTED_ON><ENTITY_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Kumsan</ALIAS_NAME></ENTITY_ALIAS><ENTITY_ADDRESS><CITY>Pyongyang</CITY><COUNTRY>Democratic People's Republic of Korea</COUNTRY></ENTITY_ADDRESS></ENTITY><ENTITY><DATAID>none</DATAID></ENTITY></ENTITIES></CONSOLIDATED_LIST>`

const gleifTable = "LEI,Entity.LegalName,Entity.LegalName.xmllang,Entity.OtherEntityNames.OtherEntityName.1,Entity.OtherEntityNames.OtherEntityName.1.type,Entity.LegalAddress.FirstAddressLine,Entity.LegalAddress.City,Entity.LegalAddress.Country,Entity.RegistrationAuthority.RegistrationAuthorityEntityID,Entity.LegalJurisdiction,Entity.EntityCategory,Entity.EntityStatus,Entity.EntityCreationDate\n" +
	"549300MLUDYVRQOOXS22,Ejemplo S.A.,es,Ejemplo Viejo,PREVIOUS_LEGAL_NAME,Calle 1,Madrid,ES,A-1,ES-MD,GENERAL,ACTIVE,2001-02-03T00:00:00Z\n,Nobody,,,,,,,,,,,\n5493001KJTIIGC8Y1R12,Juan Solo,es,,,Calle 2,Madrid,ES,,ES,SOLE_PROPRIETOR,ACTIVE,\n"

const gleifRelations = "Relationship.StartNode.NodeID,Relationship.StartNode.NodeIDType,Relationship.EndNode.NodeID,Relationship.EndNode.NodeIDType,Relationship.RelationshipType,Relationship.RelationshipStatus,Relationship.Period.1.startDate,Relationship.Period.1.periodType\n" +
	"549300MLUDYVRQOOXS22,LEI,5493001KJTIIGC8Y1R12,LEI,IS_DIRECTLY_CONSOLIDATED_BY,ACTIVE,2010-01-01T00:00:00Z,RELATIONSHIP_PERIOD\n5493001KJTIIGC8Y1R12,LEI,549300MLUDYVRQOOXS22,LEI,IS_ULTIMATELY_CONSOLIDATED_BY,ACTIVE,,\n549300MLUDYVRQOOXS22,LEI,,LEI,IS_FUND-MANAGED_BY,ACTIVE,,\n"

const gleifDoc = `<lei:LEIData xmlns:lei="http://www.gleif.org/data/schema/leidata/2016"><lei:LEIHeader><lei:ContentDate>2024-01-02T00:00:00Z</lei:ContentDate></lei:LEIHeader><lei:LEIRecords><lei:LEIRecord><lei:LEI>549300MLUDYVRQOOXS22</lei:LEI><lei:Entity><lei:LegalName xml:lang="es">Ejemplo S.A.</lei:LegalName>
<lei:OtherEntityNames><lei:OtherEntityName type="PREVIOUS_LEGAL_NAME" xml:lang="es">Ejemplo Viejo</lei:OtherEntityName></lei:OtherEntityNames><lei:LegalAddress><lei:FirstAddressLine>Calle 1</lei:FirstAddressLine><lei:City>Madrid</lei:City><lei:Country>ES</lei:Country></lei:LegalAddress><lei:RegistrationAuthority><lei:RegistrationAuthorityEntityID>A-1</lei:RegistrationAuthorityEntityID></lei:RegistrationAuthority><lei:LegalJurisdiction>ES-MD</lei:LegalJurisdiction><lei:EntityCategory>GENERAL</lei:EntityCategory><lei:EntityStatus>ACTIVE</lei:EntityStatus><lei:EntityCreationDate>2001-02-03T00:00:00Z</lei:EntityCreationDate></lei:Entity></lei:LEIRecord></lei:LEIRecords></lei:LEIData>`

const ocdsPackage = `{"uri":"https://example.org/1","publishedDate":"2014-05-06T00:00:00Z","releases":[
{"ocid":"ocds-1","id":"1","date":"2013-01-01","tag":["contract"],"parties":[{"id":"b","name":"Ministerio","roles":["buyer"]},{"id":"s","name":"Filtros del Sur","roles":["supplier"],"identifier":{"scheme":"VE-RIF","id":"J-1"},"address":{"streetAddress":"Calle 1","countryName":"Venezuela"}}],
 "buyer":{"id":"b","name":"Ministerio"},"tender":{"id":"t","title":"Cámaras","procurementMethod":"direct"},"awards":[{"id":"a1","status":"active","date":"2013-02-30T00:00:00Z","value":{"amount":1080000000.5,"currency":"USD"},"suppliers":[{"id":"s","name":"Filtros del Sur"}]}],
 "contracts":[{"id":7,"awardID":"a1","title":"4.300 cámaras","dateSigned":"2013-03-01T00:00:00Z","value":{"amount":1080000000,"currency":"USD"}}]},
{"id":"2"},
{"ocid":"ocds-3","parties":"none"}]}`

func TestFixtures(t *testing.T) {
	for _, c := range []struct {
		name, format, text string
		read, rejected     int
		dated              string
		schemata           map[string]int
		id                 string
		want               map[string][]string // some of its values
	}{
		{"OFAC advanced", OFACXML, ofacAdvanced, 6, 2, "2023-01-21", map[string]int{"Organization": 1, "Person": 1, "Sanction": 1, "UnknownLink": 1}, "ofac-30502",
			map[string][]string{"name": {"CEIEC"}, "alias": {"CHINA NATIONAL ELECTRONICS IMPORT AND EXPORT CORPORATION"}, "uscCode": {"9111000010000106X1"}, "country": {"cn"}, "address": {"No. 17 Fuxing Road, Beijing, China"}}},
		{"OFAC advanced, sanction", OFACXML, ofacAdvanced, 6, 2, "2023-01-21", nil, "ofac-30502-venezuela",
			map[string][]string{"program": {"VENEZUELA"}, "listingDate": {"2020-11-30"}, "entity": {"ofac-30502"}, "reason": {"Executive Order 13692 (Venezuela)"}}},
		{"OFAC advanced, person", OFACXML, ofacAdvanced, 6, 2, "2023-01-21", nil, "ofac-40000", map[string][]string{"name": {"Ana PEREZ"}, "firstName": {"Ana"}, "lastName": {"PEREZ"}, "birthDate": nil, "passportNumber": nil}},
		{"EU XML", EUXML, euExport, 3, 1, "2024-12-11", map[string]int{"Organization": 1, "Person": 1, "Sanction": 1}, "eu-fsf-77",
			map[string][]string{"name": {"Filtros del Sur"}, "weakAlias": {"FdS"}, "registrationNumber": {"J-1"}, "country": {"ve"}, "address": {"Calle 1, 1060 Caracas, VENEZUELA"}}},
		{"EU XML, impossible date", EUXML, euExport, 3, 1, "2024-12-11", nil, "eu-fsf-77-ven", map[string][]string{"startDate": nil, "listingDate": {"2020-03-01"}, "program": {"VEN"}}},
		{"EU CSV", EUCSV, euTable, 5, 1, "2024-12-11", map[string]int{"Organization": 1, "Person": 1, "Sanction": 2}, "eu-fsf-77",
			map[string][]string{"name": {"Filtros del Sur"}, "alias": {"Filtros; Sur"}, "registrationNumber": {"J-1"}, "country": {"ve"}}},
		{"UK", UKCSV, ukTreasury, 4, 1, "2026-10-01", map[string]int{"Organization": 1, "Person": 1, "Sanction": 2}, "gb-13001",
			map[string][]string{"name": {"FILTROS DEL SUR"}, "weakAlias": {"FDS"}, "country": {"ve"}, "address": {"Calle 1, 1060, Venezuela"}}},
		{"UK, person", UKCSV, ukTreasury, 4, 1, "2026-10-01", nil, "gb-13002", map[string][]string{"name": {"ANA PEREZ"}, "alias": {"آنا"}, "position": {"Minister"}, "birthDate": nil}},
		{"UN", UNXML, unList, 3, 1, "2026-09-01", map[string]int{"Organization": 1, "Person": 1, "Sanction": 2}, "unsc-6908742",
			map[string][]string{"name": {"KOREA KUMSAN TRADING & CO"}, "weakAlias": {"Kumsan"}, "country": {"kp"}}},
		{"GLEIF 1 CSV", GLEIFCSV, gleifTable, 3, 1, "", map[string]int{"Company": 1, "LegalEntity": 1}, "lei-549300MLUDYVRQOOXS22",
			map[string][]string{"name": {"Ejemplo S.A."}, "previousName": {"Ejemplo Viejo"}, "jurisdiction": {"es"}, "incorporationDate": {"2001-02-03"}, "registrationNumber": {"A-1"}}},
		{"GLEIF 1 XML", GLEIFXML, gleifDoc, 1, 0, "2024-01-02", map[string]int{"Company": 1}, "lei-549300MLUDYVRQOOXS22",
			map[string][]string{"name": {"Ejemplo S.A."}, "previousName": {"Ejemplo Viejo"}, "jurisdiction": {"es"}, "incorporationDate": {"2001-02-03"}, "address": {"Calle 1, Madrid, ES"}}},
		{"GLEIF 2 CSV, in a circle", GLEIFCSV, gleifRelations, 3, 1, "", map[string]int{"Ownership": 2}, "", nil},
		{"OCDS package", OCDS, ocdsPackage, 3, 2, "2014-05-06", map[string]int{"CallForTenders": 1, "Contract": 2, "ContractAward": 1, "LegalEntity": 1, "PublicBody": 1}, "", nil},
		{"OCDS line", OCDS, strings.ReplaceAll(ocdsPackage, "\n", ""), 3, 2, "", map[string]int{"CallForTenders": 1, "Contract": 2, "ContractAward": 1, "LegalEntity": 1, "PublicBody": 1}, "", nil},
		{"OpenSanctions", OpenSanctionsCSV, "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,first_seen,last_seen,last_change\nNK-1,Company,Ejemplo,Uno;Dos,,ve;cn,Calle 1,J-1,OFAC VENEZUELA,,,US-VEN,x,2020-01-01T00:00:00,2021-01-01T00:00:00,2020-01-01T00:00:00\nNK-2,Person,Ana,,1960-01-02,ve,Calle 2,V-1,,+58212,a@b.c,,x,,,\nNK-3,Nonsense,x,,,,,,,,,,,,,\n", 3, 1, "",
			map[string]int{"Company": 1, "Person": 1, "Sanction": 1}, "NK-1", map[string][]string{"alias": {"Uno", "Dos"}, "country": {"ve", "cn"}}},
		{"FtM lines", FTM, `{"id":"a","schema":"Company","properties":{"name":["A"],"jurisdiction":["ve","Atlantis"],"nonsense":["x"]}}` + "\n" + `{"id":"p","schema":"Person","properties":{"name":["P"],"birthDate":["1960"]}}` + "\nnot json\n" + `{"id":"pp","schema":"Passport","properties":{"number":["1"]}}` + "\n", 4, 2, "",
			map[string]int{"Company": 1, "Person": 1}, "a", map[string][]string{"jurisdiction": {"ve"}}},
		{"statements", Statements, "canonical_id,entity_id,prop,prop_type,schema,value,dataset,lang,original_value,external,first_seen,last_seen,origin,id\na,a,id,id,Company,x,d,,,f,,,,1\na,a,name,name,Company,A,d,,,f,,,,2\nb,b,name,name,Person,B,d,,,f,,,,3\n", 3, 0, "",
			map[string]int{"Company": 1, "Person": 1}, "a", map[string][]string{"name": {"A"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := inText("file", c.text)
			if f, err := Detect(files); f != c.format || err != nil {
				t.Errorf("detected as %q: %v", f, err)
			}
			items, a := mustRead(t, c.format, files)
			if a.Read != c.read || a.Rejected != c.rejected || a.Dated != c.dated {
				t.Errorf("read %d, rejected %d %v, dated %q; want %d, %d, %q", a.Read, a.Rejected, a.Reasons, a.Dated, c.read, c.rejected, c.dated)
			}
			if d := cmp.Diff(c.schemata, a.Schemata); c.schemata != nil && d != "" {
				t.Errorf("entities (-want +got):\n%s", d)
			}
			if c.id == "" {
				return
			}
			e := union(items, c.id)
			if e == nil {
				t.Fatalf("no entity %s", c.id)
			}
			for prop, want := range c.want {
				if d := cmp.Diff(want, e.Properties[prop]); d != "" {
					t.Errorf("%s (-want +got):\n%s", prop, d)
				}
			}
		})
	}
}

func TestComments(t *testing.T) {
	files := inText("sdn.csv", "1,\"A\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\""+strings.Repeat("x; ", 330)+"Tax ID N\"\n")
	files["comments.csv"] = inText("", "1,\"o. 123456 (Russia); a.k.a. 'TWO'.\"\n2,\"of nobody\"\n")[""]
	items, a := mustRead(t, OFACCSV, files)
	if e := union(items, "ofac-1"); e.First("taxNumber") != "123456" || e.First("weakAlias") != "TWO" || a.Kept != 2 || a.Rejected != 1 || a.Problems != 0 {
		t.Errorf("%+v\n%+v", e, a)
	}
}

// TestMappingConforms compares with what FollowTheMoney 4.11.2 makes of the same mapping, ids included; the names it
// repeats in namesMentioned are left out.
func TestMappingConforms(t *testing.T) {
	mapping, err := os.ReadFile("testdata/mapping.yaml")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("testdata/mapping.csv")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile("testdata/mapping.golden.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	want, _ := mustRead(t, FTM, inText("golden", string(golden)))
	got, a, err := readAll(t, Mapping, inText("mapping.csv", string(table)), Options{Mapping: mapping})
	if err != nil {
		t.Fatal(err)
	}
	if a.Read != 4 || a.Rejected != 1 || a.Reasons["left out by the mapping"] != 1 || a.Problems != 1 {
		t.Errorf("account is %+v", a)
	}
	for _, w := range want {
		e := union(got, w.Entity.ID)
		if e == nil {
			t.Errorf("no %s %s", w.Entity.Schema, w.Entity.ID)
			continue
		}
		if d := cmp.Diff(w.Entity.Properties, e.Properties, sorted()); d != "" || e.Schema != w.Entity.Schema {
			t.Errorf("%s (-FollowTheMoney +ours):\n%s", w.Entity.Schema, d)
		}
	}
	if a.Entities != len(want) {
		t.Errorf("%d entities, want %d", a.Entities, len(want))
	}
}

func TestMappingErrors(t *testing.T) {
	for name, mapping := range map[string]string{
		"empty":           "",
		"no queries":      "a: {b: c}",
		"unknown key":     "queries: [{csv_url: x, nonsense: 1, entities: {a: {schema: Company, key: k}}}]",
		"no schema":       "queries: [{csv_url: x, entities: {a: {schema: Nothing, key: k}}}]",
		"no key":          "queries: [{csv_url: x, entities: {a: {schema: Company}}}]",
		"both keys":       "queries: [{csv_url: x, entities: {a: {schema: Company, key: k, id_column: k}}}]",
		"no property":     "queries: [{csv_url: x, entities: {a: {schema: Company, key: k, properties: {nothing: {column: k}}}}}]",
		"stub":            "queries: [{csv_url: x, entities: {a: {schema: Company, key: k, properties: {ownershipAsset: {column: k}}}}}]",
		"wrong range":     "queries: [{csv_url: x, entities: {a: {schema: Address, key: k}, o: {schema: Ownership, key: k, properties: {owner: {entity: a}}}}}]",
		"circle":          "queries: [{csv_url: x, entities: {a: {schema: Company, key: k, properties: {parent: {entity: b}}}, b: {schema: Company, key: k, properties: {parent: {entity: a}}}}}]",
		"missing column":  "queries: [{csv_url: x, entities: {a: {schema: Company, key: other, properties: {name: {column: k}}}}}]",
		"sql":             "queries: [{database: x, table: y, entities: {a: {schema: Company, key: k}}}]",
		"not yaml":        "queries: [",
		"billion laughs":  "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nqueries: [*e,*e]",
		"abstract schema": "queries: [{csv_url: x, entities: {a: {schema: Thing, key: k}}}]",
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := readAll(t, Mapping, inText("x", "k\n1\n"), Options{Mapping: []byte(mapping)}); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

func TestSplitNames(t *testing.T) {
	for _, c := range []struct {
		in         string
		seps, keep []string
		want       []string
	}{
		{"A (x, y), B", []string{", "}, nil, []string{"A (x, y)", "B"}},
		{"China National Cereal, Oil and Foodstuffs (COFCO), Hopu Investment", []string{", "}, []string{"China National Cereal, Oil and Foodstuffs (COFCO)"}, []string{"China National Cereal, Oil and Foodstuffs (COFCO)", "Hopu Investment"}},
		{"A|B | A|", []string{"|"}, nil, []string{"A", "B"}},
		{"Petrobras, Shell, and Total", []string{", and ", ", ", " and "}, nil, []string{"Petrobras", "Shell", "Total"}},
		{"A (never closed|B", []string{"|"}, nil, []string{"A [never closed", "B"}},
		{"", []string{"|"}, nil, nil},
	} {
		if d := cmp.Diff(c.want, splitNames(c.in, c.seps, c.keep)); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, d)
		}
	}
}

func TestDetectRefuses(t *testing.T) {
	for name, s := range map[string]string{"nothing": "", "prose": "hello\nworld\n", "table": "a,b\n1,2\n", "json": `{"a":1}`, "xml": "<html></html>"} {
		if f, err := Detect(inText(name, s)); err == nil {
			t.Errorf("%s is taken for %s", name, f)
		}
	}
	both := inText("a", unList)
	both["b"] = inText("b", euExport)["b"]
	if _, err := Detect(both); err == nil {
		t.Error("two lists are taken for one")
	}
}

func TestCutShort(t *testing.T) {
	for name, c := range map[string]struct{ format, text string }{
		"XML":             {UNXML, unList[:len(unList)-200]},
		"JSON":            {OCDS, ocdsPackage[:len(ocdsPackage)-20]},
		"bomb":            {EUXML, `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><export>&b;</export>`},
		"external entity": {EUXML, `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><export><sanctionEntity logicalId="1">&e;</sanctionEntity></export>`},
		"unknown entity":  {EUXML, `<export><sanctionEntity logicalId="1"><remark>&e;</remark></sanctionEntity></export>`},
		"deep":            {UNXML, strings.Repeat("<a>", 100_000)},
		"NUL":             {UNXML, "<CONSOLIDATED_LIST>\x00</CONSOLIDATED_LIST>"},
	} {
		t.Run(name, func(t *testing.T) {
			_, a, err := readAll(t, c.format, inText("x", c.text), Options{})
			if !errors.Is(err, ErrCut) || a.Rejected == 0 {
				t.Errorf("error is %v, account %+v", err, a)
			}
		})
	}
}
