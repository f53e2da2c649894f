"""A transcript as data, and back as text."""

from datetime import datetime, timedelta

import pytest

from bot.check.performance import beats
from bot.check.transcript import Line, Poll, Transcript, header_line, parse, write
from bot.errors import ContentError

SOURCE = """\
# Tea with the school.
flow thee   languages nl tr   channels sms   start 2026-11-23 16:00   consent school   children 2
< thee.dag [ma do]
> 1                          # also as a tap
< thee.groet                 # due thee ma 19:30

~ 7d
# Nothing more.
= done
"""


def test_it_reads_as_an_author_writes_it() -> None:
    read = parse(SOURCE, "thee.chat")
    assert (read.flow, read.languages, read.channels, read.consent) == ("thee", ("nl", "tr"), ("sms",), ("school",))
    assert (read.start, read.family) == (datetime(2026, 11, 23, 16, 0), {"children": 2})  # noqa: DTZ001
    assert read.lines[:3] == (
        Line("<", "thee.dag", ("ma", "do"), "", 3),
        Line(">", "1", None, "also as a tap", 4),
        Line("<", "thee.groet", None, "due thee ma 19:30", 5),
    )


def test_it_is_written_as_it_was_read() -> None:
    read = parse(SOURCE, "thee.chat")
    assert write(read.head, read.lines) == SOURCE


def test_defaults_are_everyone_enrolled() -> None:
    read = parse("flow thee\n> hallo", "thee.chat")
    assert (read.languages, read.channels, read.consent) == (("all",), ("all",), ("school", "tips"))
    assert parse("flow thee   consent none", "thee.chat").consent == ()


def test_a_question_to_many_is_what_the_teacher_wrote() -> None:
    head = "flow begrip   question Wat gaat mee?   choices Gymtas, Bal   right 1   places 2   taken 1   open 2d"
    assert parse(head, "begrip.chat").poll == Poll("Wat gaat mee?", ("Gymtas", "Bal"), (1,), 2, 1, timedelta(days=2))
    assert parse("flow thee", "thee.chat").poll is None


def test_a_number_sign_inside_words_is_no_remark() -> None:
    assert parse("flow thee\n> groep #4", "thee.chat").lines[0].text == "groep #4"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("flow thee\nhallo", "line 2: a line begins with"),
        ("flow thee\n< thee.dag [ma", "line 2: .*write a text key"),
        ("flow thee   colour blue", "header: colour is unknown"),
        ("languages nl", "header: flow is missing"),
        ("flow thee   start tomorrow", "header: time data"),
        ("", "header: flow is missing"),
    ],
)
def test_what_it_cannot_read_it_says_with_the_line(source: str, message: str) -> None:
    with pytest.raises(ContentError, match=f"thee.chat: .*{message}|thee.chat: {message}"):
        parse(source, "thee.chat")


def test_the_house_begins_where_the_first_line_is_ours() -> None:
    ours, hers = parse("flow thee\n< thee.dag\n> 1", "x"), parse("flow thee\n\n> 1\n< thee.dag", "x")
    assert [beat.action.kind for beat in beats(ours)] == ["", ">"]
    assert [beat.action.kind for beat in beats(hers)] == [">"]


def test_the_header_of_a_recording_can_be_read() -> None:
    start = datetime(2026, 11, 23, 16, 0)  # noqa: DTZ001
    read = parse(header_line("thee", "tr", "sms", start), "thee.chat")
    assert (read.flow, read.languages, read.channels, read.start) == ("thee", ("tr",), ("sms",), start)
    assert isinstance(read, Transcript)
