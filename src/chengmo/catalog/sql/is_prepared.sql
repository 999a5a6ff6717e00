SELECT count(*) FROM lake.main.chengmo_dataset_version WHERE version = 0
