"""What attention promises: the library's numbers, without the library's weight."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from hybridmfp.models.fusion.attention import SelfAttentionLayer, attend

WIDTH, HEADS = 16, 4


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("hide", [False, True])
def test_it_is_the_librarys_attention(hide: bool) -> None:
    library = nn.MultiheadAttention(WIDTH, HEADS, dropout=0.3, batch_first=True).eval()
    nn.init.normal_(library.in_proj_bias)
    asking, heard = torch.randn(5, 7, WIDTH), torch.randn(5, 9, WIDTH)
    hidden = torch.zeros(5, 9, dtype=torch.bool)
    hidden[:, 1:] = torch.rand(5, 8) < 0.5

    found = attend(library, asking, heard, hidden if hide else None)

    expected, _ = library(asking, heard, heard, key_padding_mask=hidden if hide else None)
    assert torch.allclose(found, expected, atol=1e-6)


def test_a_hidden_token_is_not_heard() -> None:
    attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True).eval()
    asking, heard = torch.randn(2, 3, WIDTH), torch.randn(2, 4, WIDTH)
    hidden = torch.tensor([[False, True, False, False]] * 2)
    louder = heard.clone()
    louder[:, 1] *= 100

    assert torch.equal(
        attend(attention, asking, heard, hidden), attend(attention, asking, louder, hidden)
    )


def test_the_layer_is_the_librarys_layer_and_takes_its_weights() -> None:
    kind = {"dim_feedforward": 32, "dropout": 0.2, "activation": "gelu"}
    shape = {"batch_first": True, "norm_first": True}
    library = nn.TransformerEncoderLayer(WIDTH, HEADS, **kind, **shape).eval()
    ours = SelfAttentionLayer(WIDTH, HEADS, **kind, **shape).eval()
    ours.load_state_dict(library.state_dict())
    tokens = torch.randn(6, 16, WIDTH)

    assert torch.allclose(ours(tokens), library(tokens), atol=1e-5)


def test_dropout_acts_in_training_alone() -> None:
    attention = nn.MultiheadAttention(WIDTH, HEADS, dropout=0.5, batch_first=True)
    tokens = torch.randn(2, 5, WIDTH)

    assert not torch.equal(attend(attention, tokens, tokens), attend(attention, tokens, tokens))
    attention.eval()
    assert torch.equal(attend(attention, tokens, tokens), attend(attention, tokens, tokens))


def test_a_network_estimates_without_a_computer_algebra_system() -> None:
    program = """
import sys
import torch
from hybridmfp.models.fusion.attention import SelfAttentionLayer
layer = SelfAttentionLayer(16, 4, 32, batch_first=True, norm_first=True)
layer(torch.zeros(2, 3, 16))
sys.exit("sympy" in sys.modules)
"""

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603
