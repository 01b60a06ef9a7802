"""Pictures, sounds and archives of our own."""

import io
import wave
import zipfile

from PIL import Image


def picture(colour=(10, 120, 110), size=(40, 30), kind="PNG", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def sound(seconds=1.0, rate=8000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\1\0" * int(rate * seconds))
    return out.getvalue()


def zipped(members: dict[str, bytes | str], method=zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def signs(count=4) -> dict[str, bytes | str]:
    """Harbour signs in two folders, a sound, a document and a table of labels."""
    made: dict[str, bytes | str] = {}
    for number in range(count):
        made[f"signs/stop/{number}.png"] = picture((200, number, 0))
        made[f"signs/go/{number}.jpg"] = picture((0, 200, 40 * number), kind="JPEG")
    made["signs/horn.wav"] = sound()
    made["signs/안내.pdf"] = (
        b"%PDF-1.4\n1 0 obj << /Type /Pages /Count 2 >>\n<< /Type /Page >>\n<< /Type /Page >>\n%%EOF\n"
    )
    rows = [f"stop/{number}.png,{number + 0.5},부두" for number in range(count)]
    made["signs/labels.csv"] = "\n".join(["file,height,place", *rows, ""])
    return made
