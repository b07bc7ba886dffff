package verdict

import "veedor/internal/measure/obs"

// quicRules judge the same over QUIC.
var quicRules = []rule{
	{Rule{ID: "quic_connected", Layer: QUIC, Outcome: OK, Evidence: Scored, Likelihood: 0.1, Basis: prior,
		Says: "The server answered over QUIC.",
		Why:  "The handshake was completed."},
		func(s *step) bool { return s.kind == obs.Success }},
	{Rule{ID: "quic_failure_ctrl_ok", Layer: QUIC, Outcome: Blocked, Evidence: Scored, Likelihood: 4, Basis: prior,
		Says: "The server cannot be reached over QUIC from here, though from elsewhere it can.",
		Why:  "The control completed a QUIC handshake with the same address. Some networks drop all QUIC, whatever the site."},
		func(s *step) bool { return s.ctrl == ctrlOK }},
	{Rule{ID: "quic_failure_ctrl_too", Layer: QUIC, Outcome: Down, Evidence: Scored, Likelihood: 0.2, Basis: prior,
		Says: "The server does not answer over QUIC, here or elsewhere.",
		Why:  "The control's QUIC handshake failed too."},
		func(s *step) bool { return s.ctrl == ctrlFailed }},
	{Rule{ID: "quic_failure_others_ok", Layer: QUIC, Outcome: Blocked, Evidence: Scored, Likelihood: 3, Basis: prior,
		Says: "The server cannot be reached over QUIC from here, though others elsewhere can.",
		Why:  "Enough distinct devices or sessions in other networks completed a QUIC handshake for the name shortly before. Some networks drop all QUIC, whatever the site."},
		func(s *step) bool { return s.others == ctrlOK }},
	{Rule{ID: "quic_failure_others_too", Layer: QUIC, Outcome: Down, Evidence: Scored, Likelihood: 0.3, Basis: prior,
		Says: "The server does not answer over QUIC, here or for others in other countries.",
		Why:  "Enough distinct devices or sessions failed at it shortly before."},
		func(s *step) bool { return s.others == ctrlFailed }},
	{Rule{ID: "quic_failure_no_ctrl", Layer: QUIC, Outcome: Insufficient, Evidence: Scored, Likelihood: 1, Basis: prior,
		Says: "The server did not answer over QUIC, and there is nothing to compare with.",
		Why:  "Many servers do not speak QUIC."},
		always},
}
