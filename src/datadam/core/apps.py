from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "datadam.core"
    label = "core"

    def ready(self) -> None:
        from datadam.core import extensions, joining, places, registrations, schedule, triggers  # noqa: F401  (joining: state chart)

        triggers.append_only("core", "core_event", "core_seal", "core_checkpoint")
        post_migrate.connect(triggers.install, dispatch_uid="datadam.append_only")
        schedule.every("seal", "core.seal", 10)
        schedule.every("checkpoint", "core.checkpoint", 600)
        schedule.every("prune", "core.prune", 3600)
        schedule.every("verify", "core.verify", 24 * 3600)
        registrations.register()
        schedule.every("digest", "core.digest", 600)
        places.register()
        extensions.add_hook("replay", _ended_accounts)


def _ended_accounts(**facts: Any) -> list[str]:
    from datadam.core.services import account

    return account.replay(**facts)
