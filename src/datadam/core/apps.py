from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "datadam.core"
    label = "core"

    def ready(self) -> None:
        from datadam.core import joining, places, registrations, schedule, triggers  # noqa: F401  (joining: state chart)

        triggers.append_only("core", "core_event", "core_seal", "core_checkpoint")
        post_migrate.connect(triggers.install, dispatch_uid="datadam.append_only")
        schedule.every("seal", "core.seal", 10)
        schedule.every("checkpoint", "core.checkpoint", 600)
        schedule.every("prune", "core.prune", 3600)
        registrations.register()
        schedule.every("digest", "core.digest", 600)
        places.register()
