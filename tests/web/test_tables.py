"""Rows of a table as cards of a narrow screen: every cell says its column, and nobody's text becomes markup."""

from markupsafe import Markup

from drone_service.web.tables import labelled

HEADS = [("Name", False), ("Owed “now”", True)]


def test_every_cell_says_its_column_in_every_row() -> None:
    rows = Markup('<tr><th scope="row">A</th><td class="num">1</td></tr>\n<tr>\n<td>B</td><td>2</td></tr>')
    assert labelled(rows, HEADS) == (
        '<tr role="row"><th role="rowheader" data-label="Name" scope="row">A</th>'
        '<td role="cell" data-label="Owed “now”" class="num">1</td></tr>\n'
        '<tr role="row">\n<td role="cell" data-label="Name">B</td><td role="cell" data-label="Owed “now”">2</td></tr>'
    )


def test_a_cell_over_all_columns_has_no_name_of_one() -> None:
    assert 'data-label=""' in labelled('<tr><td colspan="2">Nothing</td></tr>', HEADS)


def test_other_tags_and_what_people_typed_stay_as_they_are() -> None:
    typed = "<tr><td>&lt;td&gt; <thing></thing></td></tr>"
    assert labelled(typed, [('"<b>', False)]) == (
        '<tr role="row"><td role="cell" data-label="&#34;&lt;b&gt;">&lt;td&gt; <thing></thing></td></tr>'
    )
