SELECT data_file, delete_file
FROM ducklake_list_files('lake', ?, snapshot_version => ?)
