"""Every code that a report of the command line can hold; `datadam schema ingest` lists them.

Plain tuples, so that the command line knows them without loading the lake. A test compares them with the lake's source.
"""

PROPOSALS = (
    "array_rows", "binary_text", "blank_columns", "blank_rows", "boolean", "column_lists", "column_maps", "date",
    "decimal_number", "duplicate_column", "feature_id", "fill_down",
    "footnotes", "geojson", "integer", "keyed_map", "letter_spaced",
    "merged_cells", "missing_token", "month", "multi_row_header", "name_and_code", "naive_timestamp_kst", "nan_null",
    "nested_flattened",
    "nested_json", "no_header", "number", "partial_page", "percent", "quarter", "quoted_rows",
    "short_header", "record_path", "sheets", "single_record",
    "thousands_decimal", "thousands_separator", "time", "timestamp", "timestamp_zone", "title_rows", "total_column",
    "total_rows", "trailing_delimiter", "trim_spaces", "unit", "unmarked_totals", "unnamed_column", "unpivot",
)  # fmt: skip

QUARANTINE = (
    "encoding", "field_count", "json", "nan", "not_boolean", "not_date", "not_feature", "not_integer", "not_number",
    "not_object", "not_time", "not_timestamp", "unclosed_quote",
)  # fmt: skip

HARMLESS = ("missing_marked", "none_marked", "suppressed")  # findings that ask for nothing
FINDINGS = ("no_rows", "not_of_type", *HARMLESS, *(f"quarantined_{reason}" for reason in QUARANTINE))

READING = (
    "all_dropped", "api_error", "binary_file", "broken_json", "broken_parquet", "broken_xlsx", "empty_file", "encoding",
    "encrypted", "engine_failed", "header_mismatch", "legacy_xls", "name_taken", "no_array", "no_records",
    "not_a_table", "not_sealed",
    "not_understood", "quotes_not_understood", "record_too_big", "staged_file_gone", "tampered", "too_big",
    "too_many_columns", "truncated_json", "unknown_format", "upload_too_big", "lake_not_local", "pdf", "gzip", "zip",
    "ole", "sqlite", "markup",
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
