"""The list of products: who keeps it, what a label allows, and nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from drone_service.engine.operation import Service
from drone_service.products.rules import Formulation, ProductGroup, fits_service
from tests.conftest import Client
from tests.people import People

PRODUCT: dict[str, Any] = {
    "name": "Thử nghiệm 240SC",
    "group": "fungicide",
    "formulation": "SC",
    "dose_min_per_ha": 400,
    "dose_per_ha": 450,
    "dose_max_per_ha": 500,
    "unit": "mL",
    "phi_days": 14,
}


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 201), ("operator", 201), ("agent", 403), ("farmer", 403), ("visitor", 401)]
)
def test_who_may_add(client: Callable[..., Client], people: People, who: str, status: int) -> None:
    assert client(getattr(people, who)).post("/api/v1/products", json=PRODUCT).status_code == status


def test_a_name_is_there_once(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    owner.post("/api/v1/products", json=PRODUCT)
    assert owner.post("/api/v1/products", json=PRODUCT).json()["type"] == "/problems/products.name_taken"
    assert client(people.outsider).post("/api/v1/products", json=PRODUCT).status_code == 201


def test_doses_are_in_order(client: Callable[..., Client], people: People) -> None:
    answer = client(people.owner).post("/api/v1/products", json={**PRODUCT, "dose_per_ha": 600})
    assert answer.status_code == 422


def test_archived_and_restored(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    added = owner.post("/api/v1/products", json=PRODUCT)
    address = f"/api/v1/products/{added.json()['id']}"
    assert owner.delete(address).status_code == 428
    assert owner.delete(address, headers={"if-match": added.headers["etag"]}).status_code == 204
    assert owner.get("/api/v1/products").json()["items"] == []
    assert owner.get(address).json()["archived"] is True
    assert owner.post(f"{address}/restore").json()["archived"] is False
    assert client(people.outsider).get(address).status_code == 404


@pytest.mark.parametrize(
    ("group", "formulation", "fits"),
    [
        (ProductGroup.SEED, Formulation.SEED, {Service.SOW}),
        (ProductGroup.FERTILISER, Formulation.GRANULE, {Service.SPREAD}),
        (ProductGroup.FERTILISER, Formulation.SL, {Service.SPRAY}),
        (ProductGroup.HERBICIDE, Formulation.EC, {Service.SPRAY}),
    ],
)
def test_what_a_product_is_for(group: ProductGroup, formulation: Formulation, fits: set[Service]) -> None:
    assert {service for service in Service if fits_service(group, formulation, service)} == fits


def test_what_it_must_not_be_mixed_with_is_a_product_of_the_list(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    other = owner.post("/api/v1/products", json=PRODUCT).json()["id"]
    made = owner.post("/api/v1/products", json={**PRODUCT, "name": "B", "not_with_products": [other]})
    assert made.json()["not_with_products"] == [other]
    stranger = client(people.outsider).post("/api/v1/products", json=PRODUCT).json()["id"]
    refused = owner.post("/api/v1/products", json={**PRODUCT, "name": "C", "not_with_products": [stranger]})
    assert refused.status_code == 404
