/** Which view shows which kind. Each is a chunk of its own, loaded when the first record of its kind is in sight. */

import type { MakeRecordView } from "./view.ts";

type Load = () => Promise<MakeRecordView>;

const file: Load = async () => (await import("./file.ts")).makeFileView;

/** By the viewer that the server names for a key, which is the kind for all built-in kinds. */
export const viewers: Readonly<Record<string, Load>> = {
  image: async () => (await import("./image/view.ts")).makeImageView,
  images: async () => (await import("./image/view.ts")).makeImageView,
  text: async () => (await import("./text.ts")).makeTextView,
  json: async () => (await import("./json.ts")).makeJsonView,
  html: async () => (await import("./html.ts")).makeHtmlView,
  figure: async () => (await import("./figure.ts")).makeFigureView,
  tensor: async () => (await import("./tensor/view.ts")).makeTensorView,
  histogram: async () => (await import("./histogram/view.ts")).makeHistogramView,
  points: async () => (await import("./points.ts")).makePointsView,
  mesh: async () => (await import("./mesh.ts")).makeMeshView,
  embedding: async () => (await import("./embedding/view.ts")).makeEmbeddingView,
  fits: async () => (await import("./fits.ts")).makeFitsView,
  audio: async () => (await import("./audio.ts")).makeAudioView,
  video: async () => (await import("./video.ts")).makeVideoView,
  table: async () => (await import("./table.ts")).makeTableView,
  confusion: async () => (await import("./confusion.ts")).makeConfusionView,
  curve: async () => (await import("./curve.ts")).makeCurveView,
  graph: async () => (await import("./graph.ts")).makeGraphView,
  file,
};

/** Which view shows a record: that of its kind, or the one that the type of a plugin names. */
export function viewerName(kind: string, row: { readonly kind: string; readonly viewer: string } | null): string {
  return Object.hasOwn(viewers, kind) || row?.kind !== kind ? kind : row.viewer;
}

/** The view of a kind; what nobody knows is shown as a file. */
export function viewerOf(name: string): Load {
  return Object.hasOwn(viewers, name) ? (viewers[name] as Load) : file;
}
