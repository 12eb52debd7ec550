/** Where a widget lives in a notebook: a shadow root with our colours, told apart from the page around it. */

import tokens from "../styles/tokens.css?inline";
import common from "./widget.css?inline";

/** What anywidget gives a widget in Jupyter, VS Code and marimo alike. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
}

export interface RenderContext {
  readonly model: Model;
  readonly el: HTMLElement;
}

/** How often the page tells Python that it still looks. */
const BEAT_MS = 10_000;

export class Host {
  readonly root = document.createElement("div");
  private readonly note = document.createElement("div");
  private readonly heard: [string, () => void][] = [];
  private readonly beat: ReturnType<typeof setInterval>;
  private readonly shade: MutationObserver;
  private readonly placed: ResizeObserver;
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private readonly shaded = (): void => this.shadeLike();

  constructor(
    private readonly model: Model,
    private readonly el: HTMLElement,
    css: string,
    private readonly onShade: () => void,
  ) {
    const shadow = el.shadowRoot ?? el.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = [tokens, common, css].join("\n");
    this.root.className = "widget";
    this.note.className = "widget-note";
    this.note.setAttribute("role", "status");
    const whole = document.createElement("div");
    whole.className = "widget-whole";
    whole.append(this.root, this.note);
    shadow.replaceChildren(style, whole);
    this.shade = new MutationObserver(this.shaded);
    for (const element of [document.documentElement, document.body])
      this.shade.observe(element, {
        attributes: true,
        attributeFilter: ["class", "style", "data-theme", "data-jp-theme-light"],
      });
    this.dark.addEventListener("change", this.shaded);
    this.shadeLike();
    this.on("note", () => this.tell());
    this.tell();
    // Where a notebook puts the cell into its page only later, nothing could be told of colours so far.
    this.placed = new ResizeObserver(() => {
      if (!this.el.isConnected) return;
      this.shadeLike();
      this.onShade();
    });
    this.placed.observe(this.root);
    this.beat = setInterval(() => this.live(), BEAT_MS);
    this.live();
  }

  /** Call when a value changes, until the widget goes. */
  on(name: string, callback: () => void): void {
    this.heard.push([`change:${name}`, callback]);
    this.model.on(`change:${name}`, callback);
  }

  /** The cell went: Python need not follow any more. */
  destroy(): void {
    clearInterval(this.beat);
    this.shade.disconnect();
    this.placed.disconnect();
    this.dark.removeEventListener("change", this.shaded);
    for (const [event, callback] of this.heard) this.model.off(event, callback);
    this.model.set("beat", 0);
    this.model.save_changes();
    this.el.shadowRoot?.replaceChildren();
  }

  private live(): void {
    this.model.set("beat", Number(this.model.get("beat") ?? 0) + 1);
    this.model.save_changes();
  }

  private tell(): void {
    this.note.textContent = String(this.model.get("note") ?? "");
  }

  /** Light or dark as the ground that the cell lies on, whatever the notebook calls it. */
  private shadeLike(): void {
    const theme = groundOf(this.el) ?? (this.dark.matches ? "dark" : "light");
    const whole = this.root.parentElement as HTMLElement;
    if (whole.dataset.theme === theme) return;
    whole.dataset.theme = theme;
    this.onShade();
  }
}

/** Whether the nearest ground that is painted is light or dark; `null` when none is. */
function groundOf(element: HTMLElement): "light" | "dark" | null {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  for (let at: Element | null = element; pixel && at; at = parentOf(at)) {
    // Painted and read back: notebooks write colours as rgb, as shares of srgb, as lab …
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = getComputedStyle(at).backgroundColor;
    pixel.fillRect(0, 0, 1, 1);
    const [r, g, b, opacity] = pixel.getImageData(0, 0, 1, 1).data as unknown as [number, number, number, number];
    if (opacity < 128) continue;
    return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128 ? "dark" : "light";
  }
  return null;
}

function parentOf(element: Element): Element | null {
  if (element.parentElement) return element.parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}
