"""Opens the old workbook on standard input and goes through its cells, in a process of its own with little memory.

The native parser panics on some damaged workbooks and on others asks for so much memory that its process is ended.
What passes here is opened again where it is wanted. Exit code 0: fine; any other: damaged.
"""

import resource
import sys
from io import BytesIO

MEMORY = 2 * 2**30
SECONDS = 120


def main() -> int:
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
