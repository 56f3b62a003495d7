"""Every module that declares tables, so that foreign keys and migrations see them all."""

from drone_service.access import models as access_models
from drone_service.kit.db import Table

MODULES = (access_models,)

metadata = Table.metadata
