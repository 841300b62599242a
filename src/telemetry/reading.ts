import type { Registry } from 'prom-client';
import type { Reading } from './emf.ts';
import { EMF_METRICS } from './emf-metrics.ts';

/** The series that CloudWatch gets, and no others: reading some of the others begins their measurement anew. */
export const readingOf = async (registry: Registry): Promise<Reading> => {
  const names = new Set(EMF_METRICS.flatMap(({ from, of }) => (of === undefined ? [from] : [from, of])));
  const read = async (name: string) => {
    const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {};
    return [name, values] as const;
  };
  return new Map(await Promise.all([...names].map(read)));
};
