"""The one decorator that owns all Numba options."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import numba

from sphcode.kernels._compiling import guard

_Function = TypeVar("_Function", bound=Callable[..., Any])

# Reassociation and contraction only: NaN and infinity keep their meaning, divisions stay exact.
FAST = {"reassoc", "contract", "nsz"}


def kernel(function: _Function | None = None, *, fast: bool = False, inline: bool = False) -> Any:
    """Compile on first call, cached on disk; `fast` allows reassociation, never where a sign decides."""

    def decorate(body: _Function) -> _Function:
        options: dict[str, Any] = {"error_model": "numpy", "nogil": True, "fastmath": FAST if fast else False}
        # A kernel called by another would exist twice, optimised apart and so rounding apart: in its own module, which
        # a compiling process links, and in its caller's, which is all that a process with cached kernels loads.
        options["forceinline"] = True
        # Nobody calls kernels from C; the wrapper costs a tenth of a second each.
        options["no_cfunc_wrapper"] = True
        if inline:
            options["inline"] = "always"
        try:
            return guard(numba.njit(cache=True, **options)(body))
        except RuntimeError:
            # Neither the package's folder nor the user's cache folder can be written: each process compiles anew.
            logging.getLogger("sphcode").warning("numba cache not writable; set NUMBA_CACHE_DIR to keep it elsewhere")
            return guard(numba.njit(**options)(body))

    return decorate(function) if function is not None else decorate
