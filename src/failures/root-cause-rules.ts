import { normalise } from "./fingerprint/normalise.ts";

/** What may be at the root of several failures; of two that explain as many, the earlier. */
export const attributeNames = ["provider", "command", "variable", "host", "package", "path"] as const;
export type AttributeName = (typeof attributeNames)[number];

export interface Attribute {
  readonly name: AttributeName;
  readonly value: string;
}

interface AttributeRule {
  readonly read: (line: string) => Attribute | undefined;
  /** A line that it reads, and what it reads there. */
  readonly example: readonly [line: string, value: string];
  readonly name: AttributeName;
}

function rule(name: AttributeName, line: RegExp, ...example: [string, string]): AttributeRule {
  return {
    name,
    example,
    read(text) {
      const match = line.exec(text);
      const value = match?.slice(1).find((group) => group !== undefined);
      return value === undefined ? undefined : { name, value: plain(name, value) };
    },
  };
}

/** A path as it is in the repository, a package without what is imported of it, a host without its spelling. */
function plain(name: AttributeName, value: string): string {
  if (name === "path") return normalise(`'${value.replace(/^\.\//, "")}'`).replace(/^'|'$/g, "");
  if (name === "host") return value.toLowerCase();
  if (name !== "package") return value;
  const scoped = /^@[^/]+\/[^/]+/.exec(value)?.[0];
  return scoped ?? (/^[\w-]+\.[\w.-]+\//.test(value) ? value : (value.split("/")[0] ?? value));
}

const shell = String.raw`(?:^|[\s/])(?:sh|bash|zsh|dash): (?:line \d{1,6}: |\d{1,6}: )?`;

/** How programs say what they miss, the more exact first. */
export const attributeRules: readonly AttributeRule[] = [
  rule(
    "package",
    /Cannot find (?:module|package) ['"](?![./])((?:@[\w.-]{1,100}\/)?[\w.-]{1,100})/,
    "Error: Cannot find module 'left-pad'",
    "left-pad",
  ),
  rule(
    "package",
    /ModuleNotFoundError: No module named ['"]([\w-]{1,100})/,
    "ModuleNotFoundError: No module named 'requests.adapters'",
    "requests",
  ),
  rule(
    "package",
    /Failed to resolve import "(?![./])((?:@[\w.-]{1,100}\/)?[\w.-]{1,100})/,
    'Error: Failed to resolve import "lodash" from "src/a.ts"',
    "lodash",
  ),
  rule(
    "package",
    /no required module provides package (\S{1,200}?);?(?:\s|$)/,
    "src/a.go:3:2: no required module provides package example.org/mod; to add it:",
    "example.org/mod",
  ),
  rule(
    "package",
    /No matching distribution found for ([\w.-]{1,100})/,
    "ERROR: No matching distribution found for left-padd==1.3.0",
    "left-padd",
  ),
  rule(
    "package",
    /(?:can't find crate for|unresolved (?:module or unlinked crate|import)|no matching package named) [`']([\w-]{1,100})/,
    "error[E0463]: can't find crate for `serde`",
    "serde",
  ),
  rule(
    "package",
    /npm (?:error|ERR!) (?:404|notarget) .{0,100}?'?((?:@[\w.-]{1,100}\/)?[\w.-]{1,100})@[^\s']{1,100}'? is not in/,
    "npm error 404  'left-padd@1.0.0' is not in this registry.",
    "left-padd",
  ),
  rule(
    "path",
    /Cannot find module ['"](\.{0,2}\/[^'"]{1,300})['"]/,
    "Error: Cannot find module './missing.js'",
    "missing.js",
  ),
  rule(
    "command",
    new RegExp(`${shell}(?:command not found: (\\S{1,200})|(\\S{1,200}): (?:command )?not found)$`),
    "sh: 1: tsc: not found",
    "tsc",
  ),
  rule("command", /\bspawn (\S{1,200}) ENOENT\b/, "Error: spawn protoc ENOENT", "protoc"),
  rule(
    "command",
    /exec: "([^"]{1,200})": executable file not found/,
    'exec: "golangci-lint": executable file not found in $PATH',
    "golangci-lint",
  ),
  rule(
    "variable",
    /environment variable:? ['"`]?([A-Za-z_]\w{1,100})['"`]?(?: is (?:not set|missing|required)|$)/i,
    "Error: Missing required environment variable: DATABASE_URL",
    "DATABASE_URL",
  ),
  rule(
    "variable",
    new RegExp(`${shell}([A-Za-z_]\\w{0,100}): (?:unbound variable|parameter (?:null or )?not set)`),
    "sh: 1: API_BASE: parameter not set",
    "API_BASE",
  ),
  rule("variable", /^KeyError: '([A-Z][A-Z0-9_]{2,100})'$/, "KeyError: 'DATABASE_URL'", "DATABASE_URL"),
  rule(
    "host",
    /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]{1,200})/,
    "Error: getaddrinfo ENOTFOUND registry.example.org",
    "registry.example.org",
  ),
  rule(
    "host",
    /Could not resolve host: ([\w.-]{1,200})/,
    "fatal: unable to access: Could not resolve host: git.example.org",
    "git.example.org",
  ),
  rule(
    "host",
    /connect (?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH) ([\w.:[\]-]{1,200})/,
    "Error: connect ECONNREFUSED 127.0.0.1:5432",
    "127.0.0.1:5432",
  ),
  rule(
    "host",
    /dial tcp: lookup ([\w.-]{1,200})/,
    "dial tcp: lookup proxy.example.org: no such host",
    "proxy.example.org",
  ),
  rule(
    "host",
    /connection to server at "([\w.:-]{1,200})"/,
    'psql: error: connection to server at "db.internal", port 5432 failed',
    "db.internal",
  ),
  rule(
    "path",
    /ENOENT: no such file or directory, \w{1,20} '([^']{1,400})'/,
    "Error: ENOENT: no such file or directory, open 'config/app.json'",
    "config/app.json",
  ),
  rule(
    "path",
    /\[Errno 2\] No such file or directory: '([^']{1,400})'/,
    "FileNotFoundError: [Errno 2] No such file or directory: 'data/in.csv'",
    "data/in.csv",
  ),
  rule(
    "path",
    /^\S{1,100}: (?:cannot (?:open|stat|access) )?'?([^\s':]{1,300})'?: No such file or directory$/,
    "cat: schema.sql: No such file or directory",
    "schema.sql",
  ),
];
