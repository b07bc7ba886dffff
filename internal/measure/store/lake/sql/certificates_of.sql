-- one row is one certificate of those asked for
SELECT DISTINCT ON (fingerprint) {{columns}}
FROM {{from}}
WHERE fingerprint IN (SELECT unnest(string_split($1, ',')))
ORDER BY fingerprint
