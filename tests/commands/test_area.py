"""`drone-service area` from the outside: the lines, the exit code, where messages go."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from drone_service.commands.area import area

FIELDS = Path(__file__).parents[1] / "data" / "fields"
KEYS = ["id", "area_m2", "area_ha", "area_cong", "perimeter_m", "valid", "problems"]


def run(*arguments: str) -> tuple[int, list[dict[str, object]], str]:
    app = typer.Typer()
    app.command()(area)
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_hundred_fields_in_a_hundred_lines() -> None:
    code, lines, errors = run(str(FIELDS / "fields_vietnam.geojson"))
    assert (code, len(lines), errors) == (0, 100, "")
    assert list(lines[0]) == KEYS
    assert lines[0]["id"] == "vn-001"
    assert lines[0]["area_m2"] == pytest.approx(15_413.08, abs=0.006)
    assert lines[0]["area_ha"] == pytest.approx(1.541308, abs=1e-6)
    assert lines[0]["area_cong"] == pytest.approx(15_413.08 / 1296, abs=1e-5)
    assert lines[0]["valid"] is True
    assert lines[0]["problems"] == []


@pytest.mark.parametrize("name", ["two.geojson", "two_wgs84.zip", "two_utm48.zip"])
def test_the_formats_agree(name: str) -> None:
    code, lines, _ = run(str(FIELDS / name))
    assert code == 0
    assert [line["id"] for line in lines] == ["tt-house", "tt-canal"]
    assert [line["area_m2"] for line in lines] == pytest.approx([30_972.3863, 22_105.8065], abs=1e-3)


def test_the_small_cong_is_a_thousand_square_metres() -> None:
    _, lines, _ = run(str(FIELDS / "two.geojson"), "--cong-m2", "1000")
    assert lines[0]["area_cong"] == pytest.approx(30.9723863, abs=1e-6)


def test_faults_are_named_and_the_good_ones_are_still_printed() -> None:
    code, lines, _ = run(str(FIELDS / "faulty.geojson"))
    assert code == 2
    assert {str(line["id"]): line["problems"] for line in lines} == {
        "good": [],
        "bow-tie": ["self_crossing"],
        "open": ["open_ring"],
        "tiny": ["too_small"],
        "swapped": ["swapped_lon_lat"],
        "point": ["not_an_area"],
        "nothing": ["not_an_area"],
        "nan": ["not_finite"],
        "good-too": [],
    }
    by_id = {line["id"]: line for line in lines}
    assert by_id["bow-tie"]["area_m2"] is None
    assert by_id["tiny"]["area_m2"] == pytest.approx(15.18, abs=0.01)


def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    broken = tmp_path / "broken.geojson"
    broken.write_text("{", encoding="utf-8")
    code, lines, errors = run(str(broken), str(tmp_path / "absent.kml"), str(FIELDS / "two.geojson"))
    assert (code, len(lines)) == (2, 2)
    assert "broken.geojson" in errors
    assert f"{tmp_path / 'absent.kml'}: No such file or directory\n" in errors


def test_a_feature_without_a_name_is_called_after_its_file() -> None:
    _, lines, _ = run(str(FIELDS / "two.gpx"))
    assert [line["id"] for line in lines] == ["Ruộng sau nhà", "Ruộng bờ kênh"]


def test_a_track_is_cleaned_and_the_person_told(tmp_path: Path) -> None:
    steps = [(i, 0) for i in range(20)] + [(20, i) for i in range(20)]
    steps += [(20 - i, 20) for i in range(20)] + [(0, 20 - i) for i in range(20)]
    fixes = "".join(f'<trkpt lon="{105.7 + x * 1e-5}" lat="{9.5 + y * 1e-5}"/>' for x, y in steps)
    walk = tmp_path / "walk.gpx"
    walk.write_text(f"<gpx><trk><name>walk</name><trkseg>{fixes}</trkseg></trk></gpx>", encoding="utf-8")
    _, [as_walked], told = run(str(walk))
    assert told == ""
    code, [cleaned], told = run(str(walk), "--walked-accuracy-m", "4")
    assert code == 0
    assert told.startswith("walk: cleaned: 80 points -> 4, area ")
    assert cleaned["area_m2"] == pytest.approx(as_walked["area_m2"], rel=1e-6)
