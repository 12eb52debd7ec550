/** What is drawn of one embedding, and what can be chosen about it. */

import type { EmbeddingData } from "../../../lib/payload.ts";
import type { Choice } from "../controls.ts";

export interface Placed {
  readonly data: EmbeddingData;
  /** Along this step's own components. */
  readonly own: Float64Array;
  /** The same, turned onto the first step. */
  readonly aligned: Float64Array;
  readonly explained: Float64Array;
  /** Whether the first step had the same points. */
  readonly matched: boolean;
  /** Name of the method that placed them, `null` for principal components. */
  readonly method: string | null;
}

export const AXES: Choice = {
  name: "axes",
  label: "Axes",
  options: [
    ["aligned", "Aligned over steps"],
    ["own", "This step's components"],
  ],
};
export const DRAG: Choice = {
  name: "drag",
  label: "What dragging does",
  options: [
    ["move", "Drag moves"],
    ["lasso", "Drag selects"],
  ],
};
