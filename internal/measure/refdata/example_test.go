package refdata_test

import (
	"fmt"
	"log"
	"net/netip"
	"time"

	"veedor/internal/measure/refdata"
)

// A folder without reference data (here: none at all) knows the invented networks of the sample.
func ExampleOpen() {
	db, err := refdata.Open("")
	if err != nil {
		log.Fatal(err)
	}
	facts := db.AsOf(time.Date(2026, 5, 3, 10, 20, 0, 0, time.UTC))
	as, _ := facts.AS(64500)
	ip, _ := facts.IP(netip.MustParseAddr("198.51.100.53"))
	fmt.Println(as.Org, "in", facts.CountryName(as.CC, "en"))
	fmt.Println("198.51.100.53 belongs to", ip.ASN)
	for _, fp := range facts.MatchDNS("XB", "198.51.100.53") {
		fmt.Println("forged answer:", fp.ID)
	}
	code := facts.Category("XB", "https://news.example/today")
	fmt.Println(facts.CategoryName(code, "es"))
	// Output:
	// Borduna Telecom (invented) in Borduna
	// 198.51.100.53 belongs to 64500
	// forged answer: invented.xb_dns_1
	// Medios de comunicación
}
