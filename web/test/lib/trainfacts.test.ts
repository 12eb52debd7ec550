import { expect, test } from "vitest";
import { trainFacts } from "../../src/lib/trainfacts.ts";

test("how something was trained is told in words, the kind of a thing first, and without the seed", () => {
  const train = {
    loss: "auto",
    optimizer: { type: "adamw", lr: 0.001, weight_decay: 0.01, momentum: null },
    schedule: { type: "cosine", warmup: 100 },
    batch_size: 64,
    metrics: ["accuracy", "f1"],
    augment: false,
    stop: null,
    seed: 0,
  };
  expect(trainFacts(train)).toEqual([
    ["loss", "auto"],
    ["optimizer", "adamw, learning rate 0.001, weight decay 0.01"],
    ["schedule", "cosine, warmup 100"],
    ["batch size", "64"],
    ["metrics", "accuracy, f1"],
    ["augment", "no"],
    ["stop", "none"],
  ]);
  expect(trainFacts({ metrics: [], optimizer: {} })).toEqual([
    ["metrics", "none"],
    ["optimizer", "as usual"],
  ]);
});
