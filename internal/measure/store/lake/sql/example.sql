-- one row is the greatest UID among the measurements of one series in one hour, or null
SELECT max(measurement_uid) AS uid
FROM verdicts
WHERE probe_cc = $1 AND probe_asn = $2::UINTEGER AND target = $3 AND layer = $4 AND invalid IS NULL
	AND measurement_start_time >= $5::TIMESTAMP AND measurement_start_time < $5::TIMESTAMP + INTERVAL 1 HOUR
