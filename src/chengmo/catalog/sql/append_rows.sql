INSERT INTO {table} BY NAME
SELECT {columns} ({row} + {last_row})::BIGINT AS _row, {places}
FROM (SELECT * FROM read_parquet(?, hive_partitioning => false) {order})
