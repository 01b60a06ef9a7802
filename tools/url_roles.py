"""Write docs/url-roles.md: who is answered what at every URL, from the rows that the tests hold against the program."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datadam.config.settings")
    import django

    django.setup()
    from tests.url_roles import page

    (ROOT / "docs" / "url-roles.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
