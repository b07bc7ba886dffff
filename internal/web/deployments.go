package web

func (s *site) deployments(r *request) error     { return r.missing() }
func (s *site) deploymentsCSV(r *request) error  { return r.missing() }
func (s *site) deploymentsFile(r *request) error { return r.missing() }
