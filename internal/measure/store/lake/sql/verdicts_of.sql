-- one row is one verdict on one layer of the measurement asked for
SELECT {{columns}}
FROM read_parquet($1)
WHERE measurement_uid = $2
ORDER BY CASE layer WHEN 'all' THEN 0 WHEN 'dns' THEN 1 WHEN 'tcp' THEN 2 WHEN 'tls' THEN 3 WHEN 'http' THEN 4 WHEN 'quic' THEN 5 ELSE 6 END
