"""What holds for the house as a whole."""

import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings

ORDER = [
    *("web", "core", "access", "ledger", "disclosure", "agreements", "catalog", "calls"),
    *("exchange", "combination", "lab", "vouchers", "challenges", "academy", "mydata", "centre"),
    *("finance", "health", "logistics", "tourism", "programme"),
]
OURS = [config.label for config in apps.get_app_configs() if config.name.startswith("datadam.")]


def test_rooms_are_installed_in_their_order():
    assert sorted(OURS, key=ORDER.index) == OURS == settings.ROOMS


def test_foreign_keys_point_downwards_only():
    upward = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and model._meta.app_label in ORDER
        if (target := field.related_model._meta.app_label) in ORDER
        if ORDER.index(target) > ORDER.index(model._meta.app_label)
    ]
    assert upward == []


WEB = """
import sys
import datadam.config.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
from django.test import Client
assert Client(headers={"host": "localhost"}).get("/login/").status_code == 200
heavy = {"duckdb", "deltalake", "pyarrow", "pandas", "numpy", "altair", "vl_convert", "ibis", "openpyxl", "sqlglot"}
heavy |= {"pyogrio", "PIL"}
status = open("/proc/self/status").read()  # ru_maxrss would hold the parent's peak at the fork
peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
print(",".join(sorted(heavy.intersection(sys.modules))), peak)
"""


@pytest.fixture
def web_process(home):
    done = subprocess.run([sys.executable, "-c", WEB], capture_output=True, text=True, check=True)
    return done.stdout.rsplit(" ", 1)


def test_a_web_process_is_light(web_process):
    heavy, megabytes = web_process
    assert heavy == ""
    assert int(megabytes) < 300
