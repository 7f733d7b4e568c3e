"""Seeded malformed files of the formats that heads are read from: `python malformed.py SEED COUNT` prints a summary.

Whole files of every format are cut, overwritten, spliced, and given sizes that are not theirs. Each is read in a
process of its own, which must give a head or one of our errors, within a limit of memory that depends on its size.
"""

import io
import json
import os
import random
import resource
import signal
import struct
import sys
import tempfile
import traceback
import warnings
import zipfile
from pathlib import Path

import numpy as np

#: What a reader may take: so many times the file, and this many bytes more (the interpreter and the packages included).
TIMES, MORE = 16, 300 * 2**20
SECONDS = 20

W = np.random.default_rng(0).standard_normal((64, 256)).astype(np.float32)


def onnx_file():
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Add", ["h", "b"], ["y"])]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, None)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    tensors = [numpy_helper.from_array(W.T.copy(), "w"), numpy_helper.from_array(W[:, 0].copy(), "b")]
    model = helper.make_model(helper.make_graph(nodes, "g", [x], [y], tensors))
    helper.set_model_props(model, {"names": repr({number: f"class {number}" for number in range(64)})})
    assert isinstance(model, onnx.ModelProto)
    return model.SerializeToString()


def gguf_file(kind="Q8_0"):
    import gguf

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "m.gguf")
        writer = gguf.GGUFWriter(path, "llama")
        writer.add_token_list([f"t{number}" for number in range(64)])
        writer.add_array("some.numbers", [1, 2, 3])
        quantisation = gguf.GGMLQuantizationType[kind]
        writer.add_tensor("token_embd.weight", gguf.quants.quantize(W, quantisation), raw_dtype=quantisation)
        writer.add_tensor("output_norm.weight", W[0])
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()


def keras_file(compression=zipfile.ZIP_STORED):
    import h5py

    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.attrs["name"] = "scores"
        group["0"], group["1"] = W.T, W[:, 0]
    layers = [{"class_name": "Dense", "config": {"name": "scores"}}]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": layers}}))
        archive.writestr("model.weights.h5", weights.getvalue())
    return content.getvalue()


def hdf5_file():
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_dataset("fc.weight", data=W, compression="gzip")
        file["fc.bias"] = W[:, 0]
    return content.getvalue()


def flax_file():
    import msgpack

    def array(values):
        return msgpack.ExtType(1, msgpack.packb((values.shape, values.dtype.name, values.tobytes())))

    body = {f"block_{number}": {"kernel": array(W[:8, :8].copy())} for number in range(6)}
    return msgpack.packb(
        {"params": {"body": body, "head": {"kernel": array(W.T.copy()), "bias": array(W[:, 0].copy())}}}
    )


def npz_file():
    content = io.BytesIO()
    np.savez_compressed(content, weight=W, bias=W[:, 0])
    return content.getvalue()


def safetensors_file():
    header = {"W_dec": {"dtype": "F32", "shape": list(W.shape), "data_offsets": [0, W.nbytes]}}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + W.tobytes()


def bomb(suffix):
    """Return an archive whose member is far larger than the archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        if suffix == ".keras":
            archive.writestr("config.json", "{}")
            archive.writestr("model.weights.h5", bytes(400 * 2**20))
        else:
            with archive.open("weight.npy", "w", force_zip64=True) as member:
                shape = {"descr": "<f4", "fortran_order": False, "shape": (100 * 2**10, 2**10)}
                np.lib.format.write_array_header_1_0(member, shape)
                for _ in range(400):
                    member.write(bytes(2**20))
    return content.getvalue()


WRITERS = {
    ".onnx": [onnx_file],
    ".gguf": [gguf_file, lambda: gguf_file("Q4_0"), lambda: gguf_file("F16")],
    ".keras": [keras_file, lambda: keras_file(zipfile.ZIP_DEFLATED)],
    ".h5": [hdf5_file],
    ".msgpack": [flax_file],
    ".npz": [npz_file],
    ".safetensors": [safetensors_file],
}
SIZES = [0, 1, 0x7F, 0xFF, 0x7FFF, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**64 - 1]


def mutate(data, generator):
    """Return a malformed copy: one to three changes of one of the kinds."""
    data = bytearray(data)
    for _ in range(generator.randint(1, 3)):
        kind = generator.randrange(8)
        # Half of the changes are near the ends, where headers and directories are.
        at = generator.randrange(len(data)) if generator.random() < 0.5 else generator.randrange(min(len(data), 600))
        at = len(data) - 1 - at if generator.random() < 0.25 else at
        if kind == 0:
            del data[at:]
        elif kind == 1:
            for _ in range(generator.randint(1, 8)):
                data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        elif kind in (2, 3, 4):
            width = generator.choice([1, 2, 4, 8])
            size = generator.choice(SIZES) % 2 ** (8 * width)
            data[at : at + width] = size.to_bytes(width, generator.choice(["little", "big"]))
        elif kind == 5:
            data[at:at] = generator.randbytes(generator.randint(1, 40))
        elif kind == 6:
            del data[at : at + generator.randint(1, 40)]
        else:
            begin = generator.randrange(len(data))
            data[at : at + 64] = data[begin : begin + 64]
        if not data:
            data = bytearray(b"\0")
    return bytes(data)


def cases(seed, count):
    """Yield (suffix, content): the bombs, then mutants of whole files, the formats in turn."""
    wholes = {suffix: [write() for write in writers] for suffix, writers in WRITERS.items()}
    generator = random.Random(seed)
    yield from ((suffix, bomb(suffix)) for suffix in (".keras", ".npz"))
    for number in range(count - 2):
        suffix = list(wholes)[number % len(wholes)]
        yield suffix, mutate(generator.choice(wholes[suffix]), generator)


def read_one(path):
    """Read a file in a process of its own; return what came of it, and the peak of memory in bytes."""
    begin, end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(begin)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        try:
            from sphcode import load_weights
            from sphcode.errors import SphcodeError

            warnings.simplefilter("error")
            try:
                outcome = f"read: {load_weights(path)!r}"
            except SphcodeError as error:
                lines = str(error).splitlines()
                outcome = f"refused: {lines[0]}" if len(lines) == 1 else f"TWO LINES: {lines}"
        except BaseException:
            outcome = f"TRACEBACK: {traceback.format_exc()}"
        os.write(end, outcome.encode()[:60_000])
        os._exit(0)
    os.close(end)
    with os.fdopen(begin, "rb") as stream:
        outcome = stream.read().decode()
    _, status, usage = os.wait4(child, 0)
    if os.WIFSIGNALED(status):
        outcome = f"DIED: {signal.Signals(os.WTERMSIG(status)).name}"
    return outcome, usage.ru_maxrss * 1024


def main(seed, count):
    """Print one JSON object: how many files were read, refused, and each that was neither or took too much."""
    import gguf
    import h5py
    import msgpack
    import onnx

    assert all((gguf, h5py, msgpack, onnx))  # loaded once, before the processes part
    summary = {"files": 0, "read": 0, "refused": 0, "peak_mib": 0, "bad": []}
    with tempfile.TemporaryDirectory() as folder:
        for number, (suffix, content) in enumerate(cases(seed, count)):
            path = Path(folder, f"{number}{suffix}")
            path.write_bytes(content)
            outcome, peak = read_one(path)
            kind = outcome.partition(":")[0]
            summary["files"] += 1
            summary["peak_mib"] = max(summary["peak_mib"], peak >> 20)
            if kind in ("read", "refused"):
                summary[kind] += 1
            if kind not in ("read", "refused") or peak > TIMES * len(content) + MORE:
                summary["bad"].append([number, suffix, len(content), peak >> 20, outcome[-1500:]])
            path.unlink()
    print(json.dumps(summary))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
