-- one row is how much was measured on one network in one hour
SELECT probe_cc, probe_asn, CAST(floor(epoch(measurement_start_time) / 3600) AS BIGINT) AS hour, CAST(count(*) AS INTEGER) AS n
FROM verdicts
WHERE layer = 'all' AND invalid IS NULL
GROUP BY ALL
ORDER BY ALL
