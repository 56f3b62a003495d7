"""What goes in and out of the doors about people, sessions and the cooperative."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema

from drone_service.access.rules import CODE_DIGITS, MIN_PASSWORD_LENGTH, Role, WorkWindow, ZoneRule
from drone_service.engine.coverage.zones import ZoneKind
from drone_service.engine.operation import Service
from drone_service.kit.clock import LocalDate
from drone_service.kit.geojson import Latitude, Longitude
from drone_service.kit.money import MAX_VND
from drone_service.kit.openapi import example
from drone_service.kit.phone import Phone
from drone_service.kit.strict import strictly
from drone_service.kit.text import Line

Language = Literal["vi", "km", "en"]
Password = Annotated[
    str,
    StringConstraints(min_length=MIN_PASSWORD_LENGTH, max_length=200),
    # Blanks at the ends are trimmed like everywhere, so they do not count.
    Field(json_schema_extra={"pattern": r"^\S[\s\S]*\S$"}),
]


class Schema(BaseModel):
    """What every schema shares: unknown members are refused, text is trimmed, a number is a number."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, from_attributes=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return strictly(handler(source))  # type: ignore[no-any-return]


class CodeRequest(Schema):
    model_config = example({"phone": "0900000001"})

    phone: Phone


class CodeSent(BaseModel):
    phone: str
    expires_at: AwareDatetime


class SignInWithCode(Schema):
    phone: Phone
    code: Annotated[str, StringConstraints(pattern=rf"^\d{{{CODE_DIGITS}}}$")]
    label: Line = ""


class SignInWithPassword(Schema):
    model_config = example({"phone": "0900000003", "password": "demo-owner-2026", "label": "My program"})

    phone: Phone
    password: Annotated[
        str, StringConstraints(min_length=1, max_length=200), Field(json_schema_extra={"pattern": r"\S"})
    ]
    label: Line = ""


class SignedIn(BaseModel):
    """A new session. The token is shown once; send it as `Authorization: Bearer …`."""

    session_id: UUID
    token: str
    expires_at: AwareDatetime


class SessionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    label: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    current: bool = False


class PersonIn(Schema):
    model_config = example({"name": "Nông dân mẫu", "phone": "0901999999", "place": "Ấp Mẫu", "roles": ["farmer"]})

    name: Annotated[Line, Field(min_length=1, max_length=120)]
    phone: Phone
    language: Language = "vi"
    place: Annotated[Line, Field(max_length=120)] = ""
    roles: Annotated[set[Role], Field(min_length=1)] = {Role.FARMER}
    password: Password | None = None


class PersonPatch(Schema):
    name: Annotated[Line, Field(min_length=1, max_length=120)] | None = None
    language: Language | None = None
    place: Annotated[Line, Field(max_length=120)] | None = None
    roles: Annotated[set[Role], Field(min_length=1)] | None = None
    password: Password | None = None
    active: bool | None = None
    services: Annotated[set[Service] | None, Field(min_length=1, description="What an operator may do.")] = None
    licence: Annotated[Line, Field(max_length=60)] | None = None
    licence_until: Annotated[
        LocalDate | None, Field(description="The last day on which the licence holds; null takes it away.")
    ] = None


class PersonOut(BaseModel):
    id: UUID
    name: str
    phone: str
    language: str
    place: str
    roles: list[Role]
    active: bool
    services: list[Service]
    licence: str
    licence_until: LocalDate | None


class CooperativePatch(Schema):
    """The settings an owner may change."""

    name: Annotated[Line, Field(min_length=1, max_length=120)] | None = None
    address: Annotated[Line, Field(max_length=200)] | None = None
    cong_m2: Literal[1000, 1296] | None = None
    centre_lon: Longitude | None = None
    centre_lat: Latitude | None = None
    service_radius_km: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] | None = None
    base_lon: Longitude | None = None
    base_lat: Latitude | None = None
    travel_km_h: Annotated[float, Field(ge=1, le=120, allow_inf_nan=False)] | None = None
    travel_factor: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)] | None = None
    wash_out_min: Annotated[int, Field(ge=0, le=240)] | None = None
    moved_promise_pct: Annotated[
        int | None, Field(ge=0, le=100, description="What moving a promised job costs a plan, in % of its value.")
    ] = None
    investment_vnd: Annotated[int, Field(ge=0, le=MAX_VND)] | None = None
    work_windows: Annotated[list[WorkWindow], Field(min_length=1, max_length=4)] | None = None
    zone_rules: Annotated[
        dict[ZoneKind, ZoneRule] | None, Field(description="Replaces all; kinds left out get our distances again.")
    ] = None
    bank_bin: Annotated[str, StringConstraints(pattern=r"^(\d{6})?$")] | None = None
    bank_account: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{0,19}$")] | None = None
    bank_account_holder: Annotated[Line, Field(max_length=80)] | None = None


class CooperativeOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    address: str
    language: str
    cong_m2: int
    centre_lon: float
    centre_lat: float
    service_radius_km: float
    base_lon: float
    base_lat: float
    travel_km_h: float
    travel_factor: float
    wash_out_min: int
    moved_promise_pct: int
    investment_vnd: int
    work_windows: list[WorkWindow]
    zone_rules: dict[ZoneKind, ZoneRule]
    bank_bin: str
    bank_account: str
    bank_account_holder: str
