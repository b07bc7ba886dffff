-- one row is the whole store
SELECT
	count(*) FILTER (layer = 'all'),
	count(DISTINCT probe_cc) FILTER (layer = 'all'),
	count(DISTINCT probe_asn) FILTER (layer = 'all'),
	count(DISTINCT target) FILTER (layer = 'all'),
	count(*) FILTER (layer = 'all' AND state = 'blocked'),
	min(measurement_start_time) FILTER (layer = 'all'),
	max(measurement_start_time) FILTER (layer = 'all'),
	coalesce(bool_and(invented) FILTER (layer = 'all'), false)
FROM verdicts
