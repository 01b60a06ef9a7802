"""A zip of media becomes a manifest and its objects: measured, labelled, accounted, and never half done."""

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import unicodedata
import zipfile

import pytest
from PIL import Image

from datadam.lake.errors import Tampered
from datadam.lake.filesets import Objects, packed, packed_folder
from datadam.lake.intake import Last
from datadam.lake.manifest import Manifest, Wanted, objects_named
from datadam.lake.readers import archive, file_set, labels, media
from datadam.lake.tryout import try_out
from tests.media import picture, signs, sound, zipped


def by_path(lake, report):
    return {row["path"]: row for row in lake.rows(report)}


def reasons(lake, report):
    from datadam.lake.quarantine import quarantined

    return {row.text: row.reason for row in quarantined(lake.staging, report.quarantine)}


def test_a_zip_of_media_becomes_a_manifest_and_objects(lake):
    content = signs()
    report = lake.one(zipped({**content, "signs/.DS_Store": b"x", "__MACOSX/signs/._0.png": b"y"}))
    assert (report.status, report.format) == ("loaded", "files")
    assert report.rows_read == 13 == report.rows_loaded + 2
    assert report.rows_set_aside == {"system": 2}
    rows = by_path(lake, report)
    assert set(rows) == {name.removeprefix("signs/") for name in content}  # the one folder around all falls away
    for name, row in rows.items():
        raw = content[f"signs/{name}"]
        raw = raw.encode() if isinstance(raw, str) else raw
        assert (row["bytes"], row["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())
        assert b"".join(lake.table().objects.read(row["sha256"], row["bytes"])) == raw
    stop, horn, paper = rows["stop/1.png"], rows["horn.wav"], rows["안내.pdf"]
    assert (stop["kind"], stop["media_type"], stop["width"], stop["height"]) == ("image", "image/png", 40, 30)
    assert (stop["label"], stop["height_2"], stop["place"]) == ("stop", 1.5, "부두")
    assert (horn["kind"], horn["seconds"], horn["width"]) == ("audio", 1.0, None)
    assert (paper["kind"], paper["pages"]) == ("document", 2)
    assert rows["labels.csv"]["kind"] == "label"
    assert {f.code: f.count for f in report.findings} == {"files_unlabelled": 6}


def test_thumbnails_are_small_upright_and_tell_nothing(lake):
    exif = Image.Exif()
    exif[274], exif[0x010E] = 6, "비밀 장소"
    turned = picture(size=(900, 300), kind="JPEG", exif=exif)
    clear = io.BytesIO()
    Image.new("RGBA", (10, 20), (0, 0, 0, 0)).save(clear, "PNG")
    report = lake.one(zipped({"a.jpg": turned, "b.png": clear.getvalue()}))
    rows = by_path(lake, report)
    assert (rows["a.jpg"]["width"], rows["a.jpg"]["height"]) == (300, 900)
    thumb = lake.table().objects.thumb(rows["a.jpg"]["sha256"])
    assert "비밀".encode() not in thumb.read_bytes()
    with Image.open(thumb) as small:
        assert small.size == (107, 320) and not small.getexif()
    with Image.open(lake.table().objects.thumb(rows["b.png"]["sha256"])) as small:
        assert small.size == (10, 20) and small.getpixel((5, 5)) == (255, 255, 255)


def test_what_is_damaged_or_lies_stays_out_with_its_reason(lake):
    good = {f"{number}.png": picture((number, 0, 0)) for number in range(12)}
    bad = {
        "lies.jpg": picture((1, 2, 3)),
        "program.png": b"MZ\x90\0" + bytes(range(256)),
        "half.png": picture((9, 9, 9), size=(300, 300))[:-40],
        "half.wav": sound()[:4000],
        "what.bin": bytes(range(256)),
        "text.png": "그림이 아니라 글자",
        f"{'긴' * 90}.png": picture((7, 7, 7)),
    }
    report = lake.one(zipped({**good, **bad, "none.png": b""}))
    assert report.rows_read == 20 == report.rows_loaded + report.rows_quarantined + sum(report.rows_set_aside.values())
    assert report.rows_set_aside == {"empty": 1}
    assert set(by_path(lake, report)) == set(good)
    assert reasons(lake, report) == {
        "lies.jpg": "extension_lies", "program.png": "extension_lies", "half.png": "broken_image",
        "half.wav": "broken_sound", "what.bin": "unknown_media", "text.png": "extension_lies",
        f"{'긴' * 90}.png": "long_name",
    }  # fmt: skip
    assert set(lake.table().objects.names()) == {row["sha256"] for row in lake.rows(report)}
    assert not list(lake.table().objects.folder.glob("**/.draft-*"))


def test_names_that_no_folder_holds_beside_others_stay_out(lake, tmp_path):
    good = {f"{number}.png": picture((number, 0, 0)) for number in range(12)}
    whole = "가.png"
    apart = unicodedata.normalize("NFD", whole)
    more = {"a": "글", "a/b.txt": "다른 글", "B": "글 2", "b/c.txt": "글 3", "X.png": picture((1, 1, 1)),
            "x.PNG": picture((1, 1, 2)), whole: picture((1, 1, 3)), apart: picture((1, 1, 4))}  # fmt: skip
    report = lake.one(zipped({**good, **more}), files=True)
    assert report.rows_read == 20 == report.rows_loaded + report.rows_quarantined
    assert reasons(lake, report) == dict.fromkeys(["a", "B", "x.PNG", whole], "path_clash")
    rows = by_path(lake, report)
    objects = lake.table().objects
    members = ((path, row["bytes"], objects.read(row["sha256"], row["bytes"])) for path, row in rows.items())
    with zipfile.ZipFile(io.BytesIO(b"".join(packed(members)))) as out:
        out.extractall(tmp_path / "out")
    written = [
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()
    ]
    assert set(written) == set(rows) == {*good, "a/b.txt", "b/c.txt", "X.png", whole}
    turned = dict(reversed({**good, **{name: more[name] for name in ("X.png", "x.PNG")}}.items()))
    assert reasons(lake, lake.one(zipped(turned))) == {"x.PNG": "path_clash"}  # however they are packed


def test_a_member_whose_checksum_is_wrong_stays_out(lake):
    content = bytearray(zipped({"a.png": picture(), "b.png": picture((1, 1, 1)), "c.png": picture((2, 2, 2))}))
    at = bytes(content).index(b"\x89PNG") + 60
    content[at] ^= 0xFF
    report = lake.one(bytes(content))
    assert report.rows_loaded == 2 and reasons(lake, report) == {"a.png": "broken_member"}


def test_a_set_of_which_most_is_damaged_is_refused_and_nothing_is_left(lake):
    report = lake.one(zipped({f"{n}.png": picture((n, 0, 0))[:50] for n in range(5)}))
    assert (report.status, report.reason) == ("refused", "not_understood")
    assert "파일 5개 가운데 5개" in report.message_ko
    assert not lake.table().objects.folder.exists()


def test_bombs_and_too_many_files_are_refused(lake, monkeypatch):
    bomb = zipped({"a.png": picture(), "b.wav": b"\0" * (80 << 20)}, zipfile.ZIP_DEFLATED)
    assert lake.one(bomb).reason == "zip_bomb"
    monkeypatch.setattr(file_set, "FILES_LIMIT", 3)
    assert lake.one(zipped({f"{n}.png": picture((n, 0, 0)) for n in range(4)})).reason == "too_many_members"
    monkeypatch.setattr(archive, "EXPANDED_LIMIT", 3_000)
    assert lake.one(zipped({"a.png": picture(), "b.wav": sound()})).reason == "too_big"
    assert not lake.table().objects.folder.exists()


def test_a_picture_too_big_to_be_drawn_is_kept_without_a_thumbnail(lake, monkeypatch):
    from datadam.lake import pictures

    monkeypatch.setattr(pictures, "MOST_PIXELS", 1_000)
    (row,) = lake.rows(lake.one(zipped({"a.png": picture()})))
    assert (row["width"], row["height"]) == (40, 30)
    assert not lake.table().objects.thumb(row["sha256"]).exists()


def test_names_never_lead_out_of_the_set(lake):
    names = ("../../etc/a.png", "/root/b.png", "c\\d.png", "e/./f.png", "g\n.png")
    report = lake.one(zipped({name: picture((at, 0, 0)) for at, name in enumerate(names)}))
    assert set(by_path(lake, report)) == {"etc/a.png", "root/b.png", "c/d.png", "e/f.png", "g.png"}


def test_names_of_korean_windows_are_read(lake):
    content = zipped({"AAAA.png": picture()}).replace(b"AAAA", "부두".encode("cp949"))
    assert set(by_path(lake, lake.one(content))) == {"부두.png"}


def test_documents_that_are_zip_files_are_told_apart(lake):
    word = zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})
    hangul = zipped({"mimetype": "application/hwp+zip", "Contents/section0.xml": "<hs:sec/>"})
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    report = lake.one(zipped({"a.docx": word, "b.hwpx": hangul, "c.hwp": old, "d.pdf": b"%PDF-1.7"}), files=True)
    assert {row["path"]: row["media_type"].rpartition(".")[2] for row in lake.rows(report)} == {
        "a.docx": "document", "b.hwpx": "application/hwp+zip", "c.hwp": "application/x-hwp", "d.pdf": "application/pdf",
    }  # fmt: skip
    assert {row["kind"] for row in lake.rows(report)} == {"document"}


def test_an_archive_in_the_archive_is_a_folder_of_the_set(lake):
    inner = zipped({"a.png": picture(), "b.png": picture((1, 0, 0))})
    report = lake.one(zipped({"원천.zip": inner, "c.png": picture((2, 0, 0))}), files=True)
    assert set(by_path(lake, report)) == {"원천/a.png", "원천/b.png", "c.png"} and report.rows_read == 3
    deeper = zipped({"더.zip": zipped({"안.zip": inner}), "c.png": picture(), "d.png": picture((3, 0, 0))})
    report = lake.one(deeper, files=True)
    assert reasons(lake, report) == {"더/안.zip": "archive_inside"}


@pytest.mark.parametrize(
    ("others", "is_set"),
    [
        ({}, True),
        ({"labels.csv": "file,label\n0.png,a\n1.png,b\n"}, True),
        ({"annotations.json": json.dumps([{"name": "0.png", "x": 1}])}, True),
        ({"README.md": "# 안내"}, True),
        ({"0.txt": "0 0.5 0.5 0.1 0.1"}, True),
        ({"인구.csv": "구,인구\n중구,100\n동구,200\n"}, False),
        ({"표.parquet": b"PAR1" + bytes(40) + b"PAR1"}, False),
    ],
)
def test_a_zip_is_a_set_when_its_other_files_are_about_its_media(others, is_set, lake):
    content = zipped({**{f"{n}.png": picture((n, 0, 0)) for n in range(3)}, **others})
    assert (lake.take(content)[0].format == "files") == is_set


def test_tables_with_a_few_pictures_stay_tables_unless_asked(lake):
    content = zipped({"a.csv": "구,수\n중구,1\n동구,2\n", "b.csv": "구,수\n중구,3\n서구,4\n", "지도.png": picture()})
    assert {report.format for report in lake.take(content)} == {"csv"}
    report = lake.one(content, files=True)
    assert {path: row["kind"] for path, row in by_path(lake, report).items()} == {
        "a.csv": "document", "b.csv": "document", "지도.png": "image",
    }  # fmt: skip
    assert lake.one(b"a,b\n1,2\n", files=True).reason == "not_a_zip"


COCO = {
    "images": [{"id": 1, "file_name": "0.png"}, {"id": 2, "file_name": "1.png"}, {"id": 3, "file_name": "없다.png"}],
    "annotations": [{"image_id": 1, "category_id": number} for number in (7, 7, 8)],
    "categories": [{"id": 7, "name": "배"}, {"id": 8, "name": "부표"}],
}  # fmt: skip
VOC = (
    "<annotation><filename>{}</filename><object><name>배</name></object><object><name>부표</name></object></annotation>"
)


@pytest.mark.parametrize(
    ("files", "classes", "boxes"),
    [
        ({"coco.json": json.dumps(COCO)}, "배, 부표", 3),
        ({"Annotations/0.xml": VOC.format("0.png"), "Annotations/1.xml": VOC.format("1.png")}, "배, 부표", 2),
        ({"labels/0.txt": "0 0.5 0.5 1 1\n1 0.5 0.5 0.1 0.1\n", "classes.txt": "배\n부표\n"}, "배, 부표", 2),
        ({"labels/0.txt": "1 0.5 0.5 0.1 0.1", "data.yaml": "nc: 2\nnames:\n  0: 배\n  1: 부표\n"}, "부표", 1),
        ({"labels/0.txt": "1 0.5 0.5 0.1 0.1", "data.yaml": "names: ['배', '부표']\n"}, "부표", 1),
    ],
)  # fmt: skip
def test_boxes_are_counted_by_class(files, classes, boxes, lake):
    report = lake.one(zipped({"images/0.png": picture(), "images/1.png": picture((1, 0, 0)), **files}))
    row = by_path(lake, report)["images/0.png"]
    assert (row["classes"], row["boxes"]) == (classes, boxes)
    assert all(by_path(lake, report)[name]["kind"] == "label" for name in files)


def test_labels_join_by_path_or_name_and_what_matches_nothing_is_told(lake):
    table = "파일명;구분;점수\nx/0.png;가;1\nx/0.png;나;1\n1.png;다;2\n없다.png;라;3\n".encode("cp949")
    report = lake.one(zipped({"x/0.png": picture(), "y/1.png": picture((1, 0, 0)), "라벨.csv": table}))
    rows = by_path(lake, report)
    assert (rows["x/0.png"]["구분"], rows["x/0.png"]["점수"]) == ("가 | 나", 1)
    assert rows["y/1.png"]["구분"] == "다" and rows["y/1.png"]["label"] == "y"
    assert {f.code: f.count for f in report.findings} == {"labels_unmatched": 1, "labels_repeated": 1}


def test_a_json_beside_each_picture_becomes_columns(lake):
    about = {"meta": {"날씨": "맑음", "시각": 9}, "objects": [{"n": 1}, {"n": 2}], "tags": ["밤", "비"]}
    report = lake.one(zipped({"images/0.png": picture(), "labels/0.json": json.dumps(about)}))
    row = by_path(lake, report)["images/0.png"]
    assert (row["meta.날씨"], row["meta.시각"], row["objects"], row["tags"]) == ("맑음", 9, 2, "밤, 비")


def test_hostile_label_files_are_files_and_nothing_more(lake):
    entity = '<!DOCTYPE a [<!ENTITY b "c">]><annotation><filename>0.png</filename></annotation>'
    report = lake.one(zipped({"0.png": picture(), "0.xml": entity, "1.json": "[" * 100_000, "2.csv": '"'}), files=True)
    assert report.rows_loaded == 4 and "classes" not in {column.name for column in report.columns}


def test_folders_that_only_arrange_the_set_are_no_labels():
    assert labels.folder_labels(["train/cat/1.png", "test/dog/2.png"]) == {
        "train/cat/1.png": "cat", "test/dog/2.png": "dog",
    }  # fmt: skip
    assert labels.folder_labels(["train/images/1.png", "val/images/2.png"]) == {}
    assert labels.folder_labels(["cat/1.png", "cat/2.png"]) == {}


def test_the_same_files_again_are_unchanged_however_they_are_packed(lake):
    content = signs()
    first = lake.one(zipped(content))
    turned = zipped(dict(reversed(content.items())), zipfile.ZIP_DEFLATED)
    again = lake.one(turned, last=lambda _: Last(first.columns, first.content_digest))
    assert again.status == "unchanged"
    other = lake.one(
        zipped({**content, "signs/go/0.jpg": picture((9, 9, 9), kind="JPEG")}), known_digest=first.content_digest
    )
    assert other.status == "loaded"


def test_equal_files_are_one_object(lake):
    report = lake.one(zipped({"a.png": picture(), "b/a.png": picture(), "c/c.png": picture()}))
    assert report.rows_loaded == 3 and len(set(lake.table().objects.names())) == 1


def test_the_columns_that_lead_to_files_are_not_for_a_recipe(lake):
    steps = [{"code": "rename", "column": "path", "to": "경로", "applied": True}]
    assert lake.one(zipped(signs()), policy=steps).reason == "column_fixed"
    steps = [{"code": "rename", "column": "place", "to": "자리", "applied": True}]
    assert "자리" in {column.name for column in lake.one(zipped(signs()), policy=steps).columns}


def test_a_try_out_looks_into_the_first_files_only(lake, monkeypatch):
    from datadam.lake.intake import open_source

    monkeypatch.setattr(file_set, "SAMPLE", 3)
    sealed = lake.staging.seal(io.BytesIO(zipped(signs())))
    tried = try_out(open_source(lake.staging, sealed.id, "a.zip"), "apply")
    assert tried.sampled == 3 and "sha256" in tried.header
    assert [path.name for path in lake.staging.folder.iterdir()] == [sealed.id]


def test_a_dry_run_leaves_nothing(lake):
    assert lake.one(zipped(signs()), dry_run=True).rows_loaded == 11
    assert not (lake.root / "lake").exists()
    assert len(list(lake.staging.folder.iterdir())) == 1


def test_ten_thousand_small_files(lake):
    started = time.monotonic()
    report = lake.one(zipped({f"{n % 10}/{n}.txt": f"본문 {n}" for n in range(10_000)}), files=True)
    assert report.rows_loaded == 10_000 and time.monotonic() - started < 60
    (found,) = [Manifest(lake.table().files(report.version), ["path", "bytes", "sha256"], {})]
    assert found.find(Wanted(folder="3"), limit=5).total == 1_000
    assert found.one("7/9997.txt")["bytes"] == len("본문 9997".encode())
    assert found.one("없다.txt") is None


def test_what_was_altered_is_not_handed_out(lake):
    report = lake.one(zipped({"a.wav": sound(2.0), "b.png": picture()}))
    row, objects = by_path(lake, report)["a.wav"], lake.table().objects
    path = objects.path(row["sha256"])
    raw = path.read_bytes()
    path.write_bytes(raw[:-1] + b"\x55")
    assert not objects.is_right(row["sha256"], row["bytes"])
    with pytest.raises(Tampered):
        list(objects.read(row["sha256"], row["bytes"]))
    path.write_bytes(raw[:-1])
    with pytest.raises(Tampered):
        next(objects.read(row["sha256"], row["bytes"], 0, 10))
    path.write_bytes(raw)
    assert b"".join(objects.read(row["sha256"], row["bytes"], 5, 10)) == raw[5:15]


def test_clearing_spares_what_is_named_or_was_touched_just_now(tmp_path):
    objects = Objects(tmp_path, "u")
    from datadam.lake.filesets import Draft

    kept = [Draft(objects).fill(io.BytesIO(text)) for text in (b"one", b"two", b"three")]
    for draft in kept:
        draft.keep()
    lost = Draft(objects).fill(io.BytesIO(b"lost"))
    assert objects.clear({kept[0].sha256}, older=60) == 0
    for path in (objects.path(kept[1].sha256), objects.path(kept[2].sha256), lost.path):
        os.utime(path, (1, 1))
    again = Draft(objects).fill(io.BytesIO(b"three"))
    again.keep()  # a load is about to name it
    assert objects.clear({kept[0].sha256}, older=60) == 2
    assert set(objects.names()) == {kept[0].sha256, kept[2].sha256}
    path = objects.path(kept[0].sha256)
    path.rename(path.with_name(f"{path.name}.aside"))  # killed while it cleared
    assert objects.clear(set()) == 1 and not objects.folder.exists()


def test_what_is_cleared_away_while_it_is_read_is_never_named(lake):
    def destroyed(fraction, phase):
        if phase == "profile":
            lake.table().objects.clear(set())

    report = lake.one(zipped(signs()), progress=destroyed)
    assert (report.status, report.reason) == ("refused", "files_cleared") and not lake.table().exists()


def test_destroying_a_table_takes_its_objects(lake):
    lake.one(zipped(signs()))
    lake.table().destroy()
    assert not lake.table().objects.folder.exists()


def test_a_folder_streams_as_the_same_zip_every_time(tmp_path):
    (tmp_path / "가").mkdir()
    (tmp_path / "가" / "a.png").write_bytes(picture())
    (tmp_path / "b.txt").write_text("글")
    (tmp_path / "link").symlink_to("/etc/passwd")
    first = packed_folder(tmp_path).read()
    os.utime(tmp_path / "b.txt", (1, 1))
    assert packed_folder(tmp_path).read() == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["b.txt", "가/a.png"]


def test_a_zip_is_made_while_it_is_read():
    pieces = packed([("a.txt", 3, iter([b"abc"])), ("b.txt", 4, iter([b"de", b"fg"]))])
    first = next(pieces)
    with zipfile.ZipFile(io.BytesIO(first + b"".join(pieces))) as found:
        assert found.testzip() is None and found.read("b.txt") == b"defg"


KILLED = """
    import io, os, sys
    from pathlib import Path
    from datadam.lake import filesets
    from datadam.lake.intake import open_source, take_in
    from datadam.lake.staging import Staging
    from datadam.lake.tables import LakeTable
    root = Path(sys.argv[1])
    staging = Staging(root / "staging", b"k" * 32)
    name, seen = filesets.Objects.name, []
    def slow(self, *args):
        seen.append(args)
        if len(seen) == 5:
            print("ready", flush=True)
            sys.stdin.read()
        return name(self, *args)
    filesets.Objects.name = slow
    table = LakeTable(root / "lake", "t")
    sealed = staging.seal(io.BytesIO((root / "set.zip").read_bytes()))
    take_in(open_source(staging, sealed.id, "set.zip"), staging=staging, table_for=lambda _: table)
"""


def test_killed_in_the_middle_nothing_is_half_done(lake):
    content = zipped(signs(8))
    (lake.root / "set.zip").write_bytes(content)
    program = [sys.executable, "-c", textwrap.dedent(KILLED), str(lake.root)]
    worker = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdout.readline() == "ready\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert not lake.table().exists()
    for name in lake.table().objects.names():  # what has its name is whole
        assert hashlib.sha256(lake.table().objects.path(name).read_bytes()).hexdigest() == name
    report = lake.one(content)
    assert report.rows_loaded == 19
    named = objects_named(lake.table().files(report.version))
    lake.table().objects.clear(named)
    assert set(lake.table().objects.names()) == named and not list(lake.table().objects.folder.glob("**/.draft-*"))


@pytest.mark.parametrize(
    ("head", "name", "found"),
    [
        (b"\xff\xfb\x90\x64" + bytes(60), "a.mp3", "audio/mpeg"),
        (b"ID3\x04", "a", "audio/mpeg"),
        (b"\0\0\0\x20ftypM4A ", "a.m4a", "audio/mp4"),
        (b"\0\0\0\x20ftypisom", "a.mp4", "video/mp4"),
        (b"\x1a\x45\xdf\xa3", "a.webm", "video/webm"),
        (b"RIFF\0\0\0\0WEBP", "a.webp", "image/webp"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.hwp", "application/x-hwp"),
        (b"<svg onload='x()'/>", "a.svg", "image/svg+xml"),
        ("한글".encode("cp949"), "a.txt", "text/plain"),
        (b"\x7fELF\2\1\1\0", "a.png", ""),
    ],
)
def test_the_type_is_told_by_the_content(head, name, found):
    assert media.sniff(head, name) == found


def test_how_long_sounds_and_films_are(tmp_path):
    flac = b"fLaC\0\0\0\x22" + bytes(10) + ((44_100 << 44) | 44_100 * 3).to_bytes(8, "big") + bytes(16)
    mvhd = b"\0\0\0\x24mvhd" + bytes(12) + (1000).to_bytes(4, "big") + (2500).to_bytes(4, "big") + bytes(8)
    mp4 = b"\0\0\0\x10ftypisom\0\0\0\0" + (8 + len(mvhd)).to_bytes(4, "big") + b"moov" + mvhd
    mp3 = b"\xff\xfb\x90\x00" + bytes(16_000 - 4)  # 128 kbit/s
    opus = b"OggS" + bytes(24) + b"OpusHead" + bytes(20) + b"OggS\0\0" + (96_000).to_bytes(8, "little")
    for kind, content, wanted in (
        ("audio/flac", flac, 3.0), ("video/mp4", mp4, 2.5), ("audio/mpeg", mp3, 1.0), ("audio/ogg", opus, 2.0),
        ("audio/wav", sound(0.25), 0.25), ("video/webm", b"x", None),
    ):  # fmt: skip
        path = tmp_path / "x"
        path.write_bytes(content)
        assert media.seconds(path, kind) == wanted
    path.write_bytes(b"fLaC")
    with pytest.raises(ValueError):
        media.seconds(path, "audio/flac")
