"""Small files as telephones make them: with all that they tell besides what one sees or hears."""

import struct
import zlib

WHERE = b"52.0907,5.1214 of Janneke"  # what nobody else needs to know
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
OGG = b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(40)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(40) + b"A_OPUS" + bytes(40)
MP3 = b"ID3\x04\0\0\0\0\0" + bytes((len(WHERE) + 7,)) + WHERE + bytes(7) + b"\xff\xfb\x90\x00" + bytes(200)


def jpeg(turned: int = 1, order: str = "<", *, ends: bool = True) -> bytes:
    """A picture of a telephone: where it was taken, a second one behind its end, a comment."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    tiff = mark + struct.pack(f"{order}IHHHIHH", 8, 1, 0x0112, 3, 1, turned, 0) + bytes(4) + WHERE
    segments = [
        (0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"), (0xE1, b"Exif\0\0" + tiff),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + WHERE), (0xE2, b"ICC_PROFILE\0\x01\x01colours"),
        (0xE2, b"MPF\0" + WHERE), (0xED, b"Photoshop 3.0\0" + WHERE), (0xEE, b"Adobe\0d\0\0\0\0\0"), (0xFE, WHERE),
        (0xDB, bytes(65)), (0xC2, b"\x08\0\x01\0\x01\x01\x01\x11\0"), (0xC4, b"\0" + bytes(16)),
        (0xDA, b"\x01\x01\0\0\0\0"),
    ]  # fmt: skip
    said = b"".join(bytes((0xFF, marker)) + struct.pack(">H", len(inside) + 2) + inside for marker, inside in segments)
    points = (
        b"\x12\xff\x00\x34\xff\xd0\x56"
        + b"\xff\xc4\x00\x13\0"
        + bytes(16)
        + b"\xff\xda\x00\x08\x01\x01\0\0\0\0"
        + b"\x78"
    )
    return b"\xff\xd8" + said + points + (b"\xff\xd9" + b"\xff\xd8\xff\xe1" + WHERE if ends else b"")


def png(side: int = 1) -> bytes:
    """A square of one colour, with words about it."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"tEXt", b"Comment\0" + WHERE),
        (b"eXIf", b"II*\0" + WHERE), (b"IDAT", zlib.compress((b"\0" + b"\x40\x80\xa0" * side) * side)), (b"IEND", b""),
    ]  # fmt: skip
    made = (
        struct.pack(">I", len(each)) + kind + each + struct.pack(">I", zlib.crc32(kind + each)) for kind, each in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(made) + WHERE


def m4a(handler: bytes = b"soun") -> bytes:
    """A recording with its title; with `vide` a film."""

    def box(kind: bytes, inside: bytes) -> bytes:
        return struct.pack(">I", len(inside) + 8) + kind + inside

    trak = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(13))))
    moov = box(b"moov", trak + box(b"udta", box(b"meta", WHERE)))
    return box(b"ftyp", b"M4A \0\0\0\0") + moov + box(b"mdat", b"sound" * 9) + box(b"uuid", bytes(16) + WHERE)
