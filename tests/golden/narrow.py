"""The golden file of the self-check: reference.py's, at the dimensions of the crate's narrow network.

    PYTHONPATH=FOLDER python narrow.py OUT.safetensors          # tests/golden/narrow.safetensors

FOLDER is that of reference.py and seeded.py, which make the other golden files.
"""
from __future__ import annotations

import inspect
import sys
import textwrap

import numpy as np
import torch

import reference
import seeded
from reference import KModel, istftnet

WIDTH, RESIDUAL, VOCODER, STYLE = 64, 8, 64, 16
# Durations of 1 and 2 frames, pitch of both signs, no duration within 0.013 of a rounding edge.
CASE, TOKENS, SPEED = 6, 3, 1.3


def narrow_decoder(self, dim_in, style_dim, *args, **options):
    published(self, dim_in, style_dim, *args, **options)
    block, nn = istftnet.AdainResBlk1d, istftnet.nn
    joined = WIDTH + 2 + RESIDUAL
    self.encode = block(dim_in + 2, WIDTH, style_dim)
    self.decode = nn.ModuleList([block(joined, WIDTH, style_dim) for _ in range(3)] + [block(joined, VOCODER, style_dim, upsample=True)])
    self.asr_res = nn.Sequential(istftnet.weight_norm(nn.Conv1d(dim_in, RESIDUAL, kernel_size=1)))


def style(case, _voice, _row):
    return torch.from_numpy(seeded.symmetric(f"case.{case}.style", 2 * STYLE, 0)[None] * np.float32(0.25))


reference.CONFIG.update(hidden_dim=64, style_dim=STYLE, n_layer=2)
reference.CONFIG["istftnet"]["upsample_initial_channel"] = VOCODER
reference.CONFIG["plbert"].update(embedding_size=16, hidden_size=48, num_attention_heads=3, intermediate_size=64, num_hidden_layers=2)
# The published classes have some widths as numbers.
published = istftnet.Decoder.__init__
istftnet.Decoder.__init__ = narrow_decoder
scope = dict(sys.modules["kokoro.model"].__dict__)
exec(textwrap.dedent(inspect.getsource(KModel.forward_with_tokens)).replace("128", str(STYLE)), scope)
KModel.forward_with_tokens = scope["forward_with_tokens"]
reference.style = style
reference.STAGES[reference.STAGES.index("text_encoder.cnn.2")] = "text_encoder.cnn.1"
reference.SAMPLES = 128  # small: it is part of the library

if __name__ == "__main__":
    sys.argv[1:] = ["golden", sys.argv[1], "--case", str(CASE), "--tokens", str(TOKENS), "--speed", str(SPEED)]
    reference.main()
