/** The numbers of a column, drawn by the view that draws logged histograms: exact counts under the pointer and by keys. */

import { useEffect, useRef, useState } from "react";
import { RecordReader, type RecordSource } from "../../api/records.ts";
import type { RecordRow } from "../../api/schema.ts";
import type { Column, Histogram } from "../../lib/dataset.ts";
import { MediaLinked } from "../../state/linked.ts";
import { useShade } from "../../state/theme.ts";
import { readPalette } from "../palette.ts";
import { Bars } from "../records/histogram/bars.ts";
import type { RecordViewProps } from "../records/view.ts";

export function ColumnHistogram({ column, histogram }: { column: Column; histogram: Histogram }) {
  const host = useRef<HTMLDivElement>(null);
  const shade = useShade();
  const [linked] = useState(() => new MediaLinked());
  const key = JSON.stringify(histogram);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the numbers decide, and the colours of the ground
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const props: RecordViewProps = {
      key: column.name,
      kind: "histogram",
      items: [{ run: { id: key, name: column.name, style: { hue: 0, dash: 0 } }, record: recordOf(column, histogram) }],
      steps: [0],
      step: 0,
      settings: {},
      onSettings: () => undefined,
      onState: () => undefined,
      full: false,
      dark: document.documentElement.dataset.theme === "dark",
      theme: readPalette(element),
      linked,
    };
    const view = new Bars(element, props, new RecordReader(sourceOf(histogram)));
    view.update(props);
    return () => view.destroy();
  }, [key, shade, linked]);
  return <div ref={host} className="ds-histogram" />;
}

function recordOf({ name, mean, std, missing }: Column, { counts }: Histogram): RecordRow {
  const n = counts.reduce((sum, count) => sum + count, 0);
  return {
    id: 0,
    key: name,
    step: 0,
    time: 0,
    kind: "histogram",
    meta: { bins: counts.length, n, mean, std, bad: 0, missing },
    size: 0,
    summary: "",
  };
}

/** The payload of a logged histogram: edges, then counts. */
function sourceOf({ low, high, counts }: Histogram): RecordSource {
  const edges = Array.from({ length: counts.length + 1 }, (_, i) => low + ((high - low) * i) / counts.length);
  const bytes = Float64Array.from([...edges, ...counts]).buffer;
  return { bytes: async () => bytes, json: async () => ({}), address: (path) => path };
}
