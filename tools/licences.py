"""Refuse a runtime dependency whose licence is GPL or AGPL; LGPL is fine for a library used unmodified."""

import re
import sys
from importlib import metadata

from packaging.requirements import Requirement

ROOT = "datadam"
COPYLEFT = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
LESSER = re.compile(r"\bLGPL|Lesser General Public|Library General Public", re.IGNORECASE)


def runtime_packages(root: str) -> dict[str, metadata.Distribution]:
    """Every installed distribution that `root` needs to run, by its name."""
    found: dict[str, metadata.Distribution] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = [(root, ())]
    while waiting:
        name, extras = waiting.pop()
        distribution = metadata.distribution(name)
        seen = distribution.metadata["Name"].lower() in found
        found[distribution.metadata["Name"].lower()] = distribution
        if seen and not extras:
            continue
        for line in distribution.requires or []:
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append((need.name, tuple(need.extras)))
    return found


def licence_of(distribution: metadata.Distribution) -> str:
    """The licence expression, else the trove classifiers, else the first line of the licence field."""
    about = distribution.metadata
    classifiers = [c.split("::")[-1].strip() for c in about.get_all("Classifier", []) if c.startswith("License ::")]
    written = (about.get("License") or "").strip().splitlines()[:1]
    return about.get("License-Expression") or "; ".join(classifiers) or "".join(written)


def refused(licence: str) -> bool:
    """Whether every choice that `licence` offers is GPL or AGPL, or it names none."""
    choices = [part for part in re.split(r"\bOR\b|;", licence) if part.strip()]
    return not choices or all(COPYLEFT.search(choice) and not LESSER.search(choice) for choice in choices)


def main() -> int:
    packages = runtime_packages(ROOT)
    bad = {name: licence_of(d) for name, d in sorted(packages.items()) if refused(licence_of(d))}
    for name, licence in bad.items():
        print(f"{name}: {licence or 'states no licence'}", file=sys.stderr)
    print(f"licences: {len(packages)} runtime packages, {len(bad)} refused")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
