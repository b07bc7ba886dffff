-- one row is one hour of one series, series after series
SELECT probe_cc, probe_asn, target, layer, resolver, hour, measurements, voters, blocked, down, "full", partial, met, rule_set, witness, rules
FROM read_parquet({{files}})
WHERE hour >= $1::BIGINT AND hour < $2::BIGINT
ORDER BY probe_cc, probe_asn, target, layer, resolver, hour
