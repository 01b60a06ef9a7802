"""The functions that may be asked of a database: all of them only compute from what they are given.

An allow-list, as the sandbox has one: what reads files, sleeps, writes, locks, runs SQL given as text or ends
somebody's session has too many names, and the next version of a database brings more.
"""

from datadam.sandbox.functions import is_allowed

_NAMES = """
between case cast coalesce collate convert distinct div exists extract filter if ifnull in interval is isnull nullif
nvl nvl2 try_cast values greatest least unnest any all some row array charset character_set

adddate addtime age clock_timestamp convert_tz curdate current_date current_time current_timestamp curtime date
date_add date_bin date_format date_part date_sub date_trunc datediff day dayname dayofmonth dayofweek dayofyear extract
from_days from_unixtime get_format hour isfinite justify_days justify_hours justify_interval last_day localtime
localtimestamp make_date make_interval make_time make_timestamp make_timestamptz makedate maketime microsecond minute
month monthname now period_add period_diff quarter sec_to_time second statement_timestamp str_to_date subdate subtime
sysdate time time_format time_to_sec timediff timestamp timestampadd timestampdiff timezone to_char to_date to_days
to_number to_seconds to_timestamp transaction_timestamp ts_or_ds_to_date unix_timestamp utc_date utc_time
utc_timestamp week weekday weekofyear year yearweek

aes_decrypt aes_encrypt ascii bin bin_to_uuid bit_count bit_length btrim casefold char char_length character_length chr
concat concat_ws conv convert_from convert_to crc32 decode digest elt encode export_set field find_in_set format
from_base64 group_concat hex initcap inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr is_ipv4 is_ipv6 is_uuid
lcase left length like locate lower lpad ltrim make_set match md5 mid normalize oct octet_length ord overlay parse_ident
position quote quote_ident quote_literal quote_nullable regexp_count regexp_instr regexp_like regexp_match
regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right
rpad rtrim sha sha1 sha2 sha224 sha256 sha384 sha512 soundex space split_part starts_with strcmp string_agg
string_to_array string_to_table strpos str_position substr substring substring_index to_ascii to_base64 to_hex translate
trim ucase unaccent unhex unistr upper uuid_to_bin uuid weight_string levenshtein similarity

div erf erfc min_scale rand scale trim_scale truncate every mode percentile_cont percentile_disc range_agg
range_intersect_agg std var_pop var_samp variance variance_pop bit_xor cume_dist nth_value rank

abbrev broadcast family host hostmask masklen netmask network set_masklen isempty lower_inc lower_inf range_merge
upper_inc upper_inf num_nonnulls num_nulls array_agg array_cat array_dims array_fill array_length array_lower
array_ndims array_position array_positions array_remove array_replace array_sample array_shuffle array_to_string
array_upper array_append array_prepend cardinality generate_series generate_subscripts trim_array int4range int8range
numrange daterange tsrange tstzrange any_value akeys avals hstore_to_json hstore_to_jsonb skeys svals ip

json_agg json_array json_arrayagg json_array_elements json_array_elements_text json_build_array json_build_object
json_compact json_contains_path json_depth json_detailed json_each json_each_text json_exists json_extract_path
json_extract_path_text json_length json_loose json_objectagg json_object_agg json_object_keys json_overlaps
json_populate_record json_populate_recordset json_query json_scalar json_search json_serialize json_strip_nulls
json_table json_to_record json_to_recordset json_typeof json_unquote jsonb_agg jsonb_array_elements
jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
jsonb_exists jsonb_extract_path jsonb_extract_path_text jsonb_object jsonb_object_agg jsonb_object_keys
jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first
jsonb_populate_record jsonb_pretty jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof row_to_json to_json
to_jsonb parse_json j_s_o_n_array_agg j_s_o_n_object_agg j_s_o_n_table xmlagg xmlconcat xmlelement xmlforest xml_element
xmlserialize
xmltable xml_table xpath xpath_exists extractvalue xml_is_well_formed

area box center circle diagonal diameter height isclosed isopen line lseg npoints path point polygon radius slope width
geometrytype st_area st_asbinary st_asewkb st_asewkt st_asgeojson st_astext st_aswkb st_aswkt st_azimuth st_boundary
st_buffer st_centroid st_collect st_contains st_coorddim st_covers st_coveredby st_crosses st_difference st_dimension
st_disjoint st_distance st_distance_sphere st_distancesphere st_dwithin st_endpoint st_envelope st_equals
st_exteriorring st_flipcoordinates st_force2d st_geogfromtext st_geohash st_geometryn st_geometrytype st_geomfromewkt
st_geomfromgeojson st_geomfromtext st_geomfromwkb st_interiorringn st_intersection st_intersects st_isclosed st_isempty
st_isvalid st_issimple st_latitude st_length st_longitude st_makeenvelope st_makeline st_makepoint st_makevalid
st_multi st_npoints st_numgeometries st_numpoints st_overlaps st_perimeter st_point st_pointfromtext st_pointn
st_pointonsurface st_setsrid st_simplify st_snaptogrid st_srid st_startpoint st_swapxy st_symdifference st_touches
st_transform st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z
"""
ALLOWED = frozenset(_NAMES.split())


def may_be_asked(name: str) -> bool:
    """Whether a function of PostgreSQL or MySQL may be called."""
    return name.lower() in ALLOWED or is_allowed(name)
