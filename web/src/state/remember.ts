/** Small things this browser remembers: where the splitter stood, the last smoothing. Never data. */

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`gnomon.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`gnomon.${name}`, value);
  } catch {
    // A browser that keeps nothing forgets the splitter; nothing else depends on it.
  }
}
