/** Sound: the envelope of every sample, a spectrogram, and one player that goes on where another run's was. */

import type { RecordReader } from "../../api/records.ts";
import { formatInteger, formatNumber, plural } from "../../lib/format.ts";
import type { Plane } from "../../lib/plane.ts";
import { linearTicks } from "../../lib/scale.ts";
import { FLOOR_DB, spectrogram } from "../../lib/spectrum.ts";
import { decodeWav, envelope, type Sound } from "../../lib/wave.ts";
import { type Choice, chosen } from "./controls.ts";
import { element, write } from "./dom.ts";
import { Raster } from "./heat.ts";
import { type Place, Surface } from "./surface.ts";
import { type Pane, TiledView } from "./tiled.ts";
import { paintGrid } from "./vector.ts";
import type { MakeRecordView, RecordItem, RecordView, RecordViewProps } from "./view.ts";

const SHOW: Choice = {
  name: "show",
  label: "Draw",
  options: [
    ["wave", "Waveform"],
    ["spectrum", "Spectrogram"],
  ],
};
/** Columns of a spectrogram, enough for a wide screen. */
const MOMENTS = 1200;
const JUMP_S = 1;
/** Full scale reaches so far from the middle of its lane. */
const LOUD = 0.92;

/** Players of one view: one plays at a time, and the next goes on where it was. */
class Deck {
  private readonly players = new Set<HTMLAudioElement>();
  private last: HTMLAudioElement | null = null;

  add(player: HTMLAudioElement): void {
    this.players.add(player);
    player.addEventListener("play", () => this.took(player));
  }

  remove(player: HTMLAudioElement): void {
    player.pause();
    this.players.delete(player);
    if (this.last === player) this.last = null;
  }

  private took(player: HTMLAudioElement): void {
    const { last } = this;
    if (last && last !== player && !last.paused) player.currentTime = last.currentTime;
    for (const other of this.players) if (other !== player) other.pause();
    this.last = player;
  }
}

class AudioPane implements Pane<Sound> {
  private readonly surface: Surface;
  private readonly player = element("audio");
  private readonly play = element("button", "play", "Play");
  private readonly clock = element("span", "number");
  private readonly facts = element("span", "muted");
  private readonly raster = new Raster();
  private sound: Sound | null = null;
  private spectrum: { of: Sound; plane: Plane } | null = null;
  private props: RecordViewProps | null = null;
  private item: RecordItem | null = null;
  private cursor: Place | null = null;
  private span: [number, number] = [0, 1];
  private gone = false;

  constructor(
    host: HTMLElement,
    private readonly reader: RecordReader,
    private readonly deck: Deck,
  ) {
    this.surface = new Surface(host, {
      paint: (context, width, height) => this.paint(context, width, height),
      point: (at) => this.point(at),
      drag: (_, moved) => this.pan(moved.x),
      drop: (at, still) => still && this.seek(this.timeAt(at.x)),
      zoom: (at, factor) => this.zoom(at, factor),
      reset: () => {
        this.span = [0, 1];
        this.surface.repaint();
      },
      key: (event) => this.key(event),
    });
    this.player.preload = "none";
    deck.add(this.player);
    this.play.type = "button";
    this.play.addEventListener("click", () => this.toggle());
    for (const name of ["play", "pause", "ended", "seeked", "timeupdate"])
      this.player.addEventListener(name, () => this.moved());
    this.player.addEventListener("error", () => this.failed());
    const bar = element("div", "player-bar");
    bar.append(this.play, this.clock, this.facts);
    host.append(bar);
  }

  show(sound: Sound | null, item: RecordItem, props: RecordViewProps): void {
    if (item.record.id !== this.item?.record.id) {
      const on = !this.player.paused;
      this.player.src = this.reader.dataUrl(item.run.id, item.record.id);
      // Played on into the next step: the same place of a new sound.
      if (on) void this.player.play().catch(() => {});
    }
    this.item = item;
    this.props = props;
    if (sound !== this.sound) this.spectrum = null;
    this.sound = sound;
    if (sound) this.describe(sound, item);
    this.moved();
  }

  destroy(): void {
    this.gone = true;
    this.deck.remove(this.player);
    this.player.removeAttribute("src");
    this.surface.destroy();
  }

  private get seconds(): number {
    return this.sound ? (this.sound.channels[0]?.length ?? 0) / this.sound.rate : 0;
  }

  private describe(sound: Sound, item: RecordItem): void {
    const caption = typeof item.record.meta.caption === "string" ? item.record.meta.caption : "";
    // The decoder of a compressed file has a rate of its own: only what was logged is told.
    const rate = typeof item.record.meta.rate === "number" ? `${formatInteger(item.record.meta.rate)} Hz` : "";
    const facts = [caption, rate, plural(sound.channels.length, "channel")].filter(Boolean).join("   ");
    // Of a run alone the foot of the panel says the rest.
    write(this.facts, this.props && this.props.items.length > 1 ? facts : caption);
    this.facts.title = facts;
    let loudest = 0;
    for (const channel of sound.channels) for (const v of channel) if (Math.abs(v) > loudest) loudest = Math.abs(v);
    this.surface.describe(
      `Sound of ${item.run.name}, ${formatNumber(this.seconds)} seconds, ${facts}, peak ${formatNumber(loudest)}. Space plays, arrow keys seek, plus and minus zoom.`,
    );
  }

  private toggle(): void {
    if (this.player.paused) this.player.play().catch((problem: unknown) => this.props?.onState({ problem }));
    else this.player.pause();
  }

  private failed(): void {
    if (!this.gone && this.player.getAttribute("src"))
      this.props?.onState({ problem: new Error("The browser cannot play this sound.") });
  }

  private moved(): void {
    const { paused, currentTime } = this.player;
    write(this.play, paused ? "Play" : "Pause");
    this.play.setAttribute("aria-label", `${paused ? "Play" : "Pause"} the sound of ${this.item?.run.name}`);
    write(this.clock, `${clockText(currentTime)} / ${clockText(this.seconds)}`);
    this.surface.repaint();
    if (!paused && !this.gone) requestAnimationFrame(() => this.surface.repaint());
  }

  private lane(width: number): { left: number; right: number } {
    return { left: 42, right: width - 8 };
  }

  private timeAt(x: number): number {
    const { left, right } = this.lane(this.surface.width);
    const share = Math.max(0, Math.min(1, (x - left) / (right - left)));
    return (this.span[0] + share * (this.span[1] - this.span[0])) * this.seconds;
  }

  private xAt(time: number): number {
    const { left, right } = this.lane(this.surface.width);
    return left + ((time / (this.seconds || 1) - this.span[0]) / (this.span[1] - this.span[0])) * (right - left);
  }

  private seek(time: number): void {
    this.player.currentTime = Math.max(0, Math.min(this.seconds, time));
    this.moved();
  }

  private pan(dx: number): void {
    const { left, right } = this.lane(this.surface.width);
    const by = (dx / (right - left)) * (this.span[1] - this.span[0]);
    const moved = Math.max(-(1 - this.span[1]), Math.min(this.span[0], by));
    this.span = [this.span[0] - moved, this.span[1] - moved];
    this.surface.repaint();
  }

  private zoom(at: Place, factor: number): void {
    const middle = this.timeAt(at.x) / (this.seconds || 1);
    const wide = Math.min(
      1,
      Math.max(64 / Math.max(64, this.sound?.channels[0]?.length ?? 64), (this.span[1] - this.span[0]) / factor),
    );
    const share = (middle - this.span[0]) / (this.span[1] - this.span[0]);
    const start = Math.max(0, Math.min(1 - wide, middle - share * wide));
    this.span = [start, start + wide];
    this.surface.repaint();
  }

  private key(event: KeyboardEvent): boolean {
    if (event.shiftKey) return false;
    if (event.key === " ") this.toggle();
    else if (event.key === "ArrowLeft") this.seek(this.player.currentTime - JUMP_S);
    else if (event.key === "ArrowRight") this.seek(this.player.currentTime + JUMP_S);
    else if (event.key === "Home") this.seek(0);
    else return false;
    return true;
  }

  private point(at: Place | null): void {
    this.cursor = at;
    const { sound } = this;
    if (!at || !sound) this.surface.tell(null);
    else {
      const time = this.timeAt(at.x);
      const frame = Math.min((sound.channels[0]?.length ?? 1) - 1, Math.floor(time * sound.rate));
      const values = sound.channels.map((channel) => formatNumber(channel[frame]));
      this.surface.tell(at, [`${formatNumber(time, 5)} s`, values.join(", "), `sample ${formatInteger(frame)}`]);
    }
    this.surface.repaint();
  }

  private paint(context: CanvasRenderingContext2D, width: number, height: number): void {
    const { sound, props } = this;
    if (!sound || !props) return;
    const { left, right } = this.lane(width);
    const box = { left, right, top: 4, bottom: height - 20 };
    const from = this.span[0] * this.seconds;
    const xAt = linearTicks(from, this.span[1] * this.seconds, 6).map((t) => ({
      at: this.xAt(t),
      text: `${formatNumber(t)} s`,
    }));
    if (chosen(props.settings, SHOW) === "spectrum") this.paintSpectrum(context, sound, box, xAt, props);
    else this.paintWave(context, sound, box, xAt, props);
    this.paintHeads(context, box, props);
    if (!this.player.paused) requestAnimationFrame(() => this.surface.repaint());
  }

  private paintWave(
    context: CanvasRenderingContext2D,
    sound: Sound,
    box: { left: number; right: number; top: number; bottom: number },
    xAt: readonly { at: number; text: string }[],
    props: RecordViewProps,
  ): void {
    const lane = (box.bottom - box.top) / sound.channels.length;
    const middles = sound.channels.map((_, i) => box.top + (i + 0.5) * lane);
    const ends = lane > 60 ? [1, -1] : [];
    const marks = middles.flatMap((y) => [
      { at: y, text: "0" },
      ...ends.map((v) => ({ at: y - (v * LOUD * lane) / 2, text: sound.channels.length > 1 ? "" : formatNumber(v) })),
    ]);
    paintGrid(context, box, xAt, marks, props.theme);
    const ratio = window.devicePixelRatio || 1;
    const pixels = Math.round((box.right - box.left) * ratio);
    context.fillStyle = props.theme.runs[this.item?.run.style.hue ?? 0] ?? props.theme.ink;
    for (const [i, channel] of sound.channels.entries()) {
      const [from, to] = [Math.floor(this.span[0] * channel.length), Math.ceil(this.span[1] * channel.length)];
      const { low, high } = envelope(channel, pixels, from, to);
      const y = (v: number): number => (middles[i] as number) - (v * LOUD * lane) / 2;
      for (let p = 0; p < pixels; p++) {
        const [top, bottom] = [y(high[p] as number), y(low[p] as number)];
        context.fillRect(box.left + p / ratio, top, 1 / ratio, Math.max(1 / ratio, bottom - top));
      }
    }
  }

  private paintSpectrum(
    context: CanvasRenderingContext2D,
    sound: Sound,
    box: { left: number; right: number; top: number; bottom: number },
    xAt: readonly { at: number; text: string }[],
    props: RecordViewProps,
  ): void {
    if (this.spectrum?.of !== sound) this.spectrum = { of: sound, plane: spectrumPlane(sound) };
    const { plane } = this.spectrum;
    const raster = this.raster.draw(plane, { map: "inferno", low: FLOOR_DB, high: 0, stretch: "linear" });
    const [from, to] = [this.span[0] * plane.columns, this.span[1] * plane.columns];
    context.imageSmoothingEnabled = true;
    context.drawImage(
      raster,
      from,
      0,
      Math.max(1, to - from),
      plane.rows,
      box.left,
      box.top,
      box.right - box.left,
      box.bottom - box.top,
    );
    const nyquist = sound.rate / 2;
    const yAt = linearTicks(0, nyquist, 4).map((f) => ({
      at: box.bottom - (f / nyquist) * (box.bottom - box.top),
      text: f >= 1000 ? `${f / 1000} k` : String(f),
    }));
    paintGrid(context, box, xAt, yAt, props.theme, false);
  }

  private paintHeads(
    context: CanvasRenderingContext2D,
    box: { left: number; right: number; top: number; bottom: number },
    props: RecordViewProps,
  ): void {
    const rule = (x: number, colour: string, wide: number): void => {
      if (x < box.left - 1 || x > box.right + 1) return;
      context.fillStyle = colour;
      context.fillRect(x - wide / 2, box.top, wide, box.bottom - box.top);
    };
    if (this.cursor) rule(this.cursor.x, props.theme.muted, 1);
    rule(this.xAt(this.player.currentTime), props.theme.now, 2);
  }
}

/** All channels together, high frequencies on top. */
function spectrumPlane(sound: Sound): Plane {
  const n = sound.channels[0]?.length ?? 0;
  const mixed = new Float32Array(n);
  for (const channel of sound.channels)
    for (let i = 0; i < n; i++) mixed[i] = (mixed[i] as number) + (channel[i] as number) / sound.channels.length;
  const { frames, bins, level } = spectrogram(mixed, MOMENTS);
  const values = new Float64Array(frames * bins);
  for (let f = 0; f < frames; f++)
    for (let b = 0; b < bins; b++) values[(bins - 1 - b) * frames + f] = level[f * bins + b] as number;
  return { rows: bins, columns: frames, values };
}

function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(1).padStart(4, "0")}`;
}

class AudioView extends TiledView<Sound> implements RecordView {
  private readonly deck = new Deck();

  protected choices(): readonly Choice[] {
    return [SHOW];
  }

  protected async read({ run, record }: RecordItem): Promise<Sound> {
    const bytes = await this.reader.data(run.id, record.id);
    const wav = decodeWav(bytes);
    if (wav) return wav;
    const rate = typeof record.meta.rate === "number" ? record.meta.rate : 44_100;
    // The decoder takes the buffer away, so it gets a copy.
    const decoded = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.slice(0));
    return {
      rate: decoded.sampleRate,
      channels: Array.from({ length: decoded.numberOfChannels }, (_, i) => decoded.getChannelData(i)),
    };
  }

  protected pane(body: HTMLElement): Pane<Sound> {
    return new AudioPane(body, this.reader, this.deck);
  }
}

export const makeAudioView: MakeRecordView = (host, props, reader) => {
  const view = new AudioView(host, props, reader, "audio", 3);
  view.update(props);
  return view;
};
