/** Files that a graph can be made of, by their names. */

export type FileKind = "torch" | "keras" | "onnx";

export const ACCEPTED = ".py,.keras,.json,.onnx";

const ENDINGS: Readonly<Record<string, FileKind>> = { py: "torch", keras: "keras", json: "keras", onnx: "onnx" };

/** What a file is, by its ending; `null` when it is none that is read. */
export function fileKind(name: string): FileKind | null {
  return ENDINGS[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? null;
}

/** What a file is, in words. */
export function kindWords(name: string): string {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  if (ending === "json") return "Keras configuration or graph";
  return { torch: "Python source", keras: "Keras model", onnx: "ONNX model" }[fileKind(name) ?? "torch"];
}

/** Whether a text says what an input is: `3x224x224`, `128:int64`, several with commas; nothing is fine too. */
export function isInput(text: string): boolean {
  const part = /^\s*(\d+([x×]\d+)*)?(:(float|float32|int|int64|bool))?\s*$/;
  return text.trim() === "" || text.split(",").every((one) => one.trim() !== "" && part.test(one));
}

/** Whether a note tells only what the canvas shows as well. */
export function isPlain(note: string): boolean {
  return /^Output \S+ is taken to be/.test(note);
}

/** How a graph was read, and how sure that is. */
export function wayWords(way: string, error: number | null | undefined): string {
  const words: Readonly<Record<string, string>> = {
    "torch.export": "The model was run once and followed by torch.export.",
    "torch.fx": "The model was followed by torch.fx.",
    source: "Its code was read: it branches on numbers, which nothing can follow.",
    layers: "Only its layers could be seen.",
    read: "Its code was read and not run.",
    keras: "Its configuration was read, without weights.",
    onnx: "A view of the file: shapes and sizes, without weights.",
    record: "Made of the model that the run logged.",
  };
  const said = words[way] ?? "";
  if (error === null || error === undefined) return said;
  return `${said} Its code gives the same outputs as the model${error === 0 ? "" : ` (to ${error.toExponential(0)})`}.`;
}
