-- one row is one row of the segments being merged into one
SELECT {{columns}} FROM read_parquet({{files}}) ORDER BY {{order}}
