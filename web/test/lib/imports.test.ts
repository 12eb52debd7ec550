import { describe, expect, it } from "vitest";
import { fileKind, isInput, isPlain, kindWords, wayWords } from "../../src/lib/importkind.ts";
import { isView, onlyLooks } from "../../src/lib/viewed.ts";
import { byNode, localName, outline, sayVariable, shownOf, type Variable, zeroAt } from "../../src/lib/watched.ts";

function variable(key: string, what: Variable["what"], node: string, counts: readonly number[] = [1, 2]): Variable {
  const path = key.split("/").at(-1) ?? "";
  return { key, model: "model", what, path, node, step: 7, low: -1, high: 3, counts: [...counts] };
}

describe("files of models", () => {
  it("are known by their endings", () => {
    expect(["a.py", "B.KERAS", "c.d.json", "e.onnx", "f.h5", "none"].map(fileKind)).toEqual([
      "torch",
      "keras",
      "keras",
      "onnx",
      null,
      null,
    ]);
    expect(["a.py", "b.keras", "c.json", "d.onnx"].map(kindWords)).toEqual([
      "Python source",
      "Keras model",
      "Keras configuration or graph",
      "ONNX model",
    ]);
  });

  it("have inputs that are axes with a type", () => {
    expect(["", "3x224x224", "128:int64", "3x8x8, 12:int64", "3×8", ":bool"].filter((text) => !isInput(text))).toEqual(
      [],
    );
    expect(["3x", "x", "3,,4", "3x8:half", "-1"].filter(isInput)).toEqual([]);
  });

  it("are told how they were read, and how sure that is", () => {
    expect(wayWords("torch.export", 0)).toBe(
      "The model was run once and followed by torch.export. Its code gives the same outputs as the model.",
    );
    expect(wayWords("torch.fx", 2.4e-7)).toContain("(to 2e-7)");
    expect(wayWords("keras", null)).toBe("Its configuration was read, without weights.");
    expect(isPlain("Output result is taken to be a classification.")).toBe(true);
    expect(isPlain("Its weights lie in other files.")).toBe(false);
  });
});

describe("views of files", () => {
  it("can be arranged, and not changed", () => {
    expect([isView({ data: { view: "onnx" } }), isView({ data: {} }), isView(null)]).toEqual([true, false, false]);
    expect(
      onlyLooks([
        { op: "move", places: {} },
        { op: "document", name: "x" },
        { op: "note", id: "a", text: "" },
      ]),
    ).toBe(true);
    expect(onlyLooks([{ op: "remove", id: "a" }])).toBe(false);
    expect(onlyLooks([{ op: "document", data: {} }])).toBe(false);
  });
});

describe("what a run watched", () => {
  const all = [
    variable("model/weights/conv.bias", "weights", "conv", [1]),
    variable("model/weights/conv.weight", "weights", "conv", [5, 5]),
    variable("model/gradients/conv.weight", "gradients", "conv"),
    variable("model/activations/relu", "activations", "relu"),
  ];

  it("is told by node, and shown by what comes out of it or its largest weights", () => {
    const found = byNode(all);
    expect([...found.keys()]).toEqual(["conv", "relu"]);
    expect(shownOf(found.get("conv") ?? [])?.path).toBe("conv.weight");
    expect(shownOf(found.get("relu") ?? [])?.what).toBe("activations");
    expect(shownOf([])).toBeUndefined();
    expect(all.map(localName)).toEqual(["bias", "weight", "weight", ""]);
    expect(sayVariable(all[0] as Variable)).toBe("weights at step 7: −1 to 3");
  });

  it("is drawn as one outline with a line at zero", () => {
    expect(outline([1, 2], 10, 9)).toBe("M0 9V5.0H5.0V1.0H10.0V9Z");
    expect(outline([0, 0], 10, 9)).toBe("");
    expect(zeroAt({ low: -1, high: 3 }, 100)).toBe(25);
    expect(zeroAt({ low: 1, high: 3 }, 100)).toBeNull();
  });
});
