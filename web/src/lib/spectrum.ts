/** Fourier transform and spectrogram of real samples. */

/**
 * Discrete Fourier transform in place, X_k = Σ x_n exp(−2πi kn/N), by Cooley and Tukey's radix-2 scheme.
 *
 * @param re Real parts; the length is a power of two.
 * @param im Imaginary parts of the same length.
 */
export function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  reorder(re, im);
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / size;
      const [wr, wi] = [Math.cos(angle), Math.sin(angle)];
      for (let a = k; a < n; a += size) {
        const b = a + half;
        const [br, bi] = [re[b] as number, im[b] as number];
        const [tr, ti] = [br * wr - bi * wi, br * wi + bi * wr];
        re[b] = (re[a] as number) - tr;
        im[b] = (im[a] as number) - ti;
        re[a] = (re[a] as number) + tr;
        im[a] = (im[a] as number) + ti;
      }
    }
  }
}

/** Put every element at the place whose bits are its own, read backwards. */
function reorder(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j] as number, re[i] as number];
      [im[i], im[j]] = [im[j] as number, im[i] as number];
    }
  }
}

export interface Spectrogram {
  /** Moments, from left to right. */
  readonly frames: number;
  /** Frequencies from 0 to half the sampling rate. */
  readonly bins: number;
  /** Level in dB below a full-scale sine, frame after frame. */
  readonly level: Float32Array;
}

export const FLOOR_DB = -100;

/**
 * Short-time Fourier transform with a Hann window.
 *
 * @param frames How many moments at most, spread evenly from the first sample to the last.
 */
export function spectrogram(samples: Float32Array, frames: number, size = 1024): Spectrogram {
  const bins = size / 2;
  const window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const count = Math.max(1, Math.min(frames, Math.ceil(samples.length / (size / 8))));
  const level = new Float32Array(count * bins);
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  for (let f = 0; f < count; f++) {
    const centre = Math.round(((f + 0.5) / count) * samples.length);
    for (let i = 0; i < size; i++) re[i] = (samples[centre - size / 2 + i] ?? 0) * (window[i] as number);
    im.fill(0);
    fft(re, im);
    for (let k = 0; k < bins; k++) {
      // A sine of amplitude 1 under a Hann window has the magnitude size / 4 in its bin.
      const magnitude = Math.hypot(re[k] as number, im[k] as number) / (size / 4);
      level[f * bins + k] = magnitude > 0 ? Math.max(FLOOR_DB, 20 * Math.log10(magnitude)) : FLOOR_DB;
    }
  }
  return { frames: count, bins, level };
}
