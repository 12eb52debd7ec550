/** Writes down the strokes that a canvas would be given, as SVG: the same drawing, to be scaled and edited. */

type Paint = string | CanvasGradient | CanvasPattern;

interface Style {
  fillStyle: Paint;
  strokeStyle: Paint;
  globalAlpha: number;
  lineWidth: number;
  lineJoin: CanvasLineJoin;
  lineCap: CanvasLineCap;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
}

const ANCHORS: Readonly<Record<string, string>> = { center: "middle", right: "end", end: "end" };
const BASELINES: Readonly<Record<string, string>> = { middle: "central", top: "text-before-edge" };

export class SvgPen implements Style {
  fillStyle: Paint = "black";
  strokeStyle: Paint = "black";
  globalAlpha = 1;
  lineWidth = 1;
  lineJoin: CanvasLineJoin = "miter";
  lineCap: CanvasLineCap = "butt";
  lineDashOffset = 0;
  font = "11px sans-serif";
  textAlign: CanvasTextAlign = "start";
  textBaseline: CanvasTextBaseline = "alphabetic";
  private readonly parts: string[] = [];
  private readonly saved: { readonly style: Style; readonly dash: readonly number[]; readonly groups: number }[] = [];
  private path: string[] = [];
  private dash: readonly number[] = [];
  private groups = 0;
  private clips = 0;

  /** @param measure Width of a text in a font, as a canvas would say. */
  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly measure: (text: string, font: string) => number,
  ) {}

  /** The drawing, with a title for who cannot see it. */
  toString(title: string, description: string): string {
    const size = `width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"`;
    const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`;
    const told = `<title>${escaped(title)}</title><desc>${escaped(description)}</desc>`;
    return [head, told, ...this.parts, "</g>".repeat(this.groups), "</svg>", ""].join("\n");
  }

  save(): void {
    const { fillStyle, strokeStyle, globalAlpha, lineWidth, lineJoin, lineCap, font, textAlign, textBaseline } = this;
    const style = { fillStyle, strokeStyle, globalAlpha, lineWidth, lineJoin, lineCap, font, textAlign, textBaseline };
    this.saved.push({ style, dash: this.dash, groups: this.groups });
  }

  restore(): void {
    const last = this.saved.pop();
    if (!last) return;
    Object.assign(this, last.style);
    this.dash = last.dash;
    for (; this.groups > last.groups; this.groups--) this.parts.push("</g>");
  }

  beginPath(): void {
    this.path = [];
  }

  closePath(): void {
    this.path.push("Z");
  }

  moveTo(x: number, y: number): void {
    this.path.push(`M${short(x)} ${short(y)}`);
  }

  lineTo(x: number, y: number): void {
    this.path.push(`${this.path.length === 0 ? "M" : "L"}${short(x)} ${short(y)}`);
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.path.push(`M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`);
  }

  /** A whole circle, which is the only arc that charts have. */
  arc(x: number, y: number, radius: number): void {
    const r = short(radius);
    const d = short(2 * radius);
    this.path.push(`M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 0 ${d} 0a${r} ${r} 0 1 0 -${d} 0`);
  }

  clip(): void {
    const id = `clip${++this.clips}`;
    this.parts.push(`<clipPath id="${id}"><path d="${this.path.join("")}"/></clipPath><g clip-path="url(#${id})">`);
    this.groups += 1;
  }

  setLineDash(dash: readonly number[]): void {
    this.dash = [...dash];
  }

  fill(): void {
    if (this.path.length === 0) return;
    this.parts.push(`<path d="${this.path.join("")}" fill="${this.colour(this.fillStyle)}"${this.alpha("fill")}/>`);
  }

  stroke(): void {
    if (this.path.length === 0) return;
    const dash = this.dash.length > 0 ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    const ends = `stroke-linejoin="${this.lineJoin}" stroke-linecap="${this.lineCap}"`;
    const colour = `stroke="${this.colour(this.strokeStyle)}" stroke-width="${short(this.lineWidth)}"`;
    this.parts.push(`<path d="${this.path.join("")}" fill="none" ${colour} ${ends}${dash}${this.alpha("stroke")}/>`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const box = `x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"`;
    this.parts.push(`<rect ${box} fill="${this.colour(this.fillStyle)}"${this.alpha("fill")}/>`);
  }

  fillText(text: string, x: number, y: number): void {
    const found = /^(?:(\d+) )?([\d.]+)px (.+)$/.exec(this.font);
    const [weight, size, family] = [found?.[1], found?.[2] ?? "11", found?.[3] ?? "sans-serif"];
    const font = `font-family="${escaped(family)}" font-size="${size}"${weight ? ` font-weight="${weight}"` : ""}`;
    const anchor = ANCHORS[this.textAlign] ?? "start";
    const baseline = BASELINES[this.textBaseline];
    const place = `x="${short(x)}" y="${short(y)}" text-anchor="${anchor}"`;
    const below = baseline ? ` dominant-baseline="${baseline}"` : "";
    this.parts.push(`<text ${place}${below} ${font} fill="${this.colour(this.fillStyle)}">${escaped(text)}</text>`);
  }

  measureText(text: string): TextMetrics {
    return { width: this.measure(text, this.font) } as TextMetrics;
  }

  private colour(paint: Paint): string {
    return typeof paint === "string" ? escaped(paint) : "none";
  }

  private alpha(what: "fill" | "stroke"): string {
    return this.globalAlpha < 1 ? ` ${what}-opacity="${short(this.globalAlpha)}"` : "";
  }
}

/** Two decimals are a hundredth of a pixel. */
function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  // What XML has no place for at all, such as a control character, is left out.
  const plain = [...text].filter((char) => char >= " " || char === "\n").join("");
  return plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
