CREATE OR REPLACE TABLE {table} AS
SELECT row_number::BIGINT AS row_number, reason::VARCHAR AS reason, raw::VARCHAR AS raw
FROM {source} ORDER BY row_number
