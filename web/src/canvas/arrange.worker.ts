/** Lays a large graph out beside the page. */

import type { Graph } from "../lib/graph.ts";
import { arrange, type Sizes } from "./arrange.ts";

self.onmessage = (event: MessageEvent<{ graph: Graph; sizes: Sizes }>) => {
  self.postMessage(arrange(event.data.graph, event.data.sizes));
};
