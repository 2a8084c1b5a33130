import { isTestPath, normalisePath } from "../../domain/paths.ts";
import { ownText } from "./report-text.ts";
import type { ReportPlace } from "./test-report.ts";

export interface ReportPaths {
  /** A path as a tool prints it; null when it is none of the repository. */
  toFile(printed: string): string | null;
  /** Whether the text is the name of a file of tests, rather than of a suite; null when it is not. */
  toTestFile(text: string): string | null;
  /** Whether the files of the tree are known. */
  readonly areKnown: boolean;
  /** A dotted name of Python or Java: the file that it begins with, and what follows it. */
  toModule(dotted: string): { readonly file: string; readonly rest: readonly string[] } | null;
}

const javaEndings = [".java", ".kt", ".groovy", ".scala"];
/** More segments than any honest path has: each is looked up in turn. */
const mostSegments = 100;
const mostKnown = 10_000;

/**
 * Tells paths of the repository from what tools print: absolute ones below the root or one of its other names, file
 * URLs, Windows separators, relative ones from the folder of the tool; where the files of the tree are known also
 * those of another root or folder, by the longest ending that is a file.
 */
export function createReportPaths({ root, folder = "", toolRoots = [], files }: ReportPlace): ReportPaths {
  const roots = [root, ...toolRoots].map((base) => slashed(base).replace(/\/+$/, ""));
  const byName = files && indexByName(files);
  const known = new Map<string, string | null>();

  const below = (path: string): string | null => {
    for (const base of roots) {
      const isBelow = /^[A-Za-z]:/.test(base)
        ? path.toLowerCase().startsWith(`${base.toLowerCase()}/`)
        : path.startsWith(`${base}/`);
      if (isBelow) return normal(path.slice(base.length + 1));
    }
    return null;
  };

  const byEnding = (path: string): string | null => {
    const segments = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    if (!files || segments.length > mostSegments) return null;
    for (let from = 0; from < segments.length; from++) {
      const ending = segments.slice(from).join("/");
      // One segment alone names too many files, unless it is plainly a test.
      if (files.has(ending) && (from < segments.length - 1 || isTestPath(ending))) return ending;
    }
    return null;
  };

  const deeper = (path: string): string | null => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const hits = byName?.get(name)?.filter((file) => file.endsWith(`/${path}`)) ?? [];
    return hits.length === 1 ? (hits[0] ?? null) : null;
  };

  const find = (printed: string): string | null => {
    const path = slashed(printed);
    if (/^(\/|[A-Za-z]:\/)/.test(path)) return below(path) ?? byEnding(path);
    const here = normal(`${folder}/${path}`);
    if (!files) return here;
    const there = normal(path);
    if (here !== null && files.has(here)) return here;
    if (there !== null && files.has(there)) return there;
    return (there === null ? null : deeper(there)) ?? byEnding(path) ?? here;
  };

  const toFile = (printed: string): string | null => {
    let file = known.get(printed);
    if (file === undefined) {
      file = printed === "" ? null : find(printed);
      if (known.size >= mostKnown) known.clear();
      known.set(ownText(printed), file);
    }
    return file;
  };

  return {
    areKnown: files !== undefined,
    toFile,
    toTestFile(text) {
      const file = /[./\\]/.test(text) ? toFile(text) : null;
      const isFile = file !== null && (files ? files.has(file) : isTestPath(file));
      return isFile ? file : null;
    },
    toModule(dotted) {
      const parts = dotted.split(".");
      if (parts.length > mostSegments || parts.some((part) => part === "")) return null;
      for (let count = parts.length; count > 0; count--) {
        const path = parts.slice(0, count).join("/");
        const file = files
          ? moduleFile(path, (candidate) => {
              const found = toFile(candidate);
              return found !== null && files.has(found) ? found : null;
            })
          : /^test_|_test$/.test(parts[count - 1] ?? "")
            ? normal(`${folder}/${path}.py`)
            : null;
        if (file !== null) return { file, rest: parts.slice(count) };
      }
      return null;
    },
  };
}

function moduleFile(path: string, find: (candidate: string) => string | null): string | null {
  for (const ending of [".py", ...javaEndings]) {
    const file = find(path + ending);
    if (file !== null) return file;
  }
  return null;
}

function indexByName(files: ReadonlySet<string>): Map<string, string[]> {
  return Map.groupBy(files, (file) => file.slice(file.lastIndexOf("/") + 1));
}

function slashed(printed: string): string {
  const path = printed.startsWith("file://") ? fromUrl(printed) : printed;
  return path.replaceAll("\\", "/");
}

function fromUrl(url: string): string {
  const path = url.slice("file://".length).replace(/^\/(?=[A-Za-z]:)/, "");
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

function normal(path: string): string | null {
  const result = normalisePath(path.replace(/^\/+/, ""));
  return result.ok ? result.value : null;
}
