"""What makes any three-point certificate unreadable, and what must happen then."""

import json

import pytest

from sphcode.cli.main import main
from sphcode.errors import FileFormatError
from sphcode.proofs.bound.check import check_bound

#: Changes of a certificate and its matrices, valid for floats and for exact numbers.
CHANGES = [
    lambda certificate, matrices: certificate.update(degree=5),
    lambda certificate, matrices: certificate.update(degree=True),
    lambda certificate, matrices: certificate.update(dim=2),
    lambda certificate, matrices: certificate.pop("linear"),
    lambda certificate, matrices: matrices.pop("de"),
    lambda certificate, matrices: matrices.update(extra=matrices["b"]),
]


def assert_refused(certificate, folder, capsys):
    """The checker raises, and the command prints one line and exits with 2."""
    with pytest.raises(FileFormatError):
        check_bound(certificate)
    path = folder / "bad.json"
    path.write_text(json.dumps(certificate))
    assert main(["verify", str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
