"""The printed mix sheet: who may read it, in which languages, and that it is the plan's."""

import io
from collections.abc import Callable

import pypdf
import pytest
from sqlmodel import Session

from tests.booking.test_jobs import ask
from tests.conftest import Client
from tests.people import People
from tests.scheduling.rows import Farm, make_farm


@pytest.fixture
def farm(session: Session, people: People) -> Farm:
    return make_farm(session, people)


def test_those_who_see_the_job_see_its_mix(client: Callable[..., Client], people: People, farm: Farm) -> None:
    path = f"/jobs/{ask(client(people.farmer), farm).json()['id']}/mix"
    everybody = (people.farmer, people.agent, people.operator, people.owner, people.neighbour, people.outsider)
    assert [client(who).get(path).status_code for who in everybody] == [200, 200, 200, 200, 404, 404]
    assert client().get(path).headers["location"].startswith("/login")


@pytest.mark.parametrize(("language", "gloves"), [("vi", "Găng tay"), ("km", "ស្រោមដៃ"), ("en", "Gloves")])
def test_it_is_the_plan_that_is_printed(
    client: Callable[..., Client], people: People, farm: Farm, language: str, gloves: str
) -> None:
    job = ask(client(people.farmer), farm).json()
    text = client(people.operator).get(f"/jobs/{job['id']}/mix", headers={"cookie": f"lang={language}"}).text
    # 1.2133 ha × 450 mL are 545.98 mL, measured in steps of 5 mL.
    assert "545 mL" in text
    assert gloves in text
    assert "%(" not in text
    sheet = client(people.operator).get(f"/api/v1/jobs/{job['id']}/sheet").json()
    assert sheet["mix"] == job["quote"]["mix"]
    assert sheet["mixes"][0]["products"] == [["Thử nghiệm 240SC", 545.0, "mL"]]


def test_a_job_from_before_mixes_were_kept_has_even_loads(
    client: Callable[..., Client], people: People, farm: Farm
) -> None:
    job = farm.job(quote=farm.quote().model_copy(update={"loads": 2}))
    sheet = client(people.operator).get(f"/api/v1/jobs/{job.id}/sheet").json()["mix"]
    assert [load["quantity"] for load in sheet["loads"]] == [10.0, 10.0]
    assert [load["products"][0]["amount"] for load in sheet["loads"]] == [225.0, 225.0]
    assert client(people.operator).get(f"/jobs/{job.id}/mix").status_code == 200


def test_the_job_sheet_of_the_operator_shows_the_planned_loads(
    client: Callable[..., Client], people: People, farm: Farm
) -> None:
    """60 L/ha on 1.2 ha are more than one tank of 40 L: each load is there as the planner cut it."""
    job = ask(client(people.farmer), farm, rate_per_ha=60).json()
    text = client(people.operator).get(f"/work/{job['id']}", headers={"cookie": "lang=en"}).text
    loads = job["quote"]["mix"]["loads"]
    assert len(loads) > 1
    for load in loads:
        assert f"Load {load['number']} of {len(loads)}" in text
        assert f"{load['water_l']:.1f}".removesuffix(".0") + " L" in text
        assert f"{load['products'][0]['amount']:g} mL" in text
    assert text.count(">smaller<") == sum(load["is_short"] for load in loads)
    assert f'href="/jobs/{job["id"]}/mix"' in text


@pytest.mark.parametrize("language", ["vi", "km", "en"])
def test_the_file_says_what_the_page_says(
    client: Callable[..., Client], people: People, farm: Farm, language: str
) -> None:
    job = ask(client(people.farmer), farm, rate_per_ha=60).json()
    headers = {"cookie": f"lang={language}"}
    answer = client(people.operator).get(f"/jobs/{job['id']}/mix.pdf", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    file = pypdf.PdfReader(io.BytesIO(answer.content))
    text = "\n".join(sheet.extract_text() for sheet in file.pages)
    page = client(people.operator).get(f"/jobs/{job['id']}/mix", headers=headers).text
    for load in job["quote"]["mix"]["loads"]:
        amount = f"{load['products'][0]['amount']:g} mL"
        assert amount in text
        assert amount in page
    assert "Thử nghiệm 240SC" in text
    title = {"vi": "Phiếu pha thuốc", "km": "សន្លឹកលាយថ្នាំ", "en": "Mixing sheet"}[language]
    assert file.metadata is not None
    assert file.metadata.title is not None
    assert file.metadata.title in page
    # Clusters of Khmer signs come out of a file more than once, so the text is looked for sign by sign.
    assert set(file.metadata.title) <= set(text)
    assert (title in text) or language == "km"
    fonts = {
        str(font["/BaseFont"]) for sheet in file.pages for font in sheet["/Resources"]["/Font"].get_object().values()
    }
    assert any("NotoSans" in font for font in fonts)
    assert any("Khmer" in font for font in fonts) is (language == "km")


def test_the_file_is_read_by_those_who_read_the_page_and_takes_no_text_for_markup(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    farm.field.name = "#panic() $x$ *Ruộng*"
    session.flush()
    path = f"/jobs/{ask(client(people.farmer), farm).json()['id']}/mix.pdf"
    everybody = (people.farmer, people.operator, people.neighbour, people.outsider)
    assert [client(who).get(path).status_code for who in everybody] == [200, 200, 404, 404]
    file = pypdf.PdfReader(io.BytesIO(client(people.farmer).get(path).content))
    assert "#panic() $x$ *Ruộng*" in file.pages[0].extract_text()
