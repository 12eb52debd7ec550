/** Previews: what one sample becomes at each node of a graph. */

import type { Montage, NodePreview, PreviewHistogram, PreviewStats } from "../lib/preview.ts";
import { send } from "./client.ts";
import type { Preview, PreviewPost, PreviewSample, PreviewSampleAsked, PreviewTrouble } from "./schema.ts";

export type { PreviewSample, PreviewTrouble };
export type SampleAsked = Required<PreviewSampleAsked>;

/** What is asked for; `known` are keys of what whoever asks has. */
export type PreviewAsked = Required<Omit<PreviewPost, "weights" | "sample">> & {
  readonly sample: SampleAsked | null;
  /** Whose are taken; drawn at random when nothing is said. */
  readonly weights: { readonly run: string } | null;
};

export interface PreviewAnswer extends Omit<Preview, "nodes"> {
  /** `null`: as it was. */
  readonly nodes: Readonly<Record<string, NodePreview | null>>;
}

/** Where previews come from; tests bring their own. */
export interface PreviewSource {
  show(graph: string, asked: PreviewAsked): Promise<PreviewAnswer>;
}

export const serverPreviews: PreviewSource = {
  async show(graph, asked) {
    const path = `api/v1/graphs/${encodeURIComponent(graph)}/preview`;
    const found = (await (await send("POST", path, asked)).json()) as Preview;
    const nodes = Object.entries(found.nodes).map(([id, node]) => [id, node.shape ? whole(node) : null] as const);
    return { ...found, nodes: Object.fromEntries(nodes) };
  },
};

/** What is left out on the wire is nothing here. */
function whole(node: Preview["nodes"][string]): NodePreview {
  return {
    key: node.key,
    shape: node.shape ?? [],
    dtype: node.dtype ?? "",
    stats: (node.stats ?? null) as PreviewStats | null,
    histogram: (node.histogram ?? null) as PreviewHistogram | null,
    montage: (node.montage ?? null) as Montage | null,
    values: node.values ?? null,
  };
}
