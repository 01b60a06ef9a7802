"""The `datadam` command: a table of verbs, each imported only when it is called."""

import importlib
import os

import click

from datadam.core.cli import usage_told

# verb → room whose commands.py holds the click command of that name
VERBS: dict[str, str] = {
    "init": "core",
    "serve": "core",
    "worker": "core",
    "verify": "core",
    "backup": "core.keeping",
    "restore": "core.keeping",
    "upgrade": "core.keeping",
    "schema": "core",
    "person": "core",
    "token": "core",
    "organisation": "core",
    "project": "core",
    "invite": "core",
    "request": "core",
    "demo": "demo",
    "ingest": "catalog",
    "quality": "catalog",
    "show": "catalog",
    "describe": "catalog",
    "publish": "catalog",
    "undo": "catalog",
    "unpublish": "catalog",
    "discard": "catalog",
    "findings": "catalog",
    "cells": "catalog",
    "decide": "catalog",
    "decision": "catalog",
    "recipe": "catalog",
    "rules": "catalog",
    "preview": "catalog",
    "source": "catalog",
    "push": "catalog",
    "export": "catalog",
    "files": "catalog",
    "destroy": "catalog",
    "sql": "catalog",
    "glossary": "catalog",
    "conformance": "catalog",
    "portal": "catalog",
    "evidence": "catalog",
    "disclosure": "disclosure",
}


def load(verb: str) -> click.Command:
    """The click command of `verb`; its room is imported here and not before."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datadam.config.settings")
    command: click.Command = getattr(importlib.import_module(f"datadam.{VERBS[verb]}.commands"), verb)
    return command


class LazyGroup(click.Group):
    """Knows its verbs by name; `--help` lists them and imports each one for its first line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return load(cmd_name) if cmd_name in VERBS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown verb is told as JSON too where `--json` was asked for."""
        with usage_told(args):
            return super().resolve_command(ctx, args)


@click.command(cls=LazyGroup)
@click.version_option(package_name="datadam")
def main() -> None:
    """datadam: a city's data economy on one machine."""


if __name__ == "__main__":
    main()
