import { err, ok, type Result } from "./result.ts";

/**
 * A path as git has it: relative to the root, forward slashes, no `.` or empty segment.
 * Refused with the reason: empty, absolute, leading out of the repository, or with a NUL, a backslash or bytes that
 * are no text in it. Such bytes were read as U+FFFD, so that many names became one, and it stands for none of them.
 */
export function normalisePath(raw: string): Result<string, string> {
  if (raw.includes("\0")) return err("it holds a NUL character");
  if (raw.includes("\ufffd") || !raw.isWellFormed()) return err("it holds bytes that are no UTF-8");
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

/** Whether a path is in git's form already. */
export function isPlainPath(path: string): boolean {
  const plain = normalisePath(path);
  return plain.ok && plain.value === path;
}

/**
 * The form in which two spellings of one file are equal on any file system that a checkout may land on: composed
 * Unicode, one letter case, without the code points that HFS+ and case-folding ext4 ignore, backslashes as
 * separators, and without what NTFS takes off a name: trailing dots and spaces, and the stream that is the file or
 * folder itself (`x::$DATA`). Policies are matched on this form as well as on the path itself.
 */
export const pathKey = (path: string): string =>
  foldText(path.normalize("NFKC").replaceAll("\\", "/")).split("/").map(segmentKey).join("/");

/** Text in which what a file system may ignore makes no difference: case, composition, invisible code points. */
export const foldText = (text: string): string =>
  text
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    // By way of the capitals: several small letters share one, and some have two letters for a capital.
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll("ς", "σ")
    .normalize("NFC");

function segmentKey(segment: string): string {
  if (/^\.+$/.test(segment)) return segment;
  const plain = segment.replace(/:[^:]*:\$[^:]*$/, "").replace(/[. ]+$/, "");
  return plain === segment ? plain : segmentKey(plain);
}

/**
 * Whether a segment of the path is `.git`, or a name that some file system takes for it. Git itself refuses to
 * track most of these.
 */
export const namesGitFolder = (path: string): boolean =>
  pathKey(path)
    .split("/")
    .some((segment) => /^(?:\.git(?::.*)?|git~[0-9]+)$/.test(segment));

/** Whether a segment of the path may be the short name that NTFS gives to a file with a longer one: `GITHUB~1`. */
export const namesShortly = (path: string): boolean =>
  pathKey(path)
    .split("/")
    .some((segment) => /^[^.]{1,6}~[1-9][0-9]{0,5}(?:\.[^.]{0,3})?$/.test(segment));

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
