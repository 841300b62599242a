/** Things on their way, ordered by when they arrive (a binary heap); what arrives together keeps its order. */
export class Arrivals<T> {
  readonly #heap: { readonly atMs: number; readonly order: number; readonly item: T }[] = [];
  #order = 0;

  /** When the next one arrives; Infinity when nothing is under way. */
  nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, item: T): void {
    this.#heap.push({ atMs, order: this.#order, item });
    this.#order += 1;
    let child = this.#heap.length - 1;
    while (child > 0 && this.#swapIfBefore(child, (child - 1) >> 1)) child = (child - 1) >> 1;
  }

  take(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || first === last) return first?.item;
    this.#heap[0] = last;
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const smaller = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(smaller, parent)) return first.item;
      parent = smaller;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#heap[a];
    const other = this.#heap[b];
    if (one === undefined || other === undefined) return false;
    return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
  }

  #swapIfBefore(child: number, parent: number): boolean {
    if (!this.#isBefore(child, parent)) return false;
    const [one, other] = [this.#heap[child], this.#heap[parent]];
    if (one === undefined || other === undefined) return false;
    this.#heap[child] = other;
    this.#heap[parent] = one;
    return true;
  }
}
