"""The settings of a later version, which has one more migration; `LATER=broken` makes it fail half way."""

from datadam.config.settings import *  # noqa: F403
from datadam.config.settings import INSTALLED_APPS as BEFORE

INSTALLED_APPS = [*BEFORE, "tests.core.keeping.later"]
