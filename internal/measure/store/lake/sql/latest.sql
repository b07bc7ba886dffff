-- one row is one verdict on one layer of one measurement, newest first
SELECT {{columns}}
FROM verdicts
WHERE ($1 = '' OR probe_cc = $1)
	AND ($2::UINTEGER = 0 OR probe_asn = $2::UINTEGER)
	AND ($3 = '' OR target = $3)
	AND ($4 = '' OR test_name = $4)
	AND ($5 = '' OR state = $5)
	AND ($6 = '' OR layer = $6)
	AND ($7::TIMESTAMP IS NULL OR measurement_start_time >= $7::TIMESTAMP)
	AND ($8::TIMESTAMP IS NULL OR measurement_start_time < $8::TIMESTAMP)
	AND ($9 = '' OR category = $9)
ORDER BY measurement_start_time DESC, measurement_uid DESC, layer
LIMIT $10 OFFSET $11
