"""Every module that declares tables or tasks, so that foreign keys and migrations see them all."""

from drone_service.access import models as access_models
from drone_service.billing import models as billing_models
from drone_service.booking import models as booking_models
from drone_service.farms import models as farms_models
from drone_service.fieldwork import models as fieldwork_models
from drone_service.fleet import models as fleet_models
from drone_service.kit.db import Table
from drone_service.notify import models as notify_models
from drone_service.notify import tasks as notify_tasks
from drone_service.planning import models as planning_models
from drone_service.products import models as products_models
from drone_service.scheduling import forecasting as scheduling_forecasting
from drone_service.scheduling import models as scheduling_models
from drone_service.scheduling import tasks as scheduling_tasks
from drone_service.weather import models as weather_models
from drone_service.weather import tasks as weather_tasks

MODULES = (
    access_models,
    billing_models,
    booking_models,
    farms_models,
    fieldwork_models,
    fleet_models,
    notify_models,
    planning_models,
    products_models,
    scheduling_models,
    weather_models,
)
TASK_MODULES = (notify_tasks, scheduling_forecasting, scheduling_tasks, weather_tasks)

metadata = Table.metadata
