"""A home run by the real command, with a small published dataset in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEADER = "시군구,날짜,이용자수,비고"
DROPPED = ("DATABASE_URL", "DATADAM_LAKE", "DATADAM_DESTRUCTIONS")


class House:
    """A home on SQLite, or on the PostgreSQL of `url`; calling it runs a command and returns its JSON."""

    def __init__(self, folder: Path, url: str = "", **environment: str) -> None:
        self.folder, self.home = folder, folder / "city"
        clean = {name: value for name, value in os.environ.items() if name not in DROPPED}
        self.env = {**clean, "DATADAM_HOME": str(self.home), "DATADAM_LANGUAGE": "en", **environment}
        if url:
            self.env["DATABASE_URL"] = url

    def run(self, *args, **environment):
        command = [sys.executable, "-m", "datadam.cli", *map(str, args)]
        env = {**self.env, **environment}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=180)

    def __call__(self, *args, code=0, **environment):
        done = self.run(*args, "--json", **environment)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def refused(self, *args, **environment):
        return self(*args, code=1, **environment)["error"]["code"]

    def ingest(self, name: str, marker: str, *args, rows: int = 40):
        path = self.folder / name
        lines = [HEADER, *(f"구{i},2022-09-{i % 28 + 1:02d},{i + 100},{marker}{i}" for i in range(rows)), ""]
        path.write_bytes("\r\n".join(lines).encode("cp949"))
        report = self("ingest", path, "--org", "교통과", "--publish", "--licence", "kogl-1", *args)
        path.unlink()
        return report["datasets"][0]

    def rows(self, name: str) -> int:
        return self("sql", f'SELECT count(*) AS n FROM "{name}"')["rows"][0][0]

    def holding(self, marker: str, *folders: Path) -> list[str]:
        """Files that hold the marker: text, CP949, UTF-16, escaped JSON; Parquet files are read."""
        import pyarrow.parquet as pq

        escaped = json.dumps(marker)[1:-1].encode()
        needles = [marker.encode(), marker.encode("cp949"), marker.encode("utf-16-le"), escaped]
        found = []
        for folder in folders or (self.home,):
            for path in folder.rglob("*"):
                if not path.is_file():
                    continue
                content = path.read_bytes()
                if path.suffix == ".parquet" and "checkpoint" not in path.name:
                    content += str(pq.read_table(path).to_pylist()).encode()
                if any(needle in content for needle in needles):
                    found.append(str(path.relative_to(folder)))
        return found


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)
