"""Heads and the callback for PyTorch; with the real Lightning and transformers where they are (`nox -s trainers`)."""

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sphcode import construct  # noqa: E402
from sphcode import torch as ours  # noqa: E402
from sphcode.errors import InvalidInputError, MissingExtraError  # noqa: E402

KEYS = {"head/min_one_vs_rest", "head/of_ceiling", "head/max_cosine", "head/effective_rank"}


def test_a_fixed_head_gives_scaled_cosines_and_is_not_trained(tmp_path):
    simplex = construct(3, 4)
    simplex.save(tmp_path / "head.safetensors")
    features = torch.randn(5, 3)
    for source in (simplex, simplex.code(), 7.0 * simplex.code().points, tmp_path / "head.safetensors"):
        head = ours.FixedHead(source, scale=2.0)
        expected = 2.0 * torch.nn.functional.normalize(features) @ head.weight.T
        assert torch.equal(head(features), expected)
        assert np.abs(head.weight.numpy() - simplex.code().points).max() < 1e-6
        assert not list(head.parameters())
        assert list(head.state_dict()) == ["weight"]
    assert head(features.expand(2, 5, 3)).shape == (2, 5, 4)
    with pytest.raises(InvalidInputError, match="`weights` must be rows with a direction"):
        ours.FixedHead(np.zeros((3, 3)))
    with pytest.raises(InvalidInputError, match="`scale` must be"):
        ours.FixedHead(simplex, scale=-1.0)


def test_a_class_mean_head_follows_its_features_in_training_only():
    head = ours.ClassMeanHead(3, 2, scale=4.0, momentum=0.5)
    before = head.weight.clone()
    features, labels = torch.tensor([[0.0, 5.0], [0.0, 1.0]]), torch.tensor([1, 1])
    head.eval()(features, labels)
    assert torch.equal(head.weight, before)
    logits = head.train()(features, labels)
    assert torch.allclose(head.weight[[0, 2]], before[[0, 2]], rtol=0.0, atol=1e-6)  # unit rows, normalised again
    moved = 0.5 * before[1] + 0.5 * torch.tensor([0.0, 2.0])
    assert torch.allclose(head.weight[1], moved / moved.norm())
    assert torch.equal(logits, 4.0 * torch.nn.functional.normalize(features) @ head.weight.T)
    assert not head.weight.requires_grad
    assert torch.equal(head(features), logits), "without labels nothing moves"


def test_the_callback_measures_the_head_that_it_is_told():
    model = torch.nn.Sequential(torch.nn.Linear(9, 5), torch.nn.ReLU())
    model.fc = ours.FixedHead(construct(3, 12))
    numbers = ours.GeometryCallback("fc").measure(model)
    assert numbers.keys() >= KEYS
    assert numbers["head/of_ceiling"] == pytest.approx(1.0, abs=1e-6)
    assert numbers["head/min_one_vs_rest"] == pytest.approx(1 - 5**-0.5, abs=1e-6)
    wrapped = SimpleNamespace(module=model)
    assert ours.GeometryCallback("fc").measure(wrapped) == numbers


def test_trainers_of_ones_own_may_call_the_hooks():
    model, logged = torch.nn.Linear(3, 4), []
    model.log_dict = lambda numbers, rank_zero_only: logged.append(numbers)
    callback = ours.GeometryCallback(every=2)
    for _ in range(3):
        callback.on_train_epoch_end(SimpleNamespace(is_global_zero=True), model)
    assert len(logged) == 2
    assert logged[0].keys() >= KEYS
    callback.on_train_epoch_end(SimpleNamespace(is_global_zero=False), model)
    callback.on_train_epoch_end(SimpleNamespace(is_global_zero=False), model)
    assert len(logged) == 2
    state = SimpleNamespace(is_world_process_zero=True, log_history=[], epoch=1.0, global_step=7)
    ours.GeometryCallback().on_epoch_end(None, state, None, model=model, optimizer=None)
    assert state.log_history[0]["step"] == 7
    ours.GeometryCallback(log=logged.append).on_epoch_end(None, state, None, model=model)
    assert len(logged) == 3


def test_what_is_missing_is_named(monkeypatch):
    for name in ("lightning", "lightning.pytorch", "pytorch_lightning", "transformers"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(MissingExtraError, match="pip install lightning"):
        ours.lightning_callback()
    with pytest.raises(MissingExtraError, match="pip install transformers"):
        ours.watch(SimpleNamespace())


@pytest.mark.filterwarnings("ignore")
def test_lightning_logs_it(tmp_path):
    lightning = pytest.importorskip("lightning.pytorch")

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.encoder, self.fc = torch.nn.Linear(6, 3), torch.nn.Linear(3, 4, bias=False)

        def training_step(self, batch, index):
            return torch.nn.functional.cross_entropy(self.fc(self.encoder(batch[0])), batch[1])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    data = torch.utils.data.TensorDataset(torch.randn(8, 6), torch.arange(8) % 4)
    trainer = lightning.Trainer(
        max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        default_root_dir=tmp_path, callbacks=[ours.lightning_callback("fc")],
    )  # fmt: skip
    module = Module()
    trainer.fit(module, torch.utils.data.DataLoader(data, batch_size=4))
    assert trainer.callback_metrics.keys() >= KEYS
    expected = ours.GeometryCallback("fc").measure(module)["head/min_one_vs_rest"]
    assert float(trainer.callback_metrics["head/min_one_vs_rest"]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_the_hugging_face_trainer_logs_it(tmp_path):
    transformers = pytest.importorskip("transformers")

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.fc = torch.nn.Linear(6, 3), torch.nn.Linear(3, 4, bias=False)

        def forward(self, inputs, labels):
            logits = self.fc(self.encoder(inputs))
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    data = [{"inputs": torch.randn(6), "labels": index % 4} for index in range(8)]
    options = transformers.TrainingArguments(
        output_dir=str(tmp_path), num_train_epochs=2, report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True
    )
    trainer = transformers.Trainer(model=Model(), args=options, train_dataset=data)
    ours.watch(trainer, "fc")
    trainer.train()
    logged = [entry for entry in trainer.state.log_history if "head/of_ceiling" in entry]
    assert len(logged) == 2
    assert logged[-1].keys() >= KEYS
