/** The headers of an answer, their names in lower case. */
export type Headers = Readonly<Record<string, string>>;

const mostHeaders = 200;
const longestValue = 300;

/** Those of them that may tell when to come back. Of two of one name the last holds. */
export function normaliseHeaders(given: Readonly<Record<string, unknown>> | undefined): Headers {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(given ?? {}).slice(0, mostHeaders)) {
    if (typeof value !== "string" && typeof value !== "number") continue;
    if (tellsDelay.test(name)) found.set(name.toLowerCase(), String(value).slice(0, longestValue).trim());
  }
  return Object.fromEntries(found);
}

const names = String.raw`date|retry-after(?:-ms)?|x-ms-retry-after-ms|x-amz-retry-after|anthropic-ratelimit-[a-z-]{1,40}|x-ratelimit-[a-z_-]{1,40}|ratelimit(?:-[a-z]{1,20})?`;
const tellsDelay = new RegExp(`^(?:${names})$`, "i");
/** `retry-after: 5`, `'retry-after': '5'`, `"Retry-After":"5"`, `('retry-after', '5')`, `retry-after=5`. */
const inText = new RegExp(
  String.raw`(?<![\w-])(["']?)(${names})\1 {0,3}[:=,] {0,3}(?:(["'])(.{1,300}?)\3|((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? [\w: -]{8,30}|[^\s"',;)}\]]{1,60}))`,
  "gi",
);
const mostText = 8000;

/** The headers that a program printed in the end of `text`, in whatever form its library dumps them. */
export function headersIn(text: string): Headers {
  const found = [...text.slice(-mostText).matchAll(inText)];
  return normaliseHeaders(
    Object.fromEntries(found.map(([, , name = "", , quoted, plain]) => [name, quoted ?? plain])),
  );
}
