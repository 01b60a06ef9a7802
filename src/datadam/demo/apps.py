from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Installed by DATADAM_DEMO alone, and only on a home that `datadam demo` built: its passwords are public."""

    name = "datadam.demo"
    label = "demo"

    def ready(self) -> None:
        from django.conf import settings

        from datadam.config.env import SettingError
        from datadam.core import extensions, ports
        from datadam.demo import providers, slots

        if not (settings.HOME / "demo").is_dir():
            raise SettingError("DATADAM_DEMO is only for a home that `datadam demo` has built")
        ports.register("business_register", "demo", providers.Register)
        ports.register("identity", "demo", providers.Identity)
        extensions.add_slot("factor.hint", slots.code)
        extensions.add_slot("mail.sent", slots.mail)
        extensions.add_slot("firm.hint", slots.register)
