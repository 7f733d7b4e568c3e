import pytest

from sphcode.bounds.closed_form import cosine_certificates
from sphcode.proofs.bound.check import check_bound

KISSING = {3: 13.2857, 4: 26, 5: 48, 6: 84, 7: 142.1538, 8: 240, 9: 384.2466, 10: 605, 16: 8364, 24: 196560}
COXETER = {3: 13.397, 4: 26.440, 5: 48.703, 6: 85.814, 7: 146.570, 8: 244.623}


@pytest.mark.parametrize(
    ("dim", "n_points"),
    [(3, 30), (4, 200), (8, 1000), (24, 5000), (100, 10**6), (1000, 10**7), (8192, 16_385), (8192, 10**7), (3, 10**7)],
)
def test_inverse_is_tight_to_the_last_digits(dim, n_points):
    for certificate in cosine_certificates(dim, n_points):
        verdict = check_bound(certificate)
        assert verdict.accepted, verdict
        assert verdict.slack < 1e-14
