package series

import "veedor/internal/measure/verdict"

// Thresholds are all numbers that detection rests on. They are provisional: set on generated years (make
// detect-bench), not yet fitted on labelled events of the world. Logarithms are natural.
type Thresholds struct {
	Version string // changes whenever an incident could

	verdict.Scale // what is looked for: a restriction that meets nearly everybody, and one that meets some

	FullOdds    float64 // log-odds at which the first is called
	PartialOdds float64 // the same for the second: partial ones are easily mistaken for noise
	EndOdds     float64 // at which one is called over
	HalfLife    float64 // hours of silence after which half of the evidence gathered is forgotten
	LeastVoters int32   // distinct voters that met it
	OneVoter    int32   // hours in which one voter may say the same and be heard: his own device may be the cause
	Mishap      float64 // share of verdicts of blocked that is usual where nothing is restricted
	Weather     int64   // hours around a cell in which trouble of everything is looked for
	BadWeather  float64 // share above the usual that is trouble
	LeastHours  int32   // distinct hours in which they did

	// shares are quoted shrunken towards a prior of so many voters
	PriorBlocked, PriorFree float64

	// volume
	Collapse       float64 // share of the usual volume that is left in a shutdown
	VolumeOdds     float64
	VolumeWeeks    int     // of history behind what is usual
	VolumeLeast    float64 // measurements an hour below which nothing is said
	WholeNetwork   float64 // share of a network's targets that change at once for the network itself to be the cause
	LeastTargets   int     // targets a network must have for that
	EveryCountry   float64 // share of a target's countries that change at once for the world, or our instrument, to be the cause
	LeastCountries int

	// grain
	Together int64 // hours within which changes of one country are one event
	Rolling  int64 // hours within which the same target's changes on other networks are
	Going    int64 // hours within which more of an event that goes on is part of it
}

// Provisional are the thresholds in use.
func Provisional() Thresholds {
	return Thresholds{
		Version:  "2026.11.1-provisional",
		Scale:    verdict.Scale{MostOfOne: 30, Full: 0.9, Partial: 0.2},
		FullOdds: 13, PartialOdds: 16, EndOdds: 8, HalfLife: 168, LeastVoters: 3, OneVoter: 2, Mishap: 0.02, Weather: 1, BadWeather: 0.2, LeastHours: 2,
		PriorBlocked: 0.5, PriorFree: 4.5,
		Collapse: 0.1, VolumeOdds: 16, VolumeWeeks: 4, VolumeLeast: 2,
		WholeNetwork: 0.6, LeastTargets: 8, EveryCountry: 0.4, LeastCountries: 5,
		Together: 24, Rolling: 7 * 24, Going: 21 * 24,
	}
}
