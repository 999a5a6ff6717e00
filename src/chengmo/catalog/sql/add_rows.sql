CALL ducklake_add_data_files('lake', ?, ?, hive_partitioning => false)
