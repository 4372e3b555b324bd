// The waveform and the spectrogram of a chunk.

const COLUMNS = 480;
const WINDOW = 512; // samples, 21 ms
const BINS = WINDOW / 2;
const RANGE = 70; // dB from the loudest value to black

const hann = Float32Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));

/** Draws the peaks of a chunk as bars. */
export function drawWave(canvas, audio, colour) {
  const bars = COLUMNS / 3;
  [canvas.width, canvas.height] = [COLUMNS, 90];
  const draw = canvas.getContext('2d');
  draw.fillStyle = colour;
  const peaks = Array.from({ length: bars }, (_, bar) => {
    const part = audio.subarray(Math.floor((bar * audio.length) / bars), Math.floor(((bar + 1) * audio.length) / bars));
    let peak = 0;
    for (const sample of part) peak = Math.max(peak, Math.abs(sample));
    return peak;
  });
  const loudest = Math.max(0.05, ...peaks);
  peaks.forEach((peak, bar) => {
    const height = Math.max(1, (peak / loudest) * canvas.height);
    draw.fillRect(3 * bar, (canvas.height - height) / 2, 2, height);
  });
}

/** Draws the power of each frequency up to 12 kHz, low ones at the bottom; opaque where it is loud. */
export function drawSpectrogram(canvas, audio, colour) {
  [canvas.width, canvas.height] = [COLUMNS, BINS];
  const draw = canvas.getContext('2d', { willReadFrequently: true }); // not on the GPU, which is slow to read
  draw.fillStyle = colour;
  draw.fillRect(0, 0, 1, 1);
  const [red, green, blue] = draw.getImageData(0, 0, 1, 1).data;
  const powers = new Float32Array(COLUMNS * BINS);
  let loudest = 1e-9;
  const re = new Float32Array(WINDOW);
  const im = new Float32Array(WINDOW);
  for (let column = 0; column < COLUMNS; column += 1) {
    const first = Math.round(((column + 0.5) / COLUMNS) * audio.length - WINDOW / 2);
    for (let i = 0; i < WINDOW; i += 1) {
      const inside = first + i >= 0 && first + i < audio.length;
      re[i] = inside ? audio[first + i] * hann[i] : 0;
      im[i] = 0;
    }
    fft(re, im);
    for (let bin = 0; bin < BINS; bin += 1) {
      const power = re[bin] * re[bin] + im[bin] * im[bin];
      powers[column * BINS + bin] = power;
      if (power > loudest) loudest = power;
    }
  }
  const image = draw.createImageData(COLUMNS, BINS);
  const { data } = image;
  for (let row = 0, at = 0; row < BINS; row += 1) {
    for (let column = 0; column < COLUMNS; column += 1, at += 4) {
      const decibels = 10 * Math.log10((powers[column * BINS + BINS - 1 - row] + 1e-12) / loudest);
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
      data[at + 3] = 255 * Math.max(0, 1 + decibels / RANGE);
    }
  }
  draw.putImageData(image, 0, 0);
}

const cosines = Float32Array.from({ length: WINDOW / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / WINDOW));
const sines = Float32Array.from({ length: WINDOW / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / WINDOW));

/** The discrete Fourier transform of WINDOW complex values, in place. */
function fft(re, im) {
  for (let i = 1, j = 0; i < WINDOW; i += 1) {
    let bit = WINDOW >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
    if (i >= j) continue;
    const [real, imaginary] = [re[i], im[i]];
    re[i] = re[j];
    im[i] = im[j];
    re[j] = real;
    im[j] = imaginary;
  }
  for (let half = 1; half < WINDOW; half *= 2) {
    for (let k = 0, twiddle = 0; k < half; k += 1, twiddle += BINS / half) {
      const cosine = cosines[twiddle];
      const sine = sines[twiddle];
      for (let i = k; i < WINDOW; i += 2 * half) {
        const a = re[i + half] * cosine + im[i + half] * sine;
        const b = im[i + half] * cosine - re[i + half] * sine;
        re[i + half] = re[i] - a;
        im[i + half] = im[i] - b;
        re[i] += a;
        im[i] += b;
      }
    }
  }
}
