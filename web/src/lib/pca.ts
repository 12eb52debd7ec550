/** Principal components, and putting one step's picture onto another's. */

export interface Pca {
  /** Mean of the rows. */
  readonly mean: Float64Array;
  /** Unit vectors, one after another, most variance first. */
  readonly axes: Float64Array;
  readonly count: number;
  /** Share of the whole variance that each component holds. */
  readonly explained: Float64Array;
}

const MOST_TURNS = 300;
/** Dimensions up to which the scatter matrix is built. */
const MOST_BUILT = 1024;

/** The scatter matrix times each of some vectors. */
type Times = (block: Float64Array, width: number) => Float64Array;
const PRECISION = 1e-11;

/**
 * The first principal components of `n` rows of `dim` numbers.
 *
 * Subspace iteration on the scatter matrix XᵀX: each turn multiplies a small block by it, makes it orthonormal and
 * solves the block's own eigenproblem by Jacobi's rotations. The block is wider than what is asked, which makes it
 * converge, and the whole variance is the trace, so the shares are exact. The matrix is built where that is cheaper
 * than going through all rows at every turn.
 */
export function pca(rows: Float32Array, n: number, dim: number, count = 3): Pca {
  const wanted = Math.min(count, dim);
  const mean = meanOf(rows, n, dim);
  const x = centred(rows, n, dim, mean);
  let whole = 0;
  for (let i = 0; i < x.length; i++) whole += (x[i] as number) ** 2;
  const width = Math.min(dim, wanted + 6);
  let block = start(dim, width);
  let before = 0;
  let values: Float64Array = new Float64Array(width);
  const times = dim <= MOST_BUILT && n > dim ? built(x, n, dim) : unbuilt(x, n, dim);
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const image = orthonormal(times(block, width), dim, width);
    const solved = rayleigh(times, dim, image, width);
    block = solved.block;
    values = solved.values;
    let sum = 0;
    for (let k = 0; k < wanted; k++) sum += (values[k] as number) * (1 + k / 7);
    if (Math.abs(sum - before) <= PRECISION * Math.abs(sum)) break;
    before = sum;
  }
  const explained = Float64Array.from({ length: wanted }, (_, k) => (whole > 0 ? (values[k] as number) / whole : 0));
  const axes = block.slice(0, wanted * dim);
  for (let k = 0; k < wanted; k++) pointUp(axes.subarray(k * dim, (k + 1) * dim));
  return { mean, axes, count: wanted, explained };
}

/** Coordinates of rows along the components: `n` rows of `count` numbers. */
export function project(basis: Pca, rows: Float32Array, n: number, dim: number): Float64Array {
  const out = new Float64Array(n * basis.count);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < basis.count; k++) {
      let sum = 0;
      for (let d = 0; d < dim; d++) {
        sum += ((rows[i * dim + d] as number) - (basis.mean[d] as number)) * (basis.axes[k * dim + d] as number);
      }
      out[i * basis.count + k] = sum;
    }
  }
  return out;
}

function meanOf(rows: Float32Array, n: number, dim: number): Float64Array {
  const mean = new Float64Array(dim);
  for (let i = 0; i < n; i++)
    for (let d = 0; d < dim; d++) mean[d] = (mean[d] as number) + (rows[i * dim + d] as number);
  return mean.map((sum) => sum / Math.max(1, n));
}

function centred(rows: Float32Array, n: number, dim: number, mean: Float64Array): Float64Array {
  const x = new Float64Array(n * dim);
  for (let i = 0; i < n; i++) {
    for (let d = 0; d < dim; d++) x[i * dim + d] = (rows[i * dim + d] as number) - (mean[d] as number);
  }
  return x;
}

/** A block that no data set is likely to stand square to, the same each time: pseudo-random from a fixed seed. */
function start(dim: number, width: number): Float64Array {
  let seed = 12345;
  return Float64Array.from({ length: dim * width }, () => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed / 0x7fffffff - 0.5;
  });
}

function built(x: Float64Array, n: number, dim: number): Times {
  const scatter = new Float64Array(dim * dim);
  for (let i = 0; i < n; i++) {
    const row = x.subarray(i * dim, (i + 1) * dim);
    for (let a = 0; a < dim; a++) {
      const value = row[a] as number;
      const at = a * dim;
      for (let b = a; b < dim; b++) scatter[at + b] = (scatter[at + b] as number) + value * (row[b] as number);
    }
  }
  for (let a = 0; a < dim; a++) for (let b = 0; b < a; b++) scatter[a * dim + b] = scatter[b * dim + a] as number;
  return (block, width) => {
    const out = new Float64Array(width * dim);
    for (let k = 0; k < width; k++) {
      const vector = block.subarray(k * dim, (k + 1) * dim);
      for (let a = 0; a < dim; a++) out[k * dim + a] = dot(scatter.subarray(a * dim, (a + 1) * dim), vector);
    }
    return out;
  };
}

/** Without the matrix: through all rows, X first and then Xᵀ. */
function unbuilt(x: Float64Array, n: number, dim: number): Times {
  return (block, width) => {
    const out = new Float64Array(width * dim);
    for (let i = 0; i < n; i++) {
      const row = i * dim;
      for (let k = 0; k < width; k++) {
        const at = k * dim;
        let along = 0;
        for (let d = 0; d < dim; d++) along += (x[row + d] as number) * (block[at + d] as number);
        if (along === 0) continue;
        for (let d = 0; d < dim; d++) out[at + d] = (out[at + d] as number) + along * (x[row + d] as number);
      }
    }
    return out;
  };
}

/** Gram and Schmidt, twice for the sake of rounding; a vector that vanishes is left at zero. */
function orthonormal(block: Float64Array, dim: number, width: number): Float64Array {
  for (let k = 0; k < width; k++) {
    const v = block.subarray(k * dim, (k + 1) * dim);
    const before = norm(v);
    for (let again = 0; again < 2; again++) {
      for (let j = 0; j < k; j++) {
        const u = block.subarray(j * dim, (j + 1) * dim);
        const along = dot(u, v);
        for (let d = 0; d < dim; d++) v[d] = (v[d] as number) - along * (u[d] as number);
      }
    }
    const length = norm(v);
    const scale = length > 1e-13 * before && length > 0 ? 1 / length : 0;
    for (let d = 0; d < dim; d++) v[d] = (v[d] as number) * scale;
  }
  return block;
}

/** Turn an orthonormal block so that its vectors are eigenvectors within what it spans, largest first. */
function rayleigh(times: Times, dim: number, block: Float64Array, width: number) {
  const image = times(block, width);
  const small = new Float64Array(width * width);
  for (let a = 0; a < width; a++) {
    for (let b = 0; b < width; b++) {
      small[a * width + b] = dot(block.subarray(a * dim, (a + 1) * dim), image.subarray(b * dim, (b + 1) * dim));
    }
  }
  const { values, vectors } = jacobi(small, width);
  const turned = new Float64Array(width * dim);
  for (let k = 0; k < width; k++) {
    for (let j = 0; j < width; j++) {
      const weight = vectors[j * width + k] as number;
      for (let d = 0; d < dim; d++) {
        turned[k * dim + d] = (turned[k * dim + d] as number) + weight * (block[j * dim + d] as number);
      }
    }
  }
  return { values, block: turned };
}

/**
 * Eigenvalues, largest first, and eigenvectors (as columns) of a symmetric matrix, by Jacobi's cyclic rotations.
 */
export function jacobi(matrix: Float64Array, size: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let on = 0;
    for (let p = 0; p < size; p++) {
      on += (a[p * size + p] as number) ** 2;
      for (let q = p + 1; q < size; q++) off += (a[p * size + q] as number) ** 2;
    }
    if (off <= 1e-30 * on) break;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q);
  }
  const order = Array.from({ length: size }, (_, i) => i);
  order.sort((i, j) => (a[j * size + j] as number) - (a[i * size + i] as number));
  const vectors = new Float64Array(size * size);
  for (const [to, from] of order.entries()) {
    for (let i = 0; i < size; i++) vectors[i * size + to] = v[i * size + from] as number;
  }
  return { values: Float64Array.from(order, (i) => a[i * size + i] as number), vectors };
}

/** Make the entry (p, q) zero: tan 2θ = 2a_pq / (a_pp − a_qq). */
function rotate(a: Float64Array, v: Float64Array, size: number, p: number, q: number): void {
  const apq = a[p * size + q] as number;
  if (apq === 0) return;
  const theta = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < size; k++) turn(a, k * size + p, k * size + q, c, s);
  for (let k = 0; k < size; k++) turn(a, p * size + k, q * size + k, c, s);
  for (let k = 0; k < size; k++) turn(v, k * size + p, k * size + q, c, s);
}

function turn(m: Float64Array, i: number, j: number, c: number, s: number): void {
  const [x, y] = [m[i] as number, m[j] as number];
  m[i] = c * x - s * y;
  m[j] = s * x + c * y;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

/** A direction and its opposite are the same axis: let the largest part be positive. */
function pointUp(axis: Float64Array): void {
  let most = 0;
  for (const part of axis) if (Math.abs(part) > Math.abs(most)) most = part;
  if (most < 0) for (let d = 0; d < axis.length; d++) axis[d] = -(axis[d] as number);
}

/**
 * Turn (and mirror) a flat picture so that its points lie as near as they can to the same points of another.
 *
 * The orthogonal Procrustes problem in the plane: with M = Σ aᵢ bᵢᵀ of centred points, the best rotation has
 * θ = atan2(M₀₁ − M₁₀, M₀₀ + M₁₁) and the best mirror image θ = atan2(M₀₁ + M₁₀, M₀₀ − M₁₁); whichever gathers more
 * wins. Sizes are kept: that a cloud spreads is worth seeing.
 *
 * @param points x, y of each point, one after another; not changed.
 * @param onto The same points in the other picture.
 */
export function procrustes(points: Float64Array, onto: Float64Array): Float64Array {
  const n = Math.min(points.length, onto.length) / 2;
  const [ma, mb] = [centre(points, n), centre(onto, n)];
  let [m00, m01, m10, m11] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [ax, ay] = [(points[2 * i] as number) - ma[0], (points[2 * i + 1] as number) - ma[1]];
    const [bx, by] = [(onto[2 * i] as number) - mb[0], (onto[2 * i + 1] as number) - mb[1]];
    m00 += ax * bx;
    m01 += ax * by;
    m10 += ay * bx;
    m11 += ay * by;
  }
  const turned = Math.hypot(m00 + m11, m01 - m10);
  const mirrored = Math.hypot(m00 - m11, m01 + m10);
  const flip = mirrored > turned ? -1 : 1;
  const angle = flip < 0 ? Math.atan2(m01 + m10, m00 - m11) : Math.atan2(m01 - m10, m00 + m11);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const out = new Float64Array(points.length);
  for (let i = 0; 2 * i + 1 < points.length; i++) {
    const [x, y] = [(points[2 * i] as number) - ma[0], flip * ((points[2 * i + 1] as number) - ma[1])];
    out[2 * i] = c * x - s * y + mb[0];
    out[2 * i + 1] = s * x + c * y + mb[1];
  }
  return out;
}

function centre(points: Float64Array, n: number): [number, number] {
  let [x, y] = [0, 0];
  for (let i = 0; i < n; i++) {
    x += points[2 * i] as number;
    y += points[2 * i + 1] as number;
  }
  return n > 0 ? [x / n, y / n] : [0, 0];
}
