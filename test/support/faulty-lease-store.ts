import type { LeaseStore } from '../../src/lease/store.ts';

/** What happens to one call: it is refused unseen, it arrives and its answer is lost, it arrives twice, or all is well. */
export type LeaseFault = 'throttled' | 'answer-lost' | 'repeated' | undefined;

/** A lease table behind a bad network: `fault` is asked before each call. */
export const faultyLeaseStore = (store: LeaseStore, fault: (call: keyof LeaseStore) => LeaseFault): LeaseStore => {
  const through = async <T>(call: keyof LeaseStore, send: () => Promise<T>): Promise<T> => {
    const what = fault(call);
    if (what === 'throttled') throw new Error('throttled');
    const first = await send();
    if (what === 'answer-lost') throw new Error('the answer was lost');
    return what === 'repeated' ? send() : first;
  };
  return {
    prepare: (signal) => through('prepare', () => store.prepare(signal)),
    list: (signal) => through('list', () => store.list(signal)),
    create: (lease, id) => through('create', () => store.create(lease, id)),
    take: (seen, owner, startMs, id) => through('take', () => store.take(seen, owner, startMs, id)),
    renew: (fence, id) => through('renew', () => store.renew(fence, id)),
    save: (fence, checkpoint, id) => through('save', () => store.save(fence, checkpoint, id)),
    finish: (fence, children, id) => through('finish', () => store.finish(fence, children, id)),
    release: (fence, id) => through('release', () => store.release(fence, id)),
    assign: (fence, to, id) => through('assign', () => store.assign(fence, to, id)),
    show: (worker) => through('show', () => store.show(worker)),
    hide: (worker) => through('hide', () => store.hide(worker)),
  };
};
