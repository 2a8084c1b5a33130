import { expect, test } from "vitest";
import type { Argv } from "../domain/plan.ts";
import { isInstaller, parseKeptSetup } from "./setup-command.ts";

const shell = (text: string): Argv => ["sh", "-c", text];
const npm = (folder = "", ignoresScripts = false) => ({ tool: "npm", folder, ignoresScripts });
const yarn = (folder = "", ignoresScripts = false) => ({ tool: "yarn", folder, ignoresScripts });

test.each([
  ["npm ci", npm()],
  ["  npm   ci  ", npm()],
  ["npm clean-install --no-audit --omit=dev", npm()],
  ["npm ci --ignore-scripts", npm("", true)],
  ["NODE_ENV=production CI=1 npm ci", npm()],
  ["cd web && npm ci", npm("web")],
  ["cd ./web/app/ && npm ci", npm("web/app")],
  ["(cd web && npm ci)", npm("web")],
  ["cd . && npm ci", npm()],
  ["npm ci --prefix web", npm("web")],
  ["npm --prefix=web ci", npm("web")],
  ["cd web && npm -C app ci", npm("web/app")],
  ["yarn install --frozen-lockfile", yarn()],
  ["yarn --frozen-lockfile --ignore-scripts", yarn("", true)],
  ["yarn --cwd web install --frozen-lockfile", yarn("web")],
])("%s is kept", (text, expected) => {
  expect(parseKeptSetup(shell(text))).toEqual(expected);
  if (!/[&(=]/.test(text))
    expect(parseKeptSetup(text.trim().split(/\s+/) as unknown as Argv)).toEqual(expected);
});

test.each([
  // What comes out depends on the day, or on more than the lock file.
  "npm install",
  "npm i",
  "yarn",
  "yarn install",
  "yarn add x --frozen-lockfile",
  "npm ci x",
  "npm run ci",
  "npx ci",
  // It has a store of its own.
  "pnpm install --frozen-lockfile",
  "uv sync --frozen",
  "go mod download",
  "cargo fetch --locked",
  // A copy of it would name the folder where it was made.
  "python3 -m venv .venv",
  // It reads what no key names, or leads out.
  "npm ci --userconfig=/etc/npmrc",
  "npm ci --globalconfig x",
  "npm ci --script-shell=./x",
  "npm_config_userconfig=x npm ci",
  "PATH=. npm ci",
  "cd ../x && npm ci",
  "cd /opt/x && npm ci",
  "npm ci --prefix ../x",
  "npm ci --prefix",
  // Only a shell can tell.
  "npm ci; ./more",
  "npm ci && ./more",
  "./before && npm ci",
  "cd a && cd b && npm ci",
  "cd a b && npm ci",
  "cd $WEB && npm ci",
  "npm ci | tee log",
  "npm ci > log",
  "npm ci $(cat flags)",
  "npm ci `cat flags`",
  "npm ci 'x'",
  "npm ci\n./more",
  "npm ci # all",
  "NODE_ENV=production",
  "",
])("%j is run each time", (text) => {
  expect(parseKeptSetup(shell(text))).toBeNull();
});

test.each([
  "npm ci",
  "npm install --no-save x",
  "cd py && uv sync --frozen",
  "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
  "pnpm install --frozen-lockfile",
  "cd rust && cargo fetch --locked",
  "go mod download",
])("%s only installs", (text) => expect(isInstaller(shell(text))).toBe(true));

test.each([
  "node generate.js",
  "make",
  "npm run build",
  "npm ci && npm run build",
  "echo x > .npmrc",
  "yarn build",
])("%s may prepare what a later command reads", (text) => expect(isInstaller(shell(text))).toBe(false));
