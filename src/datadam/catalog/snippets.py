"""Lines of code that read a release from elsewhere. They are run in the tests against a live server."""

from dataclasses import dataclass

from datadam.catalog.models import Dataset, Release


@dataclass(frozen=True)
class Snippet:
    """`language` is a key for highlighting; `title` what the tab says."""

    language: str
    title: str
    code: str


def snippets(dataset: Dataset, release: Release, base_url: str) -> list[Snippet]:
    """pandas, DuckDB and curl; the URLs name the release, so that the lines give the same rows next year."""
    root = f"{base_url.rstrip('/')}/api/v1/datasets/{dataset.name}/releases/{release.number}"
    parquet = f"{root}/download/parquet"
    return [
        Snippet("python", "pandas", f'import pandas as pd\n\ndf = pd.read_parquet("{parquet}")\nprint(df.head())'),
        Snippet(
            "python",
            "DuckDB",
            "import urllib.request\n\nimport duckdb\n\n"
            f'path, _ = urllib.request.urlretrieve("{parquet}")\n'
            "print(duckdb.sql(f\"SELECT * FROM read_parquet('{path}') LIMIT 5\"))",
        ),
        Snippet("shell", "curl", f'curl -fsS -o {dataset.name}.csv "{root}/download/csv"'),
        Snippet("shell", "curl (JSON)", f'curl -fsS "{root}/rows?size=10"'),
    ]


def push(name: str, base_url: str) -> str:
    """curl that adds a row to the dataset of that name."""
    return (
        f'curl -fsS -X POST "{base_url.rstrip("/")}/api/v1/datasets/{name}/rows?mode=append" \\\n'
        '  -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: 2026-03-02T09:00" \\\n'
        '  -H "Content-Type: application/json" -d \'[{"…": 1}]\''
    )
