-- one row is one verdict on one layer of one measurement, in the order of the public data set
SELECT {{columns}} FROM verdicts
ORDER BY measurement_start_time, measurement_uid,
	CASE layer WHEN 'all' THEN 0 WHEN 'dns' THEN 1 WHEN 'tcp' THEN 2 WHEN 'tls' THEN 3 WHEN 'http' THEN 4 WHEN 'quic' THEN 5 ELSE 6 END
