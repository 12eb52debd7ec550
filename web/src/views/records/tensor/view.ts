/** Tensors of any rank: one plane at a time, the other axes on sliders; lines for vectors, tiles for filters. */

import type { RecordReader } from "../../../api/records.ts";
import { defaultAxes } from "../../../lib/plane.ts";
import type { Choice } from "../controls.ts";
import { element, write } from "../dom.ts";
import { LensedView, type SharedLens } from "../lensed.ts";
import type { MakeRecordView, RecordItem, RecordViewProps } from "../view.ts";
import { choosing, MAP, modes, type Part, SCALE, shapeOf, sliceOf } from "./choices.ts";
import { TensorPane } from "./pane.ts";

class TensorView extends LensedView<Part, TensorPane> {
  private readonly sliders = element("div", "view-sliders");
  private offered = "";

  constructor(host: HTMLElement, props: RecordViewProps, reader: RecordReader) {
    super(host, props, reader, "tensor");
    this.sliders.setAttribute("role", "group");
    this.sliders.setAttribute("aria-label", "Where the other axes stand");
    this.controls.bar.after(this.sliders);
  }

  protected choices(): readonly Choice[] {
    const shape = this.shape;
    const how = choosing(shape, this.props.settings);
    const out: Choice[] = [modes(shape)];
    if (shape.length > 1) out.push(MAP, SCALE);
    if (shape.length > 2 && !how.tiles) {
      const usual = defaultAxes(shape);
      out.push(axisChoice("rows", "Rows", shape, usual.rows), axisChoice("cols", "Columns", shape, usual.columns));
    }
    return out;
  }

  protected override name(item: RecordItem): string {
    const slice = sliceOf(item.record, choosing(shapeOf(item.record), this.props.settings));
    return `${item.record.id} ${slice?.text ?? ""}`;
  }

  protected async read({ run, record }: RecordItem): Promise<Part> {
    const shape = shapeOf(record);
    const slice = sliceOf(record, choosing(shape, this.props.settings));
    if (!slice) {
      const array = await this.reader.array(run.id, record.id);
      return { array, axes: array.shape.map((_, i) => i), step: 1 };
    }
    return { array: await this.reader.array(run.id, record.id, slice.text), axes: slice.axes, step: slice.step };
  }

  protected open(body: HTMLElement, shared: SharedLens): TensorPane {
    return new TensorPane(body, shared, () => [...this.panes].flatMap((one) => one.summary ?? []));
  }

  protected override refresh(): void {
    super.refresh();
    this.slide();
  }

  private get shape(): number[] {
    const [first] = this.props.items;
    return first ? shapeOf(first.record) : [];
  }

  private slide(): void {
    const how = choosing(this.shape, this.props.settings);
    const axes = how.tiles
      ? []
      : how.shape.flatMap((n, i) => (i !== how.rows && i !== how.columns && n > 1 ? [i] : []));
    const offered = JSON.stringify([axes, how.shape]);
    if (offered !== this.offered) {
      this.offered = offered;
      this.sliders.replaceChildren(...axes.map((axis) => this.slider(axis, how.shape[axis] as number)));
      this.sliders.hidden = axes.length === 0;
    }
    for (const input of this.sliders.querySelectorAll("input")) {
      const axis = Number(input.dataset.axis);
      input.value = String(how.at[axis]);
      const output = input.nextElementSibling;
      if (output) write(output, `${how.at[axis]} of ${how.shape[axis]}`);
    }
  }

  private slider(axis: number, size: number): HTMLElement {
    const label = element("label", "", `axis ${axis}`);
    const input = element("input");
    Object.assign(input, { type: "range", min: "0", max: String(size - 1), step: "1" });
    input.dataset.axis = String(axis);
    input.addEventListener("input", () => {
      const at = [...choosing(this.shape, this.props.settings).at];
      at[axis] = Number(input.value);
      this.props.onSettings({ at: at.some((place) => place > 0) ? at.join(".") : null });
    });
    label.append(input, element("output"));
    return label;
  }
}

function axisChoice(name: string, label: string, shape: readonly number[], usual: number): Choice {
  const axes = shape.map((size, i) => [String(i), `${label.toLowerCase()}: axis ${i} (${size})`] as const);
  return { name, label, options: [axes[usual] as readonly [string, string], ...axes.filter((_, i) => i !== usual)] };
}

export const makeTensorView: MakeRecordView = (host, props, reader) => {
  const view = new TensorView(host, props, reader);
  view.update(props);
  return view;
};
