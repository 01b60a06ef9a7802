"""The one settings file. Every value an operator can change is read here, through `env`."""

import sys
from pathlib import Path

import dj_database_url
from platformdirs import user_data_path

from datadam.config import email, env, keys

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
FETCH_SECONDS = env.integer("DATADAM_FETCH_SECONDS", 600, low=1)
FETCH_FOLDERS = env.names("DATADAM_FETCH_FOLDERS", [])
SOURCE_HOSTS = env.hosts("DATADAM_SOURCE_HOSTS")
PUSH_KEY_DAYS = env.integer("DATADAM_PUSH_KEY_DAYS", 7, low=1)
BEHIND_PROXY = env.boolean("DATADAM_BEHIND_PROXY", False)  # then X-Forwarded-For and -Proto are believed

DEMO = env.boolean("DATADAM_DEMO", False)  # set by `datadam demo` for what it serves: passwords there are known
DEBUG = env.boolean("DATADAM_DEBUG", False)
ALLOWED_HOSTS = env.names("DATADAM_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.names("DATADAM_TRUSTED_ORIGINS", [])


SECRET_KEY = env.text("DATADAM_SECRET_KEY") or keys.secret(KEYS, "django.key")

# Rooms, from the lowest up: the order in which their migrations and registrations run.
ROOMS = ["web", "core", "access", "disclosure", "catalog", *(["demo"] if DEMO else [])]

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
    "datadam.core.middleware.AddressMiddleware",
    "datadam.core.middleware.ContentSecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "datadam.web.language.LanguageMiddleware",
    "datadam.core.keeping.requests.UpgradeMiddleware",
    "django.middleware.common.CommonMiddleware",
    "datadam.core.limits.RateLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "datadam.core.sessions.SessionAgeMiddleware",
    "datadam.core.middleware.BodyLimitMiddleware",
    "datadam.core.gate.SessionMiddleware",
    "datadam.core.gate.FactorMiddleware",
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

for _name, _value in email.settings_of(env.text("DATADAM_EMAIL_URL"), HOME).items():
    globals()[_name] = _value
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DATADAM_EMAIL_FROM", "datadam@localhost")

# Ports to the outside: the name of a provider that a room registers, or package.module:Class; "" for none.
BUSINESS_REGISTER = env.text("DATADAM_BUSINESS_REGISTER", "demo" if DEMO else "")
IDENTITY_PROVIDER = env.text("DATADAM_IDENTITY_PROVIDER", "demo" if DEMO else "")
OIDC_ISSUER = env.text("DATADAM_OIDC_ISSUER", f"{BASE_URL}/demo/oidc" if DEMO else "").rstrip("/")
OIDC_CLIENT_ID = env.text("DATADAM_OIDC_CLIENT_ID", "datadam")
OIDC_CLIENT_SECRET = env.text("DATADAM_OIDC_CLIENT_SECRET", "public secret of the demo" if DEMO else "")
OIDC_LABEL = env.text("DATADAM_OIDC_LABEL", "데모 통합 로그인" if DEMO else "")

AUTH_USER_MODEL = "core.Person"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
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
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a table may have as many columns as its recipe has decisions
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# Over https a cookie's name binds it to this host alone: no neighbour under the same domain can set one.
HTTPS = BASE_URL.startswith("https://")
PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{PREFIX}datadam_session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Minutes after which a session ends: without a request, and however busy it is.
SESSION_IDLE = env.integer("DATADAM_SESSION_IDLE", 120, low=1)
SESSION_LENGTH = env.integer("DATADAM_SESSION_LENGTH", 720, low=1)
SESSION_COOKIE_AGE = SESSION_LENGTH * 60
CSRF_COOKIE_NAME = f"{PREFIX}datadam_form"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Requests a minute of one address, or of one person or token when signed in, in one web process; 0 for no limit.
RATE_READS = env.integer("DATADAM_RATE_READS", 1200)
RATE_WRITES = env.integer("DATADAM_RATE_WRITES", 120)
RATE_HEAVY = env.integer("DATADAM_RATE_HEAVY", 60)
SECURITY_CONTACT = env.address("DATADAM_SECURITY_CONTACT", ("mailto:", "https://", "tel:"))  # for security.txt
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
        "paramiko": {"level": "CRITICAL"},  # what goes wrong there is told on the source
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
