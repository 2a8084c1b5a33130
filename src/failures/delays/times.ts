const units: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/** A plain decimal number, of either sign; undefined for anything else, `1e9`, `0x10` and the empty text included. */
export const numberIn = (text: string): number | undefined =>
  /^[+-]?\d{1,18}(?:\.\d{1,12})?$/.test(text) ? Number(text) : undefined;

/** `6m0s`, `20ms`, `1h2m3.5s`, as Go writes durations; in milliseconds. */
export function durationIn(text: string): number | undefined {
  if (!/^(?:\d{1,12}(?:\.\d{1,12})?(?:ms|us|µs|ns|[dhms]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit = ""] of text.matchAll(/([\d.]+)([a-zµ]+)/g))
    total += Number(count) * (units[unit] ?? 0);
  return total;
}

const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? [\w: -]{8,30}$/;
const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/i;

/** An instant as HTTP (all three forms) or RFC 3339 writes it, in milliseconds since 1970. */
export function dateIn(text: string): number | undefined {
  const at = isoDate.test(text)
    ? Date.parse(text)
    : httpDate.test(text)
      ? Date.parse(/ (?:GMT|UTC)$/.test(text) ? text : `${text} GMT`)
      : Number.NaN;
  return Number.isFinite(at) ? at : undefined;
}
