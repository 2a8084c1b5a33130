import { err, ok, type Result } from "./result.ts";

/**
 * A path as git has it: relative to the root, forward slashes, no `.` or empty segment.
 * Refused with the reason: empty, absolute, leading out of the repository, or with a NUL or backslash in it.
 */
export function normalisePath(raw: string): Result<string, string> {
  if (raw.includes("\0")) return err("it holds a NUL character");
  if (raw.includes("\\")) return err("it holds a backslash; use forward slashes");
  if (raw.startsWith("/") || /^[A-Za-z]:/.test(raw)) return err("it is absolute");
  const segments: string[] = [];
  for (const segment of raw.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return err("it leads out of the repository");
  }
  return segments.length === 0 ? err("it names no file") : ok(segments.join("/"));
}

/**
 * The form in which two spellings of one file are equal on any file system that a checkout may land on:
 * composed Unicode, lower case, no trailing dots or spaces in a segment (NTFS drops them), no characters that
 * HFS+ ignores, backslashes as separators. Policies are matched on this form as well as on the path itself.
 */
export function pathKey(path: string): string {
  return path
    .replaceAll("\\", "/")
    .normalize("NFKC")
    .replace(/[\u200b-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")
    .toLowerCase()
    .normalize("NFC")
    .split("/")
    .map((segment) => (/^\.+$/.test(segment) ? segment : segment.replace(/[. ]+$/, "")))
    .join("/");
}

const testFile =
  /(^|\/)(tests?|__tests__|specs?|e2e)\/.*\.[a-z]+$|(^|[/.\-_])(test|spec)\.[cm]?[jt]sx?$|(^|\/)test_[^/]*\.py$|_test\.(py|go|rs|rb|ts|js|exs)$|_spec\.rb$|Tests?\.(java|kt|cs|swift)$/;

/** Whether a path looks like a test by the naming rules of the common test runners. */
export const isTestPath = (path: string): boolean => testFile.test(path);

/** The folder prefix of a glob before its first wild character: `src/search/**` gives `src/search/`, `.` nothing. */
export function literalPrefix(glob: string): string {
  const plain = glob.replace(/^(\.\/+)+/, "").replace(/^\.$/, "");
  const wild = plain.search(/[*?[\]{}()!+@\\]/);
  if (wild === -1) return plain;
  return plain.slice(0, plain.lastIndexOf("/", wild) + 1);
}

/** Whether two sets of globs may name one file: some literal prefix of one begins with one of the other. */
export function scopesOverlap(a: readonly string[], b: readonly string[]): boolean {
  const covers = (outer: string, inner: string) =>
    outer === inner || inner.startsWith(outer.endsWith("/") || outer === "" ? outer : `${outer}/`);
  return a.some((left) =>
    b.some((right) => {
      const [x, y] = [pathKey(literalPrefix(left)), pathKey(literalPrefix(right))];
      return covers(x, y) || covers(y, x);
    }),
  );
}
