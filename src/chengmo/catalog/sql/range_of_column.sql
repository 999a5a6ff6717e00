SELECT min({column})::VARCHAR, max({column})::VARCHAR FROM {table}
