/** One reason to be ready or not: asked by /readyz, shown by the status page. */
export interface Probe {
  readonly name: string;
  /** Resolves to undefined when sound, else to a sentence that says what is wrong. May reject: that is a reason too. */
  check(signal: AbortSignal): Promise<string | undefined>;
}
