"""The `datadam` command: a table of verbs, each imported only when it is called."""

import importlib
import os

import click

# verb → room whose commands.py holds the click command of that name
VERBS: dict[str, str] = {}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        room = VERBS.get(cmd_name)
        if room is None:
            return None
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datadam.config.settings")
        command: click.Command = getattr(importlib.import_module(f"datadam.{room}.commands"), cmd_name)
        return command


@click.command(cls=LazyGroup)
def main() -> None:
    """datadam: a city's data economy on one machine."""
