import type { Claim } from "../../domain/assessment.ts";
import type { RunRecord } from "../../domain/record.ts";
import { buildLike, type ReadClaim, readClaims } from "./read-claims.ts";

/** A text that may hold claims. */
export interface ClaimSource {
  readonly by: Claim["by"];
  /** Path of a document, commit, or place in the record; a line is added to it. */
  readonly place: string;
  readonly text: string;
}

export interface FoundClaims {
  readonly claims: readonly Claim[];
  /** Claims whose subject nothing matched. */
  readonly unmatched: number;
  /** Texts left out since another holds the very same. */
  readonly duplicates: number;
}

/** The claims in texts, with what of the record they are about. `paths` are the deliverables that are known. */
export function findClaims(
  sources: readonly ClaimSource[],
  runs: readonly RunRecord[],
  paths: ReadonlySet<string>,
): FoundClaims {
  const names = indexNames(runs);
  const seen = new Set<string>();
  const claims: Claim[] = [];
  let unmatched = 0;
  let duplicates = 0;
  for (const { by, place, text } of sources) {
    if (by === "document") {
      if (seen.has(text)) {
        duplicates++;
        continue;
      }
      seen.add(text);
    }
    for (const read of readClaims(by === "commit" ? asHeading(text) : text, place)) {
      const subjects = subjectsOf(read, names, paths);
      if (subjects.length === 0) unmatched++;
      for (const subject of subjects)
        claims.push({
          says: read.says,
          subject,
          by,
          place: `${place}:${read.line}`,
          text: read.text,
          rule: read.rule,
        });
    }
  }
  return { claims, unmatched, duplicates };
}

/** A commit's first line stands over the rest of its message as a heading does. */
const asHeading = (message: string): string => `# ${message}`;

interface Named {
  /** Normalised: words apart by one space. */
  readonly id: string;
  readonly subject: Claim["subject"];
}

interface Names {
  /** By the first word of the id. */
  readonly byWord: ReadonlyMap<string, readonly Named[]>;
  readonly byBuild: ReadonlyMap<string, readonly RunRecord[]>;
}

const shortestId = 6;
/** Ids that any text may use of anything. */
const common = /^(?:run|build|phase|tier|stage|step|task|part|test|tests|docs?)(?: \d+)?$/;
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

function indexNames(runs: readonly RunRecord[]): Names {
  const byBuild = new Map<string, RunRecord[]>();
  const known = new Map<string, Named[]>();
  const add = (name: string, subject: Claim["subject"]) => {
    const id = plain(name);
    if (id.length >= shortestId && !common.test(id)) push(known, id, { id, subject });
  };
  for (const run of runs) {
    const { runId } = run;
    add(runId, { kind: "run", runId });
    for (const { phaseId } of run.phases) add(phaseId, { kind: "phase", runId, phaseId });
    const [, build] = buildLike.exec(runId) ?? [];
    if (build !== undefined) push(byBuild, build, run);
  }
  const byWord = new Map<string, Named[]>();
  for (const named of known.values()) {
    const [one] = named;
    // An id that phases of several runs bear tells none of them.
    if (one && named.length === 1) push(byWord, one.id.split(" ")[0] ?? "", one);
  }
  return { byWord, byBuild };
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function subjectsOf({ about }: ReadClaim, names: Names, paths: ReadonlySet<string>): Claim["subject"][] {
  switch (about.kind) {
    case "path": {
      const path = about.path.replace(/^\.\//, "");
      return paths.has(path) ? [{ kind: "path", path }] : [];
    }
    case "phase-of":
      return (names.byBuild.get(about.build) ?? []).flatMap(({ runId, phases }) =>
        phases
          .filter(
            ({ ord, phaseId }) =>
              numberOf(phaseId) === about.number || (numberOf(phaseId) === null && ord + 1 === about.number),
          )
          .map(({ phaseId }) => ({ kind: "phase" as const, runId, phaseId })),
      );
    case "named": {
      for (const name of about.names) {
        const found = named(name, names);
        if (found.length > 0) return found;
      }
      return [];
    }
  }
}

/** The number that an id gives its phase: `build129-p2-scope` and `phase-2` are 2; null: none. */
function numberOf(phaseId: string): number | null {
  const [, number] = /(?:^|[-_ ])p(?:hase)?[-_ ]?(\d{1,3})(?!\d)/i.exec(phaseId) ?? [];
  return number === undefined ? null : Number(number);
}

/** What bears the longest id that stands in the name as whole words; else the runs of the build it names. */
function named(name: string, { byWord, byBuild }: Names): Claim["subject"][] {
  const words = plain(name).split(" ");
  let longest: Named | undefined;
  for (const [at, word] of words.entries()) {
    const rest = `${words.slice(at).join(" ")} `;
    for (const one of byWord.get(word) ?? [])
      if (one.id.length > (longest?.id.length ?? 0) && rest.startsWith(`${one.id} `)) longest = one;
  }
  if (longest) return [longest.subject];
  const [, build] = buildLike.exec(name) ?? [];
  return build === undefined ? [] : (byBuild.get(build) ?? []).map(({ runId }) => ({ kind: "run", runId }));
}
