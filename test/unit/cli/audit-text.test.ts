import { describe, expect, it } from 'vitest';
import type { AuditReport } from '../../../src/app/audit/job.ts';
import { auditSummary, findingLine, isAccounted } from '../../../src/cli/audit-text.ts';

const COUNTS = {
  records: 0,
  indexed: 0,
  duplicate: 0,
  dead_letter: 0,
  pending: 0,
  missing: 0,
  different: 0,
  unexpected: 0,
};

const report = (totals: Partial<AuditReport['totals']>, more: Partial<AuditReport> = {}): AuditReport => ({
  stream: 'events',
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-02T00:00:00.000Z',
  totals: { ...COUNTS, ...totals },
  rows: [],
  absent_indices: [],
  notes: [],
  ...more,
});

const last = (of: AuditReport): string | undefined => auditSummary(of).split('\n').at(-1);
const repair = { records: 3, indexed: 3, duplicate: 0, dead_letter: 0, left: 0 };

describe('the end of an audit', () => {
  it.each([
    [report({ indexed: 5 }), 'everything is accounted for', true],
    [report({ pending: 2 }), 'everything is accounted for; 2 are yet to come', true],
    [report({ missing: 3, different: 2, unexpected: 1 }), '3 missing, 2 different, 1 unexpected', false],
    [report({ missing: 3 }, { repair }), 'everything is accounted for', true],
    [report({ missing: 3, unexpected: 1 }, { repair: { ...repair, left: 1 } }), '1 missing, 1 unexpected', false],
    [report({ indexed: 5 }, { unread: 0 }), 'everything is accounted for', true],
    [report({ indexed: 5 }, { unread: 2 }), '2 unread', false],
    [report({ missing: 9 }, { repair, absent_indices: [{ index: 'i', missing: 6 }] }), '6 missing', false],
  ])('says what is wrong after all', (of, verdict, accounted) => {
    expect(last(of)).toBe(verdict);
    expect(isAccounted(of)).toBe(accounted);
  });
});

describe('a finding', () => {
  it('stays on its line, whatever the id holds', () => {
    const finding = { verdict: 'unexpected' as const, index: 'i', id: 'a\n\u001b[2Jb', why: 'so' };
    expect(findingLine(finding)).toBe('unexpected  i "a\\n\\u001b[2Jb": so');
  });

  it('says where the record is, which message it is of several, and what stands there instead', () => {
    const where = { shard: 's', sequence_number: '7', sub_sequence_number: 2, ordinal: 0, arrived_at: '2026-01-01' };
    const stored = { index: 'i', id: 'old', digest: undefined };
    const finding = { verdict: 'different' as const, index: 'i', id: 'x', ...where, stored, why: 'so' };
    expect(findingLine(finding)).toBe('different   i x (s 7 message 2 document 0, arrived 2026-01-01), i old: so');
  });
});
