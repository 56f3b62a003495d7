"""The one family of errors that leaves the engine. Each says what is wrong with the input, in words and as a code."""

from typing import ClassVar


class EngineError(ValueError):
    """Input that cannot be worked with; `code` is stable, `params` hold the values named in the message."""

    code: ClassVar[str] = "engine.invalid"

    def __init__(self, message: str = "", **params: object) -> None:
        super().__init__(message or self.code)
        self.params = params
