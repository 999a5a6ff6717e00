INSERT INTO {table} BY NAME
SELECT {columns} (row_number() OVER () + {last_row})::BIGINT AS _row, {places}
FROM (SELECT * FROM read_parquet(?, hive_partitioning => false) ORDER BY _cell, _row)
