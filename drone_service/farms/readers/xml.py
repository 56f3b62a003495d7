"""XML under limits: no document types, no entities, a cap on elements and on depth.

Parsers stop the billion laughs but not two million elements, which take seconds and gigabytes.
"""

from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from drone_service.farms.readers.rows import BrokenFile, FileProblem, FileTooLarge, UnsafeFile

MAX_ELEMENTS = 200_000
MAX_XML_DEPTH = 60


def read_elements(data: bytes, wanted: frozenset[str]) -> Iterator[Element]:
    """Yield each element with a wanted local name once it is complete, and empty it afterwards.

    Raises UnsafeFile for a document type or an entity, BrokenFile for what is not XML, FileTooLarge for more
    than 200,000 elements or 60 levels.
    """
    seen = depth = 0
    try:
        for event, element in iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                seen, depth = seen + 1, depth + 1
                if seen > MAX_ELEMENTS or depth > MAX_XML_DEPTH:
                    raise FileTooLarge(limit=MAX_ELEMENTS)
                continue
            depth -= 1
            if local_name(element) in wanted:
                yield element
                element.clear()
    except FileProblem:
        raise
    except DefusedXmlException as error:
        raise UnsafeFile(type(error).__name__) from error
    except (ParseError, UnicodeError, LookupError, ValueError) as error:
        raise BrokenFile(str(error)) from error


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace: files use half a dozen of them."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the direct children with a local name."""
    return (child for child in element if local_name(child) == name)


def descendants(element: Element, name: str) -> Iterator[Element]:
    """Yield the descendants with a local name, in the order of the document."""
    return (found for found in element.iter() if local_name(found) == name)


def child_text(element: Element, name: str) -> str | None:
    """Return the text of the first direct child with a local name."""
    return next((child.text for child in children(element, name)), None)
