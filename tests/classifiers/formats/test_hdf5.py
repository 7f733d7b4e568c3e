"""HDF5 files with contents that no writer of networks makes."""

import numpy as np
import pytest

from sphcode import load_weights
from sphcode.errors import FileFormatError

h5py = pytest.importorskip("h5py")


def test_a_name_that_is_no_text(tmp_path):
    path = tmp_path / "head.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset(b"fc/\xff\xfe", data=np.eye(3))
    with pytest.raises(FileFormatError, match="is not text"):
        load_weights(path)
