"""Reads of the list of products."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.kit.paging import follows
from drone_service.products.models import Product
from drone_service.products.rules import Label, ProductNotFound
from drone_service.products.schemas import ProductOut


def get_product(session: Session, cooperative_id: UUID, product_id: UUID) -> Product:
    """Return one product, archived or not. Raises ProductNotFound."""
    product = session.get(Product, (cooperative_id, product_id))
    if product is None:
        raise ProductNotFound
    return product


def get_many(session: Session, cooperative_id: UUID, product_ids: Iterable[UUID]) -> list[Product]:
    """Return products, archived or not, in the order asked for. Raises ProductNotFound where one is missing."""
    wanted = list(product_ids)
    if not wanted:
        return []
    statement = select(Product).where(col(Product.cooperative_id) == cooperative_id, col(Product.id).in_(wanted))
    found = {product.id: product for product in session.exec(statement).all()}
    if set(wanted) - set(found):
        raise ProductNotFound
    return [found[product_id] for product_id in wanted]


def get_products(session: Session, cooperative_id: UUID, product_ids: Iterable[UUID]) -> list[Product]:
    """Return the products in the order asked for. Raises ProductNotFound where one is missing or archived."""
    found = get_many(session, cooperative_id, product_ids)
    if any(product.archived_at is not None for product in found):
        raise ProductNotFound
    return found


def list_products(
    session: Session,
    cooperative_id: UUID,
    *,
    archived: bool = False,
    limit: int | None = None,
    after: UUID | None = None,
) -> Sequence[Product]:
    """List the products by name, all of them or so many after one; the archived ones only when asked."""
    statement = select(Product).where(col(Product.cooperative_id) == cooperative_id)
    if not archived:
        statement = statement.where(col(Product.archived_at).is_(None))
    if after is not None:
        row = sa.select(Product).where(col(Product.cooperative_id) == cooperative_id, col(Product.id) == after)
        statement = statement.where(follows(row, col(Product.name), col(Product.id)))
    return session.exec(statement.order_by(col(Product.name), col(Product.id)).limit(limit)).all()


def product_out(product: Product) -> ProductOut:
    """Return what the doors show of a product."""
    shown = {name: getattr(product, name) for name in ProductOut.model_fields if name != "archived"}
    return ProductOut(**shown, archived=product.archived_at is not None)


def label_of(product: Product) -> Label:
    """Return what a label says about sharing a tank."""
    return Label(
        id=product.id,
        name=product.name,
        group=product.group,
        formulation=product.formulation,
        least_water_l_per_ha=product.least_water_l_per_ha,
        not_with_groups=frozenset(product.not_with_groups),
        not_with_products=frozenset(product.not_with_products),
    )
