import type { Shard } from '../../src/core/shard.ts';

/** A shard of whose hash keys nothing is told. */
export const shard = (id: string, ...parents: string[]): Shard => ({ id, parents, hashRange: undefined });
