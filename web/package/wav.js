/** Samples of 16 bit, as `wavBlob` also takes them: made of each piece as it comes, they spare a long pause at the end. */
export function pcm16(samples) {
  const rounded = new Int16Array(samples.length);
  for (let at = 0; at < rounded.length; at += 1) rounded[at] = Math.round(Math.max(-1, Math.min(1, samples[at])) * 32767);
  return rounded;
}

/** Pieces of samples as a WAV file: mono, 16 bit. */
export function wavBlob(pieces, sampleRate = 24000) {
  const samples = pieces.reduce((length, piece) => length + piece.length, 0);
  const header = new DataView(new ArrayBuffer(44));
  const name = (at, text) => [...text].forEach((symbol, index) => header.setUint8(at + index, symbol.charCodeAt(0)));
  name(0, 'RIFF');
  header.setUint32(4, 36 + 2 * samples, true);
  name(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true); // PCM
  header.setUint16(22, 1, true); // channels
  header.setUint32(24, sampleRate, true);
  header.setUint32(28, 2 * sampleRate, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  name(36, 'data');
  header.setUint32(40, 2 * samples, true);
  // Browsers run on little-endian machines only, as WebAssembly does.
  const bodies = pieces.map((piece) => (piece instanceof Int16Array ? piece : pcm16(piece)));
  return new Blob([header, ...bodies], { type: 'audio/wav' });
}
