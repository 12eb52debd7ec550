import { expect, test } from "vitest";
import { Layouts, type ProjectionLine, type Send } from "../../src/api/projections.ts";
import { readLines } from "../../src/lib/lines.ts";

function npy(values: number[]): ArrayBuffer {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${values.length / 2}, 2), }`;
  const padded = `${head.padEnd(117)}\n`;
  const bytes = new Uint8Array(10 + padded.length + 4 * values.length);
  bytes.set([0x93, 78, 85, 77, 80, 89, 1, 0, padded.length, 0]);
  bytes.set(new TextEncoder().encode(padded), 10);
  bytes.set(new Uint8Array(new Float32Array(values).buffer), 10 + padded.length);
  return bytes.buffer;
}

/** A server that works on a layout until it is told to go on. */
class Server {
  readonly asked: string[] = [];
  readonly go: (() => void)[] = [];
  lines = ['{"state":"waiting","done":0,"of":2,"part":0}', '{"state":"ready"}'];

  readonly send: Send = async (_method, path, _body, accept, signal) => {
    this.asked.push(`${accept?.split("-").at(-1)} ${path.split("/records/")[1] ?? path}`);
    if (accept === "application/x-npy") return new Response(npy([1, 2, 3, 4]));
    if (accept !== "application/x-ndjson") return new Response(METHODS);
    await new Promise<void>((resolve, reject) => {
      this.go.push(resolve);
      signal?.addEventListener("abort", () => reject(new DOMException("gone", "AbortError")));
    });
    return new Response(`${this.lines.join("\n")}\n`);
  };
}

const METHODS = `{"methods":[{"name":"tsne","label":"t-SNE","missing":null},{"name":"umap","label":"UMAP","missing":"Install it."}],"max_rows":20000}`;
const never = (): AbortSignal => new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("lines come whole, however the bytes are cut, and letters of two bytes too", async () => {
  const bytes = new TextEncoder().encode("ä\n\nb ü");
  const stream = new ReadableStream<Uint8Array>({
    start(control) {
      for (const byte of bytes) control.enqueue(new Uint8Array([byte]));
      control.close();
    },
  });
  const found: string[] = [];
  for await (const line of readLines(stream)) found.push(line);
  expect(found).toEqual(["ä", "b ü"]);
});

test("only what the server can do is offered, and asked for once", async () => {
  const server = new Server();
  const layouts = new Layouts(server.send);
  expect((await layouts.methods()).map(({ name }) => name)).toEqual(["tsne"]);
  await layouts.methods();
  expect(server.asked).toHaveLength(1);
});

test("progress is told, places come after it, and are kept", async () => {
  const server = new Server();
  const layouts = new Layouts(server.send);
  const heard: ProjectionLine[] = [];
  const places = layouts.get("a/b", 7, "tsne", (line) => heard.push(line), never());
  await turn();
  server.go[0]?.();
  expect(Array.from((await places).data as Float32Array)).toEqual([1, 2, 3, 4]);
  expect(heard.map(({ state }) => state)).toEqual(["waiting", "ready"]);
  await layouts.get("a/b", 7, "tsne", () => {}, never());
  expect(server.asked).toEqual(["ndjson 7/projection?method=tsne", "npy 7/projection?method=tsne"]);
});

test("one is asked for after the other, and one that nobody wants any more is not asked for at all", async () => {
  const server = new Server();
  const layouts = new Layouts(server.send);
  const stop = [new AbortController(), new AbortController()];
  const first = layouts.get("r", 1, "tsne", () => {}, (stop[0] as AbortController).signal);
  const second = layouts.get("r", 2, "tsne", () => {}, (stop[1] as AbortController).signal);
  const third = layouts.get("r", 3, "tsne", () => {}, never());
  await turn();
  stop[1]?.abort();
  stop[0]?.abort();
  await expect(first).rejects.toThrow("gone");
  await expect(second).rejects.toThrow();
  await turn();
  server.go[1]?.();
  await third;
  expect(server.asked.map((line) => line.slice(0, 8))).toEqual(["ndjson 1", "ndjson 3", "npy 3/pr"]);
});

test("what the server could not do is a problem in its words", async () => {
  const server = new Server();
  server.lines = ['{"state":"failed","problem":{"title":"Larger than accepted","status":413,"detail":"Too long."}}'];
  const places = new Layouts(server.send).get("r", 1, "tsne", () => {}, never());
  await turn();
  server.go[0]?.();
  await expect(places).rejects.toMatchObject({ status: 413, message: "Too long." });
});
