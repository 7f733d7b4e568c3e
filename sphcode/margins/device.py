"""Products of blocks of scores: by numpy in float32, or in bfloat16 by torch on a processor with units for it or a GPU.

What is assumed of torch: a bfloat16 product adds its terms in float32, rounded or truncated, in any order, and rounds
the sum to bfloat16. Reductions in less than float32, which torch allows by default on GPUs, are off while we multiply.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode._validate import check_choice, fail

DEVICES = ("auto", "cpu", "cuda")
#: "auto" leaves products of fewer multiplications than this to numpy: to import torch costs a second or two.
LEAST_WORK = 2e10
#: "auto" leaves a GPU with less free memory than this multiple of the rows in bfloat16: blocks of scores need some.
ROOM = 1.25
#: Units for products of bfloat16 numbers, as Linux names them: of matrices (Intel AMX), of vectors (AVX-512, ARM).
_UNITS = (("matrix", r"\bamx_bf16\b"), ("vector", r"\b(avx512_bf16|avx_ne_convert|bf16)\b"))

_SWITCHES = ("allow_bf16_reduced_precision_reduction", "allow_fp16_reduced_precision_reduction")
_lock = Lock()
_users = 0
_former: dict[str, Any] = {}


@cache
def bfloat16_unit() -> str:
    """Return what this processor multiplies bfloat16 numbers with: "matrix", "vector" or "none" (not known)."""
    return next((name for name, flag in _UNITS if re.search(flag, processor_flags())), "none")


@cache
def processor_flags() -> str:
    """Return what Linux says of the processor; nothing elsewhere."""
    try:
        return Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""


def check_device(device: Any) -> str:
    """Return `device` if products can be made on it."""
    check_choice("device", device, DEVICES)
    if device == "cuda" and not _has_cuda():
        raise fail("device", "'auto' or 'cpu' where torch finds no GPU", repr(device))
    return str(device)


def torch_device(device: str, work: float, size: int) -> str | None:
    """Return the device of torch that multiplies `size` entries in bfloat16; None for numpy and float32."""
    if importlib.util.find_spec("torch") is None or (device == "auto" and work < LEAST_WORK):
        return None
    if device == "cuda" or (device == "auto" and _has_cuda() and _free_bytes() >= ROOM * 2 * size):
        return "cuda"
    return "cpu" if bfloat16_unit() != "none" else None


def _free_bytes() -> int:
    """Return what is free of the memory of the GPU."""
    import torch

    return int(torch.cuda.mem_get_info()[0])


def _has_cuda() -> bool:
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


class LowRows:
    """Rows in bfloat16 on a device."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    @classmethod
    def empty(cls, n_rows: int, dim: int, device: str) -> LowRows:
        """Return room for rows."""
        import torch

        try:
            return cls(torch.empty((n_rows, dim), dtype=torch.bfloat16, device=device))
        except torch.cuda.OutOfMemoryError:
            room = f"'cpu', or a GPU with {2 * n_rows * dim / 1e9:.1f} GB free"
            raise fail("device", room, repr(device)) from None

    @classmethod
    def of(cls, part: NDArray[np.float32]) -> LowRows:
        """Return rows in bfloat16 on the processor."""
        return cls(_low(part))

    @classmethod
    def of_bits(cls, bits: NDArray[np.uint16]) -> LowRows:
        """Return rows whose bits are given, on their memory."""
        return cls(_of_bits(bits))

    def fill(self, start: int, part: NDArray[np.float32]) -> None:
        """Round rows to bfloat16, from row `start` on."""
        self.rows[start : start + len(part)] = _low(part)

    def product(self, vectors: NDArray[np.float32], part: slice) -> NDArray[np.uint16]:
        """Return the scores of some rows along vectors, which are rounded to bfloat16, as the bits of such numbers."""
        import torch

        scores = torch.mm(_low(vectors).to(self.rows.device), self.rows[part].T)
        bits: NDArray[np.uint16] = scores.cpu().view(torch.int16).numpy().view(np.uint16)
        return bits


#: Scores in float32, or the bits of bfloat16 numbers: the upper half of float32.
Scores = NDArray[np.float32] | NDArray[np.uint16]


def bits_of(scores: Scores) -> tuple[NDArray[np.uint32] | NDArray[np.uint16], int]:
    """Return scores as kernels take them: bits, and by how many places they are shifted to become float32."""
    return (scores, 16) if scores.dtype == np.uint16 else (scores.view(np.uint32), 0)  # type: ignore[return-value]


def single_of(scores: Scores) -> NDArray[np.float32]:
    """Return scores in float32."""
    bits, places = bits_of(scores)
    return (bits.astype(np.uint32) << np.uint32(places)).view(np.float32)


def _low(rows: NDArray[np.float32]) -> Any:
    """Return rows in bfloat16."""
    from sphcode.kernels.narrow import round_to_bfloat16

    bits = np.empty(rows.shape, dtype=np.uint16)
    round_to_bfloat16(rows, bits)
    return _of_bits(bits)


def _of_bits(bits: NDArray[np.uint16]) -> Any:
    import torch

    return torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16)


def residual_of(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the norms of what rounding to bfloat16 takes from float32 rows."""
    rest = rows - _low(rows).float().numpy()
    norms: NDArray[np.float32] = np.sqrt(np.einsum("ij,ij->i", rest, rest))
    return norms


def rounding_of(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the norms of what rounding to bfloat16 takes from vectors, by way of float32."""
    rest = vectors - _low(vectors.astype(np.float32)).float().numpy()
    norms: NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", rest, rest))
    return norms


@contextmanager
def full_precision() -> Iterator[None]:
    """Keep torch from reductions in less than float32; what was set before returns with the last one who asked.

    Other types that the caller lets torch choose (autocast) are off, too, in the thread that asks.
    """
    import torch

    global _users  # noqa: PLW0603
    switches = torch.backends.cuda.matmul
    with _lock:
        if _users == 0:
            _former.update({name: _setting(switches, name) for name in _SWITCHES})
            for name in _SWITCHES:
                setattr(switches, name, False)
        _users += 1
    try:
        with torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
            yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                for name in _SWITCHES:
                    setattr(switches, name, _former[name])


def _setting(switches: Any, name: str) -> Any:
    """Return what a switch is set to: newer versions of torch have it for sums over parts of a product as well."""
    parts = getattr(switches, f"{name}_split_k", None)
    return getattr(switches, name) if parts is None else (getattr(switches, name), parts)
