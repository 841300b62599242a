import type { LeaseStore } from '../../src/lease/store.ts';

/** A lease table of which every call goes through something on its way. */
export const eachCall = (
  store: LeaseStore,
  through: <T>(call: keyof LeaseStore, send: () => Promise<T>) => Promise<T>,
): LeaseStore => ({
  prepare: (signal) => through('prepare', () => store.prepare(signal)),
  list: (signal) => through('list', () => store.list(signal)),
  create: (lease, id) => through('create', () => store.create(lease, id)),
  take: (seen, owner, startMs, id) => through('take', () => store.take(seen, owner, startMs, id)),
  renew: (fence, id) => through('renew', () => store.renew(fence, id)),
  save: (fence, checkpoint, id) => through('save', () => store.save(fence, checkpoint, id)),
  finish: (fence, children, id) => through('finish', () => store.finish(fence, children, id)),
  release: (fence, id) => through('release', () => store.release(fence, id)),
  assign: (fence, to, id) => through('assign', () => store.assign(fence, to, id)),
  remove: (ended) => through('remove', () => store.remove(ended)),
  show: (worker) => through('show', () => store.show(worker)),
  hide: (worker) => through('hide', () => store.hide(worker)),
});

/** What happens to one call: it is refused unseen, it arrives and its answer is lost, it arrives twice, or all is well. */
export type LeaseFault = 'throttled' | 'answer-lost' | 'repeated' | undefined;

export const withFault = async <T>(fault: LeaseFault, send: () => Promise<T>): Promise<T> => {
  if (fault === 'throttled') throw new Error('throttled');
  const first = await send();
  if (fault === 'answer-lost') throw new Error('the answer was lost');
  return fault === 'repeated' ? send() : first;
};

/** A lease table behind a bad network: `fault` is asked before each call. */
export const faultyLeaseStore = (store: LeaseStore, fault: (call: keyof LeaseStore) => LeaseFault): LeaseStore =>
  eachCall(store, (call, send) => withFault(fault(call), send));
