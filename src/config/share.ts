/** `1%` to `99%` as a fraction; `off` is Infinity, which no share is above; undefined for anything else. */
export const parseShare = (text: string): number | undefined => {
  if (text === 'off') return Number.POSITIVE_INFINITY;
  const percent = Number(/^(\d{1,2})%$/.exec(text)?.[1]);
  return percent >= 1 ? percent / 100 : undefined;
};

export const showShare = (share: number): string =>
  share === Number.POSITIVE_INFINITY ? 'off' : `${Math.round(share * 100)}%`;
