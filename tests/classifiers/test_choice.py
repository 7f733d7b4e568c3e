"""Which tensor is the head: real layouts of many packages, in small, and what is refused with what to do."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from sphcode import load_weights
from sphcode._safetensors import write_tensors
from sphcode.classifiers.keys import HEAD_LAYERS
from sphcode.errors import InvalidInputError

V, K, D = 50, 7, 8
RNG = np.random.default_rng(3)


def m(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def save(path, tensors, config=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        write_tensors(stream, tensors, {})
    if config is not None:
        (path.parent / "config.json").write_text(json.dumps(config))
    return path


def blocks(pattern, *shape, count=2):
    return {pattern.format(index): m(*shape) for index in range(count)}


E, H, C = m(V, D), m(V, D), m(K, D)
LLAMA = blocks("model.layers.{}.self_attn.q_proj.weight", D, D) | {"model.norm.weight": m(D)}
BERT = {
    "bert.embeddings.word_embeddings.weight": E,
    "bert.embeddings.position_embeddings.weight": m(20, D),
    "bert.embeddings.token_type_embeddings.weight": m(2, D),
    "bert.embeddings.LayerNorm.weight": m(D),
    "bert.embeddings.LayerNorm.bias": m(D),
    "bert.pooler.dense.weight": m(D, D),
    "bert.pooler.dense.bias": m(D),
} | blocks("bert.encoder.layer.{}.output.dense.weight", D, D)
MLM = {
    "cls.predictions.transform.dense.weight": m(D, D),
    "cls.predictions.transform.dense.bias": m(D),
    "cls.predictions.transform.LayerNorm.weight": m(D),
    "cls.predictions.transform.LayerNorm.bias": m(D),
}
RESNET = blocks("layer1.{}.conv1.weight", D, D, 1, 1) | {"conv1.weight": m(D, 3, 3, 3), "bn1.weight": m(D)}

#: what it is, the tensors, the configuration beside them, the head.
TAKEN = [
    # untied heads under names of their own, beside a token embedding of a known name
    ("llama native", {"tok_embeddings.weight": E, "output.weight": H, "layers.0.attention.wq.weight": m(D, D)}, None, "output.weight"),
    ("chatglm", {"transformer.embedding.word_embeddings.weight": E, "transformer.output_layer.weight": H}, None, "transformer.output_layer.weight"),
    ("fairseq", {"decoder.embed_tokens.weight": E, "decoder.output_projection.weight": H}, None, "decoder.output_projection.weight"),
    ("unlisted", {"model.embed_tokens.weight": E, "model.token_readout_matrix.weight": H, "model.mm_projector.weight": m(D, 6)}, None, "model.token_readout_matrix.weight"),
    ("rwkv", {"emb.weight": E, "head.weight": H} | blocks("blocks.{}.ffn.key.weight", D, D), None, "head.weight"),
    ("nested", {"model.module._orig_mod.language_model.model.embed_tokens.weight": E, "model.module._orig_mod.language_model.lm_head.weight": H}, None, "model.module._orig_mod.language_model.lm_head.weight"),
    ("vision tower", {"language_model.model.embed_tokens.weight": E, "language_model.lm_head.weight": H, "vision_tower.head.weight": m(D, D), "multi_modal_projector.linear_1.weight": m(D, 6)}, None, "language_model.lm_head.weight"),
    ("transformer lens", {"embed.W_E": E, "unembed.W_U": H.T, "pos_embed.W_pos": m(20, D)} | blocks("blocks.{}.mlp.W_in", D, 9), None, "unembed.W_U"),
    ("a telling size", LLAMA | {"model.embed_tokens.weight": E, "vocab_projection.weight": H, "token_projector.weight": m(D, D)}, None, "vocab_projection.weight"),
    ("flax", {"params/wte/embedding": E, "params/lm_head/kernel": m(D, V)}, None, "params/lm_head/kernel"),
    # embeddings that are the head
    ("llama tied", LLAMA | {"model.embed_tokens.weight": E}, {"tie_word_embeddings": True, "architectures": ["LlamaForCausalLM"]}, "model.embed_tokens.weight"),
    ("gpt2 tied by default", {"wte.weight": E, "wpe.weight": m(20, D)} | blocks("h.{}.attn.c_attn.weight", D, 24), {"architectures": ["GPT2LMHeadModel"], "vocab_size": V}, "wte.weight"),
    ("opt", {"model.decoder.embed_tokens.weight": E, "model.decoder.project_in.weight": m(12, D), "model.decoder.project_out.weight": m(D, 12), "model.decoder.embed_positions.weight": m(20, 12)}, None, "model.decoder.embed_tokens.weight"),
    ("nested configuration", {"model.language_model.embed_tokens.weight": E, "model.odd.weight": m(9, D)}, {"text_config": {"tie_word_embeddings": True, "vocab_size": V}}, "model.language_model.embed_tokens.weight"),
    ("mlm", BERT | MLM | {"cls.predictions.bias": m(V)}, None, "bert.embeddings.word_embeddings.weight"),
    ("roberta", {"roberta.embeddings.word_embeddings.weight": E, "lm_head.bias": m(V), "lm_head.dense.weight": m(D, D), "lm_head.dense.bias": m(D), "lm_head.layer_norm.weight": m(D), "lm_head.layer_norm.bias": m(D)}, None, "roberta.embeddings.word_embeddings.weight"),
    ("distilbert", {"distilbert.embeddings.word_embeddings.weight": E, "vocab_transform.weight": m(D, D), "vocab_transform.bias": m(D), "vocab_layer_norm.weight": m(D), "vocab_layer_norm.bias": m(D), "vocab_projector.bias": m(V)}, None, "distilbert.embeddings.word_embeddings.weight"),
    ("modernbert", {"model.embeddings.tok_embeddings.weight": E, "head.dense.weight": m(D, D), "head.norm.weight": m(D), "decoder.bias": m(V)}, None, "model.embeddings.tok_embeddings.weight"),
    ("albert", {"albert.embeddings.word_embeddings.weight": E, "albert.encoder.embedding_hidden_mapping_in.weight": m(12, D), "predictions.bias": m(V), "predictions.dense.weight": m(D, 12), "predictions.LayerNorm.weight": m(D), "predictions.LayerNorm.bias": m(D)}, None, "albert.embeddings.word_embeddings.weight"),
    ("t5 copies", {"shared.weight": E, "encoder.embed_tokens.weight": E, "decoder.embed_tokens.weight": E} | blocks("encoder.block.{}.layer.0.SelfAttention.q.weight", D, D), None, "shared.weight"),
    ("tower of vision", LLAMA | {"model.embed_tokens.weight": E, "vision_tower.head.weight": m(D, D)}, None, "model.embed_tokens.weight"),
    ("tower of another size", LLAMA | {"model.embed_tokens.weight": E, "vision_tower.head.weight": m(9, D)}, {"architectures": ["FooForConditionalGeneration"], "text_config": {"vocab_size": V}}, "model.embed_tokens.weight"),
    ("quantised projector", LLAMA | {"model.embed_tokens.weight": E, "mm_projector.qweight": np.zeros((4, 9), np.int32)}, None, "model.embed_tokens.weight"),
    ("quantised tower", LLAMA | {"model.embed_tokens.weight": E, "lm_head.weight": H, "vision_tower.head.qweight": np.zeros((4, 9), np.int32)}, None, "lm_head.weight"),
    # classifiers
    ("bert classifier", BERT | {"classifier.weight": C, "classifier.bias": m(K)}, None, "classifier.weight"),
    ("roberta classifier", {"roberta.embeddings.word_embeddings.weight": E, "classifier.dense.weight": m(D, D), "classifier.dense.bias": m(D), "classifier.out_proj.weight": C, "classifier.out_proj.bias": m(K)}, None, "classifier.out_proj.weight"),
    ("modernbert classifier", {"model.embeddings.tok_embeddings.weight": E, "head.dense.weight": m(D, D), "classifier.weight": C, "classifier.bias": m(K)}, None, "classifier.weight"),
    ("stated size", {"head.weight": m(21, D), "embed.weight": m(9, D), "fc.weight": C}, {"num_labels": K}, "fc.weight"),
    ("by id2label", {"backbone.embed_tokens.weight": E, "species.weight": C, "mixer.weight": m(D, 9)}, {"architectures": ["FooForSequenceClassification"], "id2label": {str(i): f"c{i}" for i in range(K)}}, "species.weight"),
    ("resnet", RESNET | {"fc.weight": C, "fc.bias": m(K)}, None, "fc.weight"),
    ("resnet, unlisted", RESNET | {"scoring_of_birds.weight": C}, None, "scoring_of_birds.weight"),
    ("inception", {"fc.weight": C, "AuxLogits.fc.weight": m(K, 5)}, None, "fc.weight"),
    ("alexnet", {"classifier.1.weight": m(12, 9), "classifier.4.weight": m(12, 12), "classifier.6.weight": m(K, 12)}, None, "classifier.6.weight"),
    ("efficientnet", {"features.0.0.weight": m(D, 3, 3, 3), "classifier.1.weight": C}, None, "classifier.1.weight"),
    ("dropout in between", {"module.head.0.weight": m(12, D), "module.head.3.weight": m(K, 12)}, None, "module.head.3.weight"),
    ("numbered names", {"net.head.fc1.weight": m(12, D), "net.head.fc2.weight": m(K, 12)}, None, "net.head.fc2.weight"),
    ("ten layers", {f"head.{i}.weight": m(D, D + 1) for i in range(0, 9)} | {"head.10.weight": C}, None, "head.10.weight"),
    ("dino", {"head.mlp.0.weight": m(9, D), "head.mlp.2.weight": m(9, 9), "head.last_layer.weight": m(K, 9)}, None, "head.last_layer.weight"),
    ("torchvision vit", {"encoder.pos_embedding": m(1, 5, D), "heads.head.weight": C, "heads.head.bias": m(K)}, None, "heads.head.weight"),
    ("siglip pooling", {"head.attention.in_proj_weight": m(24, D), "head.mlp.fc1.weight": m(9, D), "classifier_of_mine.weight": C}, None, "classifier_of_mine.weight"),
    ("tf-slim", {"InceptionV3/Logits/Conv2d_1c_1x1/weights": m(1, 1, D, K), "InceptionV3/Logits/Conv2d_1c_1x1/biases": m(K)}, None, "InceptionV3/Logits/Conv2d_1c_1x1/weights"),
    ("optimizer beside", {"state_dict.net.fc.weight": C, "optimizer.state.0.exp_avg": m(K, D), "optimizer_states.0.state.0.momentum_buffer": m(K, D)}, None, "state_dict.net.fc.weight"),
    ("a margin loss", {"trunk.fc.weight": m(D, 20), "loss.W": C, "loss.b": m(K)}, None, "loss.W"),
    ("a centre loss", {"head.weight": C, "loss.centers": m(K, D)}, None, "head.weight"),
    # adapters
    ("lora and a trained head", {f"base_model.model.model.layers.{i}.q_proj.lora_{c}.weight": m(D, D) for i in range(16) for c in "AB"} | {"base_model.model.score.weight": C}, None, "base_model.model.score.weight"),
    ("modules to save", {"base_model.model.classifier.original_module.weight": m(K, D), "base_model.model.classifier.modules_to_save.default.weight": C, "base_model.model.classifier.modules_to_save.default.bias": m(K), "base_model.model.l.0.q.lora_A.default.weight": m(2, D)}, None, "base_model.model.classifier.modules_to_save.default.weight"),
    ("modules to save, one name", {"base_model.model.lm_head.modules_to_save.weight": H, "base_model.model.l.0.q.lora_A.weight": m(2, D)}, None, "base_model.model.lm_head.modules_to_save.weight"),
    # several sets of weights that are equal
    ("equal average", {"state_dict.head.weight": C, "state_dict_ema.head.weight": C}, None, "state_dict.head.weight"),
]  # fmt: skip


@pytest.mark.parametrize(("tensors", "config", "key"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_the_head_is_taken(tmp_path, tensors, config, key):
    head = load_weights(save(tmp_path / "model.safetensors", tensors, config))
    assert head.key == key
    assert head.why
    rows = tensors[key].squeeze()
    np.testing.assert_array_equal(head.weight, rows if len(rows) == len(head.weight) else rows.T)
    assert load_weights(tmp_path / "model.safetensors", head.key).n_classes == head.n_classes


GPTQ = {
    "qweight": np.zeros((4, V), np.int32),
    "qzeros": np.zeros((1, 8), np.int32),
    "scales": m(1, V),
    "g_idx": np.zeros(D, np.int32),
}
#: what it is, the tensors, the configuration beside them, what the refusal says.
REFUSED = [
    ("gptq", {"model.embed_tokens.weight": E} | {f"lm_head.{k}": v for k, v in GPTQ.items()}, None, "lm_head.*quantised"),
    ("gptq, other name", {"transformer.wte.weight": E} | {f"model.output.{k}": v for k, v in GPTQ.items()}, None, "output.*quantised"),
    ("gptq, unlisted name", {"model.embed_tokens.weight": E} | {f"word_scorer.{k}": v for k, v in GPTQ.items()}, None, "word_scorer.*quantised"),
    ("4 bit", {"model.embed_tokens.weight": E, "lm_head.weight": np.zeros((V * D // 2, 1), np.uint8), "lm_head.weight.absmax": m(7), "lm_head.weight.quant_map": m(16)}, None, "lm_head.*U8.*dequantise"),
    ("8 bit", {"model.embed_tokens.weight": E, "lm_head.weight": np.zeros((V, D), np.int8), "lm_head.SCB": m(V)}, None, "lm_head.*I8.*dequantise"),
    ("compressed-tensors", {"model.embed_tokens.weight": E, "lm_head.weight_packed": np.zeros((V, 2), np.int32), "lm_head.weight_scale": m(V, 1), "lm_head.weight_shape": np.array([V, D])}, None, "lm_head.*quantised"),
    ("mlx", {"model.embed_tokens.weight": E, "lm_head.weight": np.zeros((V, 2), np.uint32), "lm_head.scales": m(V, 1), "lm_head.biases": m(V, 1)}, None, "lm_head.*U32.*dequantise"),
    ("mx blocks", {"model.embed_tokens.weight": E, "lm_head.weight_blocks": np.zeros((V, 1, 4), np.uint8), "lm_head.weight_scales": np.zeros((V, 1), np.uint8)}, None, "lm_head.*quantised"),
    ("unknown packing", {"model.embed_tokens.weight": E, "lm_head.crumbs": np.zeros((V, 2), np.uint8), "lm_head.steps": m(V)}, None, "lm_head.*U8"),
    ("quanto", {"model.embed_tokens.weight": E, "lm_head.weight._data": np.zeros((V, D), np.int8), "lm_head.weight._scale": m(V, 1)}, None, "lm_head.*not known"),
    ("parts of unknown names", {"model.embed_tokens.weight": E, "lm_head.weight.lower": m(V, 4), "lm_head.weight.upper": m(V, 4)}, None, "lm_head.*not known"),
    ("hqq", {"model.embed_tokens.weight": E, "lm_head.W_q": np.zeros((4, 4), np.uint8), "lm_head.meta.scale": m(4, 1)}, None, "lm_head.*U8"),
    ("exl2", {"model.embed_tokens.weight": E, "lm_head.q_weight": np.zeros((4, 4), np.int32), "lm_head.q_scale": np.zeros((1, 4), np.int32)}, None, "lm_head.*quantised"),
    ("aqlm", {"model.embed_tokens.weight": E, "lm_head.codes": np.zeros((V, 1, 2), np.int8), "lm_head.codebooks": m(1, 256, 1, D), "lm_head.scales": m(V, 1, 1, 1)}, None, "lm_head.*I8"),
    ("lora on the embedding", {"base_model.model.embed_tokens.base_layer.weight": E, "base_model.model.embed_tokens.lora_embedding_A.default": m(2, V)} | LLAMA, None, "embed_tokens.*LoRA.*merge"),
    ("lora on the head", {"model.embed_tokens.weight": E, "lm_head.base_layer.weight": H, "lm_head.lora_A.default.weight": m(2, D), "lm_head.lora_B.default.weight": m(V, 2)}, None, "lm_head.*LoRA.*merge"),
    ("lora on the score", {"base_model.model.score.base_layer.weight": C, "base_model.model.score.lora_A.default.weight": m(2, D), "base_model.model.score.lora_B.default.weight": m(K, 2)}, None, "score.*LoRA.*merge"),
    ("loralib", {"model.embed_tokens.weight": E, "lm_head.weight": H, "lm_head.lora_A": m(2, D), "lm_head.lora_B": m(V, 2)}, None, "lm_head.*LoRA.*merge"),
    ("an adapter alone", {f"base_model.model.layers.{i}.q_proj.lora_{c}.weight": m(D, D) for i in range(3) for c in "AB"}, None, "LoRA updates"),
    ("an adapter with its embedding", {"base_model.model.model.embed_tokens.weight": E, "base_model.model.model.layers.0.q.lora_A.weight": m(2, D)}, None, "LoRA updates"),
    ("untied, head elsewhere", LLAMA | {"model.embed_tokens.weight": E}, {"tie_word_embeddings": False, "architectures": ["LlamaForCausalLM"]}, "not in this file"),
    ("a classifier without one", BERT, {"architectures": ["BertForSequenceClassification"]}, "not in this file.*BertForSequenceClassification"),
    ("unknown parametrisation", {"fc.parametrizations.weight.original": C, "fc.parametrizations.weight.0.base": m(D, D)}, None, "reparametrised"),
    ("one score", BERT | {"classifier.weight": m(1, D), "classifier.bias": m(1)}, None, "classifier.*one score"),
    ("a reward", LLAMA | {"model.embed_tokens.weight": E, "score.weight": m(1, D)}, None, "score.*one score"),
    ("quantised, another head behind", {"model.embed_tokens.weight": E, "lm_head.qweight": np.zeros((4, 9), np.int32), "vision_tower.head.weight": C}, None, "lm_head.*quantised"),
    # several that differ
    ("average", {"state_dict.head.weight": C, "state_dict_ema.head.weight": m(K, D)}, None, r"several that differ: state_dict\.head\.weight \(7 x 8\), state_dict_ema\.head\.weight"),
    ("average, nested", {"state_dict.model.net.fc.weight": C, "state_dict.ema_model.module.net.fc.weight": m(K, D), "state_dict.model.net.fc.bias": m(K)}, None, "several that differ"),
    ("average without dots", {"model.fc.weight": C, "model_ema.fcweight": m(K, D)}, None, "several that differ"),
    ("teacher", {"student.head.last_layer.weight": C, "teacher.head.last_layer.weight": m(K, D)}, None, "several that differ"),
    ("swa, unlisted name", {"model.birds.weight": C, "swa_model.birds.weight": m(K, D)}, None, "birds"),
    ("untied copies", {"encoder.embed_tokens.weight": E, "decoder.embed_tokens.weight": H}, None, "several that differ"),
    ("distilled", {"cls_classifier.weight": C, "distillation_classifier.weight": m(K, D)}, None, "several that differ"),
    ("another matrix", {"model.embed_tokens.weight": E, "something.weight": C}, None, r"something\.weight \(7 x 8\), model\.embed_tokens"),
    ("many matrices", {f"part{i}_x.weight": m(5, 6) for i in range(30)}, None, r"\.\.\. \(10 more\)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tensors", "config", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_not_clear_is_refused_by_name(tmp_path, tensors, config, message):
    with pytest.raises(InvalidInputError, match=message):
        load_weights(save(tmp_path / "model.safetensors", tensors, config))


@pytest.mark.parametrize("buffer", ["position_ids", "token_type_ids", "relative_position_index"])
def test_counting_buffers_are_no_candidates(tmp_path, buffer):
    """Older encoders store the positions as whole numbers beside their embeddings."""
    tensors = {"embeddings.word_embeddings.weight": m(40, 8), f"embeddings.{buffer}": np.arange(16).reshape(1, 16)}
    head = load_weights(save(tmp_path / "model.safetensors", tensors, {"architectures": ["BertModel"]}))
    assert head.key == "embeddings.word_embeddings.weight"
    assert head.stand_in


def test_the_page_has_the_whole_list():
    page = (Path(__file__).parents[2] / "docs" / "weights.md").read_text()
    listed = page[page.index("3. **Names.**") : page.index("; then the bare names")]
    assert tuple(re.findall(r"`([\w.]+)`", listed)) == HEAD_LAYERS
