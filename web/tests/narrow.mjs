// The narrow untrained network of the tests.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of golden files. */
export const golden = resolve(dirname(fileURLToPath(import.meta.url)), '../../tests/golden');

/** The dimensions of the network that narrow.safetensors was made with, as in src/verify/self_check/check.rs. */
function config() {
  const config = JSON.parse(readFileSync(join(golden, 'config.json')));
  const plbert = { embedding_size: 16, hidden_size: 48, num_attention_heads: 3, intermediate_size: 64, num_hidden_layers: 2 };
  Object.assign(config, { hidden_dim: 64, style_dim: 16, n_layer: 2, decoder_dim: 64, asr_res_dim: 8 });
  Object.assign(config.plbert, plbert);
  config.istftnet.upsample_initial_channel = 64;
  return JSON.stringify(config);
}

/** Options of `Kokoro.load`. */
export const narrow = { seeded: { seed: 0, config: config() }, check: false, languages: [], dtype: 'f32' };
