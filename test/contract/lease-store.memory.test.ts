import { describe } from 'vitest';
import { memoryLeaseStore } from '../../src/lease/memory/store.ts';
import { leaseStoreContract } from './lease-store.ts';

describe('the lease table in memory', () => {
  leaseStoreContract(async () => memoryLeaseStore());
});
