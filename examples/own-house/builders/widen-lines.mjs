// Sets the formatter's line width and formats everything with it: widen-lines.mjs WIDTH
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const [width] = process.argv.slice(2);
const before = readFileSync("biome.json", "utf8");
writeFileSync("biome.json", before.replace(/"lineWidth": \d+/, `"lineWidth": ${width}`));
process.exitCode = spawnSync("npm", ["run", "format"], { stdio: "inherit" }).status ?? 1;
