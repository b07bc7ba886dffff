-- one row is one measurement of a segment that is to be judged again
SELECT measurement_uid, measurement_start_time, state, coalesce(rule, '')
FROM read_parquet($1)
WHERE layer = 'all' AND ("open" OR $2::BOOLEAN) AND measurement_start_time BETWEEN $3::TIMESTAMP AND $4::TIMESTAMP
ORDER BY measurement_uid
