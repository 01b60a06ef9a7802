"""Every code that a report of the command line can hold; `datadam schema ingest` lists them.

Plain tuples, so that the command line knows them without loading the lake. A test compares them with the lake's source.
"""

PROPOSALS = (
    "array_rows", "binary_text", "blank_columns", "blank_rows", "boolean", "column_lists", "column_maps",
    "crs_unknown", "date", "decimal_number", "duplicate_column", "encoding_overruled", "feature_id", "fill_down",
    "footnotes", "geojson", "geometry", "integer", "keyed_map", "letter_spaced", "members", "merged_cells",
    "missing_token", "month", "multi_row_header", "naive_timestamp_kst", "name_and_code", "nan_null",
    "nested_flattened", "nested_json", "no_header", "number", "other_objects", "percent", "quarter", "quoted_rows",
    "record_path", "row_names", "sheets", "short_header", "single_record", "thousands_decimal", "thousands_separator",
    "time", "timestamp", "timestamp_zone", "title_rows", "total_column", "total_rows", "trailing_delimiter",
    "trim_spaces", "unit", "unmarked_totals", "unnamed_column", "unpivot", "wgs84",
)  # fmt: skip

QUARANTINE = (
    "encoding", "field_count", "geometry", "json", "nan", "not_boolean", "not_date", "not_feature", "not_integer",
    "not_number", "not_object", "not_time", "not_timestamp", "unclosed_quote",
)  # fmt: skip

HARMLESS = ("missing_marked", "none_marked", "suppressed")  # findings that ask for nothing
FINDINGS = (
    "dbf_without_shp", "more_pages", "no_rows", "not_merged", "not_of_type", "not_split", "record_counts_differ",
    *HARMLESS,
    *(f"quarantined_{reason}" for reason in QUARANTINE),
)  # fmt: skip

READING = (
    "all_dropped", "api_error", "bad_pattern", "binary_file", "broken_archive", "broken_hwpx", "broken_json",
    "broken_layer", "broken_ole", "broken_parquet", "broken_rdata", "broken_xls", "broken_xlsx", "broken_xml",
    "doctype", "document", "drawn_header", "drawn_moved", "drawn_range", "empty_file", "encoding", "encrypted",
    "engine_failed", "header_mismatch", "hwp", "lake_not_local", "markup", "metadata", "name_taken",
    "nested_too_deep", "no_array", "no_data_frame", "no_records", "not_a_table", "not_sealed", "not_understood",
    "nothing_inside", "ole", "pdf", "quotes_not_understood", "record_too_big", "sheet_gone", "shape_part_missing",
    "sqlite", "staged_file_gone", "tampered", "too_big", "too_many_columns", "too_many_members",
    "truncated_json", "truncated_xml", "unknown_format", "upload_too_big", "zip_bomb", "zip_method",
)  # fmt: skip

# What a steward may yet read by drawing the table: the file is kept for a week
DRAWABLE = (
    "all_dropped", "bad_pattern", "drawn_header", "drawn_moved", "drawn_range", "header_mismatch", "name_taken",
    "not_a_table", "not_understood", "quotes_not_understood", "sheet_gone", "too_many_columns",
)  # fmt: skip

FETCHING = (
    "address_refused", "bad_answer", "bad_url", "fetch_failed", "folder_refused", "host_unknown", "incomplete",
    "no_answer", "redirects", "too_slow",
)  # fmt: skip

OWN = (
    "", "ambiguous", "bad_recipe", "conflict", "held", "internal", "invalid", "not_allowed", "not_found",
    "nothing_to_publish", "recipe_unfit", "same_content", "same_file", "schema_changed", "unreadable",
)  # fmt: skip

REASONS = tuple(sorted({*OWN, *READING, *FETCHING}))

EXPORTING = ("no_rows", "no_rows_to_export", "no_such_version", "unknown_format", "ambiguous")

QUERYING = (
    "ambiguous", "busy", "failed", "function_refused", "no_rows", "no_such_version", "not_select", "syntax", "too_big",
    "too_slow", "unknown_column", "unknown_table",
)  # fmt: skip
