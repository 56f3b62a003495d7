"""The list of products under `/api/v1`."""

from uuid import UUID

from fastapi import Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.etag import IfMatchDep, send_etag
from drone_service.kit.paging import AfterQuery, LimitQuery, Page, split_page
from drone_service.products import queries, service
from drone_service.products.models import Product
from drone_service.products.schemas import ProductIn, ProductOut

router = api_router(tag="products")


@router.get("/products")
def list_products(
    session: SessionDep,
    actor: ActorDep,
    archived: bool = False,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[ProductOut]:
    """List the products by name."""
    rows = queries.list_products(session, actor.cooperative_id, archived=archived, limit=limit + 1, after=after)
    products, last = split_page(rows, limit)
    return Page(items=[queries.product_out(product) for product in products], next=last.id if last else None)


@router.post("/products", status_code=201)
def add_product(data: ProductIn, session: SessionDep, actor: ActorDep, response: Response) -> ProductOut:
    """Add a product."""
    product = service.add_product(session, actor=actor, data=data)
    response.headers["Location"] = f"/api/v1/products/{product.id}"
    return _shown(product, response)


@router.get("/products/{product_id}")
def get_product(product_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> ProductOut:
    """Return one product."""
    return _shown(queries.get_product(session, actor.cooperative_id, product_id), response)


@router.put("/products/{product_id}")
def update_product(
    product_id: UUID,
    data: ProductIn,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    response: Response,
) -> ProductOut:
    """Replace what is known of a product."""
    changed = service.update_product(session, actor=actor, product_id=product_id, data=data, expected_version=version)
    return _shown(changed, response)


@router.delete("/products/{product_id}", status_code=204)
def archive_product(product_id: UUID, session: SessionDep, actor: ActorDep, version: IfMatchDep, now: NowDep) -> None:
    """Take a product out of the list."""
    service.archive_product(session, actor=actor, product_id=product_id, expected_version=version, now=now)


@router.post("/products/{product_id}/restore")
def restore_product(product_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> ProductOut:
    """Put an archived product back into the list."""
    return _shown(service.restore_product(session, actor=actor, product_id=product_id), response)


def _shown(product: Product, response: Response) -> ProductOut:
    send_etag(response, product)
    return queries.product_out(product)
