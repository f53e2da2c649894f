"""WhatsApp through Twilio: what SMS has, and the contents and templates that WhatsApp must know beforehand."""

from collections.abc import Sequence

from bot.channels import twilio_content as content
from bot.channels.base import FormState
from bot.channels.twilio import TwilioChannel
from bot.errors import InDoubt, Rejected
from bot.model import Form

_PAGE = 100
_SID_LENGTH = 34


class TwilioWhatsApp(TwilioChannel):
    """WhatsApp through Twilio. Buttons, lists and templates travel as contents."""

    async def make(self, form: Form) -> str:
        """Make the form known; returns its content's id. Raises ChannelError."""
        from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]

        asked = ContentList.ContentCreateRequest(content.request(form))
        try:
            made = await self._call(self._client.content.v1.contents.create_async(asked))
        except Rejected as error:
            raise _of_template(self.name, error) from None
        if not (isinstance(made.sid, str) and made.sid.startswith("HX") and len(made.sid) == _SID_LENGTH):
            raise InDoubt(f"{self.name}: an answer that makes no sense")
        return made.sid

    async def submit(self, content_sid: str, form: Form) -> None:
        """Ask WhatsApp to approve a template, as a message that informs (not one that sells). Raises ChannelError."""
        from twilio.rest.content.v1.content.approval_create import (  # type: ignore[import-untyped]
            ApprovalCreateList,
        )

        asked = ApprovalCreateList.ContentApprovalRequest({"name": content.approval_name(form), "category": "UTILITY"})
        try:
            await self._call(self._client.content.v1.contents(content_sid).approval_create.create_async(asked))
        except Rejected as error:
            raise _of_template(self.name, error) from None

    async def states(self) -> Sequence[FormState]:
        """Every template of ours that Twilio knows. Raises ChannelError."""
        page = await self._call(self._client.content.v1.content_and_approvals.page_async(page_size=_PAGE))
        found = []
        while page is not None:
            for each in await self._call(_rows(page)):
                found.append(content.state(each.sid, each.friendly_name, each.language, each.approval_requests))
            page = await self._call(page.next_page_async())
        return [each for each in found if each]


async def _rows(page: object) -> list[object]:
    return list(page)  # type: ignore[call-overload, no-any-return]


def _of_template(channel: str, error: Rejected) -> Rejected:
    """A refusal of what is about a form alone, whatever its code."""
    return Rejected(f"{channel}: the template was refused", f"template {error.code.rpartition(' ')[2]}")
