/** A time as another program wrote it. */
export interface Stamp {
  /** Milliseconds of what is written, taken as if it were UTC. */
  readonly raw: number;
  /** What the writing says of the clock: `T` between date and time is how local times were written. */
  readonly clock: "utc" | "local" | "unknown";
}

const shape = /^(\d{4})-(\d\d)-(\d\d)([ T])(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/;

/** Null for what is no time. */
export function parseStamp(text: unknown): Stamp | null {
  if (typeof text !== "string") return null;
  const [, year, month, day, separator, hour, minute, second = "0", fraction = "", zone] =
    shape.exec(text) ?? [];
  if (year === undefined) return null;
  const raw = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.slice(0, 3).padEnd(3, "0")),
  );
  // Date.UTC carries the 31st of a shorter month over into the next: no program wrote such a date.
  if (Number.isNaN(raw) || new Date(raw).toISOString().slice(0, 10) !== `${year}-${month}-${day}`)
    return null;
  if (zone !== undefined) return { raw: raw - zoneMinutes(zone) * 60_000, clock: "utc" };
  return { raw, clock: separator === "T" ? "local" : "unknown" };
}

function zoneMinutes(zone: string): number {
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith("-") ? -minutes : minutes;
}

/** The time in an id such as `smoke-20251206184302` or `delegated-20251201-203529`; null where it has no time of day. */
export function stampInId(id: string): number | null {
  const match = /(?<!\d)(20\d\d)(\d\d)(\d\d)[-_T]?(\d\d)(\d\d)(\d\d)(?!\d)/.exec(id);
  const [, year, month, day, hour, minute, second] = match ?? [];
  if (year === undefined) return null;
  return parseStamp(`${year}-${month}-${day} ${hour}:${minute}:${second}`)?.raw ?? null;
}
