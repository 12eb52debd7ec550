import { expect, test } from "vitest";
import { fuzzy } from "../../src/lib/fuzzy.ts";

const marked = (question: string, text: string): string | null => {
  const match = fuzzy(question, text);
  return match && [...text].map((c, i) => (match.hits.includes(i) ? c.toUpperCase() : c)).join("");
};

const best = (question: string, texts: readonly string[]): string[] =>
  texts
    .flatMap((text) => {
      const match = fuzzy(question, text);
      return match ? [{ text, score: match.score }] : [];
    })
    .sort((a, b) => b.score - a.score)
    .map((one) => one.text);

test("letters are found where words begin, and together, before they are found strewn", () => {
  expect(marked("vacc", "val/acc")).toBe("Val/ACC");
  expect(marked("acc", "a/cat/acc")).toBe("a/cat/ACC");
  expect(marked("trlo", "train/loss")).toBe("TRain/LOss");
  expect(marked("lr", "learning_rate")).toBe("Learning_Rate");
  expect(marked("sm th", "smoothing")).toBe("SMooTHing");
});

test("words are found in any order, each of them", () => {
  expect(marked("7 otter", "brave-otter-7")).toBe("brave-OTTER-7");
  expect(fuzzy("otter zebra", "brave-otter-7")).toBeNull();
});

test("letters strewn over a text are no match", () => {
  expect(fuzzy("loss", "logarithmic x or s")).toBeNull();
  expect(fuzzy("xyz", "train/loss")).toBeNull();
});

test("the text itself comes first, then what begins so, then where a word begins", () => {
  expect(best("loss", ["glossy", "train/loss", "loss", "loss/val"])).toEqual([
    "loss",
    "loss/val",
    "train/loss",
    "glossy",
  ]);
});

test("nothing asked matches everything, and letters that change their length stay in place", () => {
  expect(fuzzy("", "train/loss")?.hits).toEqual([]);
  expect(marked("run", "İİ run")).toBe("İİ RUN");
  expect(marked("北京", "实验 北京")).toBe("实验 北京");
});

test("five thousand long names take no longer than a blink", () => {
  const names = Array.from({ length: 5000 }, (_, i) => `layer.${i}/attention/query/weight/gradient/norm.${i}`);
  expect(names.filter((name) => fuzzy("attgrad 42", name)).length).toBeGreaterThan(50);
});
