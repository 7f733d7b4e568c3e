"""Four heads on two sets of pictures: learned, class means of features, fixed and optimal, fixed and random.

Pictures come from installed packages alone: two digits of scikit-learn side by side (100 classes, split by original
picture), and letters of the fonts that matplotlib ships (200 classes, split by font). Encoder, schedule and optimiser
are the same for every head; nothing is chosen by its result. One thread of torch.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import sphcode

from .paper import best

EPOCHS, BATCH, WIDTH = 60, 250, 256
#: Logit scale (1 / temperature), grown from FIRST_SCALE over the first ANNEALED of the steps: a cold start at a large
#: scale freezes.
SCALE, FIRST_SCALE, ANNEALED = 10.0, 3.0, 0.7
#: Weight of the past in the class-mean head; the paper uses 0.1 and 0.9.
MOMENTUM = 0.9
HEADS = ("learned", "class means", "fixed optimal", "fixed random")

#: Fonts with all letters below; one style of each family is held out for the test.
FONTS = {
    "DejaVuSans": ("", "-Bold", "-Oblique"),
    "DejaVuSansMono": ("", "-Bold", "-BoldOblique"),
    "DejaVuSerif": ("", "-Italic", "-BoldItalic"),
    "STIXGeneral": ("", "Bol", "BolIta"),
}
HELD_OUT = ("DejaVuSans-BoldOblique", "DejaVuSansMono-Oblique", "DejaVuSerif-Bold", "STIXGeneralItalic")
LETTERS, SIDE, TRAIN_COPIES, TEST_COPIES = 200, 20, 6, 3


@dataclass(frozen=True)
class Pictures:
    """Flat pictures and labels to train and to test on; `dim` is that of the features."""

    dim: int
    n_classes: int
    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


@cache
def two_digits(seed: int) -> Pictures:
    """Pairs of scikit-learn's 8 x 8 digits; the class is the number from 00 to 99."""
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(seed)
    images, digits = load_digits(return_X_y=True)
    images = (images / 16.0).astype(np.float32)
    members = [rng.permutation(np.flatnonzero(digits == digit)) for digit in range(10)]
    parts = []
    for pool, n_pairs in (([m[len(m) // 5 :] for m in members], 100), ([m[: len(m) // 5] for m in members], 40)):
        left = np.concatenate([rng.choice(pool[k // 10], n_pairs) for k in range(100)])
        right = np.concatenate([rng.choice(pool[k % 10], n_pairs) for k in range(100)])
        parts += [np.concatenate([images[left], images[right]], axis=1), np.repeat(np.arange(100), n_pairs)]
    return Pictures(10, 100, *parts)


def letters(fonts: list[Any]) -> list[str]:
    """Return the first letters and digits that are no letter with an accent, each with a picture of its own."""
    seen: set[bytes] = set()
    chosen: list[str] = []
    for code in range(0x30, 0x500):
        letter = chr(code)
        if unicodedata.category(letter) not in ("Lu", "Ll", "Nd") or unicodedata.decomposition(letter):
            continue
        if any(bytes(font.getmask(letter)) == bytes(font.getmask("\U0010ffff")) for font in fonts):
            continue
        picture = bytes(fonts[0].getmask(letter)) + repr(fonts[0].getbbox(letter)).encode()
        if picture not in seen:
            seen.add(picture)
            chosen.append(letter)
    return chosen[:LETTERS]


def drawn(font: Any, letter: str, rng: np.random.Generator) -> np.ndarray:
    """Return a letter, turned by up to 8 degrees, scaled by up to a tenth and moved by up to a pixel."""
    from PIL import Image, ImageDraw

    big = Image.new("L", (4 * SIDE, 4 * SIDE))
    left, top, right, bottom = font.getbbox(letter)
    at = (2 * SIDE - (left + right) / 2 + rng.uniform(-4, 4), 2 * SIDE - (top + bottom) / 2 + rng.uniform(-4, 4))
    ImageDraw.Draw(big).text(at, letter, 255, font)
    angle, scale = np.radians(rng.uniform(-8, 8)), rng.uniform(0.9, 1.1)
    cos, sin, middle = np.cos(angle) / scale, np.sin(angle) / scale, 2 * SIDE
    affine = (cos, sin, middle * (1 - cos - sin), -sin, cos, middle * (1 + sin - cos))
    turned = big.transform(big.size, Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)
    return np.asarray(turned.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32).ravel() / 255.0


@cache
def glyphs(seed: int) -> Pictures:
    """Letters of Latin, Greek, Cyrillic and phonetic alphabets in 12 fonts; tested on 4 others."""
    from matplotlib import get_data_path
    from PIL import ImageFont

    folder = Path(get_data_path()) / "fonts" / "ttf"
    rng = np.random.default_rng(seed)
    train_names = [family + style for family, styles in FONTS.items() for style in styles]
    opened = [
        [ImageFont.truetype(folder / f"{name}.ttf", 3 * SIDE) for name in names] for names in (train_names, HELD_OUT)
    ]
    chosen = letters([font for fonts in opened for font in fonts])
    parts = []
    for fonts, copies in zip(opened, (TRAIN_COPIES, TEST_COPIES), strict=True):
        parts.append(np.stack([drawn(f, letter, rng) for letter in chosen for f in fonts for _ in range(copies)]))
        parts.append(np.repeat(np.arange(len(chosen)), len(fonts) * copies))
    return Pictures(20, len(chosen), *parts)


def head_of(kind: str, data: Pictures, seed: int) -> np.ndarray:
    """Return the unit rows that a head begins with; those of a fixed head stay."""
    rng = np.random.default_rng(seed)
    if kind == "fixed optimal":
        return best(data.dim, data.n_classes).points[rng.permutation(data.n_classes)]
    rows = rng.standard_normal((data.n_classes, data.dim))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def train(
    kind: str, data: Pictures, seed: int, epochs: int = EPOCHS, rows: np.ndarray | None = None
) -> dict[str, float]:
    """Train an encoder with a head; return accuracies, distance of the head, and its class means in `means`."""
    import torch
    from torch.nn.functional import cross_entropy, normalize

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(data.train.shape[1], WIDTH), torch.nn.BatchNorm1d(WIDTH), torch.nn.ReLU()]
    layers += [
        torch.nn.Linear(WIDTH, WIDTH),
        torch.nn.BatchNorm1d(WIDTH),
        torch.nn.ReLU(),
        torch.nn.Linear(WIDTH, data.dim),
    ]
    encoder = torch.nn.Sequential(*layers)
    weight = torch.tensor(head_of(kind, data, seed) if rows is None else rows, dtype=torch.float32)
    weight.requires_grad_(kind == "learned")
    parameters = [*encoder.parameters(), *([weight] if kind == "learned" else [])]
    optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    images, labels = torch.tensor(data.train), torch.tensor(data.train_labels)
    n_steps = epochs * (len(labels) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    order = torch.Generator().manual_seed(seed)
    for step in range(n_steps):
        place = step % (len(labels) // BATCH)
        if place == 0:
            mixed = torch.randperm(len(labels), generator=order)
        batch = mixed[place * BATCH : (place + 1) * BATCH]
        scale = FIRST_SCALE * (SCALE / FIRST_SCALE) ** min(1.0, step / (ANNEALED * n_steps))
        features = normalize(encoder(images[batch]))
        loss = cross_entropy(scale * features @ normalize(weight).T, labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if kind == "class means":
            sums = torch.zeros_like(weight).index_add_(0, labels[batch], features.detach())
            weight = normalize(MOMENTUM * weight + (1 - MOMENTUM) * sums)
    return measured(encoder.eval(), normalize(weight.detach()), data)


def measured(encoder: Any, weight: Any, data: Pictures) -> dict[str, Any]:
    import torch
    from torch.nn.functional import normalize

    with torch.no_grad():
        features = {part: normalize(encoder(torch.tensor(getattr(data, part)))) for part in ("train", "test")}
    right = {
        part: float(((points @ weight.T).argmax(1).numpy() == getattr(data, f"{part}_labels")).mean())
        for part, points in features.items()
    }
    train = features["train"].double().numpy()
    means = np.stack([train[data.train_labels == label].mean(axis=0) for label in range(data.n_classes)])
    rows = weight.double().numpy()
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)
    return {
        "test": right["test"],
        "train": right["train"],
        "distance": sphcode.one_vs_rest(rows).minimum,
        "hardmax": sphcode.hardmax_value(rows, unit),
        "means": unit,
    }
