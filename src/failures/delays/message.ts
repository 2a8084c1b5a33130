/** Dates without a year are looked for no further ahead. */
const farthestMs = 31 * 86_400_000;

const units: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const amount = String.raw`\d{1,7}(?:\.\d{1,6})? ?(?:ms|milliseconds?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?![a-z])`;
const span = new RegExp(
  String.raw`\b(?:retry|retrying|try again|available|access|resets?) (?:again )?(?:in|after) (${amount}(?:,? ?(?:and )?${amount}){0,4})`,
  "i",
);
const date = /\b(\d{4}-\d\d-\d\d)(?:T| at | )(\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)? ?(?:Z|UTC)\b/;
const epoch = /\|(\d{10})\b/;
const clock =
  /\bresets? (?:at )?(?:([A-Z][a-z]{2}) (\d{1,2})(?:,| at) )?(\d{1,2})(?::(\d\d))? ?([ap]m) \(([A-Za-z_]+(?:\/[A-Za-z_+-]+)*)\)/;

/** How long a message asks to wait, in milliseconds; undefined where it does not say. */
export const messageDelay = (message: string, now: Date): number | undefined =>
  spanIn(message) ?? untilIn(message, now.getTime());

/** `try again in 6m0s`, `retry after 7 seconds`, `try again in 3 days 4 hours`. */
function spanIn(message: string): number | undefined {
  const [, text] = span.exec(message) ?? [];
  if (text === undefined) return undefined;
  let total = 0;
  for (const [, count, unit = ""] of text.matchAll(/([\d.]+) ?([a-z]+)/gi)) {
    const name = unit.toLowerCase();
    total += Number(count) * (units[name.startsWith("mil") || name === "ms" ? "ms" : name.slice(0, 1)] ?? 0);
  }
  return total;
}

function untilIn(message: string, now: number): number | undefined {
  const [, seconds] = epoch.exec(message) ?? [];
  if (seconds !== undefined) return Math.max(0, Number(seconds) * 1000 - now);
  const [, day, time] = date.exec(message) ?? [];
  if (day !== undefined) return Math.max(0, Date.parse(`${day}T${time}:00Z`) - now);
  const until = clockTime(message, now);
  return until === undefined ? undefined : until - now;
}

const quarterMs = 900_000;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `resets 3pm (Europe/London)`, `resets May 5 at 9pm (America/New_York)`: the next time that clocks there show it. */
function clockTime(message: string, now: number): number | undefined {
  const [, month, day, hour, minute, half, zone] = clock.exec(message) ?? [];
  if (hour === undefined || zone === undefined) return undefined;
  const shown = { hour: (Number(hour) % 12) + (half === "pm" ? 12 : 0), minute: Number(minute ?? 0) };
  let format: Intl.DateTimeFormat;
  try {
    const numeric = "numeric" as const;
    const fields = { month: numeric, day: numeric, hour: numeric, minute: numeric };
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...fields });
  } catch {
    return undefined; // no zone of that name
  }
  // Offsets of zones are whole quarters of an hour, so walking quarters meets every clock time that is one.
  const first = Math.ceil(now / quarterMs) * quarterMs;
  const last = now + (month === undefined ? 26 * 3_600_000 : farthestMs);
  for (let at = first; at <= last; at += quarterMs) {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    if (part["hour"] !== shown.hour || part["minute"] !== shown.minute - (shown.minute % 15)) continue;
    if (month !== undefined && (months[(part["month"] ?? 0) - 1] !== month || part["day"] !== Number(day)))
      continue;
    return at + (shown.minute % 15) * 60_000;
  }
  return undefined;
}
