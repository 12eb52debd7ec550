/** Which records there are of the shown runs; the code of what shows them arrives when it is asked for. */

import { type ComponentProps, lazy, Suspense, useEffect, useMemo } from "react";
import { RecordReader } from "../api/records.ts";
import { RecordCatalog } from "../state/records.ts";
import { useStore } from "../state/store.ts";
import { useOwned } from "./owned.ts";

const Pane = lazy(async () => ({ default: (await import("./media.tsx")).MediaPane }));

/** The records of the shown runs: which keys there are, for the tab and for the page behind it. */
export function useRecordCatalog(ids: readonly string[]): { readonly catalog: RecordCatalog; readonly count: number } {
  const catalog = useOwned(() => new RecordCatalog(new RecordReader()));
  useEffect(() => catalog.show(ids), [catalog, ids]);
  const keys = useStore(catalog.keys);
  const count = useMemo(() => new Set([...keys.values()].flatMap((rows) => Object.keys(rows))).size, [keys]);
  return { catalog, count };
}

export function MediaPane(props: ComponentProps<typeof Pane>) {
  return (
    <Suspense fallback={<p className="muted center">Reading…</p>}>
      <Pane {...props} />
    </Suspense>
  );
}
