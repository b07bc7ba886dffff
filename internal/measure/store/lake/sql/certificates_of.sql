-- one row is one certificate of those asked for
SELECT DISTINCT ON (fingerprint) {{columns}}
FROM certificates
WHERE list_contains(string_split($1, ','), fingerprint)
ORDER BY fingerprint
