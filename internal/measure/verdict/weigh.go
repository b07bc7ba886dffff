package verdict

// weighed gives each rule the interval of its likelihood ratio.
func weighed(list []rule) []rule {
	for i := range list {
		r := &list[i].Rule
		r.Low, r.High = r.Likelihood/3, r.Likelihood*3
	}
	return list
}
