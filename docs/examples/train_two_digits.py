"""Train the two-digit heads of data/examples: 100 classes, 10 dimensions, unit features and unit weights, no bias.

    python docs/examples/train_two_digits.py --seed 0 --output data/examples

An image is two handwritten digits of scikit-learn's `load_digits` side by side, its class the number from 00 to 99.
The original images are split into train and test before pairs are made, so no test pair contains a training digit. A
small network is trained with softmax cross-entropy at a fixed logit scale (1 / temperature), by the usual recipe: SGD
with momentum 0.9 (Nesterov), learning rate 0.1 to 0 along a cosine, weight decay 5e-4, batch 250, 200 epochs. A cold
start at a large scale freezes once every margin is positive, because its gradients vanish exponentially; therefore the
scale grows from 3 to its final value over the first 70 % of the steps (scales below 3 are constant).

Needs torch and scikit-learn; one thread, about a minute per scale. The same seed gives the same files on the same
machine and library versions. Nothing is chosen by its result: no seed, no checkpoint, no early stop.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy, normalize

from sphcode._files import write_atomically
from sphcode._safetensors import write_tensors

DIM, N_CLASSES = 10, 100
SCALES = (1, 5, 7, 10, 30)
TRAIN_PAIRS, TEST_PAIRS = 200, 50
EPOCHS, BATCH, WIDTH = 200, 250, 256
FIRST_SCALE, ANNEALED = 3.0, 0.7
DATE = "2026-11-23"


def two_digit_images(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return train images, train classes, test images, test classes; images are (n, 8, 16) with values in [0, 1]."""
    rng = np.random.default_rng(seed)
    images, digits = load_digits(return_X_y=True)
    images = (images / 16.0).astype(np.float32).reshape(-1, 8, 8)
    train, test = [], []
    for digit in range(10):
        members = rng.permutation(np.flatnonzero(digits == digit))
        held_out = len(members) // 5
        test.append(members[:held_out])
        train.append(members[held_out:])
    tensors: list[torch.Tensor] = []
    for pool, n_pairs in ((train, TRAIN_PAIRS), (test, TEST_PAIRS)):
        pictures = []
        for left in pool:
            for right in pool:
                pair = rng.choice(len(left) * len(right), n_pairs, replace=False)
                first, second = left[pair // len(right)], right[pair % len(right)]
                pictures.append(np.concatenate([images[first], images[second]], axis=2))
        tensors.append(torch.tensor(np.concatenate(pictures)))
        tensors.append(torch.arange(N_CLASSES).repeat_interleave(n_pairs))
    return tensors[0], tensors[1], tensors[2], tensors[3]


class TwoDigits(torch.nn.Module):
    """A perceptron with unit features and a head of unit weights; returns cosines, to be multiplied by the scale."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = torch.nn.Sequential(
            torch.nn.Flatten(),
            torch.nn.Linear(128, WIDTH),
            torch.nn.BatchNorm1d(WIDTH),
            torch.nn.ReLU(),
            torch.nn.Linear(WIDTH, WIDTH),
            torch.nn.BatchNorm1d(WIDTH),
            torch.nn.ReLU(),
            torch.nn.Linear(WIDTH, DIM),
        )
        self.weight = torch.nn.Parameter(torch.randn(N_CLASSES, DIM))

    def features(self, images: torch.Tensor) -> torch.Tensor:
        return normalize(self.encoder(images))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.features(images) @ normalize(self.weight).T


def train(scale: float, images: torch.Tensor, classes: torch.Tensor) -> TwoDigits:
    """Train at the logit scale `scale`, annealed from FIRST_SCALE."""
    model = TwoDigits()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    n_steps = EPOCHS * (len(classes) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    start = min(scale, FIRST_SCALE)
    step = 0
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(classes)).split(BATCH):
            current = start * (scale / start) ** min(1.0, step / (ANNEALED * n_steps))
            loss = cross_entropy(current * model(images[batch]), classes[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
    return model.eval()


@torch.no_grad()
def measure(
    model: TwoDigits, data: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the tensors to store and the accuracies: of the head, and of the nearest training class mean (NCC)."""
    weight = normalize(model.weight).double()
    features, classes = model.features(data[0]).double(), data[1]
    means = torch.stack([features[classes == label].mean(0) for label in range(N_CLASSES)])
    deviations = features - means[classes]
    facts = {}
    for part, images, labels in (("train", data[0], data[1]), ("test", data[2], data[3])):
        points = model.features(images).double()
        facts[f"{part}_accuracy"] = f"{((points @ weight.T).argmax(1) == labels).double().mean():.4f}"
        facts[f"{part}_ncc_accuracy"] = f"{(torch.cdist(points, means).argmin(1) == labels).double().mean():.4f}"
    tensors = {
        "weight": weight.float().numpy(),
        "class_means": means.float().numpy(),
        "within_class_covariance": (deviations.T @ deviations / len(classes)).float().numpy(),
        "class_counts": torch.bincount(classes, minlength=N_CLASSES).numpy(),
    }
    return tensors, facts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("data/examples"), help="an existing folder")
    parser.add_argument("--scales", type=int, nargs="+", default=SCALES, help="logit scales, 1 / temperature")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    data = two_digit_images(arguments.seed)
    for scale in arguments.scales:
        torch.manual_seed(arguments.seed)
        tensors, facts = measure(train(float(scale), data[0], data[1]), data)
        metadata = {
            "data_set": "pairs of scikit-learn load_digits images, classes 00..99, split by original image",
            "seed": str(arguments.seed),
            "scale": str(scale),
            **facts,
            "script": "docs/examples/train_two_digits.py",
            "date": DATE,
        }
        path = arguments.output / f"two_digits_scale{scale}.safetensors"
        # Own writer, because it gives the same bytes every time; the safetensors package shuffles the metadata.
        write_atomically(path, lambda stream, t=tensors, m=metadata: write_tensors(stream, t, m))
        print(path, facts, flush=True)


if __name__ == "__main__":
    main()
