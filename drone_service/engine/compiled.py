"""Functions compiled to machine code by numba, kept on disk so that only the first run after a change waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function on its first call; without a place to keep the code it is compiled anew in each process.

    It runs without Python's lock, so that two requests plan on two cores; numba's random numbers are each thread's own.
    numba keeps the code beside the module, else in the user's cache directory or in NUMBA_CACHE_DIR.
    """
    try:
        return njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # a read-only installation without a home directory
        return njit(nogil=True, error_model="numpy")(function)


def compiled_lean(function: Callable[..., Any]) -> Any:
    """Compile a function that makes no array of its own, as `compiled` does, without counting references, and put it
    into whatever calls it.

    Counting costs two locked additions for each array at each call, and a call copies the description of each: a search
    that passes ninety arrays to functions of a few dozen instructions would do little else. Everything that such a
    function calls must be lean too.
    """
    return _compiled_lean(function, forceinline=True)


def compiled_apart(function: Callable[..., Any]) -> Any:
    """Compile a lean function that is called too seldom to be put into its callers: they would take long to compile."""
    return _compiled_lean(function, forceinline=False)


def _compiled_lean(function: Callable[..., Any], **options: Any) -> Any:
    options |= {"nogil": True, "error_model": "numpy", "_nrt": False}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(**options)(function)
