"""Every file below a folder through `datadam ingest --dry-run`, one line a table: what real offices' files become.

    DATADAM_TRIAL_DATA=folder python tools/trial.py [FOLDER ...] [--json]

Prints file, table, status or reason, format, encoding, rows read/loaded/quarantined, columns, proposals and seconds,
then how many tables had each outcome. Nothing is kept.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

CLI = Path(sys.executable).with_name("datadam")


def folders(root: Path, named: list[str]) -> list[Path]:
    """Every folder that holds files, below those that are named."""
    below = [path for start in named or ["."] for path in ((root / start), *(root / start).rglob("*"))]
    return sorted({path.resolve() for path in below if path.is_dir() and any(map(Path.is_file, path.iterdir()))})


def trial(root: Path, folder: Path, home: str) -> list[dict[str, object]]:
    """The reports of one folder's files."""
    env = {**os.environ, "DATADAM_HOME": home}
    command = [str(CLI), "ingest", str(folder), "--org", "trial", "--dry-run", "--json"]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)  # noqa: S603
    if done.returncode not in (0, 1):
        raise SystemExit(f"{folder}: exit {done.returncode}")
    return [
        {"folder": str(folder.relative_to(root.resolve())), **report} for report in json.loads(done.stdout)["datasets"]
    ]


def line(report: dict[str, object]) -> str:
    codes = sorted({str(p["code"]) for p in report["proposals"]})  # type: ignore[index,attr-defined]
    rows = f"{report['rows_read']}={report['rows_loaded']}+{report['rows_quarantined']}+{report['rows_set_aside']}"
    facts = (
        f"{report['folder']}/{report['file']}", report["table"], report["reason"] or report["status"], report["format"],
        report["encoding"], rows, f"{len(report['columns'])} columns", " ".join(codes), f"{report['seconds']} s",  # type: ignore[arg-type]
    )  # fmt: skip
    return " | ".join(map(str, facts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="below the root; all of them when none is named")
    parser.add_argument("--json", action="store_true", help="print the reports as one JSON list")
    options = parser.parse_args()
    root = Path(os.environ["DATADAM_TRIAL_DATA"])
    with tempfile.TemporaryDirectory(prefix="datadam-trial-") as home:
        reports = [report for folder in folders(root, options.folders) for report in trial(root, folder, home)]
    if options.json:
        print(json.dumps(reports, ensure_ascii=False))
        return
    for report in reports:
        print(line(report))
    print(Counter(f"{report['format'] or 'none'} {report['reason'] or report['status']}" for report in reports))


if __name__ == "__main__":
    main()
