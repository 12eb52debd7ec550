/** A sandboxed frame that changes without a flash: the next document loads behind the one that is seen. */

import { Sandbox, type SandboxProps } from "../records/sandbox.ts";

/** A document that never says it is loaded is shown all the same. */
const PATIENCE_MS = 4000;

export class SwapFrame {
  private shown: Sandbox | null = null;
  private coming: Sandbox | null = null;
  private next: SandboxProps | null = null;
  private src = "";
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly host: HTMLElement) {}

  update(props: SandboxProps): void {
    if (props.src === this.src) return;
    this.src = props.src;
    if (this.coming) this.next = props;
    else this.load(props);
  }

  destroy(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.shown?.destroy();
    this.coming?.destroy();
    this.coming = null;
    this.next = null;
  }

  private load(props: SandboxProps): void {
    const made = new Sandbox(this.host, props);
    this.coming = made;
    // What replaces a document that is seen must not wait for being scrolled to.
    if (this.shown) made.element.querySelector("iframe")?.setAttribute("loading", "eager");
    made.element.classList.add("coming");
    made.onLoad(() => this.loaded(made));
    this.timer = setTimeout(() => this.loaded(made), PATIENCE_MS);
  }

  private loaded(made: Sandbox): void {
    if (this.coming !== made) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.coming = null;
    made.element.classList.remove("coming");
    this.shown?.destroy();
    this.shown = made;
    const { next } = this;
    this.next = null;
    if (next) this.load(next);
  }
}
