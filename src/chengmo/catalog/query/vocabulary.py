"""The functions that a question in SQL may call: those that touch nothing but their arguments.

Names are as DuckDB 1.5 has them, in lower case. What is not here cannot be called: what reads
files or settings, tells of the catalogue, the session or the machine, waits, or runs a text as SQL.
A test holds the list against DuckDB's own.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AGGREGATES = _words(
    """
    any_value approx_count_distinct approx_quantile arbitrary arg_max arg_max_null arg_min
    arg_min_null argmax argmin array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count
    count_if count_star countif covar_pop covar_samp entropy favg first fsum geomean
    geometric_mean group_concat histogram kahan_sum kurtosis kurtosis_pop last list listagg mad
    max max_by mean median min min_by mode product quantile quantile_cont quantile_disc regr_avgx
    regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
    reservoir_quantile sem skewness stddev stddev_pop stddev_samp string_agg sum sumkahan var_pop
    var_samp variance wavg weighted_avg
    """
)
WINDOWS = _words(
    """
    cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank
    rank_dense row_number
    """
)
NUMBERS = _words(
    """
    abs acos acosh add asin asinh atan atan2 atanh bit_count cbrt ceil ceiling cos cosh cot
    degrees divide even exp factorial fdiv floor fmod gamma gcd greatest greatest_common_divisor
    hash isfinite isinf isnan lcm least least_common_multiple lgamma ln log log10 log2 mod
    multiply nextafter pi pow power radians random round round_even roundbankers sign signbit sin
    sinh sqrt subtract tan tanh trunc xor
    """
)
TEXTS = _words(
    """
    ascii bin chr char_length character_length concat concat_ws contains damerau_levenshtein
    editdist3 ends_with format formatreadabledecimalsize formatreadablesize format_bytes
    from_base64 from_hex hamming hex ilike_escape instr jaccard jaro_similarity
    jaro_winkler_similarity lcase left left_grapheme len length length_grapheme levenshtein
    like_escape lower lpad ltrim md5 mismatches nfc_normalize not_ilike_escape not_like_escape
    octet_length ord position prefix printf regexp_escape regexp_extract regexp_extract_all
    regexp_full_match regexp_matches regexp_replace regexp_split_to_array repeat replace reverse
    right right_grapheme rpad rtrim sha1 sha256 split split_part starts_with str_split
    str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos
    substr substring substring_grapheme suffix to_base to_base64 to_binary to_hex translate trim
    ucase unhex unicode upper url_decode url_encode
    """
)
TIMES = _words(
    """
    age century current_date current_localtime current_localtimestamp date_add date_diff date_part
    date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek
    dayofyear days_in_month decade epoch epoch_ms epoch_ns epoch_us era get_current_time
    get_current_timestamp hour isodow isoyear julian last_day make_date make_time make_timestamp
    make_timestamp_ms make_timestamptz microsecond millennium millisecond minute month monthname
    nanosecond now quarter second strftime strptime time_bucket timezone timezone_hour
    timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_millennia
    to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years
    today transaction_timestamp try_strptime week weekday weekofyear year yearweek
    """
)
NESTED = _words(
    """
    array_append array_apply array_cat array_concat array_contains array_distinct array_extract
    array_filter array_has array_has_all array_has_any array_indexof array_intersect array_length
    array_position array_prepend array_reduce array_reverse array_reverse_sort array_slice
    array_sort array_to_string array_transform array_unique array_value array_where array_zip
    cardinality element_at filter flatten json_array_length json_contains json_exists json_extract
    json_extract_string json_keys json_object json_array json_type json_valid json_value
    json_extract_path json_extract_path_text list_any_value list_append list_apply list_avg
    list_cat list_concat list_contains list_count list_distinct list_element list_extract
    list_filter list_first list_has list_has_all list_has_any list_indexof list_intersect
    list_last list_max list_median list_min list_mode list_pack list_position list_prepend
    list_product list_reduce list_reverse list_reverse_sort list_slice list_sort list_sum
    list_transform list_unique list_value list_where list_zip map map_concat map_contains
    map_entries map_extract map_extract_value map_from_entries map_keys map_values reduce row
    row_to_json struct_concat struct_extract struct_extract_at struct_insert struct_keys
    struct_pack struct_values to_json unnest range generate_series
    """
)
OTHERS = _words(
    """
    coalesce constant_or_null equi_width_bins gen_random_uuid grouping grouping_id if ifnull
    nullif typeof uuid uuidv4 uuidv7
    """
)
SPATIAL = _words(
    """
    st_affine st_area st_area_spheroid st_asbinary st_asgeojson st_ashexwkb st_assvg st_astext
    st_aswkb st_aswkt st_azimuth st_boundary st_buffer st_buildarea st_centroid st_closestpoint
    st_collect st_collectionextract st_concavehull st_contains st_containsproperly st_convexhull
    st_coveredby st_covers st_crosses st_difference st_dimension st_disjoint st_distance
    st_distance_sphere st_distance_spheroid st_dump st_dwithin st_dwithin_spheroid st_endpoint
    st_envelope st_envelope_agg st_equals st_expand st_extent st_extent_agg st_exteriorring
    st_flipcoordinates st_force2d st_geometrytype st_geomfromgeojson st_geomfromhexwkb
    st_geomfromtext st_geomfromwkb st_hilbert st_interiorringn st_intersection st_intersection_agg
    st_intersects st_intersects_extent st_isclosed st_isempty st_isring st_issimple st_isvalid
    st_length st_length_spheroid st_lineinterpolatepoint st_lineinterpolatepoints
    st_linelocatepoint st_linemerge st_linesubstring st_makebox2d st_makeenvelope st_makeline
    st_makepoint st_makepolygon st_makevalid st_maximuminscribedcircle st_minimumrotatedrectangle
    st_multi st_ngeometries st_ninteriorrings st_node st_normalize st_npoints st_numgeometries
    st_numinteriorrings st_numpoints st_overlaps st_perimeter st_perimeter_spheroid st_point
    st_pointn st_pointonsurface st_points st_polygonize st_quadkey st_reduceprecision
    st_removerepeatedpoints st_reverse st_rotate st_scale st_shortestline st_simplify
    st_simplifypreservetopology st_snap st_startpoint st_symdifference st_touches st_transform
    st_translate st_union st_union_agg st_voronoidiagram st_within st_withinproperly st_x st_xmax
    st_xmin st_y st_ymax st_ymin st_z
    """
)
# Those of `functions.py`, by name only: loading it takes Numba.
GRID = _words(
    """
    bd_code bd_cover bd_cover_ranges bd_decode bd_decode_3d bd_encode bd_encode_3d bd_is_place
    bd_key bd_key_box bd_key_parent bd_key_range bd_level bd_parent bd_place_key
    """
)
FUNCTIONS = AGGREGATES | WINDOWS | NUMBERS | TEXTS | TIMES | NESTED | OTHERS | SPATIAL | GRID
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
