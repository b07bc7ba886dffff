package ftm

// Topic returns what a topic of FollowTheMoney means, in English, or "" if there is no such topic.
func Topic(code string) string {
	switch code {
	case "crime":
		return "Crime"
	case "crime.fraud":
		return "Fraud"
	case "crime.cyber":
		return "Cybercrime"
	case "crime.fin":
		return "Financial crime"
	case "crime.env":
		return "Environmental violations"
	case "crime.theft":
		return "Theft"
	case "crime.war":
		return "War crimes"
	case "crime.boss":
		return "Criminal leadership"
	case "crime.terror":
		return "Terrorism"
	case "crime.traffick":
		return "Trafficking"
	case "crime.traffick.drug":
		return "Drug trafficking"
	case "crime.traffick.human":
		return "Human trafficking"
	case "forced.labor":
		return "Forced labor"
	case "asset.frozen":
		return "Frozen asset"
	case "wanted":
		return "Wanted"
	case "corp.offshore":
		return "Offshore"
	case "corp.shell":
		return "Shell company"
	case "corp.public":
		return "Public listed company"
	case "corp.disqual":
		return "Disqualified"
	case "corp.clone":
		return "Clone of real entity"
	case "gov":
		return "Government"
	case "gov.national":
		return "National government"
	case "gov.state":
		return "State government"
	case "gov.muni":
		return "Municipal government"
	case "gov.soe":
		return "State-owned enterprise"
	case "gov.igo":
		return "Intergovernmental organization"
	case "gov.head":
		return "Head of government or state"
	case "gov.admin":
		return "Civil service"
	case "gov.executive":
		return "Executive branch of government"
	case "gov.legislative":
		return "Legislative branch of government"
	case "gov.judicial":
		return "Judicial branch of government"
	case "gov.security":
		return "Security services"
	case "gov.financial":
		return "Central banking and financial integrity"
	case "gov.religion":
		return "Religious leadership"
	case "fin":
		return "Financial services"
	case "fin.bank":
		return "Bank"
	case "fin.fund":
		return "Fund"
	case "fin.adivsor":
		return "Financial advisor"
	case "mare.detained":
		return "Maritime detention"
	case "mare.shadow":
		return "Shadow fleet"
	case "mare.sts":
		return "Ship-to-ship transfer"
	case "reg.action":
		return "Regulator action"
	case "reg.warn":
		return "Regulator warning"
	case "role.pep":
		return "PEP"
	case "role.pep.frmr":
		return "Former PEP"
	case "role.pep.intl":
		return "International PEP"
	case "role.pep.natl":
		return "National PEP"
	case "role.pol":
		return "Politician"
	case "role.rca":
		return "Close Associate"
	case "role.judge":
		return "Judge"
	case "role.civil":
		return "Civil servant"
	case "role.diplo":
		return "Diplomat"
	case "role.lawyer":
		return "Lawyer"
	case "role.acct":
		return "Accountant"
	case "role.spy":
		return "Spy"
	case "role.oligarch":
		return "Oligarch"
	case "role.journo":
		return "Journalist"
	case "role.act":
		return "Activist"
	case "role.lobby":
		return "Lobbyist"
	case "pol.party":
		return "Political party"
	case "pol.union":
		return "Union"
	case "rel":
		return "Religion"
	case "mil":
		return "Military"
	case "sanction":
		return "Sanctioned"
	case "sanction.linked":
		return "Sanction-linked"
	case "sanction.control":
		return "Sanction ownership or control"
	case "sanction.counter":
		return "Counter-sanctioned"
	case "export.control":
		return "Export controlled"
	case "export.control.linked":
		return "Export control-linked"
	case "export.risk":
		return "Trade risk"
	case "invest.risk":
		return "Investment risk"
	case "invest.ban":
		return "Investment ban"
	case "geo.risk":
		return "High-risk area"
	case "debarment":
		return "Debarred"
	case "poi":
		return "Person of interest"
	}
	return ""
}
