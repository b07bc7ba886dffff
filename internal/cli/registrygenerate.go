package cli

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
)

// generateEntities writes n entities, one JSON object a line: of twenty, twelve are companies, three persons, three
// ownerships and two directorships. In any state but the first, one of a hundred has another note.
func generateEntities(path string, n int, seed uint64, state int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	var line []byte
	for i := range n {
		line = appendGenerated(line[:0], seed, i, n, state)
		if _, err = w.Write(line); err != nil {
			break
		}
	}
	return errors.Join(err, w.Flush(), f.Close())
}

func appendGenerated(b []byte, seed uint64, i, n, state int) []byte {
	note := ""
	if i%100 == 0 {
		note = fmt.Sprintf(`,"notes":["as of state %d"]`, state+1)
	}
	rnd := rand.New(rand.NewPCG(seed^0x5eed, uint64(i)))
	countries := [...]string{"ve", "cn", "ru", "us", "de", "es", "co", "pa", "cu", "ir"}
	switch k := i % 20; {
	case k < 12:
		return fmt.Appendf(b, `{"id":"c%d","schema":"Company","properties":{"name":[%q],"country":[%q],"registrationNumber":["%08d"],"address":["Calle %d, %s"],"incorporationDate":["%d-%02d"]%s}}`+"\n",
			i, companyName(seed, i), countries[rnd.IntN(len(countries))], 10_000_000+i, rnd.IntN(900), word(rnd), 1950+rnd.IntN(70), 1+rnd.IntN(12), note)
	case k < 15:
		return fmt.Appendf(b, `{"id":"p%d","schema":"Person","properties":{"name":[%q],"position":["Director"],"birthDate":["1960-01-01"],"nationality":["ve"]%s}}`+"\n", i, word(rnd)+" "+word(rnd), note)
	case k < 18:
		return fmt.Appendf(b, `{"id":"o%d","schema":"Ownership","properties":{"owner":["c%d"],"asset":["c%d"],"percentage":["%d"],"startDate":["%d"]%s}}`+"\n",
			i, companyOf(rnd.IntN(n), n), companyOf(rnd.IntN(n), n), 1+rnd.IntN(100), 1990+rnd.IntN(30), note)
	}
	return fmt.Appendf(b, `{"id":"d%d","schema":"Directorship","properties":{"director":["p%d"],"organization":["c%d"],"role":["member of the board"]%s}}`+"\n", i, i/20*20+12, companyOf(rnd.IntN(n), n), note)
}

// companyOf returns a number near i that is a company's.
func companyOf(i, n int) int {
	if i%20 >= 12 {
		i -= 8
	}
	return min(max(i, 0), n-1)
}

// companyName makes a name of a few words that few others have.
func companyName(seed uint64, i int) string {
	rnd := rand.New(rand.NewPCG(seed, uint64(i)))
	name := word(rnd) + " " + word(rnd)
	if rnd.IntN(3) == 0 {
		name += " " + word(rnd)
	}
	kinds := [...]string{"Trading Ltd", "Technologies Co., Ltd.", "C.A.", "Import Export S.A.", "Electronics Corporation", "GmbH", "Holding " + strconv.Itoa(1+rnd.IntN(9)) + " LLC"}
	return name + " " + kinds[rnd.IntN(len(kinds))]
}

// word makes a word one could say, first letter large.
func word(rnd *rand.Rand) string {
	b := make([]byte, 0, 12)
	for range 2 + rnd.IntN(3) {
		b = append(b, "bcdfghklmnprstvz"[rnd.IntN(16)], "aeiou"[rnd.IntN(5)])
	}
	b[0] -= 'a' - 'A'
	return string(b)
}
