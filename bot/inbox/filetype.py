"""What a file is: its first bytes and what its provider says must agree, and it must be of a kind we keep. Pure."""

import io
import zipfile

_BY_MARK = (  # where it stands, the mark, what it is
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (8, b"WEBP", "webp"),
    (0, b"OggS", "ogg"),
    (0, b"#!AMR", "amr"),
    (0, b"ID3", "mp3"),
    (0, b"%PDF-", "pdf"),
)
_BRANDS = {"heic": "heic", "heix": "heic", "mif1": "heic", "msf1": "heic"}  # any other such box is mp4, m4a or 3gp
_OFFICE = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "word/document.xml"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xl/workbook.xml"),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "ppt/presentation.xml"),
}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument.text"
_SPOKEN_OF = {  # what providers call it -> what it must be
    "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/png": "png", "image/gif": "gif", "image/webp": "webp",
    "image/heic": "heic", "image/heif": "heic",
    "audio/ogg": "ogg", "audio/opus": "ogg", "application/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp3": "mp3",
    "audio/mp4": "mp4", "audio/m4a": "mp4", "audio/x-m4a": "mp4", "audio/aac": "aac", "audio/x-aac": "aac",
    "audio/amr": "amr", "audio/3gpp": "mp4", "video/3gpp": "mp4", "video/mp4": "mp4",
    "application/pdf": "pdf", "text/vcard": "vcard", "text/x-vcard": "vcard", "text/directory": "vcard",
    _OPEN_DOCUMENT: "odt", **{spoken: name for name, (spoken, _) in _OFFICE.items()},
}  # fmt: skip
_NOT_SAID = ("", "application/octet-stream", "binary/octet-stream")
_PLAIN = {"heic": "image/heic", "mp4": "video/mp4"}  # where several names would fit


def judge(said: str, data: bytes) -> str:
    """The content type under which this file is kept; "" where it is nothing we keep, or not what it says it is."""
    found = _found(data)
    said = said.partition(";")[0].strip().lower()
    if not found or (said not in _NOT_SAID and _SPOKEN_OF.get(said) != found):
        return ""
    if said not in _NOT_SAID:
        return said
    return _PLAIN.get(found) or next(spoken for spoken, name in _SPOKEN_OF.items() if name == found)


def _found(data: bytes) -> str:
    for place, mark, name in _BY_MARK:
        if data.startswith(mark, place):
            return name if name != "webp" or data.startswith(b"RIFF") else ""
    if data.startswith(b"ftyp", 4):
        return _BRANDS.get(data[8:12].decode("latin-1"), "mp4")
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    if data[:16].lstrip(b"\xef\xbb\xbf").upper().startswith(b"BEGIN:VCARD"):
        return "vcard"
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:  # eleven bits of sync: sound in frames
        return "aac" if data[1] & 0x06 == 0 else "mp3"
    return ""


def _office(data: bytes) -> str:
    """A text, a table or slides; "" for any other archive, and for one with a program in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return ""
    if any(name.rpartition("/")[2].lower() == "vbaproject.bin" or name.startswith("Basic/") for name in names):
        return ""
    if data.startswith(b"mimetype" + _OPEN_DOCUMENT.encode(), 30):  # uncompressed and first, as its format asks for
        return "odt" if "content.xml" in names else ""
    return next((name for name, (_, inside) in _OFFICE.items() if inside in names), "")
