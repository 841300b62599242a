/** The same text in memory of its own: V8 keeps the whole of a long text for a part of it. */
export const ownText = (text: string): string => Buffer.from(text).toString();
