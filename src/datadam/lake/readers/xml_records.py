"""XML documents: an element that repeats is a record, its attributes and children are columns."""

import re
from collections.abc import Iterator

import numpy as np

from datadam.lake.errors import Unreadable
from datadam.lake.readers import api_answers
from datadam.lake.readers.base import BadRow, Block, Policy, Source, Table, wants
from datadam.lake.readers.encoding import MARK
from datadam.lake.readers.json_batches import Batch, block_of
from datadam.lake.readers.json_shape import Plan, Shape, plan
from datadam.lake.readers.json_stream import sniffed_encoding
from datadam.lake.readers.values import json_text
from datadam.lake.readers.xml_stream import Node, Path, Record, Records, encoding_of, survey
from datadam.lake.types import Finding, Proposal

FORMAT = "xml"
TABLE_LIMIT = 20
METADATA = {"RDF", "MD_Metadata", "GetRecordsResponse"}
_START = re.compile(r"<(\?xml|!--|!DOCTYPE|[A-Za-z_가-힣][\w.:-]*[\s/>])")


def matches(head: bytes, source: Source) -> bool:
    text = head.decode(sniffed_encoding(head) or "latin-1", "replace")
    return bool(_START.match(text.removeprefix("ï»¿").lstrip("\ufeff \t\r\n")))


def tables(source: Source, *, policy: Policy) -> list[Table]:
    """A table for every repeated element that is not inside another. Raises Unreadable or TooBig."""
    encoding = encoding_of(source)
    root = survey(source, encoding)
    if root.tag.rpartition(":")[2] in METADATA:
        raise metadata()
    facts = dict(root.facts())
    paths, single = _record_paths(root, facts)
    shapes = {path: Shape() for path in paths}
    counts = dict.fromkeys(paths, 0)
    for batch in Records(set(paths)).batches(source, encoding):
        for path, records in _by_path(batch).items():
            shapes[path].observe(records)
            counts[path] += len(records)
    found = []
    for path in paths:
        columns = plan(shapes[path], flatten=wants(policy, "nested_flattened"))
        table = _table(source, encoding, path, columns)
        table.name = ".".join(path) if len(paths) > 1 else ""
        table.proposals.insert(0, Proposal("single_record" if single else "record_path", ".".join(path), applied=True))
        more = (api_answers.stated_total(facts, path) or 0) - counts[path]
        table.findings = [Finding("more_pages", None, more)] if more > 0 else []
        found.append(table)
    return found


def metadata() -> Unreadable:
    return Unreadable(
        "metadata",
        ko="자료가 아니라 자료를 설명하는 메타데이터(RDF, ISO 19139)입니다. 설명된 자료 파일을 올려 주세요.",
        en="This is metadata (RDF, ISO 19139) that describes data, not the data: send the files that it describes.",
    )


def _record_paths(root: Node, facts: dict[Path, str]) -> tuple[list[Path], bool]:
    """Where the records are, and whether there is but one. Raises Unreadable when there is none."""
    found = [(path, node) for path, node in root.records() if node.children or node.attributes]
    if len(found) > TABLE_LIMIT:
        raise _no_array(
            f"되풀이되는 요소가 {len(found)}가지나 됩니다.", f"There are {len(found)} kinds of repeated elements."
        )
    if found:
        return [path for path, _ in found], not any(node.repeats for _, node in found)
    refusal = api_answers.refusal(facts)
    if refusal:
        raise refusal
    if api_answers.is_envelope(facts) or not (root.children or root.attributes):
        raise api_answers.no_records()
    leaves = [child for child in root.children.values() if not child.children]
    if len(leaves) <= len(root.children) / 2 or any(child.repeats for child in leaves):
        raise _no_array("행마다 되풀이되는 요소가 있어야 합니다.", "An element must repeat for every row.")
    return [(root.tag,)], True


def _no_array(ko: str, en: str) -> Unreadable:
    return Unreadable(
        "no_array", ko=f"레코드 목록을 찾지 못했습니다. {ko}", en=f"No repeated element was found to be a record. {en}"
    )


def _by_path(batch: list[tuple[Path, Record]]) -> dict[Path, list[Record]]:
    found: dict[Path, list[Record]] = {}
    for path, record in batch:
        found.setdefault(path, []).append(record)
    return found


def _table(source: Source, encoding: str, path: Path, columns: Plan) -> Table:
    def blocks() -> Iterator[Block]:
        first = 1
        document = Records({path})
        for batch in document.batches(source, encoding):
            records = [record for _, record in batch]
            numbers = np.arange(first, first + len(records), dtype=np.int64)
            taken = Batch(records, numbers)
            yield block_of(columns, _without_marks(taken) if document.marked else taken)
            first += len(records)

    dialect = {"path": ".".join(path)}
    return Table("", FORMAT, encoding, dialect, columns.names, list(columns.proposals), blocks)


def _without_marks(batch: Batch) -> Batch:
    """The records without those that hold undecodable bytes, which are set apart."""
    texts = [json_text(record) for record in batch.records]
    whole = np.array([MARK not in text for text in texts], bool)
    bad = [BadRow.of(int(batch.numbers[at]), "encoding", texts[at]) for at in np.flatnonzero(~whole)]
    records = [record for record, keep in zip(batch.records, whole, strict=True) if keep]
    return Batch(records, batch.numbers[whole], bad)
