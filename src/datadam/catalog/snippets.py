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
    files = _files(dataset, release, base_url) if release.is_files else []
    return [
        *files,
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


def _files(dataset: Dataset, release: Release, base_url: str) -> list[Snippet]:
    """The files themselves, checked by their hashes."""
    root = f"{base_url.rstrip('/')}/api/v1/datasets/{dataset.name}/files"
    lines = [
        f'curl -fsS -o {dataset.name}.zip "{root}/zip?release={release.number}"',
        f"python3 -m zipfile -e {dataset.name}.zip {dataset.name}",
        f'cd {dataset.name} && curl -fsS "{root}/sha256?release={release.number}" | sha256sum -c --quiet',
    ]
    return [Snippet("shell", "curl (ZIP)", "\n".join(lines))]


def push(name: str, base_url: str) -> str:
    """curl that adds a row to the dataset of that name."""
    return (
        f'curl -fsS -X POST "{base_url.rstrip("/")}/api/v1/datasets/{name}/rows?mode=append" \\\n'
        '  -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: 2026-03-02T09:00" \\\n'
        '  -H "Content-Type: application/json" -d \'[{"…": 1}]\''
    )
