"""The checker against liars: controls on file, seeded mutants, and an oracle that shares nothing with it."""

import json
from pathlib import Path

import pytest
from adversary import campaign, controls, oracle
from adversary.mutants import HONEST, mutant

from sphcode import verify
from sphcode.errors import SphcodeError

FILES = sorted(controls.FOLDER.glob("*.json"))

#: Mutants of the fast tests; `nox -s adversary` examines 10,000.
MUTANTS = 300


def judged(certificate):
    verdict = verify(certificate)
    return oracle.judge(certificate, verdict.level, verdict.claim)


def test_there_are_enough_controls():
    assert len(FILES) >= 150
    kinds = {json.loads(path.read_text()).get("kind", "code") for path in FILES}
    assert kinds >= {certificate.get("kind", "code") for certificate in HONEST.values()}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_control_is_refused(path):
    certificate = json.loads(path.read_text())
    try:
        verdict = verify(certificate)
    except SphcodeError:
        return
    assert not verdict.accepted, verdict
    assert verdict.level in ("none", "exists", "kkt", "strict-local", "optimal", "optimal-cited")


def test_the_controls_are_those_that_the_script_makes():
    made = {controls.file_name(name): certificate for name, certificate in controls.controls()}
    for path in FILES:
        assert json.dumps(made[path.name]) == path.read_text().strip(), path.name


def test_the_oracle_finds_no_control_true():
    for path in FILES:
        certificate = json.loads(path.read_text())
        level = str((certificate.get("claim") or {}).get("level", "exists"))
        assert oracle.judge(certificate, level, "").word != "true", path.name


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_certificate_is_accepted_and_the_oracle_agrees(name):
    assert verify(HONEST[name]).accepted
    assert judged(HONEST[name]).word == "true"


def test_mutants_of_a_seed_are_always_the_same():
    assert mutant(12345) == mutant(12345)
    assert mutant(12345) != mutant(12346)


def test_mutants_that_are_accepted_are_true():
    outcomes = [campaign.examine(seed) for seed in range(MUTANTS)]
    assert [fault for _, fault in outcomes if fault is not None] == []
    assert sum(outcome == "accepted true" for outcome, _ in outcomes) > MUTANTS // 10
    assert sum(outcome in ("refused", "malformed") for outcome, _ in outcomes) > MUTANTS // 2


def test_the_campaign_resumes(tmp_path, monkeypatch, capsys):
    journal = tmp_path / "journal.jsonl"
    monkeypatch.setattr(campaign, "SHARD", 3)
    rows = [campaign.Shard(0, {"refused": 3}), campaign.Shard(1, {"accepted false": 3}, ["accepted false: a lie"])]
    journal.write_text("".join(json.dumps(vars(row)) + "\n" for row in rows))
    monkeypatch.setattr("sys.argv", ["campaign", "--mutants", "6", "--workers", "1", "--journal", str(journal)])
    assert campaign.main() == 1
    assert "a lie" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["campaign", "--mutants", "3", "--workers", "1", "--journal", str(journal)])
    assert campaign.main() == 0
    assert Path(journal).read_text().count("\n") == 2
