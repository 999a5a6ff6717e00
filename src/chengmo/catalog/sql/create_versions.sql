CREATE TABLE IF NOT EXISTS lake.main.chengmo_dataset_version (
    dataset VARCHAR NOT NULL,
    version BIGINT NOT NULL,
    body VARCHAR NOT NULL
)
