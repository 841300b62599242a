/** A canonical event. */
export const event = (id: string, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    event_id: id,
    event_type: 'play',
    timestamp: '2026-01-02T03:04:05.678Z',
    artist: `artist of ${id}`,
    ...more,
  });
