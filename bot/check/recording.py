"""Writes down what was really said: a new transcript of a chat, or a golden one anew."""

from collections.abc import Iterator, Sequence

from bot.check import facts
from bot.check.casting import Heard
from bot.check.performance import Beat, Player, act, beats, prepare, texts
from bot.check.rehearsal import Stage
from bot.check.transcript import Line, Transcript, write
from bot.store.database import Tx


async def rewrite(stage: Stage, transcript: Transcript, player: Player) -> str:
    """Play a transcript with one player and write down what she read; her lines and the remarks stay."""
    lines: list[Line] = []
    asked = ""
    await prepare(stage, transcript, [player])
    for beat in beats(transcript):
        before = len(player.parent.heard)
        await act(stage, transcript, beat.action, [player])
        new = player.parent.heard[before:]
        lines += await stage.bot.database.fetch(
            lambda tx, beat=beat, new=new, asked=asked: list(_anew(tx, transcript.flow, beat, player, new, asked))  # type: ignore[misc]
        )
        asked = next((heard.ask for heard in reversed(new) if heard.ask), asked)
    return write(transcript.head, lines)


def _anew(tx: Tx, flow: str, beat: Beat, player: Player, new: Sequence[Heard], asked: str) -> Iterator[Line]:
    if beat.action.kind:
        yield beat.action
    before = {line.text: line for line in beat.expected if line.kind == "<"}
    for read in said(new, asked):
        was = before.get(read.text, read)
        # Options that the author left out differ from one parent to the next.
        anew = read._replace(comment=was.comment, options=was.options and read.options)
        yield _with_facts(tx, anew, player)
    for line in beat.expected:
        if line.kind == "=":
            name, space, _ = line.text.rpartition(" ")
            result = facts.result(tx, player.parent, name or flow)
            yield _with_facts(tx, line._replace(text=f"{name}{space}{result}"), player)
        elif not line.kind:
            yield line


def _with_facts(tx: Tx, line: Line, player: Player) -> Line:
    """A remark that states something states it as it is."""
    word, _, stated = line.comment.partition(" ")
    if word not in facts.FACTS:
        return line
    known = facts.FACTS[word](tx, player.parent) or {facts.NONE}
    return line if stated in known else line._replace(comment=f"{word} {min(known)}")


def said(new: Sequence[Heard], asked: str) -> Iterator[Line]:
    """What was read, as lines; without a question that only comes again."""
    for (key, options), again in texts(new, asked):
        if not again:
            yield Line("<", key, options or None)
