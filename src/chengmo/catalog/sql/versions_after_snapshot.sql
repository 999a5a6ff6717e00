SELECT snapshot_id, body
FROM lake.main.chengmo_dataset_version
WHERE snapshot_id > ?
ORDER BY snapshot_id, dataset, version
