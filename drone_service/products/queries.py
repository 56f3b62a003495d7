"""Reads of the list of products."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from drone_service.products.models import Product
from drone_service.products.rules import ProductNotFound
from drone_service.products.schemas import ProductOut


def get_product(session: Session, cooperative_id: UUID, product_id: UUID) -> Product:
    """Return one product, archived or not. Raises ProductNotFound."""
    product = session.get(Product, (cooperative_id, product_id))
    if product is None:
        raise ProductNotFound
    return product


def get_products(session: Session, cooperative_id: UUID, product_ids: Iterable[UUID]) -> list[Product]:
    """Return the products in the order asked for. Raises ProductNotFound where one is missing or archived."""
    wanted = list(product_ids)
    statement = select(Product).where(
        col(Product.cooperative_id) == cooperative_id,
        col(Product.id).in_(wanted),
        col(Product.archived_at).is_(None),
    )
    found = {product.id: product for product in session.exec(statement).all()}
    if set(wanted) - set(found):
        raise ProductNotFound
    return [found[product_id] for product_id in wanted]


def list_products(session: Session, cooperative_id: UUID, *, archived: bool = False) -> Sequence[Product]:
    """List the products by name; the archived ones only when asked."""
    statement = select(Product).where(col(Product.cooperative_id) == cooperative_id)
    if not archived:
        statement = statement.where(col(Product.archived_at).is_(None))
    return session.exec(statement.order_by(col(Product.name))).all()


def product_out(product: Product) -> ProductOut:
    """Return what the doors show of a product."""
    shown = {name: getattr(product, name) for name in ProductOut.model_fields if name != "archived"}
    return ProductOut(**shown, archived=product.archived_at is not None)
