SELECT DISTINCT filename FROM {table}
