/** Where a report was made, and which files it can be about. */
export interface CoveragePlace {
  /** The absolute folder of the repository's files when the report was made. */
  readonly root: string;
  /** All tracked paths. */
  readonly paths: ReadonlySet<string>;
  /** The working directory of the command, relative to the root; left out: the root. */
  readonly base?: string;
  /** Of Go modules: the folder, relative to the root, of every module's `go.mod`. The root is `""`. */
  readonly modules?: ReadonlyMap<string, string>;
}

/** Of more files with one name, none is looked for by the end of its path: that could take for ever. */
const mostNamesakes = 200;
/** No path of a repository has more folders in it that matter. */
const mostDepth = 64;

/**
 * The tracked path that each file of a report is, null where none is or several may be. Names are read with the
 * separators of either system. An absolute one must lie in the root. A relative one is read from the working
 * directory or from the root, whichever makes more of the report's names tracked paths. When no name of a kind is
 * one, the report was made elsewhere, and the one folder there that explains most of its files is taken for that
 * folder; none, when several explain as many.
 *
 * `spellings` has for each file the names that it may have: several where it is relative to one of several folders.
 */
export function mapPaths(spellings: readonly (readonly string[])[], place: CoveragePlace): (string | null)[] {
  const files = spellings.map((names) => names.flatMap(readSpelling));
  const from = (folder: string): Found =>
    files.map((names) => names.map((name) => (isAbsolute(name) ? null : findFrom(folder, name, place))));
  const [inBase, inRoot] = [from(place.base ?? ""), from("")];
  const relative = countFound(inRoot) > countFound(inBase) ? inRoot : inBase;
  const absolute = files.map((names) => names.map((name) => findInside(name, place)));
  const moves = [
    countFound(absolute) > 0
      ? null
      : guessMove(
          selected(files, (name) => isAbsolute(name) && !isInside(name, place)),
          place,
        ),
    countFound(relative) > 0
      ? null
      : guessMove(
          selected(files, (name) => !isAbsolute(name)),
          place,
        ),
  ];
  return files.map((names, file) => {
    const direct = [...(absolute[file] ?? []), ...(relative[file] ?? [])].filter((path) => path !== null);
    if (direct.length > 0) return only(direct);
    const guessed = moves.flatMap((move) => names.map((name) => move && applyMove(name, move)));
    return only(guessed.filter((path) => path !== null && place.paths.has(path)));
  });
}

/** For each file, for each of its names. */
type Found = readonly (readonly (string | null)[])[];

const countFound = (found: Found): number =>
  found.reduce((count, paths) => (paths.some((path) => path !== null) ? count + 1 : count), 0);

const selected = (files: readonly (readonly string[])[], wanted: (name: string) => boolean): string[][] =>
  files.map((names) => names.filter(wanted));

/** What is the same in all; null when they differ or there is none. */
function only(paths: readonly (string | null)[]): string | null {
  const [first = null] = paths;
  return paths.every((path) => path === first) ? first : null;
}

const isAbsolute = (name: string): boolean => name.startsWith("/") || /^[A-Za-z]:\//.test(name);

/** A backslash separates in a name from Windows, and is a character like any other elsewhere. */
function readSpelling(name: string): string[] {
  if (!name.includes("\\")) return [withoutDots(name)];
  const separated = withoutDots(name.replaceAll("\\", "/"));
  return isAbsolute(separated) && !name.startsWith("/") ? [separated] : [withoutDots(name), separated];
}

/** Without `.`, empty and, where possible, `..` segments. */
function withoutDots(name: string): string {
  const kept: string[] = [];
  for (const segment of name.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === ".." && kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else kept.push(segment);
  }
  return (name.startsWith("/") ? "/" : "") + kept.join("/");
}

const join = (folder: string, name: string): string =>
  withoutDots(folder === "" ? name : `${folder}/${name}`);

const isInside = (name: string, { root }: CoveragePlace): boolean => name.startsWith(`${withoutDots(root)}/`);

function findInside(name: string, place: CoveragePlace): string | null {
  if (!isInside(name, place)) return null;
  const path = name.slice(withoutDots(place.root).length + 1);
  return place.paths.has(path) ? path : null;
}

function findFrom(folder: string, name: string, { paths, modules }: CoveragePlace): string | null {
  const path = (modules && inModule(name, modules)) ?? join(folder, name);
  return paths.has(path) ? path : null;
}

/** In the innermost module: one may lie in another. */
function inModule(name: string, modules: ReadonlyMap<string, string>): string | null {
  for (let end = name.lastIndexOf("/"); end > 0; end = name.lastIndexOf("/", end - 1)) {
    const folder = modules.get(name.slice(0, end));
    if (folder !== undefined) return join(folder, name.slice(end + 1));
  }
  return null;
}

/** Takes a folder off the front of names, or puts one there. */
interface Move {
  readonly kind: "drop" | "add";
  /** With the slash at its end. */
  readonly prefix: string;
}

const applyMove = (name: string, { kind, prefix }: Move): string | null => {
  if (kind === "add") return isAbsolute(name) ? null : prefix + name;
  return name.startsWith(prefix) ? name.slice(prefix.length) : null;
};

/** The move that makes most files tracked ones. Of those that do so equally well, the one that keeps more of names. */
function guessMove(files: readonly (readonly string[])[], { paths }: CoveragePlace): Move | null {
  if (files.every((names) => names.length === 0)) return null;
  const namesakes = Map.groupBy(paths, (path) => path.slice(path.lastIndexOf("/") + 1));
  const votes = new Map<string, { readonly move: Move; count: number }>();
  for (const names of files) {
    const moves = new Map(
      names
        .flatMap((name) => movesOf(name, paths, namesakes))
        .map((move) => [`${move.kind} ${move.prefix}`, move]),
    );
    for (const [key, move] of moves) {
      const vote = votes.get(key);
      if (vote) vote.count++;
      else votes.set(key, { move, count: 1 });
    }
  }
  const most = Math.max(0, ...votes.values().map(({ count }) => count));
  const best = [...votes.values()].filter(({ count }) => count === most).map(({ move }) => move);
  const shortest = best.reduce((short, move) => (move.prefix.length < short.prefix.length ? move : short), {
    kind: "drop",
    prefix: best[0]?.prefix ?? "",
  });
  const nested = best.every(({ kind, prefix }) => kind === "drop" && prefix.startsWith(shortest.prefix));
  return best.length === 1 ? (best[0] ?? null) : nested ? shortest : null;
}

function movesOf(
  name: string,
  paths: ReadonlySet<string>,
  namesakes: ReadonlyMap<string, readonly string[]>,
): Move[] {
  const moves: Move[] = [];
  let start = name.lastIndexOf("/") + 1;
  for (let depth = 0; depth < mostDepth && start > 0; depth++) {
    if (paths.has(name.slice(start))) moves.push({ kind: "drop", prefix: name.slice(0, start) });
    start = start > 1 ? name.lastIndexOf("/", start - 2) + 1 : 0;
  }
  if (isAbsolute(name)) return moves;
  const tracked = namesakes.get(name.slice(name.lastIndexOf("/") + 1)) ?? [];
  if (tracked.length > mostNamesakes) return moves;
  for (const path of tracked)
    if (path.endsWith(`/${name}`)) moves.push({ kind: "add", prefix: path.slice(0, -name.length) });
  return moves;
}
