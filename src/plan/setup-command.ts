import { posix } from "node:path";
import { normalisePath } from "../domain/paths.ts";
import type { Argv } from "../domain/plan.ts";

/** A setup command whose result is known by its inputs, so that it can be kept and used again. */
export interface KeptSetup {
  readonly tool: "npm" | "yarn";
  /** Where its `package.json` is, relative to the workspace; empty for the root. */
  readonly folder: string;
  /** Whether it is told to run nobody's install scripts. */
  readonly ignoresScripts: boolean;
}

/** Flags that change nothing but the result, and that by themselves: whoever reads a file of its own is not here. */
const harmlessFlags =
  /^(--(ignore-scripts|no-audit|no-fund|no-progress|legacy-peer-deps|strict-peer-deps|force|prefer-offline|offline|silent|quiet|production|no-optional|no-bin-links|foreground-scripts|frozen-lockfile|non-interactive|ignore-optional|ignore-engines|check-files|pure-lockfile)|--(omit|include)=(dev|optional|peer)|--(loglevel|network-timeout|network-concurrency|maxsockets)=\w+|--(audit|fund|progress)=(true|false)|-s|-q)$/;

/** Variables that may stand before the command; they are part of it. */
const harmlessVariables = /^(NODE_ENV|CI|HUSKY)=[\w.-]*$/;

/**
 * What is known of a setup command; null when its result cannot be kept. Kept is what installs exactly what a lock
 * file says into a folder that can be copied: `npm ci` and yarn 1's `yarn install --frozen-lockfile`.
 */
export function parseKeptSetup(argv: Argv): KeptSetup | null {
  const placed = parseWords(argv);
  if (placed === null) return null;
  const [tool, ...rest] = placed.words;
  const verbs = rest.filter((word) => !word.startsWith("-"));
  const flags = rest.filter((word) => word.startsWith("-"));
  if (!flags.every((flag) => harmlessFlags.test(flag))) return null;
  const isNpm = tool === "npm" && /^(ci|clean-install|install-clean)$/.test(verbs.join(" "));
  const isYarn =
    tool === "yarn" && /^(install)?$/.test(verbs.join(" ")) && flags.includes("--frozen-lockfile");
  if (!isNpm && !isYarn) return null;
  return {
    tool: isNpm ? "npm" : "yarn",
    folder: placed.folder,
    ignoresScripts: flags.includes("--ignore-scripts"),
  };
}

/**
 * Whether a command only fills its own toolchain's folders from a lock file or manifest, so that what comes after
 * it is the same with it and without it.
 */
export function isInstaller(argv: Argv): boolean {
  if (parseKeptSetup(argv) !== null) return true;
  const text = argv[0] === "sh" && argv[1] === "-c" ? (argv[2] ?? "") : argv.join(" ");
  if (/[;|<>`$()]/.test(text)) return false;
  return text.split("&&").every((part) => installers.test(part.trim()));
}

const installers =
  /^(cd [\w./@-]+|npm (ci|clean-install|install|i)\b.*|yarn( install)?( --[\w=-]+)*|pnpm (install|i)\b.*|uv (sync|venv)\b.*|uv pip (install|sync)\b.*|poetry (install|sync)\b.*|python3? -m venv [\w./-]+|([\w.-]+\/)*(python3? -m )?pip3? install\b.*|go mod download\b.*|cargo fetch\b.*)$/;

interface PlacedWords {
  readonly folder: string;
  /** The program and its arguments, without what names the folder and without variables. */
  readonly words: readonly string[];
}

/** A plain command, on its own or behind `cd FOLDER &&`; null for what only a shell can tell. */
function parseWords(argv: Argv): PlacedWords | null {
  const isText = argv[0] === "sh" && argv[1] === "-c" && argv.length === 3;
  const text = isText ? (argv[2] as string).trim().replace(/^\(([^()]*)\)$/, "$1") : "";
  const parts = text.split("&&").map((part) => part.trim().split(/\s+/));
  const [before, after] = parts.length === 1 ? [[], parts[0]] : parts;
  const words = isText ? after : argv;
  if (!words || parts.length > 2 || ![...(before ?? []), ...words].every(isPlain)) return null;
  const [cd = "cd", from = ".", ...more] = before ?? [];
  if (cd !== "cd" || more.length > 0) return null;
  const bare = isText ? words.slice(words.findIndex((word) => !harmlessVariables.test(word))) : words;
  return placeWords(from, bare);
}

const isPlain = (word: string): boolean => /^[\w@%+=:,./-]+$/.test(word);

/** Takes npm's `--prefix` and yarn's `--cwd` out of the words. */
function placeWords(from: string, words: readonly string[]): PlacedWords | null {
  let folder = from;
  const rest: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    const named = /^(?:--prefix|--cwd)=(.+)$/.exec(word)?.[1];
    const next = /^(--prefix|-C|--cwd)$/.test(word) ? words[++index] : named;
    if (next === undefined) rest.push(word);
    else folder = posix.join(folder, next);
  }
  if (folder.startsWith("/")) return null;
  if (posix.normalize(folder).replace(/\/$/, "") === ".") return { folder: "", words: rest };
  const normal = normalisePath(folder);
  return normal.ok ? { folder: normal.value, words: rest } : null;
}
