-- one row is one observation of the measurement asked for
SELECT {{columns}}
FROM read_parquet($1)
WHERE measurement_uid = $2
ORDER BY observation_idx
