import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node as YamlNode } from "yaml";
import { child, list, type Node, parseScript, stringOf, text, unwrap } from "./javascript-tree.ts";
import { createLineIndex } from "./model.ts";
import { at, named, parsePython, pythonString } from "./python-tree.ts";

export type Scalar = string | number | boolean | null;
/** All that stands at one place; places in lists are one. */
export interface Setting {
  readonly values: Scalar[];
  readonly line: number;
}
/** What a configuration file sets, by the keys on the way to it, joined by ` > `. */
export type Settings = Map<string, Setting>;

function put(settings: Settings, keys: readonly string[], value: Scalar, line: number): void {
  const path = keys.join(" > ");
  const known = settings.get(path);
  if (known) known.values.push(value);
  else settings.set(path, { values: [value], line });
}

/** A list of settings, and not only of values, is met by its first value too: `["error", { … }]`. */
function putScript(
  settings: Settings,
  given: Node,
  keys: readonly string[],
  names: ReadonlyMap<string, Node>,
  lineAt: (offset: number) => number,
): void {
  const node = unwrap(given);
  const into = (inner: Node | null, more: readonly string[] = []) => {
    if (inner && keys.length < 30) putScript(settings, inner, [...keys, ...more], names, lineAt);
  };
  const known = stringOf(node);
  const value = node["value"];
  if (known !== null) put(settings, keys, known, lineAt(node.start));
  else if (node.type === "Literal" && (value === null || /^(?:number|boolean)$/.test(typeof value)))
    put(settings, keys, value as Scalar, lineAt(node.start));
  else if (node.type === "ObjectExpression")
    for (const property of list(node, "properties")) {
      const key = child(property, "key");
      const name = stringOf(key) ?? (property["computed"] === true ? "" : text(key, "name"));
      if (property.type === "Property" && name !== "") into(child(property, "value"), [name]);
      else if (property.type === "SpreadElement") into(child(property, "argument"));
    }
  else if (node.type === "ArrayExpression")
    for (const item of list(node, "elements"))
      into(item.type === "SpreadElement" ? child(item, "argument") : item);
  else if (node.type === "CallExpression") {
    const callee = text(child(node, "callee"), "name");
    for (const argument of list(node, "arguments"))
      into(argument, callee === "globalIgnores" ? ["ignores"] : []);
  } else if (node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression") {
    const body = child(node, "body");
    if (body?.type === "BlockStatement")
      for (const statement of list(body, "body"))
        if (statement.type === "ReturnStatement") into(child(statement, "argument"));
    if (body?.type !== "BlockStatement") into(body);
  } else if (node.type === "ConditionalExpression") {
    into(child(node, "consequent"));
    into(child(node, "alternate"));
  } else if (node.type === "Identifier") {
    const meant = names.get(text(node, "name"));
    // Each name is followed once on a way, so that none leads back to itself.
    if (meant)
      putScript(
        settings,
        meant,
        keys,
        new Map([...names].filter(([name]) => name !== text(node, "name"))),
        lineAt,
      );
  }
}

async function readScriptSettings(path: string, source: string): Promise<Settings | null> {
  const parsed = await parseScript(path, source);
  if (!parsed) return null;
  const settings: Settings = new Map();
  const names = new Map<string, Node>();
  const roots: Node[] = [];
  for (const statement of list(parsed.program, "body")) {
    for (const declared of list(statement, "declarations")) {
      const init = child(declared, "init");
      if (init) names.set(text(child(declared, "id"), "name"), init);
    }
    const exported = statement.type === "ExportDefaultDeclaration" ? child(statement, "declaration") : null;
    const assigned = child(statement, "expression");
    const isModule =
      assigned?.type === "AssignmentExpression" &&
      /^exports$|^module$/.test(text(child(child(assigned, "left"), "object"), "name"));
    const root = exported ?? (isModule ? child(assigned, "right") : null);
    if (root) roots.push(root);
  }
  for (const root of roots) putScript(settings, root, [], names, createLineIndex(source));
  return settings;
}

async function readJson(source: string): Promise<Settings | null> {
  const parsed = await parseScript("settings.js", `(${source.replace(/^\ufeff/, "")}\n)`);
  const root = child(list(parsed?.program, "body")[0], "expression");
  if (!root) return null;
  const settings: Settings = new Map();
  putScript(settings, root, [], new Map(), createLineIndex(`(${source}`));
  return settings;
}

function readYaml(source: string): Settings | null {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, logLevel: "silent", uniqueKeys: false });
  if (document.errors.length > 0) return null;
  const settings: Settings = new Map();
  const visit = (node: YamlNode | null, keys: readonly string[]): void => {
    if (keys.length > 40) return;
    if (isMap(node))
      for (const pair of node.items)
        visit(pair.value as YamlNode | null, [...keys, isScalar(pair.key) ? String(pair.key.value) : "?"]);
    else if (isSeq(node)) for (const item of node.items) visit(item as YamlNode | null, keys);
    else if (isScalar(node)) {
      const line = node.range ? lines.linePos(node.range[0]).line : 1;
      const { value } = node;
      put(
        settings,
        keys,
        typeof value === "number" || typeof value === "boolean" || value === null ? value : String(value),
        line,
      );
    }
  };
  visit(document.contents, []);
  return settings;
}

const scalarOf = (raw: string): Scalar => {
  const value = raw.trim();
  const quoted = /^("""|'''|"|')([^]*)\1$/.exec(value);
  if (quoted) return quoted[2] ?? "";
  if (/^(?:true|yes|on)$/i.test(value)) return true;
  if (/^(?:false|no|off)$/i.test(value)) return false;
  return /^[+-]?\d[\d_]*(?:\.\d+)?$/.test(value) ? Number(value.replaceAll("_", "")) : value;
};

const longestLine = 10_000;
/** The text of a line of TOML before its comment, and how many lists it leaves open. */
function readTomlLine(line: string): { code: string; open: number } {
  let [open, quote]: [number, string] = [0, ""];
  for (let at = 0; at < line.length; at++) {
    const mark = line[at] ?? "";
    if (quote !== "") {
      if (mark === "\\" && quote === '"') at++;
      else if (mark === quote) quote = "";
    } else if (mark === '"' || mark === "'") quote = mark;
    else if (mark === "#") return { code: line.slice(0, at), open };
    else if (mark === "[") open++;
    else if (mark === "]") open--;
  }
  return { code: line, open };
}

function readToml(source: string): Settings {
  const settings: Settings = new Map();
  const lines = source.split(/\r?\n/);
  let section: string[] = [];
  const keysOf = (raw: string): string[] =>
    (raw.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? []).map((key) => key.replace(/^["']|["']$/g, ""));
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.length > longestLine) continue;
    const first = readTomlLine(line);
    const header = /^\s*\[\[?([^\]]+)\]\]?\s*$/.exec(first.code);
    if (header) {
      section = keysOf(header[1] ?? "");
      continue;
    }
    const equals = /^\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=/.exec(first.code);
    if (!equals) continue;
    const keys = [...section, ...keysOf(equals[1] ?? "")];
    let [value, open] = [first.code.slice(equals[0].length), first.open];
    const begun = at + 1;
    while (open > 0 && at + 1 < lines.length) {
      const next = readTomlLine(lines[++at] ?? "");
      value += `\n${next.code}`;
      open += next.open;
    }
    const isList = /^\s*\[/.test(value);
    const items = isList ? (value.match(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w.+-]+/g) ?? []) : [value];
    for (const item of items) put(settings, keys, scalarOf(item), begun);
  }
  return settings;
}

function readIni(source: string): Settings {
  const settings: Settings = new Map();
  let [section, key]: [string, string] = ["", ""];
  for (const [index, raw] of source.split(/\r?\n/).entries()) {
    if (/^\s*[#;]/.test(raw) || raw.trim() === "" || raw.length > longestLine) continue;
    const header = /^\[([^\]]+)\]\s*$/.exec(raw);
    const pair = /^([^\s=:[][^=:]*?)\s*[=:](.*)$/.exec(raw);
    if (header) [section, key] = [header[1] ?? "", ""];
    else if (pair || (/^\s/.test(raw) && key !== "")) {
      if (pair) key = (pair[1] ?? "").trim();
      for (const item of (pair ? (pair[2] ?? "") : raw).split(","))
        if (item.trim() !== "")
          put(settings, [...section.split(":"), key], scalarOf(item.replace(/\s+#.*$/, "")), index + 1);
    }
  }
  return settings;
}

/** What pytest takes from a `conftest.py`: what not to collect, and hooks that choose and report tests. */
async function readConftest(source: string): Promise<Settings | null> {
  const root = await parsePython(source);
  if (!root) return null;
  const settings: Settings = new Map();
  const lineAt = createLineIndex(source);
  for (const statement of named(root)) {
    const definition = statement.type === "decorated_definition" ? at(statement, "definition") : statement;
    const name = at(definition, "name")?.text ?? "";
    if (
      /^pytest_(?:collection_modifyitems|ignore_collect|runtest_makereport|report_teststatus|sessionfinish|pyfunc_call)$/.test(
        name,
      )
    )
      put(settings, ["conftest hooks"], name, lineAt(statement.start));
    const assignment = named(statement)[0];
    const target = at(assignment, "left")?.text ?? "";
    if (!/^collect_ignore(?:_glob)?$/.test(target)) continue;
    for (const item of named(at(assignment, "right")))
      put(settings, [target], pythonString(item) ?? item.text, lineAt(item.start));
  }
  return settings;
}

const readLines = (source: string): Settings => {
  const settings: Settings = new Map();
  for (const [index, line] of source.split(/\r?\n/).entries())
    if (line.trim() !== "" && !line.startsWith("#")) put(settings, ["ignore file"], line.trim(), index + 1);
  return settings;
};

/** Reads a configuration file by its name; null where it does not parse. */
export async function readSettings(path: string, source: string): Promise<Settings | null> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "conftest.py") return readConftest(source);
  if (name.endsWith("ignore")) return readLines(source);
  if (/\.[cm]?[jt]s$/.test(name)) return readScriptSettings(path, source);
  if (/\.ya?ml$/.test(name)) return readYaml(source);
  if (name.endsWith(".toml")) return readToml(source);
  if (/\.(?:cfg|ini)$|^\.(?:coveragerc|flake8|pylintrc)$|^pylintrc$/.test(name)) return readIni(source);
  return /^\s*[{[]/.test(source.replace(/^\ufeff/, "").replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, ""))
    ? readJson(source)
    : readYaml(source);
}
