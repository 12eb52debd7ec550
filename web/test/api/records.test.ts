import { expect, test } from "vitest";
import { RecordReader, type RecordSource } from "../../src/api/records.ts";

/** A server that answers by path and remembers what it was asked; `fail` makes the next answer an error. */
class Source implements RecordSource {
  readonly asked: string[] = [];
  fail = false;

  constructor(private readonly answers: Record<string, unknown> = {}) {}

  async bytes(path: string): Promise<ArrayBuffer> {
    return this.answer(path, new ArrayBuffer(1000)) as ArrayBuffer;
  }

  async json(path: string): Promise<unknown> {
    return this.answer(path, {});
  }

  address(path: string): string {
    return `http://here/${path}`;
  }

  private answer(path: string, otherwise: unknown): unknown {
    this.asked.push(path);
    if (this.fail) {
      this.fail = false;
      throw new Error("gone");
    }
    return this.answers[path] ?? otherwise;
  }
}

test("what was read once is not read again, and two who ask at once share the answer", async () => {
  const source = new Source();
  const reader = new RecordReader(source);
  const [first, second] = await Promise.all([reader.data("a/b", 7), reader.data("a/b", 7)]);
  expect(second).toBe(first);
  expect(await reader.data("a/b", 7)).toBe(first);
  expect(source.asked).toEqual(["api/v1/runs/a%2Fb/records/7/data"]);
  expect(reader.busy).toBe(false);
});

test("a failure is told to all who wait and tried again by the next", async () => {
  const source = new Source();
  const reader = new RecordReader(source);
  source.fail = true;
  const both = await Promise.allSettled([reader.data("r", 1), reader.data("r", 1)]);
  expect(both.map((one) => one.status)).toEqual(["rejected", "rejected"]);
  expect((await reader.data("r", 1)).byteLength).toBe(1000);
  expect(reader.busy).toBe(false);
});

test("what was looked at longest ago is forgotten first, and memory stays within its bound", async () => {
  const source = new Source();
  const reader = new RecordReader(source, 3500);
  for (const id of [1, 2, 3]) await reader.data("r", id);
  await reader.data("r", 1);
  await reader.data("r", 4);
  expect(reader.size).toBeLessThanOrEqual(3500);
  source.asked.length = 0;
  await reader.data("r", 1);
  await reader.data("r", 2);
  expect(source.asked).toEqual(["api/v1/runs/r/records/2/data"]);
});

test("a list names only what was asked, and is read anew each time", async () => {
  const row = { id: 3, step: 40 };
  const path = "api/v1/runs/r/records?key=val%2Fx&last=40&limit=1&newest=true";
  const source = new Source({ [path]: { records: [row], more: false } });
  const reader = new RecordReader(source);
  expect([await reader.at("r", "val/x", 40), await reader.at("r", "val/x", 40)]).toEqual([row, row]);
  expect(source.asked).toEqual([path, path]);
});

test("the step before the first record shows nothing", async () => {
  const source = new Source({ "api/v1/runs/r/records?key=x&last=0&limit=1&newest=true": { records: [], more: false } });
  expect(await new RecordReader(source).at("r", "x", 0)).toBeNull();
});

test("addresses name what is drawn and how", () => {
  const reader = new RecordReader(new Source());
  expect([
    reader.dataUrl("r", 5),
    reader.frameUrl("r", 5),
    reader.imageUrl("r", 5),
    reader.imageUrl("r", 5, { index: 3, size: 56, low: -1.5, high: 2, stretch: "log" }),
  ]).toEqual([
    "http://here/api/v1/runs/r/records/5/data",
    "http://here/api/v1/runs/r/records/5/frame",
    "http://here/api/v1/runs/r/records/5/image",
    "http://here/api/v1/runs/r/records/5/image?index=3&size=56&low=-1.5&high=2&stretch=log",
  ]);
});

test("small records are read ahead, each as its view will ask for it, and failure is nobody's", async () => {
  const source = new Source();
  const reader = new RecordReader(source);
  const row = { key: "k", step: 0, time: 0, summary: "" };
  const raw = { format: "raw", dtype: "float32", shape: [2, 2, 1] };
  source.fail = true;
  reader.ahead("r", { ...row, id: 1, kind: "text", size: 20, meta: {} });
  reader.ahead("r", { ...row, id: 2, kind: "image", size: 16, meta: { ...raw, format: "png" } });
  reader.ahead("r", { ...row, id: 3, kind: "image", size: 16, meta: raw });
  reader.ahead("r", { ...row, id: 4, kind: "image", size: 1 << 20, meta: raw });
  reader.ahead("r", { ...row, id: 5, kind: "video", size: 16, meta: {} });
  reader.ahead("r", { ...row, id: 6, kind: "tensor", size: 16, meta: { shape: [1, 2, 2] } });
  const path = "api/v1/runs/r/records";
  expect(source.asked).toEqual([`${path}/1/data`, `${path}/2/data`, `${path}/3/array`]);
  await reader.data("r", 2);
  expect(source.asked).toHaveLength(3);
});
