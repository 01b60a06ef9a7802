"""A table, and in the broken version an error after it and after a person was renamed."""

import os

from django.db import migrations, models


def fail(apps, editor):
    apps.get_model("core", "Person").objects.update(name="half way")
    if os.environ.get("LATER") == "broken":
        raise ValueError("half way")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))]),
        migrations.RunPython(fail, migrations.RunPython.noop, atomic=False),
    ]
