INSERT INTO lake.main.chengmo_dataset_version VALUES ('', 0, '')
