"""Functions compiled to machine code by numba, kept on disk so that only the first run after a change waits.

Python calls a function of `compiled` or `compiled_entry`; the others are called by compiled functions only. What would
take their arguments apart for Python is not made for them, since for a tuple of sixty arrays that is more code than the
function itself. A call from Python would end the process: a test looks for one.

An argument that is a plain number or truth value in the source (`f(0)`, or a name of this module's level) is a type of
its own to numba, and the function is compiled once more for it: `np.int64(0)` and `np.bool_(True)` written in the call
are not. A test counts what each function was compiled for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

COMMON: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
"""Without Python's lock two requests plan on two cores; numba's random numbers are each thread's own."""
LEAN: dict[str, Any] = {**COMMON, "_nrt": False}
"""Counting references costs two locked additions for each array at each call, and a call copies the description of
each: a search that passes ninety arrays to functions of a few dozen instructions would do little else."""
NO_DOOR: dict[str, Any] = {"no_cpython_wrapper": True}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function on its first call; without a place to keep the code it is compiled anew in each process.

    numba keeps the code beside the module, else in the user's cache directory or in NUMBA_CACHE_DIR.
    """
    return _kept(function, COMMON)


def compiled_entry(function: Callable[..., Any]) -> Any:
    """Compile a lean function that Python calls, as `compiled` does."""
    return _kept(function, {**LEAN, "forceinline": True})


def compiled_lean(function: Callable[..., Any]) -> Any:
    """Compile a function that makes no array of its own without counting references, and put it into whatever calls it.

    Everything that such a function calls must be lean too.
    """
    return _kept(function, {**LEAN, **NO_DOOR, "forceinline": True})


def compiled_apart(function: Callable[..., Any]) -> Any:
    """Compile a lean function that is called too seldom to be put into its callers: they would take long to compile."""
    return _kept(function, {**LEAN, **NO_DOOR})


def compiled_step(function: Callable[..., Any]) -> Any:
    """Compile a large function that counts references, for its callers' sake: LLVM puts lean ones of many arguments
    into one another until a whole search is one function, and takes a multiple of the time.
    """
    return _kept(function, {**COMMON, **NO_DOOR})


def compiled_within(function: Callable[..., Any]) -> Any:
    """Make a function part of the one that calls it, before types are looked at: it is never compiled by itself.

    For what is called in one place, and is a function only to be read.
    """
    return njit(inline="always")(function)


def _kept(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # a read-only installation without a home directory
        return njit(**options)(function)
