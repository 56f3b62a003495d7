"""Why a flight cannot be planned, in the words that people read, and the order in which a mix is made."""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar

from drone_service.engine.coverage import blocks, mix, on_map, planner, settings, sorties, sprayable, wind
from drone_service.engine.coverage.zones import ZoneKind
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.plane import TooCloseToPole
from drone_service.engine.operation import Service
from drone_service.farms.zoning import named
from drone_service.kit.errors import Invalid, NotFound, Unavailable
from drone_service.kit.i18n import N_, Named


class FlightPlanNotFound(NotFound):
    code = "planning.flight_plan_not_found"


class FlightNotInPlan(NotFound):
    code = "planning.no_such_flight"
    detail: ClassVar[str] = N_("The plan has %(count)s flights; there is no flight %(number)s.")


class PlanRefused(Invalid):
    """The flight that was asked for cannot be flown."""

    code = "planning.refused"
    title: ClassVar[str] = N_("This flight cannot be planned")


class RateRefused(PlanRefused):
    code = "planning.rate"
    detail: ClassVar[str] = N_(
        "The aircraft cannot put out %(rate_per_ha)s per hectare at any useful speed. Choose another rate."
    )


class SpeedRefused(PlanRefused):
    code = "planning.speed"
    detail: ClassVar[str] = N_("The aircraft works at %(low_m_s)s to %(high_m_s)s m/s; %(speed_m_s)s m/s is outside.")


class SwathRefused(PlanRefused):
    code = "planning.swath"
    detail: ClassVar[str] = N_(
        "A working width of %(swath_m)s m is not possible: the aircraft works between %(low_m)s and %(high_m)s m."
    )


class HeightRefused(PlanRefused):
    code = "planning.height"
    detail: ClassVar[str] = N_("The height of %(height_m)s m is not between 0.5 and 30 m.")


class CoverageRefused(PlanRefused):
    code = "planning.coverage"
    detail: ClassVar[str] = N_("The share to cover lies between 0.5 and 1; %(min_coverage)s does not.")


class NoLineFits(PlanRefused):
    code = "planning.nothing_to_spray"
    detail: ClassVar[str] = N_("No flight line fits into this field. It may be narrower than the aircraft can follow.")


class ZonesLeaveNothing(PlanRefused):
    code = "planning.zones_leave_nothing"
    title: ClassVar[str] = N_("Nothing is left to spray")
    detail: ClassVar[str] = N_(
        "What must be kept clear of takes the whole field. “%(kind)s” with its %(buffer_m)s m takes the most. Ask the"
        " cooperative whether a smaller distance is right there."
    )


class FieldCutInTwo(PlanRefused):
    code = "planning.field_cut_in_two"
    title: ClassVar[str] = N_("A part of the field is shut in")
    detail: ClassVar[str] = N_(
        "“%(kind)s” shuts in a part of the field: it is reached neither by air nor on the ground. Make a field of that"
        " part, or call us."
    )


class RefillInZone(PlanRefused):
    code = "planning.refill_in_zone"
    detail: ClassVar[str] = N_("The filling place lies where the aircraft must not fly. Choose another place.")


class TooMuchWind(PlanRefused):
    code = "planning.wind"
    title: ClassVar[str] = N_("Too much wind")
    detail: ClassVar[str] = N_("The wind of %(wind_m_s)s m/s is above the %(high_m_s)s m/s of the aircraft.")


class FieldOutOfRange(PlanRefused):
    code = "planning.out_of_range"
    detail: ClassVar[str] = N_(
        "The far end of the field is out of reach from the filling place. Choose a nearer place or split the field."
    )


class PlaceRefused(PlanRefused):
    code = "planning.place"
    detail: ClassVar[str] = N_("The aircraft does not fly this close to a pole.")


class DoseRefused(PlanRefused):
    code = "planning.dose"
    detail: ClassVar[str] = N_("A dose is an amount above zero per hectare, in mL, L, g or kg.")


class DoseTooSmall(PlanRefused):
    code = "planning.dose_too_small"
    detail: ClassVar[str] = N_("On this area the dose comes to less than a jug or a scale measures.")


class HopperOverfull(PlanRefused):
    code = "planning.hopper"
    detail: ClassVar[str] = N_(
        "The products come to %(kg_per_ha)s kg per hectare, and the hopper puts out %(rate_per_ha)s. Raise the"
        " kilograms per hectare."
    )


class MixRefused(PlanRefused):
    code = "planning.mix"
    detail: ClassVar[str] = N_(
        "The products alone fill %(liquid_l)s L of a load of %(load_l)s L. Raise the litres per hectare."
    )


HOPPER_SLACK = 1.005
"""Doses in whole steps and a rate in whole kilograms may differ by so little."""


def ensure_hopper(kg_per_ha: float, rate_per_ha: float) -> None:
    """Refuse products that weigh more than what is put out on a hectare. Raises HopperOverfull."""
    if kg_per_ha > rate_per_ha * HOPPER_SLACK:
        raise HopperOverfull(kg_per_ha=kg_per_ha, rate_per_ha=rate_per_ha)


class FieldsApart(PlanRefused):
    code = "planning.fields_apart"
    detail: ClassVar[str] = N_(
        "%(field)s lies more than %(gap_m)s m from the other fields, so they cannot be flown as one."
    )


class FieldCovered(PlanRefused):
    code = "planning.field_covered"
    detail: ClassVar[str] = N_("One of the fields is named twice or lies wholly inside another one.")


class PlanNotSafe(Unavailable):
    """The independent check found a fault in our own plan; it is never handed out."""

    code = "planning.not_safe"
    title: ClassVar[str] = N_("We could not make a safe plan")
    detail: ClassVar[str] = N_("The plan for this field did not pass our own check, so we do not show it. Call us.")


HOLE = N_("Hole in the field")
_ANSWERS: dict[str, type[PlanRefused]] = {
    settings.RateImpossible.code: RateRefused,
    settings.SpeedImpossible.code: SpeedRefused,
    settings.SwathImpossible.code: SwathRefused,
    settings.HeightImpossible.code: HeightRefused,
    settings.CoverageImpossible.code: CoverageRefused,
    planner.NothingToSpray.code: NoLineFits,
    wind.WindTooStrong.code: TooMuchWind,
    sprayable.NothingLeft.code: ZonesLeaveNothing,
    sprayable.FieldCutInTwo.code: FieldCutInTwo,
    on_map.RefillInZone.code: RefillInZone,
    sorties.FieldOutOfRange.code: FieldOutOfRange,
    TooCloseToPole.code: PlaceRefused,
    blocks.NotABlock.code: FieldCovered,
    mix.DoseImpossible.code: DoseRefused,
    mix.DoseTooSmall.code: DoseTooSmall,
    mix.MixImpossible.code: MixRefused,
}


def refusal_of(error: EngineError) -> PlanRefused:
    """Return the refusal that people read for what the engine found; an unknown error is raised as it is."""
    answer = _ANSWERS.get(error.code)
    if answer is None:
        raise error
    params: dict[str, object] = dict(error.params)
    if "kind" in params:
        params["kind"] = named(ZoneKind(str(params["kind"]))) if params["kind"] else Named("hole", HOLE)
    return answer(**params)


COVERAGE_SHORT = N_("%(left_m2)s m² of the field cannot be reached with lines inside it; %(percent)s %% is covered.")
MUCH_OUTSIDE = N_(
    "%(outside_m2)s m² outside the field would be sprayed too, %(percent)s %% of its area: it is narrow for strips of"
    " %(swath_m)s m."
)
SEVERAL_SIDES = N_(
    "The field is flown in %(count)s parts, because nobody flies from one to the other. The tank is filled on each"
    " side."
)
SPEED_CAPPED = {
    Service.SPRAY: N_("The speed is lowered to %(speed_m_s)s m/s, because the pumps give no more at this rate."),
    Service.SPREAD: N_("The speed is lowered to %(speed_m_s)s m/s, because the spreader gives no more at this rate."),
    Service.SOW: N_("The speed is lowered to %(speed_m_s)s m/s, because the spreader gives no more at this rate."),
}
WIND_CAUTION = N_("The wind of %(wind_m_s)s m/s is above %(most_m_s)s m/s: do not spray.")


class StepKind(StrEnum):
    """What is done in one step of filling: WALES, begun with half the water and ended with the rest."""

    HALF_WATER = "half_water"
    POWDER = "powder"
    AGITATE = "agitate"
    LIQUID = "liquid"
    EMULSION = "emulsion"
    SURFACTANT = "surfactant"
    TOP_UP = "top_up"
    WEIGH = "weigh"


STEP_TEXTS = {
    StepKind.HALF_WATER: N_("Fill the tank half with clean water."),
    StepKind.POWDER: N_("Stir %(name)s in a bucket of water until no lump is left, then pour it in."),
    StepKind.AGITATE: N_("Agitate until nothing settles."),
    StepKind.LIQUID: N_("Shake %(name)s, measure it and pour it in."),
    StepKind.EMULSION: N_("Measure %(name)s and pour it in slowly; stir until the milk is even."),
    StepKind.SURFACTANT: N_("Pour in %(name)s last, without making foam."),
    StepKind.TOP_UP: N_("Top up with water to the quantity of the load, agitate and spray at once."),
    StepKind.WEIGH: N_("Weigh %(name)s into the hopper."),
}
_STAGES = {
    "WP": StepKind.POWDER,
    "WG": StepKind.POWDER,
    "SC": StepKind.LIQUID,
    "OD": StepKind.LIQUID,
    "SL": StepKind.LIQUID,
    "EC": StepKind.EMULSION,
    "EW": StepKind.EMULSION,
    "ADJ": StepKind.SURFACTANT,
}
"""WALES: wettable powders and granules, agitate, liquids and flowables, emulsions, surfactants last (k)."""
_WALES = tuple(_STAGES)


def mixing_rank(group: str, formulation: str) -> int:
    """Return the place of a product in the tank where its label is silent; unknown ones come before the adjuvants."""
    if group == "adjuvant":
        return _WALES.index("ADJ")
    return _WALES.index(formulation) if formulation in _WALES else _WALES.index("ADJ") - 1


def stage_of(group: str, formulation: str) -> StepKind:
    """Return the step in which a product goes into the tank; an unknown form is poured in as an emulsion is."""
    return _STAGES[_WALES[mixing_rank(group, formulation)]]


def step_order(stages: Iterable[StepKind]) -> list[StepKind]:
    """Return the steps of a tank mix around the products' own, which come sorted by `mixing_rank`.

    Powders are agitated before anything else goes in, and a mix without powders before it is topped up.
    """
    steps = [StepKind.HALF_WATER]
    for stage in stages:
        if steps[-1] is StepKind.POWDER and stage is not StepKind.POWDER:
            steps.append(StepKind.AGITATE)
        steps.append(stage)
    if steps[-1] is StepKind.POWDER:
        steps.append(StepKind.AGITATE)
    return [*steps, StepKind.TOP_UP]
