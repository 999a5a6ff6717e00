CREATE OR REPLACE TABLE {table} AS
SELECT * FROM read_parquet(?, hive_partitioning => false) ORDER BY _row
