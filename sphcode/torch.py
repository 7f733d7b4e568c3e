"""Heads for PyTorch, and a callback that logs the geometry of a head while it trains.

Needs torch, which nothing else here does; Lightning and transformers are imported by the functions that name them.
"""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from sphcode._validate import check_int, check_real, fail
from sphcode.classifiers.objects import as_head, matrix_of
from sphcode.classifiers.training import classifier_geometry
from sphcode.errors import MissingExtraError

__all__ = ["ClassMeanHead", "FixedHead", "GeometryCallback", "lightning_callback", "watch"]


class FixedHead(torch.nn.Module):
    """Logits of unit features with class vectors that are not trained: scale times the cosines.

    Parameters
    ----------
    weights : array_like, shape (n_classes, dim), or anything else that `sphcode.compare` takes
        The class vectors: a code, a construction, a file. They become a buffer, float32, with unit rows.
    scale : float
        Logit scale, the inverse temperature; see `sphcode.compare(...).advice` for one that reaches a posterior.

    Examples
    --------
    >>> import torch
    >>> from sphcode import construct
    >>> from sphcode.torch import FixedHead
    >>> head = FixedHead(construct(16, 100), scale=16.0)
    >>> head(torch.randn(8, 16)).shape
    torch.Size([8, 100])
    >>> list(head.parameters())
    []
    """

    weight: Tensor

    def __init__(self, weights: Any, scale: float = 16.0) -> None:
        super().__init__()
        rows = torch.tensor(matrix_of(weights))
        if not bool((rows.norm(dim=1) > 0).all()):
            raise fail("weights", "rows with a direction", "a zero row")
        self.register_buffer("weight", normalize(rows).to(torch.float32))
        self.scale = check_real("scale", scale, low=0.0)

    def forward(self, features: Tensor) -> Tensor:
        """Return the logits, shape (..., n_classes), of features of shape (..., dim) and any length."""
        return self.scale * normalize(features, dim=-1) @ self.weight.T


class ClassMeanHead(torch.nn.Module):
    """Logits of unit features with class vectors that follow the features (J. Jiang et al., ICML 2024).

    The head is not a parameter: each row is the normalised moving mean of its class's unit features.

    Parameters
    ----------
    n_classes, dim : int
        Shape of the head; it begins with random unit rows (`torch.manual_seed`).
    scale : float
        Logit scale, the inverse temperature.
    momentum : float
        Share of the former row in the next one, from 0 to 1. Classes without a sample in a batch keep their row.

    Examples
    --------
    >>> import torch
    >>> from sphcode.torch import ClassMeanHead
    >>> head = ClassMeanHead(2, 3, scale=10.0, momentum=0.0)
    >>> logits = head(torch.eye(3)[:2], torch.tensor([0, 1]))
    >>> head.weight.tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """

    weight: Tensor

    def __init__(self, n_classes: int, dim: int, scale: float = 16.0, momentum: float = 0.9) -> None:
        super().__init__()
        shape = check_int("n_classes", n_classes, minimum=2), check_int("dim", dim, minimum=2)
        self.register_buffer("weight", normalize(torch.randn(*shape)))
        self.scale = check_real("scale", scale, low=0.0)
        self.momentum = check_real("momentum", momentum, low=0.0, high=1.0)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logits of (n, dim) features; with labels, and in training mode, the rows are moved first."""
        features = normalize(features)
        if self.training and labels is not None:
            self.update(features, labels)
        return self.scale * features @ self.weight.T

    @torch.no_grad()
    def update(self, features: Tensor, labels: Tensor) -> None:
        """Move the rows of the classes in `labels` towards the sums of their unit features."""
        sums = torch.zeros_like(self.weight).index_add_(0, labels, features.to(self.weight.dtype))
        self.weight.copy_(normalize(self.momentum * self.weight + (1 - self.momentum) * sums))


class GeometryCallback:
    """Logs `sphcode.classifier_geometry` of a model's head at the end of epochs.

    The hooks are those of Lightning and of the Hugging Face Trainer, and nothing of them is imported: a trainer of your
    own may call them. For these two use `lightning_callback` and `watch`.

    Parameters
    ----------
    head : str, optional
        The attribute that holds the head, "lm_head" or "model.fc"; else it is found as `sphcode.compare` finds it.
    every : int
        Epochs from one measurement to the next. All classes are measured exactly: the cost grows as n_classes^2 * dim.
    log : callable, optional
        Takes the dict of numbers; else that of the trainer at hand.

    Notes
    -----
    The names are "head/..."; "head/of_ceiling" is the minimum one-vs-rest distance as a share of the best closed-form
    ceiling for the head's shape, which no unit class vectors pass.

    Examples
    --------
    >>> import torch
    >>> from sphcode.torch import GeometryCallback
    >>> GeometryCallback().measure(torch.nn.Linear(3, 4))["head/of_ceiling"] < 1
    True
    """

    def __init__(self, head: str | None = None, *, every: int = 1, log: Any = None) -> None:
        self._head, self._log = head, log
        self._every = check_int("every", every, minimum=1)
        self._epochs = 0
        self._ceilings: dict[tuple[int, ...], float | None] = {}

    def measure(self, model: Any) -> dict[str, float]:
        """Return the geometry of the model's head."""
        from sphcode.bounds.bound import bound

        model = getattr(model, "module", model)
        head = as_head(model if self._head is None else operator.attrgetter(self._head)(model))
        numbers = classifier_geometry(head)
        n_classes, dim = shape = head.weight.shape
        if shape not in self._ceilings:
            self._ceilings[shape] = bound(dim, n_classes, method="closed-form").one_vs_rest_upper_bound
        ceiling = self._ceilings[shape]
        if ceiling is not None:
            numbers["of_ceiling"] = numbers["min_one_vs_rest"] / ceiling
        return {f"head/{name}": value for name, value in numbers.items()}

    def _due(self) -> bool:
        self._epochs += 1
        return (self._epochs - 1) % self._every == 0

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Lightning's hook: log through the module, on the first process."""
        if self._due() and getattr(trainer, "is_global_zero", True):
            numbers = self.measure(pl_module)
            if self._log is not None:
                self._log(numbers)
            else:
                pl_module.log_dict(numbers, rank_zero_only=True)

    def on_epoch_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Log what the model of the Hugging Face Trainer has come to, on the first process."""
        if self._due() and getattr(state, "is_world_process_zero", True):
            numbers = self.measure(model)
            if self._log is not None:
                self._log(numbers)
            else:
                state.log_history.append({**numbers, "epoch": state.epoch, "step": state.global_step})


def lightning_callback(head: str | None = None, *, every: int = 1) -> Any:
    """Return a Lightning callback that logs the geometry of the head at the end of training epochs.

    Parameters are those of `GeometryCallback`; the numbers go to whatever logger the Trainer has (TensorBoard, W&B).
    Raises MissingExtraError without Lightning.

    Examples
    --------
    `lightning.Trainer(callbacks=[sphcode.torch.lightning_callback("model.fc")])`
    """
    try:
        from lightning.pytorch import Callback
    except ImportError:
        try:
            from pytorch_lightning import Callback
        except ImportError as error:
            raise MissingExtraError("this needs Lightning, which is not installed: pip install lightning") from error
    return type("LightningGeometry", (GeometryCallback, Callback), {})(head, every=every)


def watch(trainer: Any, head: str | None = None, *, every: int = 1) -> Any:
    """Let a Hugging Face Trainer log the geometry of the head at the end of epochs; return the callback.

    Parameters are those of `GeometryCallback`. The numbers go through `trainer.log` to all that the Trainer reports to
    (TensorBoard, W&B). Raises MissingExtraError without transformers.

    Examples
    --------
    `sphcode.torch.watch(trainer, "lm_head")`
    """
    try:
        from transformers import TrainerCallback
    except ImportError as error:
        raise MissingExtraError("this needs transformers, which is not installed: pip install transformers") from error
    callback = type("TrainerGeometry", (GeometryCallback, TrainerCallback), {})(head, every=every, log=trainer.log)
    trainer.add_callback(callback)
    return callback
