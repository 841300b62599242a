/** The URL without what would only look like part of it; credentials belong into their own keys. */
export const parseNode = (value: string): string | undefined => {
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  const plain = !url.username && !url.password && !url.search && !url.hash;
  return /^https?:$/.test(url.protocol) && plain ? url.href.replace(/\/$/, '') : undefined;
};
