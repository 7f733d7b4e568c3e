import ml_dtypes
import numpy as np
import pytest

from sphcode.kernels.narrow import (
    LARGEST,
    measure_grains,
    of_bfloat16,
    round_to_bfloat16,
    round_to_grains,
    widen_float16,
)


def test_every_finite_number_of_16_bits():
    bits = np.arange(2**16, dtype=np.uint16).reshape(2**8, 2**8)
    halves = bits.view(np.float16)
    finite, wide = np.isfinite(halves), np.empty(bits.shape, dtype=np.float32)
    widen_float16(bits, wide)
    assert finite.sum() == 2 * 31 * 2**10
    assert wide[finite].tobytes() == halves[finite].astype(np.float32).tobytes()
    for number in (0x0000, 0x8000, 0x0001, 0x807F, 0x3F80, 0xFF7F, 0x7F80, 0xFF80):
        assert of_bfloat16(number) == np.array([number], np.uint16).view(ml_dtypes.bfloat16)[0].astype(np.float64)


def test_the_nearest_bfloat16_numbers():
    rng = np.random.default_rng(1)
    rows = (rng.standard_normal((5, 333)) * 10.0 ** rng.integers(-44, 38, (5, 333))).astype(np.float32)
    rows[0, :4] = 1 + 2.0**-8, 1 + 3 * 2.0**-8, -(1 + 2.0**-8), 0.0  # half-way: to the even one
    bits = np.empty(rows.shape, np.uint16)
    round_to_bfloat16(rows, bits)
    near = (bits.astype(np.uint32) << 16).view(np.float32)
    assert near[0, :4].tolist() == [1.0, 1 + 2.0**-6, -1.0, 0.0]
    others = [((bits + np.uint16(step)).astype(np.uint32) << 16).view(np.float32) for step in (1, 65535)]
    with np.errstate(invalid="ignore"):
        worse = [np.abs(other - rows.astype(float)) for other in others]
    assert all((np.abs(near - rows.astype(float)) <= np.nan_to_num(each, nan=np.inf)).all() for each in worse)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_rows_are_rounded_to_the_nearest_multiple_of_their_grain(scale):
    rows = (scale * np.random.default_rng(0).standard_normal((6, 45))).astype(np.float32)
    grains, whole = np.empty(6, np.float32), np.empty((6, 45), np.int8)
    measure_grains(rows, grains)
    round_to_grains(rows, grains, whole)
    assert (np.abs(whole.astype(int)).max(axis=1) == LARGEST).all()
    assert (np.abs(whole * grains[:, None] - rows) <= 0.5001 * grains[:, None]).all()


def test_rows_of_zeros_and_of_denormal_numbers_become_zero():
    rows = np.array([[0.0, 0.0], [1e-44, -1e-40]], dtype=np.float32)
    grains, whole = np.empty(2, np.float32), np.empty((2, 2), np.int8)
    measure_grains(rows, grains)
    round_to_grains(rows, grains, whole)
    assert grains.tolist() == [1.0, 1.0]
    assert not whole.any()
