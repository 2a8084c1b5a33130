import { cut, type Draft, groupBy } from "./draft.ts";
import { isConfiguration, isOutput, type Knob, knobs, looseOption, strictOption } from "./knobs.ts";
import type { JudgedChange, JudgedFile } from "./read-change.ts";
import { readSettings, type Scalar, type Setting, type Settings } from "./settings.ts";

interface Configured {
  readonly file: JudgedFile;
  readonly before: Settings;
  readonly after: Settings;
}

/** Settings that went, or came, at a place; each as often as there is no counterpart. */
function minus(a: readonly Scalar[], b: readonly Scalar[]): Scalar[] {
  const counts = new Map<Scalar, number>();
  for (const value of b) counts.set(value, (counts.get(value) ?? 0) + 1);
  return a.filter((value) => {
    const left = counts.get(value) ?? 0;
    counts.set(value, left - 1);
    return left <= 0;
  });
}

/** Of a list in a configuration file; more of them no person wrote. */
const mostValues = 1000;

const levelOf = (value: Scalar | undefined): number | null => {
  if (/^(?:error|2|true|on|deny|strict)$/.test(String(value))) return 3;
  if (/^(?:warn|warning|1|standard|basic|info|information)$/.test(String(value))) return 2;
  return /^(?:off|0|false|none|allow)$/.test(String(value)) ? 1 : null;
};
const levelsOf = (values: readonly Scalar[]): number[] =>
  values.map(levelOf).filter((level) => level !== null);
const isFlagOn = (setting: Setting | undefined): boolean =>
  setting?.values.some((value) => value === true || value === "true") ?? false;
const numbers = (setting: Setting | undefined): number[] =>
  (setting?.values.slice(0, mostValues) ?? []).map(Number).filter((value) => !Number.isNaN(value));

/** How a place was loosened, as the end of a sentence; null where it was not. */
function loosened({ kind }: Knob, old: Setting | undefined, now: Setting | undefined): string | null {
  const [before, after] = [old?.values.slice(0, mostValues) ?? [], now?.values.slice(0, mostValues) ?? []];
  switch (kind) {
    case "floor": {
      const [was, is] = [numbers(old), numbers(now)];
      if (was.length === 0) return null;
      if (is.length === 0)
        return before.length > 0 && after.length === 0 ? `${Math.max(...was)} is gone` : null;
      // Istanbul takes a negative number for how many may be uncovered.
      return Math.min(...is) < Math.min(...was) ? `${Math.min(...was)} became ${Math.min(...is)}` : null;
    }
    case "on":
      return isFlagOn(old) && !isFlagOn(now) ? (now ? "is off" : "is gone") : null;
    case "off":
      return !isFlagOn(old) && isFlagOn(now) ? "is on" : null;
    case "enabled":
      return after.includes(false) && !before.includes(false) ? "is off" : null;
    case "level": {
      const [was, is] = [levelsOf(before), levelsOf(after)];
      if (was.length === 0) return null;
      const lost = minus(was, is) as number[];
      const come = minus(is, was) as number[];
      if (lost.length === 0 && come.length > 0 && Math.min(...come) < Math.min(...was))
        return `is now "${String(after.find((value) => levelOf(value) === Math.min(...come)))}" in places`;
      if (lost.length === 0 || Math.max(...lost) < 2) return null;
      if (come.length === 0) return is.length === 0 ? `"${String(before[0])}" is gone` : null;
      return Math.max(...come) < Math.max(...lost)
        ? `"${String(before[0])}" became "${String(after[0])}"`
        : null;
    }
    case "skips": {
      const come = minus(after, before).filter(
        (value) => typeof value === "string" && !isOutput(value) && value.trim() !== "",
      );
      return come.length > 0
        ? `grew by ${come
            .map((value) => `"${cut(String(value))}"`)
            .slice(0, 3)
            .join(", ")}`
        : null;
    }
    case "covers": {
      const [lost, come] = [minus(before, after), minus(after, before)];
      const out = come.filter((value) => String(value).startsWith("!") && !isOutput(String(value)));
      if (out.length > 0) return `leaves out "${cut(String(out[0]))}"`;
      // One for another is a move, and what is not named at all is everything.
      if (lost.length === 0 || come.length >= lost.length || after.length === 0) return null;
      return `lost "${cut(String(lost[0]))}"`;
    }
    case "options": {
      const words = (values: readonly Scalar[]) =>
        values.flatMap((value) => String(value).split(/\s+/)).filter(Boolean);
      const [lost, come] = [minus(words(before), words(after)), minus(words(after), words(before))];
      const loose = come.find((word) => looseOption.test(String(word)));
      if (loose !== undefined) return `got "${cut(String(loose))}"`;
      const underOf = (list: readonly Scalar[]) =>
        Number(/--cov-fail-under=(\d+)/.exec(list.join(" "))?.[1] ?? Number.NaN);
      if (underOf(come) >= underOf(lost)) return null;
      const strict = lost.find((word) => strictOption.test(String(word)));
      return strict === undefined ? null : `lost "${cut(String(strict))}"`;
    }
  }
}

/** Whether another file of the change now says what this one said. */
function isElsewhere(
  all: readonly Configured[],
  from: Configured,
  key: string,
  old: Setting | undefined,
): boolean {
  const tail = key.split(" > ").at(-1);
  return (
    old !== undefined &&
    all.some(
      (other) =>
        other !== from &&
        [...other.after].some(
          ([path, { values }]) =>
            path.split(" > ").at(-1) === tail &&
            minus(old.values, values).length === 0 &&
            other.before.get(path)?.values.join() !== values.join(),
        ),
    )
  );
}

/** `strict` stands for these, and `noImplicitAny` may go when it is there. */
const partsOfStrict =
  /^compilerOptions > (?:noImplicitAny|noImplicitThis|strict\w+|alwaysStrict|useUnknownInCatchVariables)$/;

/** In one file. */
const mostDrafts = 50;

function assessFile(all: readonly Configured[], configured: Configured): Draft[] {
  const { file, before, after } = configured;
  const isNew = file.oldText === null;
  const drafts: (Draft & { what: string })[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    if (drafts.length >= mostDrafts) break;
    const knob = knobs.find((one) => one.file.test(file.path) && one.key.test(key));
    if (!knob || (isNew && knob.kind !== "skips" && knob.kind !== "off")) continue;
    const [old, now] = [before.get(key), after.get(key)];
    const how = loosened(knob, old, now);
    if (how === null || isElsewhere(all, configured, key, old)) continue;
    if (
      knob.kind === "on" &&
      partsOfStrict.test(key) &&
      !now &&
      isFlagOn(after.get("compilerOptions > strict"))
    )
      continue;
    const severity = isNew && !/conftest/.test(file.path) ? "note" : (knob.severity ?? "review");
    // What a base configuration may still say, and what never failed, is no more than a hint.
    const isHint =
      knob.kind === "level" &&
      ((!now && before.has("extends")) || Math.max(...levelsOf(old?.values.slice(0, mostValues) ?? [])) < 3);
    drafts.push({
      what: knob.what,
      severity: isHint ? "note" : severity,
      path: file.path,
      line: now?.line ?? old?.line ?? 1,
      message: `${cut(key)} ${how}`,
    });
  }
  const replaced = file.newText === null && all.some((other) => other.file.oldText === null);
  return groupBy(drafts, ({ what, severity }) => `${what}:${severity}`).map((same): Draft => {
    const { what, severity, path, line, message } = same[0] as (typeof drafts)[number];
    const more = same.length > 1 ? `, and ${same.length - 1} more` : "";
    return {
      severity: replaced ? "note" : severity,
      path,
      line,
      message: `${what} loosened: ${message}${more}`,
    };
  });
}

/** Settings of coverage, lint, type check and test runner that let more pass than before. */
export async function assessConfiguration(change: JudgedChange): Promise<Draft[]> {
  const all: Configured[] = [];
  for (const file of change.files) {
    if (!isConfiguration(file.path)) continue;
    const read = async (path: string | null, text: string | null) =>
      path === null || text === null ? new Map() : readSettings(path, text);
    const [before, after] = [await read(file.oldPath, file.oldText), await read(file.newPath, file.newText)];
    if (before && after) all.push({ file, before, after });
  }
  return all.flatMap((configured) => assessFile(all, configured));
}
