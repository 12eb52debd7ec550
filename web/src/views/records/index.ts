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
  file,
};

/** The view of a kind; what nobody knows is shown as a file. */
export function viewerOf(name: string): Load {
  return Object.hasOwn(viewers, name) ? (viewers[name] as Load) : file;
}
