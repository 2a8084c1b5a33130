const mark = "[redacted]";

/** Shorter values are left alone: hiding every `true` or `1` would make a log worthless. */
const shortestSecret = 6;

/** Whether a variable looks like a secret by its name, and its value is too short to be hidden anywhere. */
export function isUnhidden(name: string, value: string | undefined): boolean {
  const isSecret = /key|token|secret|passw|pwd|credential|auth|(^|_)pin$/i.test(name);
  return isSecret && value !== undefined && value !== "" && value.trim().length < shortestSecret;
}
/** A longer secret is looked for piece by piece, so that no text has to be held back for it. */
const longestPiece = 1024;
/** A private key without an end hides this much at most. */
const longestKey = 16_384;

const keyBegin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const keyEnd = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;

/**
 * Every shape takes the whole run of characters that may belong to it, so that what follows a mark can never
 * be read as the rest of a secret, and a second pass finds nothing new. None can look further than one line.
 */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w-])(?:sk-|[sr]k_live_|gh[opusr]_|github_pat_|glpat-|hf_|xox[a-z]-|AIza)[\w-]{16,}/g, mark],
  [/(?<![\w-])(?:AKIA|ASIA)[A-Z0-9]{16}[\w-]*/g, mark],
  [/(?<![\w-])npm_[A-Za-z0-9]{36}[\w-]*/g, mark],
  [/(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, mark],
  [/(?<![\w-])(Bearer[ \t]{1,4})[\w.~+/=-]{8,}/gi, `$1${mark}`],
  [
    /((?:password|passwd|pwd|secret|token|(?:api|access|private)[_-]?key)(?:=|["'][ \t]{0,4}:[ \t]{0,4})["']?)[^\s"'`,;&<>]{8,}/gi,
    `$1${mark}`,
  ],
  [/(:\/\/)[^\s"'`,;&<>/:@]{0,256}:[^\s"'`,;&<>/@]{1,512}(?=@)/g, `$1${mark}`],
];

/**
 * The text without secrets: the values given (each line of a value counts), and what has the shape of a key,
 * a token or a password. Time grows linearly with the text; redacting twice changes nothing.
 */
export function redact(text: string, secrets: readonly string[]): string {
  return hideShapes(hideValues(hideKeys(text), secrets));
}

/**
 * Where a private key begins that has no end yet: what follows may belong to it and must not be shown before
 * the end is known. -1 when there is none, or when it is too long to be one.
 */
export function openKeyStart(text: string): number {
  let start = -1;
  for (const begin of text.matchAll(keyBegin)) start = begin.index;
  if (start === -1 || text.length - start > longestKey) return -1;
  return keyEnd.test(text.slice(start)) ? -1 : start;
}

function hideKeys(text: string): string {
  let shown = "";
  let from = 0;
  for (const begin of text.matchAll(keyBegin)) {
    if (begin.index < from) continue;
    const rest = text.slice(begin.index, begin.index + longestKey);
    const end = keyEnd.exec(rest);
    shown += text.slice(from, begin.index) + mark;
    from = begin.index + (end ? end.index + end[0].length : rest.length);
  }
  return shown + text.slice(from);
}

function hideValues(text: string, secrets: readonly string[]): string {
  let parts = text.split(mark);
  for (const value of piecesOf(secrets)) parts = parts.flatMap((part) => part.split(value));
  return parts.join(mark);
}

/** Longest first, so that a secret that holds another one goes whole. */
function piecesOf(secrets: readonly string[]): string[] {
  const pieces = secrets
    .flatMap((secret) => secret.split(/[\r\n]+/))
    .flatMap((line) => line.match(new RegExp(`.{1,${longestPiece}}`, "gs")) ?? [])
    .filter((piece) => piece.trim().length >= shortestSecret);
  return [...new Set(pieces)].sort((a, b) => b.length - a.length);
}

function hideShapes(text: string): string {
  return shapes.reduce((shown, [shape, replacement]) => shown.replace(shape, replacement), text);
}
