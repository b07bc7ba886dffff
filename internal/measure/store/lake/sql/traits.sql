-- one row is one trait of how a network restricts a target
WITH seen AS (
	SELECT measurement_uid, probe_asn, probe_cc, target, coalesce(category, '') AS category, layer, state, rule
	FROM verdicts
	WHERE list_contains(string_split($1, ','), CAST(probe_asn AS VARCHAR)) AND invalid IS NULL
		AND measurement_start_time >= $2::TIMESTAMP AND measurement_start_time < $3::TIMESTAMP
), hits AS (
	SELECT * FROM seen WHERE layer <> 'all' AND state = 'blocked'
), steps AS (
	SELECT DISTINCT h.measurement_uid, h.probe_asn, h.probe_cc, h.target, h.category, h.layer, o.dns_answer, o.ip_is_bogon, o.dns_fingerprints, o.tls_fingerprints, o.http_fingerprints,
		CASE h.layer WHEN 'dns' THEN o.dns_failure WHEN 'tcp' THEN o.tcp_failure WHEN 'tls' THEN o.tls_failure WHEN 'http' THEN o.http_failure WHEN 'quic' THEN o.quic_failure END AS failure
	FROM hits h JOIN observations o USING (measurement_uid)
	WHERE o.vantage = 'probe'
)
SELECT probe_asn, max(probe_cc), target, max(category), 'tested' AS kind, CASE WHEN count(*) FILTER (state = 'blocked') >= 3 AND 5 * count(*) FILTER (state = 'blocked') > count(*) THEN 'blocked' ELSE 'free' END AS value, count(*) AS n
FROM seen WHERE layer = 'all' AND state IN ('ok', 'blocked') GROUP BY probe_asn, target
UNION ALL
SELECT probe_asn, max(probe_cc), target, max(category), 'mechanism', rule, count(DISTINCT measurement_uid) FROM hits GROUP BY probe_asn, target, rule
UNION ALL
SELECT probe_asn, max(probe_cc), target, max(category), 'failure', layer || ' ' || failure, count(DISTINCT measurement_uid) FROM steps WHERE failure IS NOT NULL GROUP BY probe_asn, target, layer, failure
UNION ALL
SELECT probe_asn, max(probe_cc), target, max(category), 'answer', dns_answer, count(DISTINCT measurement_uid) FROM steps WHERE layer = 'dns' AND dns_answer IS NOT NULL GROUP BY probe_asn, target, dns_answer
UNION ALL
SELECT probe_asn, max(probe_cc), target, max(category), 'fingerprint', f, count(DISTINCT measurement_uid)
FROM (SELECT *, unnest(list_concat(list_concat(dns_fingerprints, tls_fingerprints), http_fingerprints)) AS f FROM steps) GROUP BY probe_asn, target, f
ORDER BY 1, 3, 5, 6
