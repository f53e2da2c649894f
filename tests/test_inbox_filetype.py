"""A file is what its first bytes say; what it is called must agree, and it must be of a kind we keep."""

import io
import zipfile

import pytest

from bot.demo.samples import sample
from bot.inbox.filetype import judge

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"


def archive(*names: str, first: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        if first:
            file.writestr("mimetype", first)
        for name in names:
            file.writestr(name, b"x")
    return made.getvalue()


FILES = {
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "image/png": b"\x89PNG\r\n\x1a\n\0",
    "image/gif": b"GIF89a\1\0",
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "image/heic": b"\0\0\0\x18ftypheic\0\0\0\0",
    "audio/ogg": b"OggS\0\2",
    "audio/mpeg": b"ID3\4\0",
    "audio/aac": b"\xff\xf1\x50\x80",
    "audio/amr": b"#!AMR\n",
    "audio/mp4": b"\0\0\0\x18ftypM4A \0\0\0\0",
    "video/mp4": b"\0\0\0\x18ftypisom\0\0\0\0",
    "video/3gpp": b"\0\0\0\x18ftyp3gp4\0\0\0\0",
    "application/pdf": b"%PDF-1.7\n",
    "text/vcard": b"BEGIN:VCARD\r\nVERSION:3.0",
    DOCX: archive("[Content_Types].xml", "word/document.xml"),
    ODT: archive("content.xml", first=ODT.encode()),
}


@pytest.mark.parametrize("said", FILES)
def test_what_we_keep(said: str) -> None:
    assert judge(said, FILES[said]) == said
    assert judge(said.upper() + "; charset=x", FILES[said]) == said
    assert judge("application/octet-stream", FILES[said]), "nobody said what it is"


@pytest.mark.parametrize("said", FILES)
def test_what_is_called_something_else_is_refused(said: str) -> None:
    other = "application/pdf" if said != "application/pdf" else "image/jpeg"
    assert judge(other, FILES[said]) == ""
    assert judge("text/html", FILES[said]) == ""


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff", b"<html><script>", b"MZ\x90\0", b"\x7fELF", b"#!/bin/sh", b"PK\x03\x04",
        b"PK\x03\x04" + b"\0" * 99,
        b"RIFF\x24\0\0\0WAVEfmt ", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<svg xmlns", archive("readme.txt"),
        archive("word/document.xml", "word/vbaProject.bin"), archive("content.xml", "Basic/x", first=ODT.encode()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("said", ["", "application/octet-stream", "image/jpeg", DOCX, ODT])
def test_anything_else_is_refused(data: bytes, said: str) -> None:
    assert judge(said, data) == ""


def test_what_the_phones_of_the_demo_send_is_real() -> None:
    for kind, said in (("image", "image/png"), ("voice", "audio/ogg")):
        sent = sample(kind)
        assert sent is not None
        assert judge(sent.content_type, sent.data) == said
    assert sample("sticker") is None
