/** Tiles that are looked at through one lens: zoomed and moved together. */

import { type Lens, WHOLE } from "../../lib/viewport.ts";
import { type Pane, TiledView } from "./tiled.ts";

/** What fills one tile, and is painted again when the lens moves. */
export interface LensedPane<D> extends Pane<D> {
  repaint(): void;
}

/** The lens as a pane has it. */
export interface SharedLens {
  readonly lens: Lens;
  moved(lens: Lens): void;
}

export abstract class LensedView<D, P extends LensedPane<D>> extends TiledView<D> {
  protected readonly panes = new Set<P>();
  private lens: Lens = WHOLE;

  /** Make what fills one tile. */
  protected abstract open(body: HTMLElement, shared: SharedLens): P;

  protected pane(body: HTMLElement): Pane<D> {
    const view = this;
    const pane = this.open(body, {
      get lens() {
        return view.lens;
      },
      moved(lens) {
        view.lens = lens;
        for (const one of view.panes) one.repaint();
      },
    });
    this.panes.add(pane);
    return {
      show: (data, item, props) => pane.show(data, item, props),
      destroy: () => {
        this.panes.delete(pane);
        pane.destroy();
      },
    };
  }
}
