"""What can be wrong with ready messages: words or fields that are missing, and names on the pages."""

from collections.abc import Iterator

from bot.check.content import Content
from bot.check.finding import Finding, Place, error, warning
from bot.conversation.ready import Ready
from bot.translation.texts import PAGES

SPEAKER = frozenset({"leerkracht", "school"})


def file(ready: Ready) -> str:
    """The file of a ready message, as an author knows it."""
    return f"flows/messages/{ready.name}.toml"


def words(content: Content) -> Iterator[Finding]:
    """Every ready message has its words, and they say all that a teacher fills in and nothing else."""
    for ready in content.ready:
        for given in ready.variants():
            key = ready.say(given)
            text = content.source.texts.get(key)
            if text is None:
                yield error(Place(file(ready)), key, "is not in the Dutch texts", f"add it to {content.source.file}")
                continue
            for name in sorted(given - text.fields):
                yield error(content.source.place, key, f"does not say {{{name}}}", f"or take it out of {file(ready)}")
            for name in sorted(text.fields - given - SPEAKER):
                yield error(Place(file(ready)), key, f"needs {{{name}}}", f"add [field.{name}]")
            if not text.fields >= SPEAKER:
                yield warning(
                    content.source.place, key, "does not say who speaks", "begin: Dag, hier {leerkracht} van {school}."
                )


def names(content: Content) -> Iterator[Finding]:
    """What a colleague chooses and fills in has a name on the pages."""
    for ready in content.ready:
        shown = {f"klaarbericht.{ready.name}", f"thema.{ready.theme}", *(f"veld.{field}" for field in ready.fields)}
        for key in sorted(PAGES + each for each in shown):
            if key not in content.source.texts:
                yield error(Place(file(ready)), key, "is not in the Dutch texts", f"add it to {content.source.file}")
