import picomatch from "picomatch";
import type { GrantUse } from "../domain/change.ts";
import { foldText, namesGitFolder, namesShortly, normalisePath, pathKey } from "../domain/paths.ts";
import type { Grant } from "../domain/plan.ts";

/** What a phase may write: globs (picomatch, dot files included), matched on the exact path. */
interface WriteScope {
  readonly phaseId: string;
  readonly write: readonly string[];
}

type PathJudgement =
  | { readonly verdict: "allowed"; readonly grant?: GrantUse }
  | {
      readonly verdict: "refused";
      readonly kind: "protected-path" | "out-of-scope";
      /** A sentence that names the path and says what to do. */
      readonly message: string;
    };

/** The one judgement over a path: plan lint asks it about deliverables, the gate about the tree. */
export interface PathPolicy {
  assessPath(path: string, scope: WriteScope): PathJudgement;
}

/**
 * Two lists, and deny wins. A path is protected when it, or any spelling of it that some file system takes for
 * the same file, matches `protect`; only a grant that names the phase and has not expired lets it through, and
 * none lets a spelling of `.git` through. Then the phase's scope must hold the path exactly. A pattern without `*`
 * and `?` also covers what is below it.
 *
 * A pattern that `invalidPatterns` reports protects everything and allows nothing.
 */
export function createPathPolicy(rules: {
  readonly protect: readonly string[];
  readonly grants: readonly Grant[];
  readonly now: Date;
}): PathPolicy {
  const allows = memoise((glob: string) => compile(glob, false));
  const protects = rules.protect.map(protector);
  const isGranting = (grant: Grant, path: string, phaseId: string) =>
    grant.phases.includes(phaseId) && grant.paths.some((glob) => allows(glob)(path));

  const whyProtected = (path: string): string | undefined => {
    const key = pathKey(path);
    const guard = protects.find((candidate) => candidate.covers(path, key));
    if (guard)
      return `${guard.exactly(path) ? "is" : "is another spelling of a path that is"} protected by "${guard.glob}"`;
    return namesShortly(path)
      ? "has the form of a short name, by which NTFS may know a protected file"
      : undefined;
  };

  return {
    assessPath(path, { phaseId, write }) {
      const refuse = (kind: "protected-path" | "out-of-scope", why: string): PathJudgement => ({
        verdict: "refused",
        kind,
        message: `${showPath(path)} ${why}`,
      });
      const normal = normalisePath(path);
      if (!normal.ok) return refuse("protected-path", `is no path of the repository: ${normal.error}.`);
      if (normal.value !== path)
        return refuse("protected-path", `is not written plainly; write ${showPath(normal.value)}.`);

      // Git cannot carry these, so nobody could read such a change.
      if (namesGitFolder(path))
        return refuse(
          "protected-path",
          "belongs to git itself; no phase may touch it, and no grant opens it.",
        );
      const why = whyProtected(path);
      const grants = why ? rules.grants.filter((grant) => isGranting(grant, path, phaseId)) : [];
      const grant = grants.find((candidate) => holds(candidate, rules.now));
      if (why && !grant)
        return refuse(
          "protected-path",
          `${why}${
            grants[0] ? `, and the grant for it expired on ${grants[0].expires}` : ""
          }; leave it as it is, or add a grant for phase ${phaseId} with a reason and an expiry to the plan.`,
        );
      if (!write.some((glob) => allows(glob)(path)))
        return refuse(
          "out-of-scope",
          `is outside what phase ${phaseId} may write (${showGlobs(write)}); leave it as it is, or widen scope.write in the plan.`,
        );
      if (!grant) return { verdict: "allowed" };
      return { verdict: "allowed", grant: { path, reason: grant.reason, expires: grant.expires } };
    },
  };
}

/**
 * The patterns that mean nothing here: empty, negated (allow and deny are two lists), absolute, leading out of
 * the repository, or with wildcards that make no expression.
 */
export const invalidPatterns = (globs: readonly string[]): string[] => globs.filter((glob) => !isValid(glob));

function isValid(glob: string): boolean {
  if (glob.trim() === "" || /^[!/]/.test(glob) || glob.includes("\0") || /(^|\/)\.\.(\/|$)/.test(glob))
    return false;
  return compiles(glob) || !/[*?]/.test(glob);
}

/** With `debug`, picomatch throws for what it otherwise turns into an expression that matches nothing. */
function compiles(glob: string): boolean {
  try {
    picomatch.makeRe(glob, { ...options, debug: true });
    return true;
  } catch {
    return false;
  }
}

/** Whether a path is named by one of the globs, as a write scope names it. */
export function matchAny(globs: readonly string[]): Matcher {
  const matchers = globs.map((glob) => compile(glob, false));
  return (path) => matchers.some((matches) => matches(path));
}

type Matcher = (path: string) => boolean;

/** `flags: "s"`: without it `**` ends at a line feed, and a path may hold one. A quote is a sign like any other. */
const options = { dot: true, nonegate: true, keepQuotes: true, flags: "s" } as const;

function compile(glob: string, ifInvalid: boolean): Matcher {
  if (!isValid(glob)) return () => ifInvalid;
  const tidy = glob.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  if (tidy === ".") return () => true;
  const literally: Matcher = (path) => path === tidy || path.startsWith(`${tidy}/`);
  // `app/[user-id]/page.tsx` is a file's name, and no expression.
  if (!/[*?[\]{}()\\]/.test(tidy) || !compiles(tidy)) return literally;
  const matches = picomatch(tidy, options);
  if (/[*?]/.test(tidy)) return matches;
  // `app/[id]/page.tsx` is a pattern, and the name of a file as well.
  const below = picomatch(`${tidy}/**`, options);
  return (path) => literally(path) || matches(path) || below(path);
}

function protector(glob: string) {
  const exactly = compile(glob, true);
  // A backslash in a pattern escapes; pathKey would take it for a separator.
  const alike = compile(glob.includes("\\") ? foldText(glob) : pathKey(glob), true);
  return { glob, exactly, covers: (path: string, key: string) => alike(key) || exactly(path) };
}

function memoise<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

/** Through the whole of its last day, UTC. What is no date has expired. */
function holds(grant: Grant, now: Date): boolean {
  const day = /^\d{4}-\d\d-\d\d/.exec(grant.expires)?.[0];
  return day !== undefined && now.toISOString().slice(0, 10) <= day;
}

const showGlobs = (globs: readonly string[]): string =>
  globs.length === 0 ? "nothing" : globs.length > 8 ? `${globs.slice(0, 8).join(", ")}, …` : globs.join(", ");

/** A path in a sentence: what does not print, or turns the text round, is spelled out. */
export function showPath(path: string): string {
  return path.replace(/\p{C}/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}
