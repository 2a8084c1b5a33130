// Renames an identifier in the syntax tree of every source file: rename.mjs FROM TO
// A word in a string, a comment or a longer name stays as it is.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { Lang, parse } from "@ast-grep/napi";

const [from, to] = process.argv.slice(2);
const changed = [];
for (const file of globSync("{src,test,bench}/**/*.ts")) {
  const root = parse(Lang.TypeScript, readFileSync(file, "utf8")).root();
  const edits = root
    .findAll({ rule: { kind: "identifier", regex: `^${from}$` } })
    .map((node) => node.replace(to));
  if (edits.length === 0) continue;
  writeFileSync(file, root.commitEdits(edits));
  changed.push(file);
}
console.log(`${changed.length} files renamed`);
const format = ["exec", "--", "biome", "check", "--write", ...changed];
process.exitCode = spawnSync("npm", format, { stdio: "inherit" }).status ?? 1;
