"""Days as the crew looks at them: each visit with its farmer, field and mix. Reads only."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking.models import Job
from drone_service.farms import queries as farms_queries
from drone_service.scheduling import queries
from drone_service.scheduling.schemas import DayBoard, DayOut, VisitCard, VisitOut, WaitingCard, WaitingOut


def get_board(session: Session, actor: Actor, days: Sequence[date]) -> list[DayBoard]:
    """Return the days with everything on their cards. Raises RoleNeeded."""
    ensure_staff(actor)
    shown = [queries.day_out(session, actor.cooperative_id, day) for day in days]
    names = _Names(session, actor.cooperative_id, shown)
    return [
        DayBoard(
            day=one.day,
            cards=sorted((names.visit_card(visit) for visit in one.visits), key=lambda card: card.visit.starts_at),
            waiting=[names.waiting_card(job) for job in one.waiting],
            more_wait=one.next is not None,
            area_m2=sum(visit.area_m2 for visit in one.visits),
        )
        for one in shown
    ]


class _Names:
    """The jobs, farmers and fields of some days, read once for all of them."""

    def __init__(self, session: Session, cooperative_id: UUID, days: Sequence[DayOut]) -> None:
        wanted = {visit.job_id for day in days for visit in day.visits}
        wanted |= {job.job_id for day in days for job in day.waiting}
        statement = select(Job).where(col(Job.cooperative_id) == cooperative_id, col(Job.id).in_(wanted))
        self.jobs = {job.id: job for job in session.exec(statement).all()}
        self.people = access_queries.names_of(session, cooperative_id, {job.farmer_id for job in self.jobs.values()})
        self.fields = farms_queries.names_of(session, cooperative_id, {job.field_id for job in self.jobs.values()})

    def visit_card(self, visit: VisitOut) -> VisitCard:
        job = self.jobs[visit.job_id]
        farmer = self.people[job.farmer_id]
        return VisitCard(
            visit=visit,
            farmer_name=farmer.name,
            farmer_phone=farmer.phone_e164,
            field_id=job.field_id,
            field_name=self.fields[job.field_id].name,
            products=job.quote.products,
            loads=job.quote.loads,
            rate_per_ha=job.rate_per_ha,
            rate_unit=job.quote.rate_unit,
            total_quantity=job.quote.total_quantity,
        )

    def waiting_card(self, waiting: WaitingOut) -> WaitingCard:
        job = self.jobs[waiting.job_id]
        return WaitingCard(
            job=waiting, farmer_name=self.people[job.farmer_id].name, field_name=self.fields[job.field_id].name
        )
