/**
 * Finds where a text stops being JSON (RFC 8259). V8's own message quotes the text around the fault, and a reason must
 * never carry a record's contents; so this runs once a parse has failed. Without recursion: the nesting may be any depth.
 */
export const jsonFault = (text: string): string => {
  const at = faultAt(text);
  if (at >= text.length) return `not JSON: the text ends too early, after ${text.length} characters`;
  return `not JSON: wrong from character ${at} of ${text.length} on`;
};

const SPACE = /[\t\n\r ]*/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The end of what the sticky pattern matches at `from`; `from` itself when it does not. */
const skip = (pattern: RegExp, text: string, from: number): number => {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
};

/** The three below answer with the index behind the token, or with -1 - the index where it is wrong. */
const stringEnd = (text: string, from: number): number => {
  if (text[from] !== '"') return -1 - from;
  let at = from + 1;
  for (;;) {
    at = skip(PLAIN, text, at);
    if (text[at] === '"') return at + 1;
    const escaped = skip(ESCAPE, text, at);
    if (escaped === at) return -1 - at;
    at = escaped;
  }
};

const keyEnd = (text: string, from: number): number => {
  const end = stringEnd(text, from);
  if (end < 0) return end;
  const colon = skip(SPACE, text, end);
  return text[colon] === ':' ? colon + 1 : -1 - colon;
};

const scalarEnd = (text: string, from: number): number => {
  if (text[from] === '"') return stringEnd(text, from);
  const end = skip(SCALAR, text, from);
  return end === from ? -1 - from : end;
};

const faultAt = (text: string): number => {
  const open: ('}' | ']')[] = [];
  let expect: 'value' | 'key' | 'comma' = 'value';
  let mayClose = false;
  let at = skip(SPACE, text, 0);
  while (at < text.length) {
    const char = text[at];
    const closer = open.at(-1);
    let end = at + 1;
    if (mayClose && char === closer) {
      open.pop();
      expect = 'comma';
    } else if (expect === 'comma') {
      if (char !== ',' || closer === undefined) return at;
      expect = closer === '}' ? 'key' : 'value';
      mayClose = false;
    } else if (expect === 'key') {
      end = keyEnd(text, at);
      expect = 'value';
      mayClose = false;
    } else if (char === '{' || char === '[') {
      open.push(char === '{' ? '}' : ']');
      expect = char === '{' ? 'key' : 'value';
      mayClose = true;
    } else {
      end = scalarEnd(text, at);
      expect = 'comma';
      mayClose = true;
    }
    if (end < 0) return -1 - end;
    at = skip(SPACE, text, end);
  }
  return at;
};
