/** One step of a policy: from this many desired workers on, so many tasks. */
export interface Step {
  readonly from: number;
  readonly tasks: number;
}

/** "Quotas for Application Auto Scaling": step adjustments per step scaling policy. */
const MOST_STEPS = 20;

/**
 * The steps that turn a number into as many tasks, from `min` to `max`. Where there are more numbers than steps, some are
 * left out, and the next larger one is taken: never fewer tasks than asked for.
 */
export const stepsTo = (min: number, max: number): readonly Step[] => {
  const count = Math.min(MOST_STEPS, max - min + 1);
  const tasks = Array.from({ length: count }, (_, at) =>
    count === 1 ? max : min + Math.ceil((at * (max - min)) / (count - 1)),
  );
  // Between two numbers, so that no rounding on the way matters.
  return tasks.map((each, at) => ({ from: at === 0 ? 0 : (tasks[at - 1] ?? 0) + 0.5, tasks: each }));
};
