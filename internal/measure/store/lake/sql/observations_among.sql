-- one row is one observation of the measurements asked for
SELECT {{columns}}
FROM read_parquet($1)
WHERE measurement_uid IN (SELECT unnest(string_split($2, ',')))
ORDER BY measurement_uid, observation_idx
