"""Adding and changing people: who may, which version, and the last owner."""

from collections.abc import Callable

import pytest

from tests.conftest import Client
from tests.people import People

NEW = {"name": "Nông dân thử", "phone": "0987 654 321"}


@pytest.mark.parametrize(("who", "status"), [("agent", 201), ("operator", 201), ("owner", 201), ("farmer", 403)])
def test_who_may_add_a_farmer(client: Callable[..., Client], people: People, who: str, status: int) -> None:
    answer = client(getattr(people, who)).post("/api/v1/people", json=NEW)
    assert answer.status_code == status


def test_a_visitor_may_not(client: Callable[..., Client], people: People) -> None:
    del people
    assert client().post("/api/v1/people", json=NEW).status_code == 401


def test_only_an_owner_gives_roles(client: Callable[..., Client], people: People) -> None:
    body = {**NEW, "roles": ["operator"]}
    assert client(people.operator).post("/api/v1/people", json=body).status_code == 403
    assert client(people.owner).post("/api/v1/people", json=body).json()["roles"] == ["operator"]


def test_a_phone_number_belongs_to_one_person_everywhere(client: Callable[..., Client], people: People) -> None:
    body = {**NEW, "phone": "0912000001"}
    for who in (people.owner, people.outsider):
        answer = client(who).post("/api/v1/people", json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/access.phone_taken")


def test_an_outsider_sees_nobody(client: Callable[..., Client], people: People) -> None:
    address = f"/api/v1/people/{people.farmer.id}"
    assert client(people.outsider).get(address).status_code == 404
    assert client(people.neighbour).get(address).status_code == 404
    assert client(people.farmer).get(address).status_code == 200
    names = [person["id"] for person in client(people.outsider).get("/api/v1/people").json()["items"]]
    assert str(people.farmer.id) not in names


def test_a_change_names_the_version(client: Callable[..., Client], people: People) -> None:
    farmer, address = client(people.farmer), f"/api/v1/people/{people.farmer.id}"
    assert farmer.patch(address, json={"place": "Lâm Tân"}).status_code == 428
    etag = farmer.get(address).headers["etag"]
    changed = farmer.patch(address, json={"place": "Lâm Tân"}, headers={"if-match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    late = farmer.patch(address, json={"place": "Thạnh Trị"}, headers={"if-match": etag})
    assert late.status_code == 412
    assert farmer.get(address).json()["place"] == "Lâm Tân"


def test_the_last_owner_stays(client: Callable[..., Client], people: People) -> None:
    address = f"/api/v1/people/{people.owner.id}"
    answer = client(people.owner).patch(address, json={"roles": ["farmer"]}, headers={"if-match": "*"})
    assert answer.json()["type"] == "/problems/access.last_owner"
    assert client(people.owner).get(address).json()["roles"] == ["owner"]


def test_settings_are_the_owners(client: Callable[..., Client], people: People) -> None:
    body = {"cong_m2": 1000, "investment_vnd": 480_000_000}
    refused = client(people.operator).patch("/api/v1/cooperative", json=body, headers={"if-match": "*"})
    assert refused.status_code == 403
    changed = client(people.owner).patch("/api/v1/cooperative", json=body, headers={"if-match": "*"})
    assert changed.json()["cong_m2"] == 1000


def test_people_are_found_whatever_the_case_of_their_letters(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    added = owner.post("/api/v1/people", json={"name": "Đặng Văn ỔI", "phone": "0987 000 001"}).json()
    for search in ("đặng", "ĐẶNG", "ổi"):
        assert [one["id"] for one in owner.get(f"/api/v1/people?search={search}").json()["items"]] == [added["id"]]
    assert owner.get("/api/v1/people?search=%25").json()["items"] == []


@pytest.mark.parametrize("starts", ["05:00Z", "05:00+07:00", "25:00", "soon"])
def test_a_working_hour_is_a_time_of_the_place(client: Callable[..., Client], people: People, starts: str) -> None:
    body = {"work_windows": [{"starts": starts, "ends": "10:00"}]}
    answer = client(people.owner).patch("/api/v1/cooperative", json=body, headers={"if-match": "*"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/work_windows/0/starts")
