/** Previews: what one sample becomes at each node of a graph. */

import type { Op } from "../lib/graph.ts";
import type { Measured } from "../lib/measured.ts";
import type { Montage, NodePreview, PreviewHistogram, PreviewStats } from "../lib/preview.ts";
import { send } from "./client.ts";
import type {
  GraphWeights,
  KeptWeights,
  Preview,
  PreviewPost,
  PreviewSample,
  PreviewSampleAsked,
  PreviewTrouble,
} from "./schema.ts";

export type { KeptWeights, PreviewSample, PreviewTrouble };
export type SampleAsked = Required<PreviewSampleAsked>;

/** What is asked for; `known` are keys of what whoever asks has. */
export type PreviewAsked = Required<Omit<PreviewPost, "weights" | "sample">> & {
  readonly sample: SampleAsked | null;
  /** Whose are taken; drawn at random when nothing is said. */
  readonly weights: { readonly run: string; readonly step: number | null } | null;
};

export interface PreviewAnswer extends Omit<Preview, "nodes" | "fixes"> {
  readonly fixes: readonly Measured[];
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
    // The server suggests operations of its own making.
    const fixes = found.fixes.map((fix): Measured => ({ ...fix, ops: fix.ops as unknown as readonly Op[] }));
    return { ...found, nodes: Object.fromEntries(nodes), fixes };
  },
};

/** Runs of a graph that kept weights, the newest first. */
export async function listWeights(graph: string): Promise<readonly KeptWeights[]> {
  const answer = await send("GET", `api/v1/graphs/${encodeURIComponent(graph)}/weights`);
  return ((await answer.json()) as GraphWeights).runs;
}

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
