CREATE OR REPLACE TABLE {table} AS
SELECT * FROM read_parquet(?) ORDER BY _row
