"""Every code that a report of the command line can hold; `datadam schema ingest` lists them.

Plain tuples, so that the command line knows them without loading the lake. A test compares them with the lake's source.
"""

PROPOSALS = (
    "array_rows", "binary_text", "blank_columns", "blank_rows", "boolean", "column_lists", "column_maps",
    "crs_unknown", "date", "date_midnight", "decimal_number", "duplicate_column", "duration", "encoding_overruled",
    "excel_serial", "excel_serial_1904", "feature_id", "fill_down", "footnotes", "geojson", "geometry", "half_dates",
    "hour", "integer", "keyed_map", "letter_spaced", "members", "merged_cells", "missing_token", "month",
    "multi_row_header", "naive_timestamp_kst", "name_and_code", "nan_null", "nested_flattened", "nested_json",
    "no_header", "number", "other_objects", "percent", "quarter", "quoted_rows", "record_path", "row_names",
    "share_rows", "sheets", "short_header", "single_record", "statistic_rows", "thousands_decimal",
    "thousands_separator", "time", "timestamp", "timestamp_any", "timestamp_zone", "title_rows", "total_column",
    "total_rows", "trailing_delimiter", "trim_spaces", "unit", "unit_suffix", "unmarked_totals", "unnamed_column",
    "unpivot", "wgs84",
)  # fmt: skip

QUARANTINE = (
    "archive_inside", "broken_image", "broken_member", "broken_sound", "encoding", "extension_lies", "field_count",
    "geometry", "json", "long_name", "nan", "not_boolean", "not_date", "not_duration", "not_feature", "not_integer",
    "not_number", "not_object", "not_time", "not_timestamp", "path_clash", "unclosed_quote", "unknown_media",
)  # fmt: skip

HARMLESS = ("counts_people", "hour_24", "missing_marked", "none_marked", "suppressed")  # findings that ask for nothing
PERSONAL = (  # kinds of personal data
    "address", "bank_account", "birth_date", "card", "driver_licence", "email", "foreigner_number", "health_insurance",
    "name", "passport", "phone", "resident_number", "vehicle",
)  # fmt: skip
HOLDING = ("personal_data", "recipe_unfit", "rules_failed", "schema_changed", "small_cells")
DECIDING = ("action_not_allowed", "ambiguous", "bad_reason", "nothing_to_undo", "staged_file_gone")

FINDINGS = (
    "dbf_without_shp", "files_unlabelled", "labels_repeated", "labels_unmatched", "labels_unread", "more_pages",
    "no_rows", "not_merged", "not_of_type", "not_split", "record_counts_differ", "rule_failed",
    "small_cells", *(f"cells_{action}" for action in ("suppress", "merge", "round")),
    *HARMLESS,
    *(f"personal_{kind}" for kind in PERSONAL),
    *(f"quarantined_{reason}" for reason in QUARANTINE),
)  # fmt: skip

READING = (
    "all_dropped", "api_error", "bad_pattern", "binary_file", "broken_archive", "broken_hwpx", "broken_json",
    "broken_layer", "broken_ole", "broken_parquet", "broken_rdata", "broken_xls", "broken_xlsx", "broken_xml",
    "column_fixed", "columns_unfit", "doctype", "document", "drawn_header", "drawn_moved", "drawn_range",
    "empty_file", "encoding", "encrypted", "engine_failed", "files_cleared", "header_mismatch", "hwp",
    "lake_not_local", "markup", "metadata", "name_taken", "nested_too_deep", "no_array", "no_data_frame",
    "no_records", "not_a_table", "not_a_zip", "not_sealed", "not_understood", "nothing_inside", "object_damaged",
    "ole", "pdf", "personal_header", "quotes_not_understood", "record_too_big", "shape_part_missing", "sheet_gone",
    "sheet_unnamed", "sqlite", "staged_file_gone", "tampered", "too_big", "too_many_columns", "too_many_members",
    "truncated_json", "truncated_xml", "unknown_format", "upload_too_big", "value_unreadable", "zip_bomb",
    "zip_method",
)  # fmt: skip

# What a steward may yet read by drawing the table: the file is kept for a week
DRAWABLE = (
    "all_dropped", "bad_pattern", "drawn_header", "drawn_moved", "drawn_range", "header_mismatch", "name_taken",
    "not_a_table", "not_understood", "quotes_not_understood", "sheet_gone", "sheet_unnamed",
    "too_many_columns",
)  # fmt: skip

FETCHING = (
    "address_refused", "bad_answer", "bad_url", "fetch_failed", "folder_refused", "host_unknown", "incomplete",
    "no_answer", "redirects", "too_slow",
)  # fmt: skip

REACHING = (  # what file servers and databases add to it, on the command line
    *("ambiguous", "address_refused", "bad_url", "folder_refused", "host_unknown", "incomplete", "key_gone"),
    *("bad_credentials", "bad_key", "bad_query", "changed_meanwhile", "host_key_changed", "host_key_unconfirmed"),
    *("incompatible", "name_unreadable", "no_answer", "no_permission", "no_such_database", "no_such_file"),
    *("no_such_table", "not_select", "tls_missing", "tls_needed", "tls_untrusted", "too_many", "too_slow"),
    *("account_too_powerful", "function_refused", "password_in_clear", "row_too_large", "value_unreadable"),
)

PUSHING = ("ambiguous", "broken_gzip", "key_reused", "no_key", "overtaken", "upload_too_big", "worker_died")

OWN = (
    "", "ambiguous", "bad_recipe", "conflict", "held", "internal", "invalid", "not_allowed", "not_found",
    "nothing_to_publish", "personal_data", "recipe_unfit", "rules_failed", "same_content", "same_file",
    "schema_changed", "several_tables", "unreadable",
)  # fmt: skip

REASONS = tuple(sorted({*OWN, *READING, *FETCHING}))

EXPORTING = ("no_rows", "no_rows_to_export", "no_such_version", "unknown_format", "ambiguous")

HANDING_OUT = (
    "ambiguous", "folder_refuses", "link_in_folder", "no_column", "no_files", "no_rows", "no_such_version",
    "object_damaged",
)  # fmt: skip

QUERYING = (
    "ambiguous", "busy", "failed", "function_refused", "no_rows", "no_such_version", "not_select", "syntax", "too_big",
    "too_slow", "unknown_column", "unknown_table",
)  # fmt: skip
