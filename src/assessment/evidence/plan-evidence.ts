import picomatch from "picomatch";
import { isTestPath, literalPrefix } from "../../domain/paths.ts";
import type { Expectation, PhaseRecord } from "../../domain/record.ts";
import type { Item } from "./finding.ts";
import type { Wide } from "./judge-folder.ts";
import { namesIn, stemOf } from "./named.ts";
import { secondsOf } from "./prior.ts";
import type { Watched } from "./timeline.ts";
import type { Window } from "./trace.ts";
import type { Tree } from "./tree.ts";
import { isCode, type Sought } from "./usage.ts";

/** One expectation, ready to be judged. `item` is null for prose, `wide` for what is one file. */
export interface PlannedEntry {
  readonly expectation: Expectation;
  readonly item: Item | null;
  readonly wide: Wide | null;
}

export interface PlannedPhase {
  readonly phase: PhaseRecord;
  readonly window: Window | null;
  readonly entries: readonly PlannedEntry[];
}

/** What has to be looked at to judge the phases: what their entries are about, and what they name. */
export function planEvidence(phases: readonly PhaseRecord[], tree: Tree): PlannedPhase[] {
  return phases.map((phase) => {
    const window = windowOf(phase);
    const paths = phase.expectations.flatMap(({ target }) => (target.kind === "path" ? target.path : []));
    const delivered = new Set(paths);
    const named = namesIn(`${phase.name}\n${phase.description}`.slice(0, longestText), "");
    const told = { ...named, files: named.files.filter((file) => !delivered.has(file)) };
    const sources = paths.filter((path) => isCode(path) && !isTestPath(path));
    return {
      phase,
      window,
      entries: phase.expectations.map((expectation): PlannedEntry => {
        const path = nameOfTarget(expectation);
        if (path === null) return { expectation, item: null, wide: null };
        const own = namesIn(expectation.entry, path);
        const item: Item = {
          phase,
          window,
          path,
          change: expectation.change,
          required: joined(expectation.mustContain.map(lastName), own.identifiers, own.modules),
          support: own.files.length === 0 ? told : { ...told, files: joined(own.files, told.files) },
          isOnly: sources.length === 1 && sources[0] === path,
        };
        return { expectation, item, wide: wideOf(expectation, tree) };
      }),
    };
  });
}

/** Each once; for most entries there is none, and one empty list serves them all. */
function joined(...lists: readonly (readonly string[])[]): readonly string[] {
  return lists.every((list) => list.length === 0) ? none : [...new Set(lists.flat())];
}
const none: readonly string[] = [];

/** More of a phase's description is not read for names. */
const longestText = 20_000;
/** A glob with more wild parts could take for ever to be matched. */
const mostWild = 8;
const longestGlob = 1000;

/** The path, folder or glob of an entry; null for prose, and for a glob that is too intricate. */
function nameOfTarget({ target }: Expectation): string | null {
  if (target.kind === "prose") return null;
  if (target.kind !== "glob") return target.path;
  const wild = [...target.glob.slice(0, longestGlob).matchAll(/[*?+@!{[]+/g)].length;
  return target.glob === "" || target.glob.length > longestGlob || wild > mostWild ? null : target.glob;
}

/** `Parser.read` stands in code as `read`; any other text as it is. */
const lastName = (text: string): string =>
  /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(text) ? text.slice(text.lastIndexOf(".") + 1) : text;

function wideOf({ target, entry }: Expectation, tree: Tree): Wide | null {
  if (target.kind === "glob") {
    const isMatch = picomatch(target.glob, { dot: true, noextglob: true });
    const prefix = literalPrefix(target.glob);
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    return { entry, name: target.glob, folder, isMember: (path) => isMatch(path), minCount: null };
  }
  if (target.kind === "prose" || (target.kind === "path" && !tree.isFolder(target.path))) return null;
  const folder = `${target.path}/`;
  const minCount = target.kind === "directory" ? target.minCount : null;
  return { entry, name: target.path, folder, isMember: (path) => path.startsWith(folder), minCount };
}

/** Null where the record does not say when the phase began. */
export function windowOf({ beginning, end, attempts }: PhaseRecord): Window | null {
  if (!beginning) return null;
  const ends = [end, ...attempts.map(({ endedAt }) => endedAt)].flatMap((one) => one?.at ?? []);
  const last =
    end?.at ?? ends.reduce<string | null>((late, at) => (late !== null && late >= at ? late : at), null);
  return { from: secondsOf(beginning.at), to: last === null ? null : secondsOf(last) };
}

export function watchedOf(planned: readonly PlannedPhase[]): Watched {
  const entries = planned.flatMap((phase) => phase.entries);
  const files = entries.flatMap(({ item, wide }) => (item && !wide ? item.path : []));
  return {
    paths: new Set(files),
    folders: new Set(entries.flatMap(({ wide }) => wide?.folder ?? [])),
    stems: new Set(files.filter((path) => !isTestPath(path)).map(stemOf)),
  };
}

/** What code would use of the deliverables. */
export function soughtOf(planned: readonly PlannedPhase[]): Sought {
  const identifiers = new Set<string>();
  const stems = new Set<string>();
  for (const { entries } of planned)
    for (const { item, wide } of entries) {
      if (!item || wide || !isCode(item.path) || isTestPath(item.path)) continue;
      stems.add(stemOf(item.path));
      for (const name of [...item.required, ...item.support.identifiers]) identifiers.add(name);
    }
  return { identifiers, stems };
}
