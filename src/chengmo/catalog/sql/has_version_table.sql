SELECT count(*) FROM lake.options() WHERE option_name = 'data_inlining_row_limit'
