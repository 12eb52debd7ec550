/** What the pictures of the explore pane are given. */

import type { Dimension, Range } from "../../lib/dimension.ts";
import type { Palette } from "../palette.ts";

export interface ExploreProps {
  readonly dimensions: readonly Dimension[];
  /** The one that colours. */
  readonly colour: Dimension | null;
  readonly names: readonly string[];
  /** Ranges by column. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Which runs lie in all of them. */
  readonly held: readonly boolean[];
  /** Highlighted run, an index, or none. */
  readonly lit: number | null;
  readonly theme: Palette;
  readonly dark: boolean;
  readonly onRange: (column: string, range: Range | null) => void;
  readonly onLit: (run: number | null) => void;
  readonly onOpen: (run: number) => void;
}
