import type { Draft } from "./draft.ts";
import type { JudgedChange } from "./read-change.ts";
import { readSettings, type Settings } from "./settings.ts";

const ci =
  /^(?:\.github\/(?:workflows|actions)\/|\.gitlab-ci|\.gitlab\/ci\/|\.circleci\/|\.ci\/|\.buildkite\/|\.woodpecker|\.forgejo\/workflows\/|\.gitea\/workflows\/|\.teamcity\/|\.semaphore\/)|(?:^|\/)(?:Jenkinsfile[^/]*|azure-pipelines[^/]*\.ya?ml|\.travis\.yml|appveyor\.yml|\.appveyor\.yml|\.drone\.yml|bitbucket-pipelines\.yml|cloudbuild\.ya?ml|codecov\.ya?ml|\.codecov\.ya?ml)$/;
export const isCi = (path: string): boolean => ci.test(path);

/** What says which version of an action or image is used, and not what is done. */
const versions = /(?:^| > )(?:uses|image)$/;
const flat = (settings: Settings, leaveOut: RegExp | null): string =>
  JSON.stringify(
    [...settings].filter(([key]) => !leaveOut?.test(key)).map(([key, { values }]) => [key, values]),
  );

/** CI that does something else than before, in a file that the phase was not asked for. */
export async function assessCi(change: JudgedChange): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const { path, oldPath, oldText, newText, owned } of change.files) {
    if (owned || !(isCi(path) || (oldPath !== null && isCi(oldPath)))) continue;
    const add = (severity: Draft["severity"], message: string) =>
      drafts.push({ severity, path, line: 1, message });
    if (oldText === null) add("note", "CI added");
    else if (newText === null) add("review", "CI removed");
    else {
      const isYaml = /\.ya?ml$/.test(path);
      const [before, after] = isYaml
        ? [await readSettings(path, oldText), await readSettings(path, newText)]
        : [null, null];
      if (before && after && flat(before, null) === flat(after, null)) continue;
      if (before && after && flat(before, versions) === flat(after, versions))
        add("note", "CI uses other versions of what it runs");
      else add("review", "CI edited");
    }
  }
  return drafts;
}
