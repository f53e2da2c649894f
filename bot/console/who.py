"""Who is at the door: the colleague behind a browser's token, with her schools and her groups of this school year."""

from datetime import datetime

from sqlalchemy import BindParameter, bindparam, select

from bot.config import Config
from bot.console.visit import COACH, NETWORK, Who
from bot.people import logins, staff
from bot.people.addresses import school_year
from bot.people.logins import SignIn
from bot.people.staff import StaffRow
from bot.store import tables as t
from bot.store.database import Tx

# Asked for every page: to put a statement together costs more than to run it.
_STAFF: BindParameter[int] = bindparam("staff")
_LANGUAGE = select(t.login.c.language).where(t.login.c.staff_id == _STAFF)
_SCHOOLS = select(t.staff_school.c.school).where(t.staff_school.c.staff_id == _STAFF)
_GROUPS = (
    select(t.group.c.id, t.group.c.name)
    .join(t.group_staff, t.group_staff.c.group_id == t.group.c.id)
    .where(t.group_staff.c.staff_id == _STAFF)
    .where(t.group.c.school == bindparam("school"), t.group.c.year == bindparam("year"))
    .order_by(t.group.c.name)
)


def of_token(tx: Tx, config: Config, token: str, now: datetime) -> tuple[SignIn, Who] | None:
    """The browser and its colleague; None where nobody is signed in, or she or her school is gone."""
    sign_in = logins.found(tx, token, now) if token else None
    row = staff.by_id(tx, sign_in.staff_id) if sign_in else None
    if sign_in is None or row is None or row.school not in config.schools:
        return None
    return sign_in, colleague(tx, config, row, now, proven=sign_in.proven)


def colleague(tx: Tx, config: Config, row: StaffRow, now: datetime, *, proven: bool) -> Who:
    """What she is and may today."""
    language = tx.execute(_LANGUAGE, {"staff": row.id}).scalar() or "nl"
    return Who(
        staff_id=row.id, name=row.name, role=row.role, school=row.school, schools=_schools(tx, config, row),
        groups=_groups(tx, config, row, now), proven=proven, language=language,
    )  # fmt: skip


def _schools(tx: Tx, config: Config, row: StaffRow) -> tuple[str, ...]:
    hers = {row.school}
    if row.role in (COACH, NETWORK):  # who was one and has another role now has her own school only
        given = set(tx.execute(_SCHOOLS, {"staff": row.id}).scalars())
        hers = hers | given if row.role == COACH else given or set(config.schools)
    return tuple(sorted(hers & config.schools.keys()))


def _groups(tx: Tx, config: Config, row: StaffRow, now: datetime) -> dict[int, str]:
    """Those that are hers this school year, as teacher, one of two, or substitute."""
    year = school_year(now.astimezone(config.schools[row.school].zone).date())
    rows = tx.execute(_GROUPS, {"staff": row.id, "school": row.school, "year": year})
    return {each.id: each.name for each in rows}
