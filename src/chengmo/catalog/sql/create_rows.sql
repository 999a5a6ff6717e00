CREATE OR REPLACE TABLE {table} AS
SELECT {columns} row_number() OVER ()::BIGINT AS _row, {places}
FROM (SELECT * FROM read_parquet(?, hive_partitioning => false) ORDER BY _cell, _row)
