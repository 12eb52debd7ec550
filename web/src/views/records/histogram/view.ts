/** Histograms: over all steps as a heat map or ridges, and the slider's step as bars with exact counts. */

import type { RecordReader } from "../../../api/records.ts";
import { Controls, chosen } from "../controls.ts";
import { element } from "../dom.ts";
import { Tiles } from "../tiles.ts";
import type { MakeRecordView, RecordView, RecordViewProps } from "../view.ts";
import { Bars } from "./bars.ts";
import { COUNTS, modes } from "./choices.ts";
import { OverSteps, Shared } from "./over.ts";

class HistogramView implements RecordView {
  private readonly root = element("div", "viewer viewer-histogram");
  private readonly controls: Controls;
  /** One of the two is there. */
  private bars: Bars | null = null;
  private tiles: Tiles | null = null;

  constructor(
    host: HTMLElement,
    private props: RecordViewProps,
    private readonly reader: RecordReader,
  ) {
    host.append(this.root);
    this.controls = new Controls(this.root, (changes) => this.props.onSettings(changes));
  }

  update(props: RecordViewProps): void {
    this.props = props;
    this.controls.update([modes(props), COUNTS], props.settings);
    if (chosen(props.settings, modes(props)) === "bars") this.showBars(props);
    else this.showTiles(props);
  }

  destroy(): void {
    this.bars?.destroy();
    this.tiles?.destroy();
    this.root.remove();
  }

  private showBars(props: RecordViewProps): void {
    this.tiles?.destroy();
    this.tiles = null;
    this.bars ??= new Bars(this.root, props, this.reader);
    this.bars.update(props);
  }

  private showTiles(props: RecordViewProps): void {
    this.bars?.destroy();
    this.bars = null;
    const shared = new Shared();
    this.tiles ??= new Tiles(
      this.root,
      (body, item, given) => new OverSteps(body, item, given, this.reader, shared),
      1.8,
    );
    this.tiles.update(props);
  }
}

export const makeHistogramView: MakeRecordView = (host, props, reader) => {
  const view = new HistogramView(host, props, reader);
  view.update(props);
  return view;
};
