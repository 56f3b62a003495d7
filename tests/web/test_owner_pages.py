"""The owner's pages: they open for whom they should, work without scripts, and change what the API changes."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import Session

from drone_service.billing import queries as billing_queries
from drone_service.billing import service as billing_service
from drone_service.billing.rules import PriceUnit
from drone_service.billing.schemas import PaymentIn
from tests.billing.rows import make_cost, make_invoice
from tests.conftest import Client
from tests.people import People
from tests.scheduling.rows import make_farm

WHAT_IF = "/return?price_vnd=20.000&costs_vnd=5000&cong=1.000,5"
OWNER_ONLY = ("/return", WHAT_IF, "/return.xlsx", "/prices", "/people", "/settings", "/ledger")
STAFF = ("/money", "/debts", "/costs", "/products", "/products/new", "/aircraft")
HERE = {"sec-fetch-site": "same-origin"}


def version_on(client: Client, path: str) -> str:
    """Return the version that the first form of a page carries."""
    found = re.search(r'name="version" value="(\d+)"', client.get(path).text)
    assert found, path
    return found[1]


def test_who_may_open_a_page(client: Callable[..., Client], people: People) -> None:
    farmer, operator = client(people.farmer), client(people.operator)
    for path in OWNER_ONLY + STAFF:
        answers = [farmer.get(path).status_code, operator.get(path).status_code]
        assert answers == [403, 403 if path in OWNER_ONLY else 200], path
    assert client(people.visitor).get("/return").headers["location"].startswith("/login")


def test_pages_with_rows_open_in_every_language(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    make_invoice(session, people, now)
    make_cost(session, people, now)
    owner = client(people.owner)
    for path in OWNER_ONLY + STAFF:
        for language in ("vi", "km", "en"):
            answer = owner.get(path, headers={"cookie": f"lang={language}"})
            assert answer.status_code == 200, path
            assert "style=" not in answer.text, path


def test_another_price_is_tried_on_the_page(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    make_invoice(session, people, now)
    make_cost(session, people, now)
    owner = client(people.owner)
    english = {"cookie": "lang=en"}
    assert "All of it would be back" not in owner.get("/return", headers=english).text
    tried = owner.get(WHAT_IF, headers=english).text.replace("\u00a0", " ")
    # 1,000.5 công x 15,000 ₫.
    assert "15,007,500 ₫ a month" in tried
    assert "All of it would be back on" in tried
    assert "With your figures" in tried
    wrong = owner.get("/return?price_vnd=x&costs_vnd=1&cong=1", headers=english)
    assert (wrong.status_code, "Look at the marked places" in wrong.text) == (200, False)
    assert "aria-invalid" in wrong.text


def test_people_are_found_by_name_and_number(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    found = owner.get("/people", params={"search": "nobody of this name"}, headers={"cookie": "lang=en"}).text
    assert "Nobody is found" in found
    assert "/people/" not in found.split("<tbody")[1].split("</tbody")[0]


def test_the_first_screen_answers_how_much_is_back(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    make_invoice(session, people, now)
    make_cost(session, people, now)
    text = client(people.owner).get("/return", headers={"cookie": "lang=en"}).text.replace("\u00a0", " ")
    assert "-50,000 ₫ of 480,000,000 ₫ is back" in text
    assert "more than fifty years" in text
    assert 'href="/debts">180,000 ₫' in text
    assert "<svg" in text


def test_a_payment_and_its_way_back(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    invoice = make_invoice(session, people, now)
    path = f"/invoices/{invoice.id}"
    answers = [
        client(who).get(path).status_code for who in (people.owner, people.farmer, people.neighbour, people.outsider)
    ]
    assert answers == [200, 200, 404, 404]
    too_much = {"amount_vnd": "200.000", "method": "cash", "paid_on": "2026-03-10"}
    refused = client(people.operator).post(f"{path}/payments", data=too_much, headers=HERE)
    assert refused.status_code == 409
    assert 'value="200.000"' in refused.text
    part = {**too_much, "amount_vnd": "80.000"}
    assert client(people.operator).post(f"{path}/payments", data=part, headers=HERE).status_code == 303
    shown = billing_queries.invoice_with_payments(session, people.owner.actor, invoice.id)
    assert (shown.paid_vnd, shown.balance_vnd) == (80_000, 100_000)
    assert client(people.farmer).post(f"{path}/payments", data=part, headers=HERE).status_code == 403


def test_a_payment_that_somebody_else_recorded_meanwhile_is_not_passed_over(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    invoice = make_invoice(session, people, now)
    paid = {"amount_vnd": 180_000, "method": "cash", "paid_on": "2026-03-10"}
    data = PaymentIn.model_validate(paid)
    billing_service.record_payment(session, actor=people.owner.actor, invoice_id=invoice.id, data=data, now=now)
    late = client(people.operator).post(f"/invoices/{invoice.id}/payments", data=paid, headers=HERE)
    assert late.status_code == 409
    assert 'role="alert"' in late.text


def test_a_cost_can_be_undone_from_the_message(client: Callable[..., Client], people: People, session: Session) -> None:
    owner = client(people.owner)
    typed = {"kind": "fuel", "amount_vnd": "71.000", "spent_on": "2026-03-10", "method": "cash", "note": ""}
    assert owner.post("/costs", data=typed, headers=HERE).status_code == 303
    cost = billing_queries.list_costs(session, people.owner.actor)[0][0]
    assert (cost.amount_vnd, cost.reversed) == (71_000, False)
    assert f"/costs/{cost.id}/reverse" in owner.get("/costs").text
    assert owner.post(f"/costs/{cost.id}/reverse", headers=HERE).status_code == 303
    session.expire_all()
    assert billing_queries.list_costs(session, people.owner.actor)[0][0].reversed


def test_a_wrong_cost_keeps_what_was_typed(client: Callable[..., Client], people: People) -> None:
    typed = {"kind": "fuel", "amount_vnd": "lots", "spent_on": "2026-03-10", "method": "cash"}
    answer = client(people.owner).post("/costs", data=typed, headers=HERE)
    assert answer.status_code == 422
    assert 'value="lots"' in answer.text


def test_a_price_per_cong_and_per_hectare(client: Callable[..., Client], people: People, session: Session) -> None:
    typed = {
        "service": "spray",
        "unit": "cong",
        "cong_m2": "1296",
        "amount_vnd": "18.000",
        "minimum_vnd": "0",
        "valid_from": "2026-03-01",
    }
    owner = client(people.owner)
    assert owner.post("/prices", data=typed, headers=HERE).status_code == 303
    assert owner.post("/prices", data={**typed, "cong_m2": ""}, headers=HERE).status_code == 422
    assert owner.post("/prices", data={**typed, "unit": "ha", "cong_m2": ""}, headers=HERE).status_code == 303
    units = {price.unit for price in billing_queries.list_prices(session, people.cooperative.id)}
    assert units == {PriceUnit.CONG, PriceUnit.HECTARE}


def test_a_product_is_added_changed_archived_and_restored(client: Callable[..., Client], people: People) -> None:
    typed = {
        "name": "Thuốc thử",
        "group": "fungicide",
        "formulation": "SC",
        "unit": "mL",
        "dose_min_per_ha": "300",
        "dose_per_ha": "400",
        "dose_max_per_ha": "500",
        "phi_days": "14",
        "rain_free_h": "2",
        "reentry_h": "24",
        "crops": ["lúa", ""],
    }
    owner = client(people.owner)
    assert owner.post("/products/new", data=typed, headers=HERE).status_code == 303
    product = owner.get("/api/v1/products").json()["items"][0]
    assert (product["crops"], product["phi_days"]) == (["lúa"], 14)
    path = f"/products/{product['id']}"
    assert 'value="lúa"' in owner.get(path).text
    typed["version"] = version_on(owner, path)
    assert owner.post(path, data={**typed, "dose_per_ha": "600"}, headers=HERE).status_code == 422
    assert owner.post(path, data={**typed, "phi_days": "21"}, headers=HERE).status_code == 303
    assert owner.post(f"{path}/archive", data={"version": typed["version"]}, headers=HERE).status_code == 412
    assert owner.post(f"{path}/archive", data={"version": version_on(owner, path)}, headers=HERE).status_code == 303
    assert "Thuốc thử" not in owner.get("/products").text.split("</h1>")[1]
    assert owner.post(f"{path}/restore", headers=HERE).status_code == 303
    assert "Thuốc thử" in owner.get("/products").text


def test_people_and_settings(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    typed = {"name": "Nông dân mới", "phone": "0987 654 321", "roles": ["farmer", "agent"], "password": ""}
    assert owner.post("/people", data=typed, headers=HERE).status_code == 303
    added = next(p for p in owner.get("/api/v1/people").json()["items"] if p["name"] == "Nông dân mới")
    assert added["roles"] == ["agent", "farmer"]
    path = f"/people/{added['id']}"
    assert owner.get(path).status_code == 200
    changed = {"name": "Tên mới", "roles": ["farmer"], "active": "false", "place": "Lâm Tân", "password": ""}
    changed["version"] = version_on(owner, path)
    assert owner.post(path, data=changed, headers=HERE).status_code == 303
    person = owner.get(f"/api/v1{path}").json()
    assert (person["name"], person["active"], person["roles"]) == ("Tên mới", False, ["farmer"])
    assert client(people.outsider).get(path).status_code == 404
    settings = {"name": "HTX", "investment_vnd": "500.000.000", "bank_bin": "970403", "bank_account": "123"}
    settings["version"] = version_on(owner, "/settings")
    assert owner.post("/settings", data=settings, headers=HERE).status_code == 303
    assert owner.get("/api/v1/cooperative").json()["investment_vnd"] == 500_000_000


def test_an_aircraft_goes_out_of_service(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    typed = {"model": "dji-agras-t40", "name": "T40 số 1", "serial": "", "battery_sets": "4"}
    assert owner.post("/aircraft", data=typed, headers=HERE).status_code == 303
    machine = owner.get("/api/v1/aircraft").json()["items"][0]
    path = f"/aircraft/{machine['id']}/active"
    assert owner.post(path, data={"active": "false"}, headers=HERE).status_code == 412
    form = {"active": "false", "version": version_on(owner, "/aircraft")}
    assert owner.post(path, data=form, headers=HERE).status_code == 303
    assert owner.get("/api/v1/aircraft").json()["items"][0]["active"] is False


def test_a_stale_form_keeps_what_was_typed_and_may_be_saved_on_purpose(
    client: Callable[..., Client], people: People
) -> None:
    """Two owners open the settings; the second to save reads that the first was quicker, and loses nothing."""
    owner = client(people.owner)
    opened = version_on(owner, "/settings")
    first = {"name": "HTX Một", "investment_vnd": "480.000.000", "version": opened}
    assert owner.post("/settings", data=first, headers=HERE).status_code == 303
    second = {"name": "HTX Hai", "investment_vnd": "490.000.000", "version": opened}
    stale = owner.post("/settings", data=second, headers={**HERE, "cookie": "lang=en"})
    assert stale.status_code == 412
    assert "Changed by somebody else" in stale.text
    assert 'value="HTX Hai"' in stale.text
    assert owner.get("/api/v1/cooperative").json()["name"] == "HTX Một"
    on_purpose = re.search(r'<button[^>]* name="version" value="(\d+)"', stale.text)
    assert on_purpose
    assert int(on_purpose[1]) == int(opened) + 1
    assert owner.post("/settings", data={**second, "version": on_purpose[1]}, headers=HERE).status_code == 303
    assert owner.get("/api/v1/cooperative").json()["name"] == "HTX Hai"


@pytest.mark.parametrize("version", ["", "0", "x", "99999999999", "²"])
def test_a_form_without_a_version_changes_nothing(client: Callable[..., Client], people: People, version: str) -> None:
    owner = client(people.owner)
    path = f"/people/{people.farmer.person.id}"
    typed = {"name": "Ai đó", "roles": ["farmer"], "active": "true", "version": version}
    assert owner.post(path, data=typed, headers=HERE).status_code == 412
    assert "Ai đó" not in owner.get("/people").text


def test_a_licence_is_entered_shown_and_taken_away(client: Callable[..., Client], people: People) -> None:
    owner, path = client(people.owner), f"/people/{people.operator.id}"
    form = {"name": "Person 4", "roles": ["operator"], "active": "true", "services": ["spray", "sow"]}
    typed = form | {"licence": "UAS-77", "licence_until": "2026-03-09"}
    assert owner.post(path, data=typed | {"version": version_on(owner, path)}, headers=HERE).status_code == 303
    shown = owner.get("/people", headers={"cookie": "lang=en"}).text
    assert "licence ended on 09/03/2026" in shown  # the test takes place on the tenth
    page = owner.get(path).text
    assert re.findall(r'name="services" value="(\w+)" checked', page) == ["spray", "sow"]
    assert 'value="2026-03-09"' in page
    typed = form | {"licence": "", "licence_until": "", "version": version_on(owner, path)}
    assert owner.post(path, data=typed, headers=HERE).status_code == 303
    assert "licence" not in owner.get("/people", headers={"cookie": "lang=en"}).text


def test_the_crew_of_an_aircraft_and_what_it_can_do(
    client: Callable[..., Client], people: People, session: Session
) -> None:
    aircraft, operator = make_farm(session, people).aircraft, client(people.operator)
    path = f"/aircraft/{aircraft.id}/crew"
    typed = {"services": ["spray"], "crew": ["", str(people.operator.id)], "needs_licence": ["false", "true"]}
    version = {"version": version_on(operator, "/aircraft")}
    assert operator.post(path, data=typed | version, headers=HERE).status_code == 303
    shown = operator.get("/aircraft", headers={"cookie": "lang=en"}).text
    assert re.search(r"Crew: Person 4</p>", shown)
    assert re.search(r"Is fit for: Spraying · Needs a licence", shown)
    refused = operator.post(path, data=typed | version, headers=HERE)
    assert (refused.status_code, str(people.operator.id) in refused.text) == (412, True)
    empty = {"services": ["spray"], "crew": [""], "needs_licence": ["false"]}
    assert operator.post(path, data=empty | {"version": version_on(operator, "/aircraft")}, headers=HERE).is_redirect
    assert "Crew: every operator" in operator.get("/aircraft", headers={"cookie": "lang=en"}).text
    assert client(people.farmer).post(path, data=empty | version, headers=HERE).status_code == 403


def test_every_role_that_was_ticked_comes_back_with_a_refused_form(
    client: Callable[..., Client], people: People
) -> None:
    owner, wrong = client(people.owner), {"name": "", "phone": "0912", "roles": ["agent", "operator"]}
    for path in ("/people", f"/people/{people.operator.id}"):
        refused = owner.post(path, data=wrong, headers=HERE)
        assert refused.status_code == 422
        assert re.findall(r'name="roles" value="(\w+)" checked', refused.text) == ["agent", "operator"], path
