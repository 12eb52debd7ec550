/**
 * Requests wait a moment for the live stream to begin. What is read after that misses nothing; what is read before
 * would have to be read again.
 */

export class Gate {
  isOpen = false;
  readonly passed: Promise<void>;
  private let!: () => void;

  constructor() {
    this.passed = new Promise((resolve) => {
      this.let = resolve;
    });
  }

  open(): void {
    this.isOpen = true;
    this.let();
  }
}

/** The gate of this tab. Who does without a stream opens it. */
export const gate = new Gate();
