"""Zip archives under limits: a megabyte can unpack to a gigabyte."""

import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from drone_service.farms.readers.rows import BrokenFile, FileProblem, FileTooLarge, UnsafeFile

MAX_UNPACKED_BYTES = 60_000_000
MAX_MEMBERS = 500
ENCRYPTED = 0x1


def unpack(data: bytes, suffixes: frozenset[str]) -> dict[str, bytes]:
    """Return the members whose name ends with one of the suffixes, by name, lower case.

    The sizes in the directory are not believed: reading stops at 60 MB in all. Raises BrokenFile, UnsafeFile
    for a password, FileTooLarge.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise FileTooLarge(limit=MAX_MEMBERS)
            return _read_members(archive, [member for member in members if _is_wanted(member, suffixes)])
    except FileProblem:
        raise
    # ValueError: a directory that claims to begin before the file does.
    except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BrokenFile(str(error)) from error


def _read_members(archive: ZipFile, members: list[ZipInfo]) -> dict[str, bytes]:
    left, unpacked = MAX_UNPACKED_BYTES, {}
    for member in members:
        if member.flag_bits & ENCRYPTED:
            raise UnsafeFile("password")
        with archive.open(member) as stream:
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0:
            raise FileTooLarge(limit=MAX_UNPACKED_BYTES)
        unpacked[member.filename.lower()] = content
    return unpacked


def _is_wanted(member: ZipInfo, suffixes: frozenset[str]) -> bool:
    name = member.filename.lower()
    # macOS puts a twin of every file into this folder.
    return not member.is_dir() and not name.startswith("__macosx/") and name.endswith(tuple(suffixes))
