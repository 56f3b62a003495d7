"""VietQR: the code a banking app scans to pay a bill (EMVCo merchant-presented mode, as NAPAS uses it).

Every part is a two-digit tag, a two-digit decimal length and a value; the last is a CRC-16/CCITT-FALSE over all that
stands before it, its own tag and length included.
"""

import unicodedata
from dataclasses import dataclass
from io import BytesIO
from typing import ClassVar

import segno

from drone_service.kit.errors import Invalid
from drone_service.kit.i18n import N_

NAPAS = "A000000727"
TO_ACCOUNT = "QRIBFTTA"
VND = "704"
COUNTRY = "VN"
NOTE_SAFE_LENGTH = 19
"""Characters of a transfer note that every bank keeps; the standard allows 25."""
NOTE_MAX_LENGTH = 25


class QrMalformed(Invalid):
    code = "billing.qr_malformed"
    title: ClassVar[str] = N_("Not a valid payment code")
    detail: ClassVar[str] = N_("The payment code is damaged or not a VietQR code.")


@dataclass(frozen=True)
class Transfer:
    """What a VietQR code asks for. Without an amount the payer types one (a static code)."""

    bank_bin: str
    account: str
    amount_vnd: int | None = None
    note: str = ""
    bill_number: str = ""


def crc16(text: str) -> str:
    """Return the CRC-16/CCITT-FALSE of ASCII text as four hexadecimal digits: "123456789" gives 29B1."""
    crc = 0xFFFF
    for byte in text.encode("ascii"):
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return f"{crc:04X}"


def fold_note(text: str, length: int = NOTE_SAFE_LENGTH) -> str:
    """Write a note in unaccented ASCII letters, digits and single spaces, as banks take it."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())[:length].strip()


def build(transfer: Transfer) -> str:
    """Write the text of a VietQR code. Raises QrMalformed for parts that do not fit the standard."""
    _ensure_receiver(transfer.bank_bin, transfer.account)
    if len(transfer.note) > NOTE_MAX_LENGTH or not (transfer.note + transfer.bill_number).isascii():
        raise QrMalformed
    receiver = _part("00", transfer.bank_bin) + _part("01", transfer.account)
    text = _part("00", "01") + _part("01", "12" if transfer.amount_vnd else "11")
    text += _part("38", _part("00", NAPAS) + _part("01", receiver) + _part("02", TO_ACCOUNT)) + _part("53", VND)
    if transfer.amount_vnd:
        text += _part("54", str(transfer.amount_vnd))
    text += _part("58", COUNTRY)
    details = _part("01", transfer.bill_number) if transfer.bill_number else ""
    if transfer.note:
        details += _part("08", transfer.note)
    if details:
        text += _part("62", details)
    return text + "6304" + crc16(text + "6304")


def parse(text: str) -> Transfer:
    """Read a VietQR code and check every length, the fixed parts and the CRC. Raises QrMalformed."""
    if not text.isascii() or text[-8:-4] != "6304" or crc16(text[:-4]) != text[-4:]:
        raise QrMalformed
    parts = _parts(text)
    account = _parts(parts.get("38", ""))
    receiver = _parts(account.get("01", ""))
    fixed = (parts.get("00"), parts.get("53"), parts.get("58"), account.get("00"), account.get("02"))
    if fixed != ("01", VND, COUNTRY, NAPAS, TO_ACCOUNT) or parts.get("01") not in ("11", "12"):
        raise QrMalformed
    bank_bin, number = receiver.get("00", ""), receiver.get("01", "")
    _ensure_receiver(bank_bin, number)
    amount = parts.get("54")
    if amount is not None and not amount.isdigit():
        raise QrMalformed
    details = _parts(parts.get("62", ""))
    return Transfer(
        bank_bin=bank_bin,
        account=number,
        amount_vnd=int(amount) if amount else None,
        note=details.get("08", ""),
        bill_number=details.get("01", ""),
    )


def to_svg(text: str) -> bytes:
    """Draw a code as SVG with its quiet zone, in presentation attributes only, so that a strict CSP shows it."""
    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", scale=6, border=4, xmldecl=False, svgclass=None)
    return drawn.getvalue()


def _ensure_receiver(bank_bin: str, account: str) -> None:
    if not (bank_bin.isascii() and bank_bin.isdigit() and len(bank_bin) == 6):
        raise QrMalformed
    if not (account.isascii() and account.isalnum() and len(account) <= 19):
        raise QrMalformed


def _part(tag: str, value: str) -> str:
    if not 0 < len(value) <= 99:
        raise QrMalformed
    return f"{tag}{len(value):02d}{value}"


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not (len(length) == 2 and tag.isdigit() and length.isdigit()):
            raise QrMalformed
        value = text[at + 4 : at + 4 + int(length)]
        if len(value) != int(length) or tag in found:
            raise QrMalformed
        found[tag] = value
        at += 4 + len(value)
    return found
