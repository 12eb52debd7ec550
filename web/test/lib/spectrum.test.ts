import { expect, test } from "vitest";
import { FLOOR_DB, fft, spectrogram } from "../../src/lib/spectrum.ts";

/** The sum as it is written in books. */
function plain(x: readonly number[]): [number[], number[]] {
  const n = x.length;
  const part = (f: (angle: number) => number, k: number): number =>
    x.reduce((sum, v, i) => sum + v * f((-2 * Math.PI * k * i) / n), 0);
  const each = x.map((_, k) => k);
  return [each.map((k) => part(Math.cos, k)), each.map((k) => part(Math.sin, k))];
}

test.each([1, 2, 8, 64])("the fast transform of %i samples equals the sum in the book", (n) => {
  const x = Array.from({ length: n }, (_, i) => Math.sin(i * i) + 0.3 * i);
  const [re, im] = [Float64Array.from(x), new Float64Array(n)];
  fft(re, im);
  const [cosines, sines] = plain(x);
  for (let k = 0; k < n; k++) {
    expect(re[k]).toBeCloseTo(cosines[k] as number, 9);
    expect(im[k]).toBeCloseTo(sines[k] as number, 9);
  }
});

test("a full-scale sine stands at 0 dB in the bin of its frequency, and nowhere else", () => {
  const rate = 8192;
  const samples = Float32Array.from({ length: rate }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / rate));
  const found = spectrogram(samples, 16, 1024);
  const frame = Array.from(found.level.subarray(8 * found.bins, 9 * found.bins));
  const loudest = frame.indexOf(Math.max(...frame));
  expect([found.frames, found.bins, loudest]).toEqual([16, 512, 125]);
  expect(frame[125]).toBeCloseTo(0, 1);
  expect(Math.max(...frame.filter((_, k) => Math.abs(k - 125) > 2))).toBeLessThan(-90);
});

test("silence lies on the floor", () => {
  expect(new Set(spectrogram(new Float32Array(4000), 4).level)).toEqual(new Set([FLOOR_DB]));
});
