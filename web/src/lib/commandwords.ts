/** A command as somebody types it, as the words that a program gets; no shell is asked. */

/** Words of a line; `null` while a quote is open. Quotes and backslashes are those of a POSIX shell, and nothing else is. */
export function commandWords(line: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const sign = line.charAt(i);
    if (quote === "" && /\s/.test(sign)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (sign === quote) {
      quote = "";
    } else if (quote === "" && (sign === '"' || sign === "'")) {
      quote = sign;
      word ??= "";
    } else if (sign === "\\" && quote !== "'" && i + 1 < line.length) {
      const next = line.charAt(++i);
      word = (word ?? "") + (quote === '"' && next !== '"' && next !== "\\" ? sign + next : next);
    } else {
      word = (word ?? "") + sign;
    }
  }
  if (quote !== "") return null;
  if (word !== null) words.push(word);
  return words;
}

/** What of a command only a shell would understand, as its user has to know; "" for none. */
export function shellOnly(words: readonly string[]): string {
  const sign = words.find((word) => ["|", "||", "&&", ";", ">", ">>", "<", "&"].includes(word));
  if (sign !== undefined) return `${sign} is for a shell, and none reads this: put sh -c '…' around it.`;
  const first = words[0] ?? "";
  return /^[A-Za-z_]\w*=/.test(first) ? `${first} is for a shell: put env in front of it.` : "";
}
