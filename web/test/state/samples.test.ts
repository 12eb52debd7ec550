import { expect, test } from "vitest";
import type { RowsPage } from "../../src/api/datasets.ts";
import type { Cells } from "../../src/lib/dataset.ts";
import { CHUNK, Samples } from "../../src/state/samples.ts";

class Rows {
  readonly asked: number[] = [];
  wrong = false;

  constructor(private readonly total: number) {}

  read = async (first: number, last: number): Promise<RowsPage> => {
    this.asked.push(first / CHUNK);
    if (this.wrong) throw new Error("away");
    const end = Math.min(last, this.total - 1);
    const rows = Array.from(
      { length: Math.max(0, end - first + 1) },
      (_, i): Cells => ({ row: first + i, part: "train", cells: {} }),
    );
    return { total: this.total, columns: [], rows };
  };
}

async function rest(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

test("rows in sight are read once, in chunks, and none beyond the end", async () => {
  const rows = new Rows(120);
  const samples = new Samples(rows.read);
  await rest();
  expect(samples.state.get().total).toBe(120);
  samples.need(0, 70);
  samples.need(60, 500);
  await rest();
  expect(rows.asked).toEqual([0, 1, 2]);
  expect([samples.row(0)?.row, samples.row(119)?.row, samples.row(120)]).toEqual([0, 119, null]);
});

test("of what scrolled by only the last that was asked for is read", async () => {
  const rows = new Rows(100_000);
  const samples = new Samples(rows.read);
  await rest();
  for (let at = 1000; at <= 50_000; at += 1000) samples.need(at, at + 30);
  await rest();
  // Two were on their way; what came and went between is nobody's any more.
  expect(rows.asked).toEqual([0, 20, 40, 1000]);
});

test("what is far away is forgotten, never what is in sight, and is read again", async () => {
  const rows = new Rows(100_000);
  const samples = new Samples(rows.read);
  for (let chunk = 0; chunk < 60; chunk++) {
    samples.need(chunk * CHUNK, chunk * CHUNK);
    await rest();
  }
  expect(samples.state.get().chunks.size).toBe(40);
  expect(samples.row(59 * CHUNK)?.row).toBe(59 * CHUNK);
  expect(samples.row(0)).toBeNull();
  samples.need(0, 0);
  await rest();
  expect(samples.row(0)?.row).toBe(0);
});

test("what failed is told, and tried again when it is needed", async () => {
  const rows = new Rows(10);
  rows.wrong = true;
  const samples = new Samples(rows.read);
  await rest();
  expect(samples.state.get()).toMatchObject({ total: null, problem: new Error("away") });
  rows.wrong = false;
  samples.need(0, 5);
  await rest();
  expect(samples.state.get()).toMatchObject({ total: 10, problem: null });
});
