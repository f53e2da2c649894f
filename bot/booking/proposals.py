"""What a parent is proposed now: what is free is looked up, and what fits her best is chosen."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.booking import diary, own
from bot.booking.invited import NO_INTERPRETER, OFFERED, Invited
from bot.booking.propose import propose
from bot.booking.rounds import Round
from bot.booking.slots import with_interpreter
from bot.booking.wanted import Proposal, Wanted, Wish
from bot.config import Config
from bot.store.database import Tx


def best(  # noqa: PLR0913 - most are given by few
    tx: Tx,
    config: Config,
    round_: Round,
    invited: Sequence[Invited],
    now: datetime,
    *,
    most: int = 1,
    wish: Wish | None = None,
    besides: Collection[Proposal] = (),
    keep: Collection[int] = (),
) -> list[Proposal]:
    """The proposals for all her children that need a talk, the best first; none where nothing is free.

    `wish`: what she says now, else what she said before. `besides`: what she knows already. `keep`: appointments that
    she would give up for this, so that their time is hers; what is kept for these children is anyway.
    """
    seeking = [(each, each.staff_id) for each in invited if each.staff_id]
    if not seeking:
        return []
    zone, contact_id = config.zone(round_.school), seeking[0][0].contact_id
    language = next((each.interpreter for each, _ in seeking if each.interpreter not in ("", NO_INTERPRETER)), "")
    children = {each.child_id for each, _ in seeking}  # what is kept for them is let go when something else is kept
    kept = [each.id for each in own.of_round(tx, round_.id, contact_id, OFFERED) if each.child_id in children]
    but = {*keep, *kept}
    lasts = with_interpreter(round_.minutes) if language else 0
    free = diary.free(tx, config, round_, {staff_id for _, staff_id in seeking}, now, minutes=lasts, but=but)
    days = {slot.starts_at.astimezone(zone).date() for slots in free.values() for slot in slots}
    here = diary.interpreters(tx, config, round_.school, language, days, now, but=but) if language else []
    return propose(
        [Wanted(each.child_id, staff_id, free[staff_id]) for each, staff_id in seeking],
        zone=zone,
        wish=wish or next((each.wish for each, _ in seeking if each.wish != Wish()), Wish()),
        has=diary.spans(tx, contact_id, now, but=but),
        interpreters=here,
        need=bool(language),
        blocks=diary.blocks(tx, here, but),
        besides=besides,
        most=most,
    )
