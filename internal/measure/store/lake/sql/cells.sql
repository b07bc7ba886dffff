-- one row is one hour of one series
WITH seen AS (
	SELECT
		probe_cc, probe_asn, target, layer,
		CASE WHEN layer = 'dns' THEN coalesce(resolver_asn, 0) ELSE 0 END AS resolver,
		CAST(floor(epoch(measurement_start_time) / 3600) AS BIGINT) AS hour,
		coalesce(probe_id, report_id, 'AS' || probe_asn) AS voter,
		state, coalesce(v.rule, '') AS rule, evidence = 'scored' AS scored, rule_set, measurement_uid,
		coalesce(r."full", 0) AS "full", coalesce(r.partial, 0) AS partial
	FROM read_parquet({{files}}) v LEFT JOIN (VALUES {{rules}}) AS r(rule, "full", partial) ON r.rule = v.rule
	WHERE invalid IS NULL
		AND (layer <> 'all' OR test_name <> 'web_connectivity')
		AND measurement_start_time >= $1::TIMESTAMP AND measurement_start_time < $2::TIMESTAMP
), voters AS (
	SELECT
		probe_cc, probe_asn, target, layer, resolver, hour, voter,
		count(*) AS n,
		count(*) FILTER (state = 'down') AS down,
		bool_or(scored) AS scored,
		bool_or(scored AND state = 'blocked') AS blocked,
		coalesce(avg("full") FILTER (scored), 0) AS "full",
		coalesce(avg(partial) FILTER (scored), 0) AS partial,
		max(rule_set) AS rule_set,
		coalesce(max(measurement_uid) FILTER (state = 'blocked'), max(measurement_uid)) AS witness,
		bool_or(state = 'blocked') AS has_witness
	FROM seen GROUP BY ALL
), rules AS (
	SELECT probe_cc, probe_asn, target, layer, resolver, hour, list({'rule': rule, 'n': n} ORDER BY n DESC, rule) AS rules
	FROM (SELECT probe_cc, probe_asn, target, layer, resolver, hour, rule, CAST(count(*) AS INTEGER) AS n FROM seen WHERE rule <> '' GROUP BY ALL)
	GROUP BY ALL
), cells AS (
	SELECT
		probe_cc, probe_asn, target, layer, resolver, hour,
		CAST(sum(n) AS INTEGER) AS measurements,
		CAST(count(*) FILTER (scored) AS INTEGER) AS voters,
		CAST(count(*) FILTER (blocked) AS INTEGER) AS blocked,
		CAST(sum(down) AS INTEGER) AS down,
		round(sum("full"), 6) AS "full", round(sum(partial), 6) AS partial,
		list(voter ORDER BY voter) FILTER (blocked) AS met,
		max(rule_set) AS rule_set,
		coalesce(max(witness) FILTER (has_witness), max(witness)) AS witness
	FROM voters GROUP BY ALL
)
SELECT cells.*, rules.rules
FROM cells LEFT JOIN rules USING (probe_cc, probe_asn, target, layer, resolver, hour)
