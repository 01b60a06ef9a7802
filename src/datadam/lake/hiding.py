"""Texts that leave the lake: their identifiers masked, and otherwise to the letter as they were. Nothing heavy here."""

import unicodedata

from datadam.lake.personal.masking import masked


def hidden(text: str) -> str:
    """The text with its identifiers masked."""
    safe = masked(text)
    return text if safe == unicodedata.normalize("NFKC", text) else safe


def tells(text: str) -> bool:
    """Whether the text holds an identifier."""
    return hidden(text) != text
