import pytest
from sqlmodel import Session

from tests.people import People
from tests.scheduling.rows import Farm, make_farm


@pytest.fixture
def farm(session: Session, people: People) -> Farm:
    """A field, an aircraft, a product and a price of the cooperative."""
    return make_farm(session, people)
