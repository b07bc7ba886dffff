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
		max(measurement_uid) FILTER (state = 'blocked') AS witness
	FROM seen GROUP BY ALL
), rules AS (
	SELECT probe_cc, probe_asn, target, layer, resolver, hour, string_agg(rule || ':' || n, ' ' ORDER BY n DESC, rule) AS rules
	FROM (SELECT probe_cc, probe_asn, target, layer, resolver, hour, rule, count(*) AS n FROM seen WHERE rule <> '' GROUP BY ALL)
	GROUP BY ALL
), cells AS (
	SELECT
		probe_cc, probe_asn, target, layer, resolver, hour,
		concat_ws(' ', sum(n)::BIGINT, count(*) FILTER (scored), count(*) FILTER (blocked), sum(down)::BIGINT,
			round(sum("full"), 6), round(sum(partial), 6), coalesce(replace(max(rule_set), ' ', '_'), '-')) AS counts,
		concat_ws(chr(31), max(witness), array_to_string(list(voter ORDER BY voter) FILTER (blocked), chr(31))) AS who
	FROM voters GROUP BY ALL
)
-- What most cells say is the same few texts, which a dictionary holds once; who met it is rare.
SELECT probe_cc, probe_asn, target, layer, resolver, CAST(hour AS INTEGER) AS hour, concat_ws(' ', counts, rules.rules) AS said, nullif(who, '') AS who
FROM cells LEFT JOIN rules USING (probe_cc, probe_asn, target, layer, resolver, hour)
