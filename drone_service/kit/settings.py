"""Every setting, read from the environment (prefix `DRONE_`) or a `.env` file. Read only by the doors and by kit."""

from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class NotifierKind(StrEnum):
    OUTBOX = "outbox"
    SMS = "sms"
    ZNS = "zns"


class TileSource(StrEnum):
    NONE = "none"
    OSM = "osm"
    URL = "url"


class WeatherSource(StrEnum):
    NONE = "none"
    OPEN_METEO = "open_meteo"
    MET_NORWAY = "met_norway"
    EXAMPLE = "example"


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


class Settings(BaseSettings):
    """What a host may set. Each field is explained in `.env.example`, which a test loads."""

    model_config = SettingsConfigDict(env_prefix="DRONE_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    demo: bool = False
    cookie_secure: bool = False
    session_days: int = Field(default=30, ge=1, le=400)
    sign_in_code_minutes: int = Field(default=10, ge=1, le=60)
    help_phone: str = "0900000000"
    log_format: LogFormat = LogFormat.CONSOLE
    log_level: str = "INFO"
    worker_embedded: bool = True
    worker_name: str = Field(default="worker-1", pattern=r"^[A-Za-z0-9._\-]{1,64}$")
    task_concurrency: int = Field(default=4, ge=1, le=64)
    task_polling_s: float = Field(default=0.5, gt=0, le=60)
    task_keep_days: int = Field(default=14, ge=1, le=400)
    upload_limit_mb: int = Field(default=10, ge=1, le=100)
    tile_source: TileSource = TileSource.NONE
    tile_url: str = ""
    tile_attribution: str = ""
    osrm_url: str = ""
    http_timeout_s: float = Field(default=3.0, gt=0, le=60)
    weather_first: WeatherSource = WeatherSource.NONE
    weather_second: WeatherSource = WeatherSource.NONE
    open_meteo_url: str = "https://api.open-meteo.com"
    open_meteo_key: SecretStr = SecretStr("")
    met_norway_url: str = "https://api.met.no"
    met_norway_contact: str = Field(default="", max_length=120, pattern=r"^[\x20-\x7e]*$")
    notifier: NotifierKind = NotifierKind.OUTBOX
    sms_url: str = ""
    sms_token: SecretStr = SecretStr("")
    sms_sender: str = ""
    zns_url: str = ""
    zns_token: SecretStr = SecretStr("")
    zns_template_id: str = ""

    @property
    def resolved_database_url(self) -> str:
        """The database to use: the one set, else an embedded SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'drone_service.sqlite'}"

    @property
    def upload_limit_bytes(self) -> int:
        """The largest body of a request that is read."""
        return self.upload_limit_mb * 1_048_576


@cache
def get_settings() -> Settings:
    """Read the settings once per process."""
    return Settings()
