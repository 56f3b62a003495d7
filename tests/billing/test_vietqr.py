"""VietQR: the published vectors byte for byte, and what must be refused."""

import pytest

from drone_service.billing.vietqr import (
    NOTE_MAX_LENGTH,
    NOTE_SAFE_LENGTH,
    QrMalformed,
    Transfer,
    build,
    crc16,
    fold_note,
    parse,
    to_svg,
)

WITH_AMOUNT = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E"
)
WITHOUT_AMOUNT = "00020101021138540010A00000072701240006970423011000999999990208QRIBFTTA53037045802VN6304CBB4"
# The CRC is right; the inner length says 12 for 13 digits.
WRONG_LENGTH = "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5"


def test_check_value_of_the_crc() -> None:
    assert crc16("123456789") == "29B1"


def test_build_gives_the_published_codes() -> None:
    order = Transfer("970403", "0011012345678", 180_000, "thanh toan don hang", "NPS6869")
    assert build(order) == WITH_AMOUNT
    assert build(Transfer("970423", "0099999999")) == WITHOUT_AMOUNT


@pytest.mark.parametrize("text", [WITH_AMOUNT, WITHOUT_AMOUNT])
def test_parse_and_build_are_inverse(text: str) -> None:
    assert build(parse(text)) == text


def test_a_wrong_inner_length_is_refused_although_the_crc_is_right() -> None:
    assert crc16(WRONG_LENGTH[:-4]) == WRONG_LENGTH[-4:]
    with pytest.raises(QrMalformed):
        parse(WRONG_LENGTH)


@pytest.mark.parametrize("place", range(0, len(WITH_AMOUNT), 7))
def test_a_changed_character_is_refused(place: int) -> None:
    changed = "1" if WITH_AMOUNT[place] != "1" else "2"
    with pytest.raises(QrMalformed):
        parse(WITH_AMOUNT[:place] + changed + WITH_AMOUNT[place + 1 :])


@pytest.mark.parametrize("text", ["", "6304", "000201", "đồng" * 8, WITH_AMOUNT[:-8], WITH_AMOUNT + "00"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(QrMalformed):
        parse(text)


def _sealed(body: str) -> str:
    return body + "6304" + crc16(body + "6304")


@pytest.mark.parametrize(
    "body",
    [
        WITHOUT_AMOUNT[:-8].replace("5303704", "5303840"),
        WITHOUT_AMOUNT[:-8].replace("5802VN", "5802US"),
        WITHOUT_AMOUNT[:-8].replace("A000000727", "A000000728"),
        WITHOUT_AMOUNT[:-8].replace("QRIBFTTA", "QRXXFTTA"),
        WITHOUT_AMOUNT[:-8].replace("5802VN", "54020x5802VN"),
        WITHOUT_AMOUNT[:-8].replace("970423", "97042x"),
    ],
)
def test_parts_that_are_not_vietqr_are_refused_with_a_right_crc(body: str) -> None:
    with pytest.raises(QrMalformed):
        parse(_sealed(body))


@pytest.mark.parametrize(
    ("bank_bin", "account", "note"),
    [
        ("97040", "1", ""),
        ("97040३", "1", ""),
        ("970403", "", ""),
        ("970403", "1" * 20, ""),
        ("970403", "1", "x" * 26),
        ("970403", "1", "trả tiền"),
    ],
)
def test_build_refuses_what_does_not_fit(bank_bin: str, account: str, note: str) -> None:
    with pytest.raises(QrMalformed):
        build(Transfer(bank_bin, account, 1, note))


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Trả tiền phun đồng ruộng", "Tra tien phun dong"),
        ("Đặng Thị  Ý", "Dang Thi Y"),
        ("DS000012", "DS000012"),
        ("ស្រូវ", ""),
    ],
)
def test_notes_are_folded(typed: str, folded: str) -> None:
    assert fold_note(typed) == folded
    assert len(folded) <= NOTE_SAFE_LENGTH < NOTE_MAX_LENGTH


def test_the_picture_needs_no_style_attribute() -> None:
    drawn = to_svg(WITH_AMOUNT).decode()
    assert drawn.startswith("<svg")
    assert "style=" not in drawn
    assert "<script" not in drawn
