COPY (
  SELECT {columns} row_number() OVER ()::BIGINT AS _row, {places}
  FROM (
    SELECT * FROM read_parquet({source}, hive_partitioning => false)
    ORDER BY _cell NULLS LAST, {columns} _west, _south, _east, _north, _geometry
  )
) TO {target} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {rows})
