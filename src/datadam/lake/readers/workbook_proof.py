"""Whether a workbook can be opened at all, tried in a process of its own with little memory.

The native parser panics on some damaged workbooks, and for others (a cell in the last row and column is enough) it
asks for so much memory that its process is ended. What passes here is opened again where it is wanted.
"""

import resource
import subprocess
import sys
from io import BytesIO
from pathlib import Path

MEMORY = 3 * 2**30
SECONDS = 300


def passes(content: bytes) -> bool:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", str(Path(__file__))], input=content, capture_output=True, check=False
    )
    return done.returncode == 0


def main() -> None:
    """Opens the workbook on standard input and goes through its cells; any fault ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
    for meta in book.sheets_metadata:
        sheet = book.get_sheet_by_name(meta.name)
        _ = sheet.merged_cell_ranges
        for _row in sheet.iter_rows():
            pass


if __name__ == "__main__":
    main()
