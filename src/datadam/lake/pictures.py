"""Pictures through Pillow: their size, whether they are whole, and a thumbnail without what the camera wrote in."""

import secrets
from pathlib import Path
from typing import Any

from datadam.lake.filesets import DRAFT

FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
}
MOST_PIXELS = 80_000_000  # above this a picture is kept and not drawn: 80 million are 240 MB in memory
SIDE = 320
ORIENTATION = 274
TURNED = (5, 6, 7, 8)  # orientations that exchange width and height


class BrokenPicture(Exception):
    """It cannot be decoded to its end."""


def measured(path: Path, media_type: str, thumb: Path | None = None) -> tuple[int, int]:
    """Width and height as people see it; `thumb` is drawn unless it is there. Raises BrokenPicture."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # our own bound is below, before anything is decoded
    try:
        with Image.open(path, formats=(FORMATS[media_type],)) as picture:
            width, height = picture.size
            if picture.getexif().get(ORIENTATION) in TURNED:
                width, height = height, width
            if width * height <= MOST_PIXELS:
                share = SIDE / max(picture.size)
                picture.draft("RGB", (max(1, int(picture.width * share)), max(1, int(picture.height * share))))
                picture.load()
                if thumb is not None and not thumb.exists():
                    picture.thumbnail((SIDE, SIDE))
                    _save(ImageOps.exif_transpose(picture), thumb)
    except Exception as error:  # a decoder may raise anything on a hostile file
        raise BrokenPicture(type(error).__name__) from error
    return width, height


def _save(small: Any, thumb: Path) -> None:
    """Whole or not at all, nothing but pixels in it, what is clear on white."""
    from PIL import Image

    if small.has_transparency_data:
        clear = small.convert("RGBA")
        small = Image.new("RGBA", clear.size, "white")
        small.alpha_composite(clear)
    thumb.parent.mkdir(parents=True, exist_ok=True)
    draft = thumb.with_name(f"{DRAFT}{secrets.token_hex(8)}")
    plain = Image.new("RGB", small.size)
    plain.paste(small.convert("RGB"))
    plain.save(draft, "JPEG", quality=80)
    draft.replace(thumb)
