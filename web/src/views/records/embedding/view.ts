/**
 * Embeddings as a flat picture: principal components made here, turned so that steps and runs can be compared; or
 * t-SNE and UMAP, made by a server that has what they need.
 */

import { layouts, type ProjectionLine, type ProjectionMethod } from "../../../api/projections.ts";
import type { RecordReader } from "../../../api/records.ts";
import { decodeEmbedding, type EmbeddingData } from "../../../lib/payload.ts";
import { procrustes } from "../../../lib/pca.ts";
import { type Choice, chosen } from "../controls.ts";
import { LensedView, type SharedLens } from "../lensed.ts";
import type { MakeRecordView, RecordItem, RecordViewProps } from "../view.ts";
import { EmbeddingPane } from "./pane.ts";
import { AXES, DRAG, type Placed } from "./placed.ts";
import { Solver } from "./solver.ts";

const PCA = "pca";

function progress({ state, done, of, part }: ProjectionLine): string {
  if (state === "waiting") return "waiting for its turn";
  const percent = `${Math.round(100 * (part ?? 0))} %`;
  return (of ?? 0) > 1 ? `step ${(done ?? 0) + 1} of ${of}, ${percent}` : percent;
}

class EmbeddingView extends LensedView<Placed, EmbeddingPane> {
  private readonly solver = new Solver();
  private reference: Promise<Float64Array | null> | null = null;
  private methods: readonly ProjectionMethod[] = [];
  /** What the server is working on, by run. */
  private readonly asked = new Map<string, AbortController>();

  constructor(host: HTMLElement, props: RecordViewProps, reader: RecordReader) {
    super(host, props, reader, "embedding", 1.3);
    void this.learn();
  }

  override destroy(): void {
    super.destroy();
    this.solver.destroy();
    for (const asked of this.asked.values()) asked.abort();
    this.asked.clear();
    this.panes.clear();
  }

  /** Ask which layouts there are; a server that cannot be asked says so where it is asked for data. */
  private async learn(): Promise<void> {
    try {
      this.methods = await layouts.methods();
    } catch {
      return;
    }
    if (this.root.isConnected) this.update(this.props);
  }

  private get method(): string {
    return chosen(this.props.settings, this.projection);
  }

  private get projection(): Choice {
    const options = this.methods.map(({ name, label }) => [name, label] as const);
    return { name: "method", label: "Projection", options: [[PCA, "Principal components"], ...options] };
  }

  protected override name(item: RecordItem): string {
    return `${item.record.id} ${this.method}`;
  }

  protected choices(): readonly Choice[] {
    const many = this.props.steps.length > 1 || this.props.items.length > 1;
    return [
      ...(this.methods.length > 0 ? [this.projection] : []),
      ...(many && this.method === PCA ? [AXES] : []),
      DRAG,
    ];
  }

  protected async read(item: RecordItem): Promise<Placed> {
    const { run, record } = item;
    const { method } = this;
    this.asked.get(run.id)?.abort();
    const data = decodeEmbedding(record.meta, await this.reader.data(run.id, record.id));
    if (method !== PCA) return this.laidOut(item, data, method);
    const [{ points, explained }, onto] = await Promise.all([
      this.solver.solve({ rows: data.vectors, n: data.n, dim: data.dim }),
      this.first(),
    ]);
    const matched = onto !== null && onto.length === points.length;
    return {
      data,
      own: points,
      aligned: matched ? procrustes(points, onto) : points,
      explained,
      matched,
      method: null,
    };
  }

  private async laidOut({ run, record }: RecordItem, data: EmbeddingData, method: string): Promise<Placed> {
    const label = this.methods.find(({ name }) => name === method)?.label ?? method;
    const stop = new AbortController();
    this.asked.set(run.id, stop);
    const { onState } = this.props;
    try {
      const hear = (line: ProjectionLine): void => onState({ note: `${label}: ${progress(line)}` });
      const places = await layouts.get(run.id, record.id, method, hear, stop.signal);
      const points = Float64Array.from(places.data as ArrayLike<number>);
      return { data, own: points, aligned: points, explained: new Float64Array(0), matched: true, method: label };
    } finally {
      if (this.asked.get(run.id) === stop) {
        this.asked.delete(run.id);
        onState({ note: "" });
      }
    }
  }

  /** The picture of the first step of the first run: what all others are turned onto. */
  private first(): Promise<Float64Array | null> {
    this.reference ??= this.readFirst();
    return this.reference;
  }

  private async readFirst(): Promise<Float64Array | null> {
    const run = this.props.items[0]?.run.id ?? "";
    const { records } = await this.reader.list(run, this.props.key, { limit: 1, values: false });
    const [record] = records;
    if (record?.kind !== "embedding") return null;
    const { vectors, n, dim } = decodeEmbedding(record.meta, await this.reader.data(run, record.id));
    return (await this.solver.solve({ rows: vectors, n, dim })).points;
  }

  protected open(body: HTMLElement, shared: SharedLens): EmbeddingPane {
    return new EmbeddingPane(body, shared, () =>
      chosen(this.props.settings, AXES) === "own" ? [] : this.loaded.map(({ data }) => data.aligned),
    );
  }
}

export const makeEmbeddingView: MakeRecordView = (host, props, reader) => {
  const view = new EmbeddingView(host, props, reader);
  view.update(props);
  return view;
};
