import { expect, test } from "vitest";
import { commandWords, shellOnly } from "../../src/lib/commandwords.ts";

test.each([
  ["python train.py --lr 0.1", ["python", "train.py", "--lr", "0.1"]],
  ["  a\t b  ", ["a", "b"]],
  [`sh -c 'echo "a b" $x' ""`, ["sh", "-c", 'echo "a b" $x', ""]],
  [String.raw`a\ b "c\"d\n" 'e\f'`, ["a b", String.raw`c"d\n`, String.raw`e\f`]],
  ["--name='first one'x", ["--name=first onex"]],
  ["", []],
])("words of %s", (line, words) => {
  expect(commandWords(line)).toEqual(words);
});

test("an open quote is no command yet", () => {
  expect(commandWords("echo 'a")).toBeNull();
  expect(commandWords('echo "a')).toBeNull();
});

test("what only a shell understands is told", () => {
  expect(shellOnly(["a", "|", "b"])).toBe("| is for a shell, and none reads this: put sh -c '…' around it.");
  expect(shellOnly(["LR=1", "python"])).toBe("LR=1 is for a shell: put env in front of it.");
  expect(shellOnly(["python", "x=1", "a>b"])).toBe("");
});
