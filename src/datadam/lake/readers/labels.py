"""What label files say of the other files of a set: tables that name files, COCO, Pascal VOC and YOLO.

A label file is recognised by naming files of the set, whatever it is called. Its words become columns of the manifest.
"""

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

from datadam.lake.readers.media import ending_of

LIMIT = 32 << 20  # bytes of one label file
COLUMNS = 100
ROWS = 1_000_000
LOOK = 200  # rows by which the column of file names is found
VALUES, LONGEST = 20, 1_000  # of one file in one column
LONGEST_NAME = 100  # of a column
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".txt")
ENDINGS = (*TABLES, ".xml", ".names", ".yaml", ".yml")
YOLO = re.compile(r"\d{1,5}(\s+-?\d+(\.\d+)?([eE]-?\d+)?){4,}\s*")
NAMES = ("classes.txt", "labels.txt", "obj.names", "data.yaml", "dataset.yaml", "data.yml")
PLACES = {  # folders that say how a set is arranged and not what is in a picture
    *("image", "images", "img", "imgs", "jpegimages", "picture", "pictures", "photo", "photos", "audio", "audios"),
    *("sound", "sounds", "wav", "wavs", "video", "videos", "doc", "docs", "document", "documents", "file", "files"),
    *("data", "dataset", "train", "training", "val", "valid", "validation", "test", "testing", "raw", "source"),
    *("label", "labels", "annotation", "annotations", "images_train", "images_val"),
    *("원천데이터", "라벨링데이터", "사진", "이미지", "그림", "소리", "음성", "영상", "문서", "자료", "데이터"),
}


@dataclass
class Labels:
    """Column → path → its values. `files` are the label files themselves; `unmatched` rows name no file of the set."""

    columns: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    unmatched: int = 0
    unread: int = 0
    labelled: set[str] = field(default_factory=set)

    def add(self, path: str, column: str, value: Any) -> None:
        """Note a value; what is said twice stands once."""
        text = _storable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        column = "".join(filter(str.isprintable, column))[:LONGEST_NAME]
        if value is None or not text.strip() or (column not in self.columns and len(self.columns) >= COLUMNS):
            return
        values = self.columns.setdefault(column, {}).setdefault(path, [])
        text = text.strip()[:LONGEST]
        if text not in values and len(values) < VALUES:
            values.append(text)

    def add_boxes(self, path: str, classes: Counter[str]) -> None:
        """What was drawn into a picture: the names of the classes, and how many boxes there are."""
        self.labelled.add(path)
        self.columns.setdefault("classes", {})[path] = [_storable(", ".join(sorted(classes)))] if classes else []
        self.columns.setdefault("boxes", {})[path] = [str(classes.total())]


class Odd(ValueError):
    """A label file whose parts are not what its form has there: it is kept as a file and not read."""


class Index:
    """Finds a file of the set by what a label file calls it: its path, the end of its path, or its bare name."""

    def __init__(self, paths: Iterable[str]) -> None:
        whole = list(paths)
        ends = Counter(end for path in whole for end in _ends(path))
        self._by_end = {end: path for path in whole for end in _ends(path) if ends[end] == 1}
        self._by_end.update({path: path for path in whole})
        self._by_stem: dict[str, list[str]] = {}
        for path in whole:
            self._by_stem.setdefault(PurePosixPath(path).stem, []).append(path)

    def find(self, called: Any) -> str | None:
        """The path of the file, or None."""
        if not isinstance(called, str) or not called.strip():
            return None
        name = unicodedata.normalize("NFC", called.strip()).replace("\\", "/").lstrip("./")
        return next((self._by_end[end] for end in _ends(name) if end in self._by_end), None)

    def beside(self, path: str) -> str | None:
        """The file whose name but for its ending is that of `path`, in the folders most like its own."""
        folders = set(path.split("/")[:-1])
        found = self._by_stem.get(PurePosixPath(path).stem, [])
        return max(found, key=lambda each: len(folders.intersection(each.split("/"))), default=None)


def _storable(text: str) -> str:
    """Without halves of characters and NUL, which JSON can spell and no table holds."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _ends(path: str) -> list[str]:
    """`a/b/c.jpg` → itself, `b/c.jpg`, `c.jpg`."""
    parts = path.split("/")
    return ["/".join(parts[at:]) for at in range(len(parts))]


def read(candidates: Iterable[tuple[str, int]], content: Callable[[str], bytes], files: Iterable[str]) -> Labels:
    """The labels in the candidates (path, size) about the `files` of the set."""
    index, labels = Index(files), Labels()
    drawn: dict[str, list[int]] = {}
    names: list[str] = []
    for path, size in candidates:
        if ending_of(path) not in ENDINGS:
            continue
        if size > LIMIT:
            labels.unread += 1
            continue
        text = _text(content(path))
        if PurePosixPath(path).name.casefold() in NAMES:
            names = names or _class_names(text, path)
            labels.files.add(path)
        elif (numbers := _yolo(text, path, index)) is not None:
            labels.files.add(path)
            drawn[index.beside(path) or ""] = numbers
        elif _taken(text, path, index, labels):
            labels.files.add(path)
    for path, numbers in drawn.items():
        labels.add_boxes(path, Counter(names[n] if n < len(names) else str(n) for n in numbers))
    return labels


def mentions(head: bytes, files: Iterable[str]) -> bool:
    """Whether the beginning of a file that is too big to be read speaks of files of the set."""
    index = Index(files)
    return any(index.find(word) for word in re.split(r"[\"',;|\t\r\n]+", _text(head)))


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp949", "replace")


def _taken(text: str, path: str, index: Index, labels: Labels) -> bool:
    """Whether the text is labels; then they are noted. What cannot be understood is counted as unread."""
    ending = ending_of(path)
    try:
        if ending == ".xml":
            return _voc(text, path, index, labels)
        if ending in (".jsonl", ".ndjson"):
            return _records([json.loads(line) for line in text.splitlines() if line.strip()], index, labels)
        if ending == ".json":
            return _json(json.loads(text), path, index, labels)
        return ending in TABLES and _table(text, index, labels)
    except (ValueError, RecursionError, csv.Error, ElementTree.ParseError):
        labels.unread += 1
        return False


def _table(text: str, index: Index, labels: Labels) -> bool:
    """Delimited text in which a column names files; without a header the columns are numbered."""
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",\t;| ", key=lambda mark: (first.count(mark), mark != " "))
    rows = [row for row, _ in zip(csv.reader(io.StringIO(text), delimiter=delimiter), range(ROWS), strict=False) if row]
    if not rows or len(rows[0]) < 2:
        return False
    wide = len(rows[0])
    if any(index.find(cell) for cell in rows[0]):
        rest = ["label"] if wide == 2 else [f"column_{number}" for number in range(2, wide + 1)]
        at = next(at for at, cell in enumerate(rows[0]) if index.find(cell))
        header = [*rest[:at], "file", *rest[at:]]
    else:
        header, rows = [cell.strip() or f"column_{at}" for at, cell in enumerate(rows[0], 1)], rows[1:]
    return _records([dict(zip(header, row, strict=False)) for row in rows], index, labels)


def _records(records: Any, index: Index, labels: Labels) -> bool:
    """Records of which one field names files of the set, at least every second time."""
    looked = [record for record in records[:LOOK] if isinstance(record, dict)]
    hits = Counter(name for record in looked for name, value in record.items() if index.find(value))
    if not hits or hits.most_common(1)[0][1] * 2 < len(looked):
        return False
    names = hits.most_common(1)[0][0]
    for record in records:
        path = index.find(record.get(names)) if isinstance(record, dict) else None
        if path is None:
            labels.unmatched += 1
            continue
        labels.labelled.add(path)
        for column, value in record.items():
            if column != names:
                labels.add(path, str(column), value)
    return True


def _json(found: Any, path: str, index: Index, labels: Labels) -> bool:
    if isinstance(found, list):
        return _records(found, index, labels)
    if not isinstance(found, dict):
        return False
    if isinstance(found.get("images"), list) and isinstance(found.get("annotations"), list):
        return _coco(found, index, labels)
    flat = [{"file": name, **(value if isinstance(value, dict) else {"label": value})} for name, value in found.items()]
    if _records(flat, index, labels):
        return True
    picture = index.beside(path)
    if picture is None:
        return False
    labels.labelled.add(picture)
    for column, value in _flat(found, ""):
        labels.add(picture, column, value)
    return True


def _flat(found: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The values in an object by their dotted names; of lists of objects, how many there are."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(found, list):
        plain = not any(isinstance(each, dict | list) for each in found)
        yield name, ", ".join(map(str, found)) if plain else len(found)
    else:
        yield name, found


def _coco(found: dict[str, Any], index: Index, labels: Labels) -> bool:
    listed = found.get("categories")
    categories = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    named = {_id(each, "id"): str(each.get("name")) for each in categories}
    images = [each if isinstance(each, dict) else {} for each in found["images"]]
    at = [(each, path) for each in images if (path := index.find(each.get("file_name")))]
    if not at:
        return False
    pictures = {_id(each, "id"): path for each, path in at}
    drawn: dict[str, Counter[str]] = {path: Counter() for path in pictures.values()}
    for each in found["annotations"]:
        path = pictures.get(_id(each, "image_id")) if isinstance(each, dict) else None
        if path is not None:
            number = _id(each, "category_id")
            drawn[path][named.get(number, str(number))] += 1
    labels.unmatched += len(images) - len(at)
    for path, classes in drawn.items():
        labels.add_boxes(path, classes)
    return True


def _id(part: dict[str, Any], name: str) -> int | str | None:
    """What a part is referred to by."""
    found = part.get(name)
    if found is not None and not isinstance(found, int | str):
        raise Odd(name)
    return found


def _voc(text: str, path: str, index: Index, labels: Labels) -> bool:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return False
    root = ElementTree.fromstring(text)  # noqa: S314 (no entities, as was checked)
    if root.tag != "annotation":
        return False
    picture = index.find(root.findtext("filename")) or index.beside(path)
    if picture is None:
        labels.unmatched += 1
    else:
        names = ((each.findtext("name") or "").strip() for each in root.findall("object"))
        labels.add_boxes(picture, Counter(name for name in names if name))
    return True


def _yolo(text: str, path: str, index: Index) -> list[int] | None:
    """The class numbers of the boxes in a text beside a picture; None when it is something else."""
    if ending_of(path) != ".txt" or index.beside(path) is None:
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    if not all(YOLO.fullmatch(line) for line in lines):
        return None
    return [int(line.split()[0]) for line in lines]


def _class_names(text: str, path: str) -> list[str]:
    """One name a line, or the `names:` of a YAML file, as a list or numbered."""
    if ending_of(path) not in (".yaml", ".yml"):
        return [line.strip() for line in text.splitlines() if line.strip()]
    found = re.search(r"^names\s*:\s*\[", text, re.MULTILINE)
    if found:
        listed = text[found.end() :].partition("]")[0]
        return [part.strip().strip("'\"") for part in listed.split(",") if part.strip()]
    block = re.search(r"^names\s*:\s*\n((?:[ \t-].*\n?)+)", text, re.MULTILINE)
    lines = block[1].splitlines() if block else []
    return [re.sub(r"^\s*(-|\d+\s*:)\s*", "", line).strip().strip("'\"") for line in lines if line.strip()]


def folder_labels(paths: Iterable[str]) -> dict[str, str]:
    """Path → the folder that it lies in, where folders stand for classes: two or more that are not mere places."""
    found = {path: PurePosixPath(path).parent.name for path in paths}
    named = {path: name for path, name in found.items() if name and name.casefold() not in PLACES}
    return named if len(set(named.values())) > 1 else {}
