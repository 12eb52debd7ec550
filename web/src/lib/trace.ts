/** A trace: one series cut into buckets, about one per pixel, that grows at its live edge. */

/** Parallel columns, one entry per bucket; the meaning of each is in `gnomon.store.envelope.Envelope`. */
export interface Buckets {
  x0: Float64Array;
  x1: Float64Array;
  lowX: Float64Array;
  highX: Float64Array;
  low: Float64Array;
  high: Float64Array;
  mean: Float64Array;
  n: Uint32Array;
  bad: Uint32Array;
}

const FLOATS = ["x0", "x1", "lowX", "highX", "low", "high", "mean"] as const;

/** What became of points that arrived live. */
export type Merge = "appended" | "known" | "stale";

/** Points of one series in a live frame; `total` counts the series after the last of them. */
export interface Arrivals {
  readonly x: ArrayLike<number>;
  readonly value: ArrayLike<number>;
  readonly total: number;
  readonly thinned: boolean;
}

/** The window that live points are drawn in. */
export interface Edge {
  /** Right edge; points beyond it are counted and not kept. */
  readonly last: number;
  /** Pixels of the window; 0 gives every point a bucket of its own. */
  readonly px: number;
  /** Width of the window in units of x; `null` when it grows with the data. */
  readonly width: number | null;
}

const OPEN: Edge = { last: Number.POSITIVE_INFINITY, px: 0, width: null };

export class Trace {
  /** How many buckets were added live. */
  appended = 0;
  /** Value of the last point, where that is known; the mean of a bucket does not tell. */
  last: number | null = null;

  constructor(
    private columns: Buckets,
    public length: number,
    public total: number,
    public span: readonly [number, number],
  ) {}

  static empty(): Trace {
    const none = new Float64Array(0);
    const zero = new Uint32Array(0);
    const buckets = {
      x0: none,
      x1: none,
      lowX: none,
      highX: none,
      low: none,
      high: none,
      mean: none,
      n: zero,
      bad: zero,
    };
    return new Trace(buckets, 0, 0, [Number.NaN, Number.NaN]);
  }

  /** Columns to read; entries at and after `length` are room to grow. */
  get buckets(): Readonly<Buckets> {
    return this.columns;
  }

  /** Points held by the buckets. */
  get points(): number {
    let sum = 0;
    for (let i = 0; i < this.length; i++) sum += this.columns.n[i] as number;
    return sum;
  }

  /** Every bucket stands for a single point: the trace is the raw line. */
  get raw(): boolean {
    for (let i = 0; i < this.length; i++) if (this.columns.n[i] !== 1) return false;
    return true;
  }

  /**
   * Add what arrived live, each point once.
   *
   * The counts decide: a frame that ends at or before `total` is known already, one that overlaps adds its
   * tail, and one that leaves a gap, was thinned, or goes back in x makes the trace stale, to be read again.
   *
   * Neighbours within one pixel share a bucket, exactly as those that the server makes.
   */
  merge(arrivals: Arrivals, edge: Edge = OPEN): Merge {
    const fresh = arrivals.total - this.total;
    // Buckets do not tell the last value of a series; a frame that ends where they do does.
    if (fresh === 0 && arrivals.value.length > 0) this.last = arrivals.value[arrivals.value.length - 1] as number;
    if (fresh <= 0) return "known";
    const count = arrivals.x.length;
    if (arrivals.thinned || fresh > count) return "stale";
    for (let i = count - fresh; i < count; i++) {
      const x = arrivals.x[i] as number;
      const end = this.length > 0 ? (this.columns.x1[this.length - 1] as number) : Number.NEGATIVE_INFINITY;
      if (!(x > end) || x <= this.span[1]) return "stale";
      this.span = [Number.isNaN(this.span[0]) ? x : this.span[0], x];
      this.last = arrivals.value[i] as number;
      if (x <= edge.last) this.add(x, this.last, edge);
    }
    this.total = arrivals.total;
    return "appended";
  }

  private add(x: number, value: number, edge: Edge): void {
    const pixel = edge.px > 0 ? (edge.width ?? x - this.span[0]) / edge.px : 0;
    const i = this.length - 1;
    if (i >= 0 && x - (this.columns.x0[i] as number) < pixel) this.fold(i, x, value);
    else this.push(x, value);
  }

  /** Add a point to a bucket. */
  private fold(i: number, x: number, value: number): void {
    const c = this.columns;
    c.x1[i] = x;
    c.n[i] = (c.n[i] as number) + 1;
    if (!Number.isFinite(value)) {
      c.bad[i] = (c.bad[i] as number) + 1;
      return;
    }
    const finite = (c.n[i] as number) - (c.bad[i] as number);
    const mean = finite === 1 ? 0 : (c.mean[i] as number);
    c.mean[i] = mean + (value - mean) / finite;
    if (!(value >= (c.low[i] as number))) [c.low[i], c.lowX[i]] = [value, x];
    if (!(value <= (c.high[i] as number))) [c.high[i], c.highX[i]] = [value, x];
  }

  private push(x: number, value: number): void {
    if (this.length === this.columns.x0.length) this.grow();
    const i = this.length++;
    const finite = Number.isFinite(value);
    const shown = finite ? value : Number.NaN;
    const c = this.columns;
    for (const column of [c.x0, c.x1, c.lowX, c.highX]) column[i] = x;
    for (const column of [c.low, c.high, c.mean]) column[i] = shown;
    c.n[i] = 1;
    c.bad[i] = finite ? 0 : 1;
    this.appended += 1;
  }

  private grow(): void {
    const room = Math.max(64, this.length * 2);
    const old = this.columns;
    const wider = (column: Float64Array): Float64Array => {
      const next = new Float64Array(room);
      next.set(column);
      return next;
    };
    const counts = (column: Uint32Array): Uint32Array => {
      const next = new Uint32Array(room);
      next.set(column);
      return next;
    };
    const floats = Object.fromEntries(FLOATS.map((name) => [name, wider(old[name])])) as Omit<Buckets, "n" | "bad">;
    this.columns = { ...floats, n: counts(old.n), bad: counts(old.bad) };
  }

  /** Index of the first bucket that ends at or after `x`; `length` when there is none. */
  firstAt(x: number): number {
    return this.search(this.columns.x1, (edge) => edge >= x);
  }

  /** Index after the last bucket that begins at or before `x`. */
  lastAt(x: number): number {
    return this.search(this.columns.x0, (edge) => edge > x);
  }

  private search(column: Float64Array, reached: (edge: number) => boolean): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reached(column[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Index of the bucket nearest to `x`, -1 when there is none. */
  nearest(x: number): number {
    if (this.length === 0) return -1;
    const right = Math.min(this.firstAt(x), this.length - 1);
    const left = Math.max(right - 1, 0);
    const away = (i: number): number => {
      const before = (this.columns.x0[i] as number) - x;
      const after = x - (this.columns.x1[i] as number);
      return Math.max(before, after, 0);
    };
    return away(left) < away(right) ? left : right;
  }

  /** Smallest and largest finite value between two x, and how many points there are not finite. */
  extent(first: number, last: number, positive = false): { low: number; high: number; bad: number; points: number } {
    const c = this.columns;
    const out = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY, bad: 0, points: 0 };
    const end = this.lastAt(last);
    for (let i = this.firstAt(first); i < end; i++) {
      const low = c.low[i] as number;
      const high = c.high[i] as number;
      out.bad += c.bad[i] as number;
      out.points += c.n[i] as number;
      if (high > out.high) out.high = high;
      if (low < out.low && (!positive || low > 0)) out.low = low;
      if (positive && low <= 0 && high > 0) out.low = Math.min(out.low, positiveFloor(c.mean[i] as number, high));
    }
    return out;
  }
}

/** A bucket that holds values on both sides of zero says of its positive part only that its mean or its top is in it. */
function positiveFloor(mean: number, high: number): number {
  return mean > 0 ? Math.min(mean, high) : high;
}
