/** Foreign html in a frame that can run its scripts and reach nothing: no origin, no network, no way to the page. */

export interface SandboxProps {
  /** Address of a document that the server serves for frames. */
  readonly src: string;
  /** What the frame holds, for a screen reader. */
  readonly title: string;
  /** Where it comes from, told in a hairline above it: "run brave-otter-7". */
  readonly from: string;
}

export class Sandbox {
  readonly element = document.createElement("div");
  private readonly origin = document.createElement("p");
  private readonly frame = document.createElement("iframe");

  constructor(host: HTMLElement, props: SandboxProps) {
    this.element.className = "sandbox";
    this.origin.className = "sandbox-origin";
    // `allow-same-origin` is never given: with it, a script inside could act as the user.
    this.frame.setAttribute("sandbox", "allow-scripts");
    this.frame.referrerPolicy = "no-referrer";
    this.frame.loading = "lazy";
    this.element.append(this.origin, this.frame);
    host.append(this.element);
    this.update(props);
  }

  update({ src, title, from }: SandboxProps): void {
    const origin = `from ${from} · sandboxed`;
    if (this.origin.textContent !== origin) this.origin.textContent = origin;
    if (this.frame.title !== title) this.frame.title = title;
    // Setting an address loads it again, even the same one.
    if (this.frame.getAttribute("src") !== src) this.frame.setAttribute("src", src);
  }

  /** Hear that a document was loaded. */
  onLoad(hear: () => void): void {
    this.frame.addEventListener("load", hear);
  }

  destroy(): void {
    this.element.remove();
  }
}
