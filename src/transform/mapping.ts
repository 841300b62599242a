/** Text to filter and group by. Lucene refuses terms above 32,766 bytes, which is 8,191 characters at worst. */
export const KEYWORD = { type: 'keyword', ignore_above: 8191 } as const;
