SELECT snapshot_id, body
FROM lake.main.chengmo_dataset_version
WHERE snapshot_id > ? AND version > 0
ORDER BY snapshot_id, dataset, version
