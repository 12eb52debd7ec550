/** The rows of a data set, of one part or class when somebody says so. */

import { useEffect, useId, useMemo } from "react";
import type { Dataset } from "../api/datasets.ts";
import { SampleGrid } from "../components/data/samples.tsx";
import { partOrder } from "../lib/dataset.ts";
import { formatInteger } from "../lib/format.ts";
import { setSearch, usePlace } from "../state/router.ts";
import { Samples } from "../state/samples.ts";
import { useStore } from "../state/store.ts";

export function SamplesPane({ data }: { data: Dataset }) {
  const { search } = usePlace();
  const [part, wanted] = [search.get("part"), search.get("class")];
  const { name, digest } = data;
  const samples = useMemo(
    () => Samples.of(name, { part, class: wanted, version: digest }),
    [name, digest, part, wanted],
  );
  useEffect(() => () => samples.destroy(), [samples]);
  const { total } = useStore(samples.state);
  const target = data.columns.find((column) => column.name === data.target[0] && column.kind === "category");
  const id = useId();
  return (
    <div className="ds-samples-pane">
      <div className="ds-split">
        <label htmlFor={`${id}-part`}>part</label>
        <select
          id={`${id}-part`}
          value={part ?? ""}
          onChange={(event) => setSearch({ part: event.target.value || null })}
        >
          <option value="">all</option>
          {partOrder(Object.keys(data.parts)).map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
        {target && (
          <>
            <label htmlFor={`${id}-class`}>{target.name}</label>
            <select
              id={`${id}-class`}
              value={wanted ?? ""}
              onChange={(event) => setSearch({ class: event.target.value || null })}
            >
              <option value="">all</option>
              {target.classes.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </>
        )}
        <span className="muted" role="status">
          {total === null ? "" : `${formatInteger(total)} of ${formatInteger(data.rows)} rows`}
        </span>
      </div>
      <SampleGrid key={`${part} ${wanted} ${digest}`} samples={samples} columns={data.columns} target={data.target} />
    </div>
  );
}
