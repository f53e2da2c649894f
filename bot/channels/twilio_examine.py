"""What `doctor` looks at with Twilio: token, account, sender, the webhook's address, the country."""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.channels.base import Finding
from bot.channels.twilio_inbound import RETRY
from bot.config import ChannelSettings
from bot.errors import ChannelError

Call = Callable[[Awaitable[Any]], Awaitable[Any]]

_LOW = Decimal(20)  # of the account's currency: a few hundred messages
_COUNTRY = "NL"
_COUNTRIES = "In the console under Messaging > Settings > Geo permissions, tick the Netherlands, and only it."


async def examine(client: Any, call: Call, settings: ChannelSettings) -> Sequence[Finding]:
    """Every finding in the order in which a school would mend them. Never raises."""
    name = settings.name
    found = await _safely(f"{name}: the account", _account(client, call, settings))
    if not found[0].ok:
        return found  # without a token nothing else can be seen
    found += await _safely(f"{name}: the balance", _balance(client, call, name), "Look at it in Twilio's console.")
    sender = settings.sender.removeprefix("whatsapp:")
    if sender.startswith("MG"):
        looked = _pool(client, call, settings, sender)
    else:
        looked = (_whatsapp if name == "whatsapp" else _number)(client, call, settings, sender)
    found += await _safely(f"{name}: the sender", looked)
    if name == "sms":
        found += await _safely("sms: the country", _country(client, call), _COUNTRIES)
        found.append(_opt_out(sender))
    return found


async def _safely(what: str, looked: Awaitable[list[Finding]], instead: str = "") -> list[Finding]:
    """What was looked at; what an account of a school board hides from it (`instead`: what to do then) is no fault."""
    try:
        return await looked
    except ChannelError as error:
        if instead and error.code.startswith("config"):
            return [Finding(True, f"{what} cannot be seen with this account", instead)]
        return [Finding(False, f"{what} could not be looked at ({error.code or type(error).__name__})", _way(error))]
    except Exception as error:  # a loop over what the provider may answer: doctor goes on
        return [Finding(False, f"{what} could not be looked at ({type(error).__name__})", "Try again later.")]


def _way(error: ChannelError) -> str:
    if error.code.startswith("config"):
        return "Copy account SID and auth token from the first page of Twilio's console."
    return "Is Twilio reachable from this server? Try again in a minute."


async def _account(client: Any, call: Call, settings: ChannelSettings) -> list[Finding]:
    name = settings.name
    account = await call(client.api.v2010.accounts(settings.account).fetch_async())
    found = [Finding(True, f"{name}: Twilio knows the account and the token")]
    if account.status != "active":
        found.append(Finding(False, f"{name}: the account is {account.status}", "Ask Twilio why, in its console."))
    if str(account.type).lower() == "trial":
        way = "Upgrade the account: a trial reaches only numbers that you verified one by one."
        found.append(Finding(False, f"{name}: the account is a trial", way))
    return found


async def _balance(client: Any, call: Call, name: str) -> list[Finding]:
    answer = await call(client.balance.fetch_async())
    try:
        amount = Decimal(str(answer.balance))
    except InvalidOperation:
        return []  # an account that pays by invoice has none
    what = f"{name}: the balance is {amount:.2f} {answer.currency}"
    way = "Top it up, and switch automatic top-up on: an empty account sends nothing."
    return [Finding(amount >= _LOW, what, "" if amount >= _LOW else way)]


async def _number(client: Any, call: Call, settings: ChannelSettings, sender: str) -> list[Finding]:
    found = await call(client.incoming_phone_numbers.list_async(phone_number=sender, limit=1))
    if not found:
        way = "Buy a mobile number with SMS at Twilio, or write the one you have under sender."
        return [Finding(False, f"{settings.name}: the sender is no number of this account", way)]
    number = found[0]
    sms = bool((number.capabilities or {}).get("sms"))
    findings = [Finding(sms, f"sms: the sender can{'' if sms else 'not'} send SMS", "" if sms else "Buy another.")]
    return [*findings, _webhook(settings, number.sms_url, number.sms_method, "Phone numbers > your number > Messaging")]


async def _pool(client: Any, call: Call, settings: ChannelSettings, sender: str) -> list[Finding]:
    pool = await call(client.messaging.v1.services(sender).fetch_async())
    found = [Finding(True, f"{settings.name}: the messaging service exists")]
    if pool.use_inbound_webhook_on_number:
        way = "In the messaging service, under Integration, choose 'Send a webhook'."
        return [*found, Finding(False, f"{settings.name}: the service leaves webhooks to each number", way)]
    place = "Messaging services > yours > Integration"
    return [*found, _webhook(settings, pool.inbound_request_url, pool.inbound_method, place)]


async def _whatsapp(client: Any, call: Call, settings: ChannelSettings, sender: str) -> list[Finding]:
    senders = await call(client.messaging.v2.channels_senders.list_async(channel="whatsapp", page_size=50))
    mine = [each for each in senders if each.sender_id == f"whatsapp:{sender}"]
    if not mine:
        way = "Register it in Twilio's console under Messaging > Senders > WhatsApp senders."
        return [Finding(False, "whatsapp: the sender is no WhatsApp sender of this account", way)]
    online = str(mine[0].status).upper().startswith("ONLINE")
    what = f"whatsapp: the sender is {str(mine[0].status).lower()}"
    way = "" if online else "See in the console what WhatsApp asks of this sender."
    hook = mine[0].webhook
    url, method = (hook.get("callback_url"), hook.get("callback_method")) if isinstance(hook, dict) else (None, None)
    place = "Messaging > Senders > WhatsApp senders > your sender"
    return [Finding(online, what, way), _webhook(settings, url, method, place)]


def _webhook(settings: ChannelSettings, url: str | None, method: str | None, place: str) -> Finding:
    wanted = settings.hooks + RETRY
    if url == wanted and (method or "POST").upper() == "POST":
        return Finding(True, f"{settings.name}: Twilio calls this bot")
    what = f"{settings.name}: Twilio calls another address"
    if url and url.partition("#")[0] == settings.hooks:
        what = f"{settings.name}: Twilio calls this bot, but would not call again after a failure"
    return Finding(False, what, f"In the console under {place}, set the webhook to {wanted} with POST.")


async def _country(client: Any, call: Call) -> list[Finding]:
    path = client.accounts.v1.messaging_geopermissions
    answer = await call(path.fetch_async(country_code=_COUNTRY))
    allowed = any(
        each.get("country_code") == _COUNTRY and each.get("enabled")
        for each in answer.permissions or ()
        if isinstance(each, dict)
    )
    what = f"sms: the account may{'' if allowed else ' not'} write to numbers in the Netherlands"
    return [Finding(allowed, what, "" if allowed else _COUNTRIES)]


def _opt_out(sender: str) -> Finding:
    if sender.startswith("MG"):
        return Finding(
            True,
            "sms: whether Advanced Opt-Out is on cannot be seen from outside",
            "Look once: messaging service > Opt-out management, with STOP as the only word that stops.",
        )
    return Finding(
        True,
        "sms: Twilio itself stops a parent who writes CANCEL, END or QUIT",
        "For STOP alone, put the number into a messaging service with Advanced Opt-Out; write its MG... under sender.",
    )
