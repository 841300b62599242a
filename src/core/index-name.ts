/**
 * OpenSearch's rules for the name of an index, without control characters, which JSON would have to escape,
 * and with a first character that also keeps clear of its hidden indices.
 */
export const isIndexName = (name: string): boolean =>
  /^[^-_+.\s\p{Cc}"*,/<>?\\|#:A-Z{}][^\s\p{Cc}"*,/<>?\\|#:A-Z{}]*$/u.test(name) &&
  name === name.toLowerCase() &&
  Buffer.byteLength(name) <= 255;
