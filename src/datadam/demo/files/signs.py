"""Pictures of harbour signs and the sounds of fog signals, drawn and reckoned: the demo's file set."""

import io
import math
import random
import struct
import wave
import zipfile
from collections.abc import Callable
from typing import Any

from datadam.demo.files.writers import delimited, dice

SIDE = 240
EACH, TONES = 18, 5
RED, BLUE, GREEN, WHITE, INK = "#b8232f", "#1c4f8f", "#1d7a4c", "#f7f7f4", "#1a1f26"
WEATHER = {
    "맑음": ("#9cc3e0", "#3d7f96"),
    "흐림": ("#b9c2c9", "#5b7480"),
    "안개": ("#d5d9da", "#a6b3b7"),
    "밤": ("#1d2a3d", "#0f1b2b"),
}
NOTE = "항만 표지 사진과 무중신호 소리입니다.\n표지마다 폴더가 있고, 상태와 날씨는 표지목록.csv에 적었습니다.\n"
Draw = Callable[[Any, random.Random], None]


def signs(month: str) -> bytes:
    """A month's set as its office packs it: CP949 table of labels, folders by sign, and what Windows leaves behind."""
    roll, rows, members = dice(f"signs:{month}"), [("파일", "상태", "날씨")], {}
    for name, draw in SIGNS.items():
        for number in range(1, EACH + 1):
            path = f"{name}/{number:02d}.jpg"
            same = dice(f"{name}:{number}") if number > 2 else roll  # two of each sign are photographed anew
            weather = same.choice(list(WEATHER))
            members[path] = _photograph(draw, WEATHER[weather], same)
            rows.append((path, same.choice(("양호", "양호", "양호", "훼손")), weather))
    for name, beats in (("장음", (4.0,)), ("단음", (0.6, 0.6))):
        members |= {f"{name}/{n}.wav": _horn(90 + 12 * n, beats) for n in range(1, TONES + 1)}
    members["표지목록.csv"] = delimited(rows).encode("cp949")
    members["읽어주세요.txt"] = NOTE.encode("cp949")
    members["Thumbs.db"] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    members["진입금지/19.jpg"] = members["진입금지/18.jpg"][:900]  # the card was pulled out while it was written
    return _packed(f"항만표지_{month}", members)


def _packed(folder: str, members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"{folder}/{path}"), content)
    return out.getvalue()


def _photograph(draw: Draw, tones: tuple[str, str], roll: random.Random) -> bytes:
    """A sign on its pole before sky and sea, a little askew and lit as the day is."""
    from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

    scene = Image.new("RGB", (SIDE, SIDE), tones[0])
    ImageDraw.Draw(scene).rectangle((0, roll.randint(130, 190), SIDE, SIDE), fill=tones[1])
    ImageDraw.Draw(scene).rectangle((114, 120, 126, SIDE), fill="#6b7075")
    plate = Image.new("RGBA", (400, 400))
    draw(ImageDraw.Draw(plate), roll)
    size = roll.randint(120, 185)
    plate = plate.rotate(roll.uniform(-9, 9), Image.Resampling.BICUBIC).resize((size, size), Image.Resampling.LANCZOS)
    scene.paste(plate, (120 - size // 2 + roll.randint(-12, 12), 100 - size // 2 + roll.randint(-8, 14)), plate)
    dim = 0.55 if tones is WEATHER["밤"] else roll.uniform(0.85, 1.1)
    lit = ImageEnhance.Brightness(scene).enhance(dim).filter(ImageFilter.GaussianBlur(roll.uniform(0.2, 0.9)))
    out = io.BytesIO()
    lit.save(out, "JPEG", quality=82)
    return out.getvalue()


def _horn(pitch: int, beats: tuple[float, ...], rate: int = 8_000) -> bytes:
    """A fog signal: low tones with their overtones, swelling and dying away."""
    samples: list[int] = []
    for length in beats:
        count = int(length * rate)
        for at in range(count):
            swell = min(1.0, at / (0.15 * rate), (count - at) / (0.25 * rate))
            angle = 2 * math.pi * pitch * at / rate
            samples.append(
                int(9_000 * swell * (math.sin(angle) + 0.5 * math.sin(2 * angle) + 0.25 * math.sin(3 * angle)))
            )
        samples += [0] * int(0.4 * rate)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return out.getvalue()


def _anchor(d: Any, ink: str) -> None:
    d.ellipse((180, 95, 220, 135), outline=ink, width=12)
    d.line((200, 132, 200, 300), fill=ink, width=18)
    d.line((150, 165, 250, 165), fill=ink, width=16)
    d.arc((120, 180, 280, 306), 10, 170, fill=ink, width=18)


def _ring(d: Any) -> None:
    d.ellipse((20, 20, 380, 380), fill=WHITE, outline=RED, width=38)


def _no_anchoring(d: Any, roll: random.Random) -> None:
    _ring(d)
    _anchor(d, INK)
    d.line((85, 85, 315, 315), fill=RED, width=34)


def _anchorage(d: Any, roll: random.Random) -> None:
    d.rounded_rectangle((25, 25, 375, 375), 30, fill=BLUE)
    _anchor(d, WHITE)


def _no_entry(d: Any, roll: random.Random) -> None:
    d.ellipse((20, 20, 380, 380), fill=RED)
    d.rectangle((85, 165, 315, 235), fill=WHITE)


def _speed(d: Any, roll: random.Random) -> None:
    """Bars instead of figures: as many as there are times five knots."""
    _ring(d)
    for at in range(roll.randint(1, 3)):
        d.rectangle((125 + 60 * at, 120, 155 + 60 * at, 280), fill=INK)


def _exit(d: Any, roll: random.Random) -> None:
    d.rounded_rectangle((25, 60, 375, 340), 24, fill=GREEN)
    d.polygon(((80, 175), (210, 175), (210, 120), (320, 200), (210, 280), (210, 225), (80, 225)), fill=WHITE)


def _extinguisher(d: Any, roll: random.Random) -> None:
    d.rounded_rectangle((25, 25, 375, 375), 24, fill=RED)
    d.rounded_rectangle((150, 140, 250, 330), 30, fill=WHITE)
    d.rectangle((180, 95, 220, 140), fill=WHITE)
    d.arc((200, 80, 320, 240), 180, 330, fill=WHITE, width=16)


SIGNS: dict[str, Draw] = {
    "정박금지": _no_anchoring,
    "정박지": _anchorage,
    "진입금지": _no_entry,
    "속도제한": _speed,
    "비상구": _exit,
    "소화기": _extinguisher,
}
