import { expect, test } from "vitest";
import { jacobi, pca, procrustes, project } from "../../src/lib/pca.ts";

/** Numbers that look random and are the same each time. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

test("eigenvalues of a small matrix are those of the book", () => {
  const { values, vectors } = jacobi(Float64Array.of(2, 1, 1, 2), 2);
  expect(Array.from(values).map((v) => v.toFixed(9))).toEqual(["3.000000000", "1.000000000"]);
  expect(Math.abs((vectors[0] as number) / (vectors[2] as number))).toBeCloseTo(1, 9);
});

test("components and their shares equal those of the whole covariance matrix", () => {
  const [n, dim] = [200, 12];
  const random = noise(3);
  const rows = Float32Array.from(
    { length: n * dim },
    (_, i) => random() * (1 + (i % dim)) + ((i % dim) * random()) / 3,
  );
  const mean = Array.from({ length: dim }, (_, d) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += rows[i * dim + d] as number;
    return sum / n;
  });
  const covariance = new Float64Array(dim * dim);
  for (let a = 0; a < dim; a++) {
    for (let b = 0; b < dim; b++) {
      for (let i = 0; i < n; i++) {
        const [x, y] = [
          (rows[i * dim + a] as number) - (mean[a] as number),
          (rows[i * dim + b] as number) - (mean[b] as number),
        ];
        covariance[a * dim + b] = (covariance[a * dim + b] as number) + x * y;
      }
    }
  }
  const { values } = jacobi(covariance, dim);
  const whole = values.reduce((sum, v) => sum + v, 0);
  const found = pca(rows, n, dim, 3);
  for (let k = 0; k < 3; k++) expect(found.explained[k]).toBeCloseTo((values[k] as number) / whole, 9);
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      let dot = 0;
      for (let d = 0; d < dim; d++) dot += (found.axes[a * dim + d] as number) * (found.axes[b * dim + d] as number);
      expect(dot).toBeCloseTo(a === b ? 1 : 0, 9);
    }
  }
});

test("more dimensions than rows give the same shares as the rows turned round", () => {
  const random = noise(17);
  const [n, dim] = [6, 40];
  const rows = Float32Array.from({ length: n * dim }, random);
  const mean = Array.from(
    { length: dim },
    (_, d) => Array.from({ length: n }, (_, i) => rows[i * dim + d] as number).reduce((a, b) => a + b) / n,
  );
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let d = 0; d < dim; d++) {
        const [a, b] = [
          (rows[i * dim + d] as number) - (mean[d] as number),
          (rows[j * dim + d] as number) - (mean[d] as number),
        ];
        gram[i * n + j] = (gram[i * n + j] as number) + a * b;
      }
    }
  }
  const { values } = jacobi(gram, n);
  const whole = values.reduce((sum, v) => sum + v, 0);
  const found = pca(rows, n, dim, 2);
  for (let k = 0; k < 2; k++) expect(found.explained[k]).toBeCloseTo((values[k] as number) / whole, 8);
});

test("a line in space is one component that explains everything", () => {
  const rows = Float32Array.from([0, 1, 2, 3].flatMap((t) => [3 * t, 4 * t, 0]));
  const found = pca(rows, 4, 3, 2);
  expect(found.explained[0]).toBeCloseTo(1, 12);
  expect(found.explained[1]).toBeCloseTo(0, 12);
  const along = project(found, rows, 4, 3);
  expect([0, 1, 2, 3].map((i) => along[2 * i])).toEqual([-7.5, -2.5, 2.5, 7.5].map((v) => expect.closeTo(v, 6)));
});

test("data without any variance, or with fewer numbers than components, is no trouble", () => {
  expect(Array.from(pca(new Float32Array(12), 4, 3, 2).explained)).toEqual([0, 0]);
  expect(pca(Float32Array.of(1, 5), 2, 1, 3).count).toBe(1);
});

test.each([
  ["turned", 1],
  ["mirrored", -1],
])("a picture that was %s comes back", (_, flip) => {
  const random = noise(9);
  const onto = Float64Array.from({ length: 80 }, random);
  const [c, s] = [Math.cos(2.1), Math.sin(2.1)];
  const moved = new Float64Array(80);
  for (let i = 0; i < 40; i++) {
    const [x, y] = [onto[2 * i] as number, flip * (onto[2 * i + 1] as number)];
    moved[2 * i] = c * x - s * y + 5;
    moved[2 * i + 1] = s * x + c * y - 3;
  }
  const back = procrustes(moved, onto);
  for (let i = 0; i < 80; i++) expect(back[i]).toBeCloseTo(onto[i] as number, 9);
});

test("a picture keeps its size when it is put onto a smaller one", () => {
  const back = procrustes(Float64Array.of(0, 0, 4, 0), Float64Array.of(0, 0, 0, 1));
  expect(Math.hypot((back[2] as number) - (back[0] as number), (back[3] as number) - (back[1] as number))).toBeCloseTo(
    4,
    9,
  );
});
