-- one row is one group of measurements, counted by state
SELECT
	{{key}} AS group_key,
	coalesce({{name}}, ''),
	count(*),
	count(*) FILTER (state = 'ok'),
	count(*) FILTER (state = 'down'),
	count(*) FILTER (state = 'blocked'),
	count(*) FILTER (state = 'insufficient'),
	count(*) FILTER (state = 'blocked' AND artefact),
	count(DISTINCT probe_asn),
	count(DISTINCT target),
	min(measurement_start_time),
	max(measurement_start_time),
	coalesce(max(measurement_uid) FILTER (state = 'blocked'), max(measurement_uid)), -- a UID begins with its time
	bool_and(invented)
FROM verdicts
WHERE {{layers}}
	AND ($1 = '' OR probe_cc = $1)
	AND ($2::UINTEGER = 0 OR probe_asn = $2::UINTEGER)
	AND ($3 = '' OR target = $3)
	AND ($4 = '' OR test_name = $4)
	AND ($5 = '' OR state = $5)
	AND ($6 = '' OR layer = $6)
	AND ($7::TIMESTAMP IS NULL OR measurement_start_time >= $7::TIMESTAMP)
	AND ($8::TIMESTAMP IS NULL OR measurement_start_time < $8::TIMESTAMP)
	AND ($9 = '' OR category = $9)
GROUP BY group_key
ORDER BY 6 DESC, 3 DESC, 1
