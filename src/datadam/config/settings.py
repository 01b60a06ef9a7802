"""The one settings file. Every value an operator can change is read here, through `env`."""

import sys
from importlib.util import find_spec
from pathlib import Path

import dj_database_url
from platformdirs import user_data_path

from datadam.config import env, keys

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = PACKAGE.parent.parent if (PACKAGE.parent.parent / "pyproject.toml").exists() else None

HOME = env.folder("DATADAM_HOME", CHECKOUT / "var" if CHECKOUT else user_data_path("datadam"))
LAKE = env.text("DATADAM_LAKE") or str(HOME / "lake")
STAGING = HOME / "staging"
KEYS = HOME / "keys"
DESTRUCTIONS = env.text("DATADAM_DESTRUCTIONS")  # in the home when empty
CITY = env.text("DATADAM_CITY", "busan")
PORT = env.integer("DATADAM_PORT", 8321, low=1, high=65535)
BASE_URL = env.text("DATADAM_BASE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
MAX_UPLOAD_MB = env.integer("DATADAM_MAX_UPLOAD_MB", 2048, low=1)
FETCH_PRIVATE_ADDRESSES = env.boolean("DATADAM_FETCH_PRIVATE_ADDRESSES", False)
BEHIND_PROXY = env.boolean("DATADAM_BEHIND_PROXY", False)  # then X-Forwarded-For and -Proto are believed
DEBUG = env.boolean("DATADAM_DEBUG", False)
ALLOWED_HOSTS = env.names("DATADAM_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.names("DATADAM_TRUSTED_ORIGINS", [])


SECRET_KEY = env.text("DATADAM_SECRET_KEY") or keys.secret(KEYS, "django.key")

# Rooms, from the lowest up: the order in which their migrations and registrations run.
ROOMS = ["web", "core", "access", "catalog"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    *[f"datadam.{room}" for room in ROOMS],
]
MIDDLEWARE = [
    "datadam.core.keeping.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "datadam.core.middleware.ContentSecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "datadam.web.language.LanguageMiddleware",
    "datadam.core.keeping.requests.UpgradeMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "datadam.core.middleware.BodyLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "datadam.core.middleware.DomainErrorMiddleware",
]
ROOT_URLCONF = "datadam.config.urls"
WSGI_APPLICATION = "datadam.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["datadam.web.templatetags.datadam"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "datadam.core.context.page",
            ],
        },
    }
]

SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL") or f"sqlite:///{HOME / 'datadam.sqlite3'}",
        conn_max_age=None,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Failed sign-ins within the window, in minutes, after which a login or an address must wait.
LOGIN_WINDOW = env.integer("DATADAM_LOGIN_WINDOW", 15, low=1)
LOGIN_LIMIT = env.integer("DATADAM_LOGIN_LIMIT", 10, low=1)
LOGIN_ADDRESS_LIMIT = env.integer("DATADAM_LOGIN_ADDRESS_LIMIT", 50, low=1)
# Seconds without a heartbeat after which a job's worker counts as dead.
JOB_STALE = env.integer("DATADAM_JOB_STALE", 60, low=5)
JOB_KEEP_DAYS = env.integer("DATADAM_JOB_KEEP_DAYS", 30, low=1)

AUTH_USER_MODEL = "core.Person"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = env.choice("DATADAM_LANGUAGE", "ko", ("ko", "en"))  # of the command line, and of who chose none
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "datadam_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "Asia/Seoul"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
# The API's documentation page shows ninja's files; the app itself stays out of INSTALLED_APPS, it is slow to import.
NINJA = find_spec("ninja")
STATICFILES_DIRS = [Path(NINJA.origin).parent / "static"] if NINJA and NINJA.origin else []
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

SESSION_COOKIE_NAME = "datadam_session"
SESSION_COOKIE_SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
CSRF_FAILURE_VIEW = "datadam.core.views.errors.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# Not ready below this many megabytes of free disk.
MIN_FREE_MB = env.integer("DATADAM_MIN_FREE_MB", 1024)
METRICS_TOKEN = env.text("DATADAM_METRICS_TOKEN")

LOG_FORMAT = env.choice("DATADAM_LOG_FORMAT", "line" if sys.stderr.isatty() else "json", ("line", "json"))
LOG_LEVEL = env.text("DATADAM_LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "datadam.core.keeping.logs.LineFormatter"},
        "json": {"()": "datadam.core.keeping.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "datadam": {"level": LOG_LEVEL},
        "datadam.request": {"level": LOG_LEVEL if LOG_FORMAT == "json" else "WARNING"},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
