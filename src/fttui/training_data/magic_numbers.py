"""How files that are no JSON Lines begin: what each is, and what to do with it."""

from fttui.terminal.language import _

EXAMPLES = _("give a file of examples, one JSON object on each line")
EXPORT = _("export it as JSON Lines")
MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", _("a gzip archive"), _("unpack it with gunzip")),
    (b"PK\x05\x06", _("an empty zip archive"), EXAMPLES),
    (b"\xfd7zXZ\x00", _("an xz archive"), _("unpack it with xz -d")),
    (b"\x28\xb5\x2f\xfd", _("a zstd archive"), _("unpack it with zstd -d")),
    (b"BZh", _("a bzip2 archive"), _("unpack it with bunzip2")),
    (b"7z\xbc\xaf\x27\x1c", _("a 7z archive"), _("unpack it")),
    (b"Rar!\x1a\x07", _("a RAR archive"), _("unpack it")),
    (b"ARROW1", _("an Arrow table"), EXPORT),
    (b"FEA1", _("a Feather table"), EXPORT),
    (b"Obj\x01", _("an Avro table"), EXPORT),
    (b"\x89HDF", _("an HDF5 file"), EXPORT),
    (b"\x93NUMPY", _("a NumPy array"), EXPORT),
    (b"%PDF", _("a PDF document"), EXAMPLES),
    (b"{\\rtf", _("a rich text document"), EXAMPLES),
    (b"SQLite format 3\x00", _("an SQLite database"), EXPORT),
    (b"\xd0\xcf\x11\xe0", _("an old Office document"), EXPORT),
    (b"\x7fELF", _("a program"), EXAMPLES),
    (b"\x89PNG", _("a picture"), EXAMPLES),
    (b"\xff\xd8\xff", _("a picture"), EXAMPLES),
    (b"GIF8", _("a picture"), EXAMPLES),
    (b"ID3", _("a sound file"), EXAMPLES),
)
ZIPPED = (
    (b"xl/", _("an Excel workbook")),
    (b"word/", _("a Word document")),
    (b"ppt/", _("a PowerPoint document")),
    (b"mimetypeapplication/vnd.oasis.opendocument", _("an OpenDocument file")),
)
MARKED_ENCODINGS = (
    (b"\xff\xfe\x00\x00", _("UTF-32 (little endian)"), "utf-32"),
    (b"\x00\x00\xfe\xff", _("UTF-32 (big endian)"), "utf-32"),
    (b"\xff\xfe", _("UTF-16 (little endian)"), "utf-16"),
    (b"\xfe\xff", _("UTF-16 (big endian)"), "utf-16"),
)
