import { expect, test } from "vitest";
import { parseFits, planesOf, readPlane } from "../../src/lib/fits.ts";

function pad(length: number): number {
  return Math.ceil(length / 2880) * 2880;
}

function header(...cards: string[]): Uint8Array {
  const text = [...cards, "END"].map((card) => card.padEnd(80)).join("");
  return new TextEncoder().encode(text.padEnd(pad(text.length)));
}

function join(...parts: Uint8Array[]): ArrayBuffer {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out.buffer;
}

/** 16-bit integers as FITS stores them, filled up to whole blocks. */
function shorts(...values: number[]): Uint8Array {
  const out = new Uint8Array(pad(2 * values.length));
  const view = new DataView(out.buffer);
  for (const [i, value] of values.entries()) view.setInt16(2 * i, value);
  return out;
}

const SIMPLE = "SIMPLE  =                    T / conforms";

test("stored integers become physical values, and BLANK becomes NaN", () => {
  const file = join(
    header(
      SIMPLE,
      "BITPIX  =                   16",
      "NAXIS   =                    2",
      "NAXIS1  =                    3",
      "NAXIS2  =                    2",
      "BSCALE  =                 0.5D0",
      "BZERO   =                100.0",
      "BLANK   =               -32768",
      "OBJECT  = 'Barnard''s star  '  / it moves",
      "COMMENT made by a test",
    ),
    shorts(0, 2, 4, -2, -32768, 32767),
  );
  const fits = parseFits(file);
  expect({ ...fits, cards: fits.cards.slice(8) }).toEqual({
    cards: [
      { key: "OBJECT", value: "Barnard's star", comment: "it moves" },
      { key: "COMMENT", value: "", comment: "made by a test" },
    ],
    bitpix: 16,
    shape: [2, 3],
    bscale: 0.5,
    bzero: 100,
    blank: -32768,
    offset: 2880,
    unit: 0,
  });
  expect(readPlane(fits, file)).toEqual({
    width: 3,
    height: 2,
    values: Float64Array.of(100, 101, 102, 99, Number.NaN, 16483.5),
  });
});

test("an image behind an empty first unit is found, and planes of a cube are counted", () => {
  const cube = new Uint8Array(2880);
  const view = new DataView(cube.buffer);
  for (let i = 0; i < 8; i++) view.setFloat32(4 * i, i + 0.25);
  const file = join(
    header(SIMPLE, "BITPIX  =                    8", "NAXIS   =                    0"),
    header(
      "XTENSION= 'IMAGE   '",
      "BITPIX  =                  -32",
      "NAXIS   =                    3",
      "NAXIS1  =                    2",
      "NAXIS2  =                    2",
      "NAXIS3  =                    2",
    ),
    cube,
  );
  const fits = parseFits(file);
  expect([fits.unit, fits.offset, fits.shape, planesOf(fits)]).toEqual([1, 5760, [2, 2, 2], 2]);
  expect(Array.from(readPlane(fits, file, 1).values)).toEqual([4.25, 5.25, 6.25, 7.25]);
});

test("a table before the image is stepped over", () => {
  const file = join(
    header(SIMPLE, "BITPIX  =                    8", "NAXIS   =                    0"),
    header(
      "XTENSION= 'BINTABLE'",
      "BITPIX  =                    8",
      "NAXIS   =                    2",
      "NAXIS1  =                  100",
      "NAXIS2  =                   30",
      "PCOUNT  =                    0",
      "GCOUNT  =                    1",
    ),
    new Uint8Array(pad(3000)),
    header(
      "XTENSION= 'IMAGE   '",
      "BITPIX  =                   16",
      "NAXIS   =                    1",
      "NAXIS1  =                    2",
    ),
    shorts(7, 9),
  );
  const fits = parseFits(file);
  expect([fits.unit, Array.from(readPlane(fits, file).values)]).toEqual([2, [7, 9]]);
});

test("what is no FITS file, or cut short, is refused in words", () => {
  expect(() => parseFits(new ArrayBuffer(2880))).toThrow("begins with SIMPLE");
  expect(() => parseFits(join(new TextEncoder().encode(SIMPLE.padEnd(2880))))).toThrow("no END card");
  const cut = header(
    SIMPLE,
    "BITPIX  =                   64",
    "NAXIS   =                    1",
    "NAXIS1  =               100000",
  );
  expect(() => parseFits(join(cut))).toThrow("expected 800000 bytes of data, received 0");
});
