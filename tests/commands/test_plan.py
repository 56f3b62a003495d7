"""`drone-service plan`: the contract of its JSON, the other formats through independent readers, and clear refusals."""

import io
import json
import math
import zipfile
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from shapely.geometry import LineString, Point, mapping, shape
from typer.testing import CliRunner, Result

from drone_service.cli import app
from drone_service.commands.plan import Format
from drone_service.engine.coverage.formats.writers import ExportFormat
from drone_service.farms.readers.reading import read_fields
from tests.farms.factories import square_ring

FIELDS = Path(__file__).parents[1] / "data" / "fields"
KEYS = [
    "id", "area_m2", "aircraft", "swath_m", "speed_m_s", "height_m", "refill", "litres", "coverage", "outside_m2",
    "overlap_m2", "sorties", "flight_s", "ground_s", "total_s", "total_s_p10", "total_s_p90", "lower_bound_s",
    "battery_swaps", "warnings",
]  # fmt: skip
ADDED_KEYS = ["total_s_p50", "phases"]
"""What came after the contract; it stands behind it."""
SORTIE_KEYS = [
    "path", "spray_m", "transit_m", "turns", "litres", "area_m2", "flight_s", "energy_wh", "battery_left",
]  # fmt: skip


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["plan", *map(str, arguments)])


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def write(path: Path, **rings: list[list[float]]) -> Path:
    features = [
        {"type": "Feature", "id": name.replace("_", "-"), "properties": {},
         "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for name, ring in rings.items()
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """A square hectare."""
    return write(tmp_path / "one.geojson", hectare=square_ring())


def test_a_line_per_field_speaks_the_contract() -> None:
    planned = lines(run(FIELDS / "two.geojson", "--rate-l-per-ha", 20))
    assert len(planned) == 2
    assert all(list(plan) == KEYS + ADDED_KEYS and list(plan["sorties"][0]) == SORTIE_KEYS for plan in planned)


def test_the_hundred_fields_stay_inside_and_add_up() -> None:
    fields = {
        feature["id"]: shape(feature["geometry"])
        for feature in json.loads((FIELDS / "fields_vietnam.geojson").read_text(encoding="utf-8"))["features"]
    }
    planned = lines(run(FIELDS / "fields_vietnam.geojson", "--rate-l-per-ha", 20))
    assert [plan["id"] for plan in planned] == list(fields)
    for plan in planned:
        assert plan["litres"] == pytest.approx(plan["area_m2"] * 20 / 10_000, abs=1e-3)
        assert sum(sortie["litres"] for sortie in plan["sorties"]) == pytest.approx(plan["litres"], abs=1e-3)
        assert plan["total_s_p10"] < plan["total_s"] < plan["total_s_p90"]
        for sortie in plan["sorties"]:
            path = sortie["path"]
            assert path[0][:2] == path[-1][:2] == plan["refill"]
            sprayed = [LineString([a[:2], b[:2]]) for a, b in pairwise(path) if b[2]]
            assert all(fields[plan["id"]].covers(line) for line in sprayed)


def test_geojson_is_read_back(one: Path) -> None:
    document = json.loads(run(one, "--rate-l-per-ha", 20, "--format", "geojson").stdout)
    kinds = [feature["properties"]["kind"] for feature in document["features"]]
    assert kinds[:2] == ["field", "refill"]
    assert "spray" in kinds
    outline = shape(document["features"][0]["geometry"])
    assert all(
        outline.covers(shape(feature["geometry"]))
        for feature in document["features"]
        if feature["properties"]["kind"] == "spray"
    )


def test_kml_is_read_back(one: Path) -> None:
    text = run(one, "--rate-l-per-ha", 20, "--format", "kml").stdout.encode()
    (row,) = [row for row in read_fields(text, "plan.kml") if row.shape is not None]
    assert row.name == "hectare"
    root = etree.fromstring(text)
    assert len(root.findall(".//{*}LineString")) >= 3


def test_every_format_of_the_engine_is_offered() -> None:
    assert [one.value for one in Format] == ["json", *(one.value for one in ExportFormat)]


def test_a_file_that_is_no_text_is_printed_as_it_is(one: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(run(one, "--rate-l-per-ha", 20, "--format", "isoxml").stdout_bytes)) as archive:
        assert archive.testzip() is None


def test_one_flight_is_printed_or_refused(one: Path) -> None:
    wanted = (one, "--rate-l-per-ha", 60, "--format", "ardupilot", "--flight")
    rows = [row.split("\t") for row in run(*wanted, 2).stdout.splitlines()[1:]]
    assert [row[3] for row in rows].count("22") == 1
    refused = run(*wanted, 9)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "flight 9" in refused.stderr


def test_a_name_with_markup_stays_a_name(tmp_path: Path) -> None:
    path = tmp_path / "odd.geojson"
    feature = {"type": "Feature", "id": "<b>&\"'", "properties": {},
               "geometry": {"type": "Polygon", "coordinates": [square_ring()]}}  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    for output in ("kml", "svg"):
        root = etree.fromstring(run(path, "--rate-l-per-ha", 20, "--format", output).stdout.encode())
        assert "<b>&\"'" in "".join(root.itertext())


def test_a_ground_station_can_fly_the_mission(one: Path) -> None:
    mission = json.loads(run(one, "--rate-l-per-ha", 20, "--format", "qgc").stdout)
    items = mission["mission"]["items"]
    assert (mission["fileType"], mission["mission"]["version"]) == ("Plan", 2)
    assert [item["doJumpId"] for item in items] == list(range(1, len(items) + 1))
    assert all(len(item["params"]) == 7 for item in items)
    commands = [item["command"] for item in items]
    assert commands.count(22) == commands.count(21) >= 1
    pump = [item["params"][0] for item in items if item["command"] == 216]
    assert pump[0] == 1
    assert pump[-1] == 0
    assert all(a != b for a, b in pairwise(pump))
    home = mission["mission"]["plannedHomePosition"]
    assert Point(home[1], home[0]).distance(shape({"type": "Polygon", "coordinates": [square_ring()]})) < 1e-7


def test_the_picture_needs_no_style(one: Path) -> None:
    text = run(one, "--rate-l-per-ha", 20, "--format", "svg").stdout
    root = etree.fromstring(text.encode())
    assert etree.QName(root).localname == "svg"
    assert "style" not in text
    assert len(root.findall(".//{*}g[@class='sortie']")) == 1


@pytest.mark.parametrize("output", ["qgc", "ardupilot", "svg"])
def test_formats_of_one_field_refuse_more(output: str) -> None:
    result = run(FIELDS / "two.geojson", "--rate-l-per-ha", 20, "--format", output)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "one field" in result.stderr


def test_zones_are_cut_out(one: Path, tmp_path: Path) -> None:
    zones = write(tmp_path / "zones.geojson", house=square_ring(40, 40, 20))
    (plan,) = lines(run(one, "--rate-l-per-ha", 20, "--zones", zones))
    assert plan["area_m2"] == pytest.approx(10_000 - 400, rel=2e-3)
    house = shape({"type": "Polygon", "coordinates": [square_ring(40.1, 40.1, 19.8)]})
    for sortie in plan["sorties"]:
        assert not LineString([place[:2] for place in sortie["path"]]).intersects(house)


def test_a_zone_over_everything_is_refused(one: Path, tmp_path: Path) -> None:
    zones = write(tmp_path / "zones.geojson", all=square_ring(-10, -10, 200))
    result = run(one, "--rate-l-per-ha", 20, "--zones", zones)
    assert (result.exit_code, "leave nothing" in result.stderr) == (2, True)


def zones_file(path: Path, *zones: tuple[dict[str, Any], dict[str, Any]]) -> Path:
    features = [
        {"type": "Feature", "id": f"z{number}", "properties": properties, "geometry": geometry}
        for number, (geometry, properties) in enumerate(zones, start=1)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def at(x_m: float, y_m: float) -> list[float]:
    """A place of the square hectare in degrees."""
    return square_ring(x_m, y_m, 1)[0]


def point(x_m: float, y_m: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": at(x_m, y_m)}


def line(*places: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [at(x_m, y_m) for x_m, y_m in places]}


def area(*arguments: float) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [square_ring(*arguments)]}


def test_zones_say_what_they_take(one: Path, tmp_path: Path) -> None:
    zones = zones_file(
        tmp_path / "zones.geojson",
        (point(50, 50), {"kind": "pole"}),
        (line((-20, 110), (120, 110)), {"kind": "canal", "buffer_m": 20}),
        (area(-40, 0, 35), {"kind": "house", "buffer_m": "10", "overfly": False}),
        (point(900, 900), {"kind": "beehive"}),
    )
    (plan,) = lines(run(one, "--rate-l-per-ha", 20, "--zones", zones))
    assert list(plan) == [*KEYS, *ADDED_KEYS, "field_m2", "sprayable_m2", "lost_m2", "zones"]
    lost = {zone["id"]: (zone["kind"], zone["buffer_m"], zone["downwind_m"], zone["overfly"]) for zone in plan["zones"]}
    assert lost == {
        "z1": ("pole", 3, 3, False), "z2": ("canal", 20, 40, True), "z3": ("house", 10, 10, False),
    }  # fmt: skip
    # Of the canal 10 m reach into a field 100 m wide, of the house 5 m beside 35 m of wall and a corner.
    by_id = {zone["id"]: zone["lost_m2"] for zone in plan["zones"]}
    assert by_id["z1"] == pytest.approx(28.3, rel=0.05)
    assert by_id["z2"] == pytest.approx(1_000, rel=0.01)
    assert by_id["z3"] == pytest.approx(175 + 32, rel=0.05)
    assert plan["field_m2"] == pytest.approx(10_000, rel=2e-3)
    assert plan["sprayable_m2"] == plan["area_m2"]
    assert plan["lost_m2"] == pytest.approx(plan["field_m2"] - plan["sprayable_m2"], abs=0.01)
    assert plan["litres"] == pytest.approx(plan["sprayable_m2"] * 20 / 10_000, abs=1e-3)


def test_wind_draws_the_buffer_of_water_out(one: Path, tmp_path: Path) -> None:
    zones = zones_file(tmp_path / "zones.geojson", (area(0, 120, 100), {"kind": "aquaculture", "buffer_m": 30}))

    def lost(*wind: object) -> float:
        (plan,) = lines(run(one, "--rate-l-per-ha", 20, "--zones", zones, *wind))
        return float(plan["lost_m2"])

    # 10 m of the plain 30 m reach into the field; with the wind from the south it is 40 m of 60 m.
    assert lost() == pytest.approx(1_000, rel=0.01)
    assert lost("--wind-from", 180, "--wind-m-s", 3) == pytest.approx(4_000, rel=0.01)
    assert lost("--wind-from", 0, "--wind-m-s", 3) == pytest.approx(1_000, rel=0.01)
    assert lost("--wind-from", 180, "--wind-m-s", 0.4) == pytest.approx(1_000, rel=0.01)


def ring() -> dict[str, object]:
    """Return a ditch all round the middle of the field."""
    outer, inner = area(20, 20, 60), area(25, 25, 50)
    return {"type": "Polygon", "coordinates": [*outer["coordinates"], *inner["coordinates"]]}


def test_both_sides_of_a_power_line_are_one_plan(one: Path, tmp_path: Path) -> None:
    zones = zones_file(tmp_path / "zones.geojson", (line((50, -900), (50, 900)), {"kind": "power_line"}))
    result = run(one, "--rate-l-per-ha", 20, "--zones", zones)
    assert result.exit_code == 0
    plan = json.loads(result.stdout)
    assert [sortie["refill"] for sortie in plan["sorties"]] == [plan["refill"], *plan["other_refills"]]
    assert len(plan["sorties"]) == 2
    assert any("flown in 2 parts" in text for text in plan["warnings"])


def test_what_a_code_says_is_told_in_words(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.geojson"
    wrong.write_text(json.dumps(point(50, 50)), encoding="utf-8")
    assert "not_an_area: A field needs a closed line" in run(wrong, "--rate-l-per-ha", 20).stderr
    wrong.write_text("", encoding="utf-8")
    assert "unknown_format: This is none of the formats we read" in run(wrong, "--rate-l-per-ha", 20).stderr


@pytest.mark.parametrize(
    ("geometry", "properties", "words"),
    [
        (point(50, 50), {"kind": "castle"}, "there is no kind 'castle'; there are house"),
        (point(50, 50), {"kind": 7}, "there is no kind 7"),
        (point(50, 50), {}, "needs a buffer"),
        (point(50, 50), {"kind": "pole", "buffer_m": "wide"}, "buffer_m is a number of metres"),
        (point(50, 50), {"kind": "pole", "buffer_m": True}, "buffer_m is a number of metres"),
        (point(50, 50), {"kind": "pole", "buffer_m": "nan"}, "between 0 and 500"),
        (point(50, 50), {"kind": "pole", "buffer_m": -3}, "between 0 and 500"),
        (point(50, 50), {"kind": "pole", "buffer_m": float("nan")}, "between 0 and 500"),
        (point(50, 50), {"kind": "pole", "buffer_m": float("inf")}, "between 0 and 500"),
        (point(50, 50), {"kind": "pole", "overfly": float("nan")}, "overfly is true or false"),
        (area(40, 40, 20), {"kind": float("nan")}, "there is no kind"),
        (area(-10, -10, 200), {}, "'z1' takes 9999 of 9999 m²\n"),
        (point(50, 50), {"kind": "pole", "overfly": "maybe"}, "overfly is true or false"),
        (point(50, 50), {"kind": "pole", "buffer_m": 90}, "nothing of this field: pole 'z1' with a buffer of 90 m"),
        (ring(), {"kind": "aquaculture", "buffer_m": 3}, "the aquaculture 'z1' shuts in a part of the field"),
        (line((50, 50), (50, 50)), {"kind": "power_line"}, "z1: line_too_short"),
        ({"type": "Point", "coordinates": [200, 9]}, {"kind": "pole"}, "z1: out_of_range"),
        ({"type": "Point", "coordinates": []}, {"kind": "pole"}, "z1: unreadable_coordinates"),
        ({"type": "LineString", "coordinates": []}, {"kind": "canal"}, "z1: unreadable_coordinates"),
        ({"type": "MultiLineString", "coordinates": 3}, {"kind": "canal"}, "z1: unreadable_coordinates"),
        (None, {"kind": "pole"}, "z1: not_an_area"),
    ],
)  # fmt: skip
def test_zones_that_make_no_sense_are_refused(
    one: Path, tmp_path: Path, geometry: dict[str, Any], properties: dict[str, Any], words: str
) -> None:
    zones = zones_file(tmp_path / "zones.geojson", (geometry, properties))
    result = run(one, "--rate-l-per-ha", 20, "--zones", zones)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_properties_of_zones_may_be_written_large(one: Path, tmp_path: Path) -> None:
    zones = zones_file(tmp_path / "zones.geojson", (area(40, 40, 20), {"KIND": "pond", "Buffer_M": 7}))
    (plan,) = lines(run(one, "--rate-l-per-ha", 20, "--zones", zones))
    assert [(zone["kind"], zone["buffer_m"]) for zone in plan["zones"]] == [("pond", 7.0)]


def test_a_zone_that_is_near_no_field_is_told(one: Path, tmp_path: Path) -> None:
    near, far = (point(50, 50), {"kind": "pole"}), (point(9_000, 50), {"kind": "house"})
    result = run(one, "--rate-l-per-ha", 20, "--zones", zones_file(tmp_path / "zones.geojson", near, far))
    assert result.exit_code == 0
    assert result.stderr == "--zones: z2 lies 2 km or more from every field and takes nothing\n"


def test_a_field_at_a_pole_is_refused_in_words(tmp_path: Path) -> None:
    path = write(tmp_path / "pole.geojson", ice=[[20, 89.1], [20.1, 89.1], [20.1, 89.101], [20, 89.1]])
    zones = zones_file(tmp_path / "zones.geojson", (point(50, 50), {"kind": "pole"}))
    result = run(path, "--rate-l-per-ha", 20, "--zones", zones)
    assert (result.exit_code, "too close to a pole" in result.stderr) == (2, True)


def test_a_refill_place_in_the_way_is_refused(one: Path, tmp_path: Path) -> None:
    zones = zones_file(tmp_path / "zones.geojson", (area(-30, 0, 20), {"kind": "house", "buffer_m": 5}))
    lon, lat = at(-20, 10)
    result = run(one, "--rate-l-per-ha", 20, "--zones", zones, "--refill", f"{lon},{lat}")
    assert (result.exit_code, "not flown over" in result.stderr) == (2, True)


def test_a_refill_place_out_of_reach_is_refused_beside_a_good_one(one: Path) -> None:
    good, far, half = (f"{lon},{lat}" for lon, lat in (at(0, 0), at(-2_050, 50), at(-1_960, 50)))
    result = run(one, "--rate-l-per-ha", 20, "--refill", good, "--refill", far)
    assert (result.exit_code, "a refill place lies 2050 m from the field" in result.stderr) == (2, True)
    # One that reaches a part of the field is told with the plan, and not flown from.
    (plan,) = lines(run(one, "--rate-l-per-ha", 20, "--refill", half, "--refill", good))
    assert plan["refill"] == pytest.approx(at(0, 0), abs=2e-8)
    assert plan["other_refills"] == [pytest.approx(at(-1_960, 50), abs=2e-8)]
    assert plan["sorties"][0]["refill"] == plan["refill"]


def test_neighbours_become_a_block(tmp_path: Path) -> None:
    path = write(tmp_path / "three.geojson", west=square_ring(0), east=square_ring(100), far=square_ring(400))
    block, alone = lines(run(path, "--rate-l-per-ha", 20, "--merge"))
    assert (block["id"], alone["id"]) == ("west+east", "far")
    assert [member["id"] for member in block["members"]] == ["west", "east"]
    assert sum(member["area_m2"] for member in block["members"]) == pytest.approx(block["area_m2"], rel=1e-6)
    apart = lines(run(path, "--rate-l-per-ha", 20))
    assert block["total_s"] < apart[0]["total_s"] + apart[1]["total_s"]


def test_the_members_of_a_block_add_up_and_the_saving_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "fields.geojson", west=square_ring(0), east=square_ring(108))
    options = ("--rate-l-per-ha", 20)
    (block,) = lines(run(path, *options, "--merge", "--merge-gap-m", 50))
    apart = lines(run(path, *options))
    for column, whole, digits in (("area_m2", "area_m2", 3), ("litres", "litres", 4), ("seconds", "total_s", 2)):
        assert round(sum(member[column] for member in block["members"]), digits) == block[whole]
    assert [member["alone_s"] for member in block["members"]] == [plan["total_s"] for plan in apart]
    alone_s = sum(plan["total_s"] for plan in apart)
    assert block["saving_s"] == pytest.approx(alone_s - block["total_s"], abs=0.011)
    assert block["saving_share"] == pytest.approx(block["saving_s"] / alone_s, abs=1e-4)
    assert all(len(sortie["members"]) == 2 for sortie in block["sorties"])


def test_what_is_printed_adds_up_to_the_last_digit(tmp_path: Path) -> None:
    """Several owners and flights: rounded by itself, a figure was a step off in one sum or another."""
    sides = {"a": (0, 100), "b": (106, 90), "c": (202, 80), "d": (288, 70), "e": (364, 60)}
    path = write(tmp_path / "fields.geojson", **{name: square_ring(at, 0, side) for name, (at, side) in sides.items()})
    result = run(path, "--merge", "--merge-gap-m", 6, "--rate-l-per-ha", 17.3)
    block = json.loads(result.stdout, parse_float=Decimal)
    sorties, members = block["sorties"], block["members"]
    assert len(sorties) > 1
    assert sum(one["litres"] for one in sorties) == sum(one["litres"] for one in members) == block["litres"]
    assert sum(one["flight_s"] for one in sorties) == block["flight_s"]
    assert block["flight_s"] + block["ground_s"] == sum(block["phases"].values()) == block["total_s"]
    assert [sum(one["members"]) for one in sorties] == [one["litres"] for one in sorties]
    assert sum(one["alone_s"] for one in members) - block["total_s"] == block["saving_s"]


@pytest.mark.parametrize("gap", [-1, 51, "nan"])
def test_an_impossible_gap_is_refused(one: Path, gap: object) -> None:
    result = run(one, "--rate-l-per-ha", 20, "--merge", "--merge-gap-m", gap)
    assert result.exit_code == 2
    assert "--merge-gap-m" in result.stderr


def test_options_reach_the_plan(one: Path) -> None:
    ring = square_ring()
    (plan,) = lines(
        run(one, "--rate-l-per-ha", 20, "--aircraft", "dji-agras-t50", "--swath-m", 8, "--speed-m-s", 5,
            "--height-m", 3, "--min-coverage", 0.995, "--refill", f"{ring[0][0]},{ring[0][1]}")
    )  # fmt: skip
    got = {key: plan[key] for key in ("aircraft", "swath_m", "speed_m_s", "height_m", "refill")}
    assert got == {"aircraft": "dji-agras-t50", "swath_m": 8.0, "speed_m_s": 5.0, "height_m": 3.0,
                   "refill": [pytest.approx(ring[0][0]), pytest.approx(ring[0][1])]}  # fmt: skip
    assert plan["coverage"] >= 0.995


def test_more_height_takes_longer_to_climb_and_to_land(one: Path) -> None:
    (usual,), (high,) = (lines(run(one, "--rate-l-per-ha", 20, *more)) for more in ((), ("--height-m", 14.5)))
    more_s = {phase: high["phases"][phase] - usual["phases"][phase] for phase in usual["phases"]}
    assert more_s.pop("climb_s") == pytest.approx(4 * len(usual["sorties"]), abs=0.02)
    assert more_s.pop("landing_s") == pytest.approx(6 * len(usual["sorties"]), abs=0.02)
    assert high["ground_s"] - usual["ground_s"] == pytest.approx(10 * len(usual["sorties"]), abs=0.02)
    assert set(more_s.values()) == {0.0}


def test_what_falls_short_of_the_whole_is_not_told_as_the_whole(one: Path) -> None:
    (plan,) = lines(run(one, "--rate-l-per-ha", 20, "--no-overspray", "--min-coverage", 1))
    # Half a step more than the last digit told: to the nearest one it would be told as more than it is.
    assert plan["coverage"] < 1
    assert plan["coverage"] * 1000 % 1 > 0.5
    assert plan["warnings"][0].startswith(f"coverage {math.floor(plan['coverage'] * 1000) / 1000:.3f} is below 1")


def test_the_spreader_is_named_where_it_holds_the_speed_down(one: Path) -> None:
    (plan,) = lines(run(one, "--service", "sow", "--rate-kg-per-ha", 1000))
    assert "the spreader gives no more at this rate" in plan["warnings"][0]


def test_granules_are_in_kilograms(one: Path) -> None:
    (plan,) = lines(run(one, "--service", "spread", "--rate-kg-per-ha", 100))
    assert plan["kg"] == pytest.approx(100, rel=2e-3)
    assert "litres" not in plan


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "--rate-l-per-ha is needed"),
        (["--rate-l-per-ha", "0"], "between 0.1 and 1,000"),
        (["--rate-l-per-ha", "nan"], "between 0.1 and 1,000"),
        (["--rate-l-per-ha", "900"], "the pumps give too little"),
        (["--rate-l-per-ha", "20", "--rate-kg-per-ha", "20"], "does not go with spray"),
        (["--rate-l-per-ha", "20", "--aircraft", "none"], "there is no 'none'"),
        (["--rate-l-per-ha", "20", "--refill", "9.4"], "not LON,LAT"),
        (["--rate-l-per-ha", "20", "--refill", "9.4,105.7"], "not a place on Earth"),
        (["--rate-l-per-ha", "20", "--refill", "9.4,10"], "the radio reaches"),
        (["--rate-l-per-ha", "20", "--speed-m-s", "11"], "m/s"),
        (["--rate-l-per-ha", "20", "--swath-m", "20"], "m wide"),
        (["--rate-l-per-ha", "20", "--height-m", "99"], "height"),
        (["--rate-l-per-ha", "20", "--min-coverage", "1.2"], "coverage floor"),
        (["--rate-l-per-ha", "20", "--wind-from", "90"], "go together"),
        (["--rate-l-per-ha", "20", "--wind-from", "90", "--wind-m-s", "7"], "above the 6 m/s"),
        (["--rate-l-per-ha", "20", "--zones", "/nowhere"], "nowhere"),
        (["--rate-l-per-ha", "20", "--merge-gap-m", "6"], "--merge-gap-m goes with --merge"),
        (["--rate-l-per-ha", "20", "--flight", "1"], "--flight goes with a --format"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(one: Path, options: list[str], words: str) -> None:
    result = run(one, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_a_file_that_is_not_there_is_told_without_numbers_of_the_system(one: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent.geojson"
    result = run(absent, one, "--rate-l-per-ha", 20)
    assert (result.exit_code, len(result.stdout.splitlines())) == (2, 1)
    assert result.stderr == f"{absent}: No such file or directory\n"
    result = run(one, "--rate-l-per-ha", 20, "--zones", tmp_path)
    assert (result.exit_code, result.stderr) == (2, f"drone-service: {tmp_path}: Is a directory\n")


def test_good_fields_are_planned_beside_faulty_ones() -> None:
    result = run(FIELDS / "faulty.geojson", "--rate-l-per-ha", 20)
    assert result.exit_code == 2
    assert result.stderr
    assert all(json.loads(line)["sorties"] for line in result.stdout.splitlines())


def test_mapping_of_a_plan_is_plain_geojson(one: Path) -> None:
    document = json.loads(run(one, "--rate-l-per-ha", 20, "--format", "geojson").stdout)
    assert {mapping(shape(feature["geometry"]))["type"] for feature in document["features"]} == {
        "Polygon", "Point", "LineString",
    }  # fmt: skip
