"""Keeping the list of products. Operators and owners; nothing is deleted, because logs point at it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor, ensure_staff
from drone_service.kit.db import flush_or_raise
from drone_service.kit.etag import ensure_version
from drone_service.products import queries
from drone_service.products.models import Product
from drone_service.products.rules import ProductNameTaken
from drone_service.products.schemas import ProductIn

_TAKEN = {"uq_products_cooperative_id_name": ProductNameTaken()}


def add_product(session: Session, *, actor: Actor, data: ProductIn) -> Product:
    """Add a product. Raises RoleNeeded, ProductNameTaken, ProductNotFound for one it must not be mixed with."""
    ensure_staff(actor)
    queries.get_many(session, actor.cooperative_id, data.not_with_products)
    product = Product(cooperative_id=actor.cooperative_id, **data.model_dump())
    session.add(product)
    flush_or_raise(session, _TAKEN)
    return product


def update_product(
    session: Session, *, actor: Actor, product_id: UUID, data: ProductIn, expected_version: int
) -> Product:
    """Replace what is known of a product; quotes already given keep what they said. Raises ProductNameTaken."""
    ensure_staff(actor)
    product = queries.get_product(session, actor.cooperative_id, product_id)
    ensure_version(product, expected_version)
    queries.get_many(session, actor.cooperative_id, data.not_with_products)
    for name, value in data.model_dump().items():
        setattr(product, name, value)
    flush_or_raise(session, _TAKEN)
    return product


def archive_product(
    session: Session, *, actor: Actor, product_id: UUID, expected_version: int, now: datetime
) -> Product:
    """Take a product out of the list; `restore_product` takes that back."""
    ensure_staff(actor)
    product = queries.get_product(session, actor.cooperative_id, product_id)
    ensure_version(product, expected_version)
    product.archived_at = product.archived_at or now
    session.flush()
    return product


def restore_product(session: Session, *, actor: Actor, product_id: UUID) -> Product:
    """Put an archived product back into the list."""
    ensure_staff(actor)
    product = queries.get_product(session, actor.cooperative_id, product_id)
    product.archived_at = None
    session.flush()
    return product
