/** Where work waits until there is room for more. */
export class WaitingRoom {
  readonly #isFull: () => boolean;
  readonly #waiting = new Set<() => void>();

  constructor(isFull: () => boolean) {
    this.#isFull = isFull;
  }

  /** Resolves when there is room, or when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    while (this.#isFull() && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const go = () => resolve();
      this.#waiting.add(go);
      signal.addEventListener('abort', go, { once: true });
      await promise;
      signal.removeEventListener('abort', go);
      this.#waiting.delete(go);
    }
  }

  /** Each looks again for itself, in the order of their coming: the first may fill the room anew. */
  letIn(): void {
    if (this.#isFull()) return;
    for (const go of this.#waiting) go();
  }
}
