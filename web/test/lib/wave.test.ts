import { expect, test } from "vitest";
import { decodeWav, envelope } from "../../src/lib/wave.ts";

/** A WAV file with a chunk of odd size before its data, as some programs write. */
function wav(code: number, bits: number, channels: number, data: Uint8Array): ArrayBuffer {
  const odd = 3;
  const out = new Uint8Array(12 + 24 + 8 + odd + 1 + 8 + data.length);
  const view = new DataView(out.buffer);
  const text = (at: number, word: string): void => out.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, code, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, bits, true);
  text(36, "LIST");
  view.setUint32(40, odd, true);
  text(48, "data");
  view.setUint32(52, data.length, true);
  out.set(data, 56);
  return out.buffer;
}

function bytes(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

test("16-bit stereo comes apart into its channels", () => {
  const found = decodeWav(wav(1, 16, 2, bytes(Int16Array.of(0, 16384, -32768, 32767))));
  expect(found).toEqual({
    rate: 8000,
    channels: [Float32Array.of(0, -1), Float32Array.of(0.5, 32767 / 32768)],
  });
});

test("8, 24 and 32 bits and floats have the same scale", () => {
  const half = [
    decodeWav(wav(1, 8, 1, Uint8Array.of(192))),
    decodeWav(wav(1, 24, 1, Uint8Array.of(0, 0, 0x40))),
    decodeWav(wav(1, 32, 1, bytes(Int32Array.of(1 << 30)))),
    decodeWav(wav(3, 32, 1, bytes(Float32Array.of(0.5)))),
    decodeWav(wav(3, 64, 1, bytes(Float64Array.of(0.5)))),
  ];
  expect(half.map((sound) => sound?.channels[0]?.[0])).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
  expect(decodeWav(wav(1, 24, 1, Uint8Array.of(0xff, 0xff, 0xff)))?.channels[0]?.[0]).toBeCloseTo(-1 / 8388608, 12);
});

test("what is no WAV, or one in a code of its own, is left to the browser", () => {
  expect([decodeWav(new ArrayBuffer(100)), decodeWav(wav(85, 16, 1, new Uint8Array(4)))]).toEqual([null, null]);
});

test("an envelope reaches every click", () => {
  const samples = new Float32Array(100_000);
  samples[54_321] = 0.9;
  samples[54_322] = -0.7;
  const found = envelope(samples, 100);
  expect([found.high[54], found.low[54]].map((v) => v?.toFixed(3))).toEqual(["0.900", "-0.700"]);
  expect([Math.max(...found.high), found.high.filter((v) => v > 0).length]).toEqual([found.high[54], 1]);
});

test("fewer samples than pixels are drawn as steps", () => {
  expect(Array.from(envelope(Float32Array.of(1, 2), 4).high)).toEqual([1, 1, 2, 2]);
});
