/** What a record is compared with, as text and data are: the step before, or the first run. */

import type { RecordReader, RecordRow } from "../../api/records.ts";
import type { Choice } from "./controls.ts";
import type { RecordItem, RecordViewProps } from "./view.ts";

export interface Pair {
  readonly run: string;
  readonly record: RecordRow;
  /** What to call it: "step 40", the name of a run. */
  readonly name: string;
}

/** The setting, with what is possible here. */
export function diffChoice(props: RecordViewProps): Choice {
  const options: [string, string][] = [
    ["off", "no difference"],
    ["step", "difference to the step before"],
  ];
  if (props.items.length > 1) options.push(["run", "difference to the first run"]);
  return { name: "diff", label: "Difference", options };
}

export class Pairs {
  private readonly known = new Map<string, Promise<Pair | null>>();

  constructor(private readonly reader: RecordReader) {}

  /** The partner of a record; `null` when there is none. */
  find({ run, record }: RecordItem, props: RecordViewProps): Promise<Pair | null> {
    if (props.settings.diff === "run") {
      const [first] = props.items;
      const own = !first || first.run.id === run.id;
      return Promise.resolve(own ? null : { run: first.run.id, record: first.record, name: first.run.name });
    }
    if (props.settings.diff !== "step" || record.step === 0) return Promise.resolve(null);
    const name = `${run.id} ${record.id}`;
    const known = this.known.get(name) ?? this.read(run.id, props.key, record.step);
    this.known.set(name, known);
    known.catch(() => this.known.delete(name));
    return known;
  }

  private async read(run: string, key: string, step: number): Promise<Pair | null> {
    const record = await this.reader.at(run, key, step - 1);
    return record && { run, record, name: `step ${record.step}` };
  }
}
