package verdict

// throttlingRules judge how bytes arrived.
var throttlingRules = []rule{
	{Rule{ID: "transfer_ordinary", Layer: Throttling, Outcome: OK, Evidence: Scored, Likelihood: 0.5, Basis: prior,
		Says: "The page's bytes came at an ordinary speed.",
		Why:  "Slower than that is what readers notice."},
		func(s *step) bool { return !s.slow() }},
	{Rule{ID: "transfer_line_slow", Layer: Throttling, Outcome: Insufficient, Evidence: Discarded, Likelihood: 1, Basis: prior,
		Says: "The page came slowly, as everything does on this connection.",
		Why:  "The round trip is long, or other sites at the same time or lately were as slow."},
		func(s *step) bool {
			return s.rtt >= farAway && s.here == 0 && s.beside == 0 || s.beside > 0 && !s.crawls(s.beside) || s.beside == 0 && s.here > 0 && !s.crawls(s.here)
		}},
	{Rule{ID: "transfer_site_slow", Layer: Throttling, Outcome: Down, Evidence: Scored, Likelihood: 0.4, Basis: prior,
		Says: "The page came slowly, as it does in other networks.",
		Why:  "Others elsewhere got it no faster, so the site is slow."},
		func(s *step) bool { return s.elsewhere > 0 && !s.crawls(s.elsewhere) }},
	{Rule{ID: "stopped_beside_fast", Layer: Throttling, Outcome: Blocked, Evidence: Scored, Likelihood: 8, Basis: prior,
		Says: "The page's bytes stop coming after the first few, while other sites' keep coming.",
		Why:  "The connection stayed open and silent until the device gave up, and elsewhere the page loads. Some filters freeze a connection once a number of bytes has passed. A server that hangs for readers far away looks the same."},
		func(s *step) bool { return s.stalled() && (s.beside > 0 || s.here > 0) && s.ctrlPage == ctrlOK }},
	{Rule{ID: "throttled_others_fast", Layer: Throttling, Outcome: Blocked, Evidence: Scored, Likelihood: 15, Basis: prior,
		Says: "The network lets this site's bytes through far more slowly than others', and than other networks do.",
		Why:  "The page came at an eighth or less of the speed that others got elsewhere, while other sites came far faster here."},
		func(s *step) bool { return s.elsewhere > 0 && (s.beside > 0 || s.here > 0) }},
	{Rule{ID: "throttled_beside_fast", Layer: Throttling, Outcome: Blocked, Evidence: Scored, Likelihood: 8, Basis: prior,
		Says: "The network lets this site's bytes through far more slowly than another's at the same time.",
		Why:  "The page came at an eighth or less of another site's speed in the same measurement, and elsewhere it loads. A site that is slow for readers far away looks the same."},
		func(s *step) bool { return s.beside > 0 && s.ctrlPage == ctrlOK }},
	{Rule{ID: "throttled_network_fast", Layer: Throttling, Outcome: Blocked, Evidence: Scored, Likelihood: 5, Basis: prior,
		Says: "The network lets this site's bytes through far more slowly than others measured in it lately.",
		Why:  "The page came at an eighth or less of this network's usual speed, and elsewhere it loads. A site that is slow for readers far away looks the same."},
		func(s *step) bool { return s.here > 0 && s.ctrlPage == ctrlOK }},
	{Rule{ID: "transfer_slow", Layer: Throttling, Outcome: Insufficient, Evidence: Scored, Likelihood: 2, Basis: prior,
		Says: "The page came slowly, and there is nothing to compare with.",
		Why:  "A slow line, a slow site and throttling look the same."},
		always},
}
