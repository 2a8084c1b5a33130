import { normalise } from "./normalise.ts";

/** A call in the project's own code, without its line: edits above it move that, and the cause stays. */
export interface Frame {
  readonly file: string;
  readonly function: string;
}

/** The innermost calls tell causes apart; what called them, less. */
const mostFrames = 3;

interface Layout {
  readonly frame: RegExp;
  /** Whether the innermost call stands last. */
  readonly innermostLast?: true;
}

const layouts: Readonly<Record<"js" | "jsBare" | "vitest" | "python" | "java" | "go" | "rust", Layout>> = {
  js: {
    frame:
      /^\s{1,20}at (?:async )?(?:new )?([^()\s][^()]{0,200}?) \((?:file:\/\/)?([^()\s]{1,500}):\d{1,7}:\d{1,7}\)$/,
  },
  jsBare: { frame: /^\s{1,20}at ()(?:async )?(?:file:\/\/)?([^()\s]{1,500}):\d{1,7}:\d{1,7}$/ },
  vitest: { frame: /^\s{0,20}❯ (?:([\w.$<>]{1,200}) )?([^\s:]{1,500}):\d{1,7}:\d{1,7}$/ },
  python: { frame: /^\s{0,20}File "([^"]{1,500})", line \d{1,7}(?:, in (.{1,200}))?$/, innermostLast: true },
  java: {
    frame:
      /^\s{1,20}at ([\w.$/@-]{1,300})\.([\w$<>]{1,200})\((?:[\w.$-]{1,200}\.(?:java|kt|scala|groovy))(?::\d{1,7})?\)$/,
  },
  go: { frame: /^\t(\S{1,500}\.go):\d{1,7}(?: \+0x[0-9a-f]{1,16})?$/ },
  rust: { frame: /^\s{1,30}at (\S{1,500}\.rs):\d{1,7}(?::\d{1,7})?$/ },
};

const vendorPath =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|\.cargo|\.rustup|rustc|go\/pkg\/mod|\.pnpm|\.yarn)\/|^(?:node:|<|internal\/|native\b)|^\/(?:usr|opt|nix|lib)\/|\/(?:lib\/python\d|go\/src)\b/;
const vendorPackage =
  /^(?:java|javax|jakarta|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|org\.(?:junit|gradle|apache|springframework|mockito|hibernate|codehaus))\b|^(?:app|platform)\/\//;

const isVendor = (file: string): boolean => vendorPath.test(file.replace(/^file:\/\//, ""));

/** Splits a text into its innermost frames of the project's own code and what is no stack. */
export function splitStack(text: string): { readonly frames: readonly Frame[]; readonly rest: string } {
  const frames: { readonly frame: Frame; readonly innermostLast: boolean }[] = [];
  const rest: string[] = [];
  let inPython = false;
  let before = "";
  for (const line of text.split(/\r?\n/)) {
    const found = readFrame(line, before);
    if (found) {
      // Go and Rust name the function on the line before its place.
      if (found.namedBefore && rest.at(-1) === before) rest.pop();
      if (found.frame) frames.push({ frame: found.frame, innermostLast: found.innermostLast });
      inPython = found.innermostLast;
    } else if (!(inPython && /^\s{4}/.test(line)) && !isStackNoise(line)) {
      inPython = false;
      rest.push(line);
    }
    before = line;
  }
  const last = frames.filter(({ innermostLast }) => innermostLast).reverse();
  const first = frames.filter(({ innermostLast }) => !innermostLast);
  return {
    frames: [...last, ...first].slice(0, mostFrames).map(({ frame }) => frame),
    rest: rest.join("\n"),
  };
}

interface Found {
  /** Undefined: a call in somebody else's code. */
  readonly frame?: Frame;
  readonly innermostLast: boolean;
  readonly namedBefore: boolean;
}

function readFrame(line: string, before: string): Found | undefined {
  if (line.length > 1500) return undefined;
  const { js, jsBare, vitest, python, java, go, rust } = layouts;
  const found = (file: string, name: string, more: Partial<Found> = {}): Found => ({
    ...(isVendor(file) ? {} : { frame: { file: normalise(file), function: normalise(name) } }),
    innermostLast: false,
    namedBefore: false,
    ...more,
  });
  const py = python.frame.exec(line);
  if (py) return found(py[1] ?? "", py[2] ?? "", { innermostLast: true });
  const jvm = java.frame.exec(line);
  if (jvm) {
    const owner = jvm[1] ?? "";
    if (vendorPackage.test(owner)) return { innermostLast: false, namedBefore: false };
    return found(owner, jvm[2] ?? "");
  }
  const place = go.frame.exec(line) ?? rust.frame.exec(line);
  if (place) {
    const name = before
      .replace(/^\s*\d{1,4}: {1,20}/, "")
      .replace(/\(.*$/, "")
      .replace(/^created by /, "");
    return found(place[1] ?? "", name, { namedBefore: before.trim() !== "" });
  }
  const script = js.frame.exec(line) ?? jsBare.frame.exec(line) ?? vitest.frame.exec(line);
  return script ? found(script[2] ?? "", script[1] ?? "") : undefined;
}

/** Lines of a stack that name no call. */
const isStackNoise = (line: string): boolean =>
  /^(?:Traceback \(most recent call last\):|stack backtrace:|goroutine \d{1,10} \[.{1,60}\]:|\s{1,20}\.\.\. \d{1,6} (?:more|common frames omitted)|\s{0,20}[\^~]{1,200}|Node\.js v[\d.]{1,20}|note: run with `RUST_BACKTRACE=.{0,200})$/.test(
    line,
  ) ||
  /^\s{1,20}at (?:async )?(?:Promise\.all|<anonymous>|new Promise|native)\b/.test(line) ||
  /^\s{1,4}\d{1,4}: {1,20}(?:0x[0-9a-f]{1,16} - )?(?:std|core|alloc|rust_begin_unwind|__rust)/.test(line);
