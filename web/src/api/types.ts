/** What the server answers: the generated types, under the names that the pages use. */

import type { EnvelopeQuery, LiveWatch, RunRow } from "./schema.ts";

export type {
  Keys,
  LiveFrame as Frame,
  LivePoints,
  PointsPage,
  ProjectionLine,
  ProjectionMethod,
  ProjectionMethods,
  ProjectRow,
  Projects,
  RecordKeyRow,
  RecordRow,
  RunDetail,
  RunPatch,
  RunRow,
  RunsPage,
  SeriesName,
  SeriesPage,
  SeriesRow,
} from "./schema.ts";

export type RunState = RunRow["state"];

/** Which part of an axis, on how many pixels. */
export type WindowQuery = Required<Pick<EnvelopeQuery, "px" | "x" | "scale">> & {
  readonly first?: number;
  readonly last?: number;
};

/** What a tab wants to hear of. */
export type Wish = Required<Pick<LiveWatch, "projects" | "runs">> & {
  /** Kinds of documents. */
  readonly documents?: readonly string[];
};
