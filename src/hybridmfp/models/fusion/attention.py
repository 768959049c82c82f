"""Attention with the library's weights, without the library's way to it.

``nn.MultiheadAttention`` checks shapes by a part of PyTorch that imports a computer algebra system
(0.5 s and 60 MB in every fresh process). The formula itself is one call.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

__all__ = ["SelfAttentionLayer", "attend"]


def attend(
    attention: nn.MultiheadAttention, asking: Tensor, heard: Tensor, hidden: Tensor | None = None
) -> Tensor:
    """Let tokens ask other tokens.

    Parameters
    ----------
    attention : nn.MultiheadAttention
        Holds weights and heads; ``batch_first``.
    asking : Tensor, shape (n_trials, n_asking, width)
    heard : Tensor, shape (n_trials, n_heard, width)
    hidden : Tensor of bool, shape (n_trials, n_heard), optional
        True where a token must not be heard; at least one of each trial must.

    Returns
    -------
    Tensor, shape (n_trials, n_asking, width)

    References
    ----------
    Vaswani, A., et al. (2017). Attention is all you need. NeurIPS 30. arXiv:1706.03762
    """
    width = attention.embed_dim
    weight, bias = attention.in_proj_weight, attention.in_proj_bias
    query = linear(asking, weight[:width], bias[:width])
    key, value = linear(heard, weight[width:], bias[width:]).chunk(2, dim=-1)
    query, key, value = (
        one.reshape(*one.shape[:2], attention.num_heads, -1).transpose(1, 2)
        for one in (query, key, value)
    )
    found = scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=None if hidden is None else ~hidden[:, None, None],
        dropout_p=attention.dropout if attention.training else 0.0,
    )
    answered: Tensor = attention.out_proj(found.transpose(1, 2).flatten(2))
    return answered


class SelfAttentionLayer(nn.TransformerEncoderLayer):
    """The library's layer, norm first, whose tokens ask each other by `attend`."""

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,  # noqa: ARG002 - the library's signature
        src_key_padding_mask: Tensor | None = None,  # noqa: ARG002
        is_causal: bool = False,  # noqa: ARG002
    ) -> Tensor:
        """Give the tokens after attention and feed-forward, shape (n_trials, n_tokens, width)."""
        tokens = self.norm1(src)
        src = src + self.dropout1(attend(self.self_attn, tokens, tokens))
        fed = self.linear2(self.dropout(self.activation(self.linear1(self.norm2(src)))))
        out: Tensor = src + self.dropout2(fed)
        return out
