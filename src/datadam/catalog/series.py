"""Which dataset a file is the next edition of, judged by its name: `교통량_202405.csv` follows `교통량_202404.csv`."""

import re
import unicodedata
from pathlib import PurePath

YEAR = r"(?:19|20)\d{2}"
DATE = rf"{YEAR}(?:\s*년)?(?:[.\-_ ]?\s*(?:0?[1-9]|1[0-2])\s*월?(?:[.\-_ ]?\s*(?:0?[1-9]|[12]\d|3[01])\s*일?)?)?"
COMPACT = rf"{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?"
QUARTER = rf"{YEAR}\s*년?[\s_\-]*(?:[1-4]\s*분기|[Qq][1-4])"
SUFFIX = re.compile(rf"[\s_\-]*[(\[]?\s*(?:{QUARTER}|{COMPACT}|{DATE})(?:\s*(?:말|기준))?\s*[)\]]?\s*$")
COPY = re.compile(r"[\s_\-]*(?:\(\d{1,3}\)|\[\d{1,3}\]|사본|복사본)\s*$")
ENDINGS = {
    ".csv", ".tsv", ".txt", ".json", ".ndjson", ".jsonl", ".xlsx", ".xlsm", ".xls", ".parquet", ".pq", ".gz", ".xml",
    ".hwpx", ".html", ".htm", ".rda", ".rdata", ".rds", ".geojson", ".zip", ".gpkg", ".dbf",
}  # fmt: skip


def stem(filename: str) -> str:
    """The file's name without folder and known endings, in composed Hangul."""
    name = PurePath(unicodedata.normalize("NFC", filename).replace("\\", "/")).name
    while (path := PurePath(name)).suffix.lower() in ENDINGS and path.stem:
        name = path.stem
    return name.strip()


def key(filename: str) -> str:
    """What the files of one series have in common: the stem without copy marks and the date at its end."""
    name = stem(filename)
    shorter = SUFFIX.sub("", COPY.sub("", name)).strip(" _-")
    return shorter or name


def title(filename: str) -> str:
    """A first title for a dataset, made from the name of its file."""
    return re.sub(r"[_\s]+", " ", key(filename)).strip()[:300] or "이름 없는 자료"
