/**
 * What no phase touches without a grant, whatever its plan says. A name without wildcard covers what is below it.
 * The run adds its plan file and the scripts that the plan names.
 */
export const defaultProtected: readonly string[] = [
  // The repository itself, nested ones, and the names that NTFS takes for `.git`.
  "**/.git",
  "**/.git/**",
  "**/.git:*{,/**}",
  "**/git~[0-9]*{,/**}",
  "**/.gitmodules",
  // The program's own configuration.
  ".autopack",
  "autopack.yaml",
  // Continuous integration: it runs with secrets, and it is what the team trusts.
  ".github",
  ".gitea",
  ".forgejo",
  ".gitlab",
  "**/.gitlab-ci.{yml,yaml}",
  ".circleci",
  ".ci",
  ".buildkite",
  "buildkite.{yml,yaml}",
  ".woodpecker",
  ".woodpecker.{yml,yaml}",
  ".teamcity",
  ".semaphore",
  ".azure-pipelines",
  "**/azure-pipelines*.{yml,yaml}",
  "**/Jenkinsfile{,.*}",
  ".travis.{yml,yaml}",
  ".drone.{yml,yaml,star,jsonnet}",
  "bitbucket-pipelines.{yml,yaml}",
  ".cirrus.{yml,yaml,star}",
  "{,.}appveyor.{yml,yaml}",
  "cloudbuild.{yml,yaml}",
  "buildspec.{yml,yaml}",
];

/** Not even a grant opens these: git cannot carry them, so nobody could read such a change. */
export const neverGranted: readonly string[] = defaultProtected.slice(0, 4);
