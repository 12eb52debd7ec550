import { expect, test } from "vitest";
import { freeName, nameIn, readImported } from "../../src/lib/imported.ts";

const CODE = "import torch.nn as nn\n\nclass MnistCnn(nn.Module):\n    pass\n";

test("a text is taken for what it looks like", () => {
  const node = { id: "a", type: "core/dense@1" };
  expect(readImported("  \n")).toEqual({ kind: "nothing" });
  expect(readImported(CODE)).toEqual({ kind: "code", text: CODE, target: "torch" });
  expect(readImported("from keras import layers\n")).toMatchObject({ kind: "code", target: "keras" });
  expect(readImported('{"name": "m", "nodes": []}')).toEqual({ kind: "document", graph: { name: "m", nodes: [] } });
  expect(readImported(JSON.stringify({ id: "01", graph: { nodes: [node], edges: [] } }))).toEqual({
    kind: "document",
    graph: { nodes: [node], edges: [] },
  });
});

test("what is no graph says why", () => {
  const why = (text: string): unknown => {
    const found = readImported(text);
    return found.kind === "refused" ? found.why : found;
  };
  expect(why("{nodes")).toMatch(/^This begins like JSON and is none: /);
  expect(why('{"a": 1}')).toBe("This is JSON, but no graph: expected nodes and edges of the format graph/1.");
  expect(why('{"format": "onnx", "nodes": []}')).toMatch(/no graph/);
  expect(why('{"nodes": [{"id": 3}]}')).toBe("Expected nodes with id and type, and edges with from and to.");
  expect(why('{"nodes": [], "edges": [1]}')).toBe("Expected nodes with id and type, and edges with from and to.");
});

test("a graph is called after the document or the class, and by a name that is free", () => {
  expect(nameIn(readImported(CODE))).toBe("mnist-cnn");
  expect(nameIn(readImported("def build(): pass"))).toBe(null);
  expect(nameIn(readImported('{"name": "m", "nodes": []}'))).toBe("m");
  expect(freeName("cnn", ["mlp"])).toBe("cnn");
  expect(freeName("cnn", ["cnn", "cnn-2"])).toBe("cnn-3");
  expect(freeName("cnn-2", ["cnn-2", "cnn-3"])).toBe("cnn-4");
});
