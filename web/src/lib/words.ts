/** Words for people, in place of the API's names of members, rules and codes. */

const MEMBERS: Record<string, string> = {
  password: 'The password',
  new_password: 'The new password',
  username: 'The username',
  login: 'The username or email address',
  name: 'The name',
  email: 'The email address',
  url: 'The address',
  text: 'The text',
  description: 'The description',
  location: 'The location',
  max_pages: 'The number of pages',
  max_depth: 'The depth',
  poll: 'The poll',
  options: 'The options',
  image: 'The picture',
  code: 'The code',
  scheduled_at: 'The time',
  expression: 'The rhythm',
  redirect_uris: 'The redirect address',
  age_confirmed: 'Your age',
};

const RULES: [RegExp, (count: string) => string][] = [
  [/^shorter than (\d+) characters$/, (count) => `needs at least ${count} characters`],
  [/^longer than (\d+) characters$/, (count) => `can have at most ${count} characters`],
  [/^more than (\d+) items$/, (count) => `can have at most ${count} entries`],
  [/^less than (-?\d+)$/, (count) => `must be at least ${count}`],
  [/^greater than (-?\d+)$/, (count) => `must be at most ${count}`],
  [/^does not match /, () => 'has characters that are not possible here'],
  [/^not of type /, () => 'is not of the right kind'],
  [/^not an http\(s\) URL/, () => 'is not one of a web page'],
  [/^not a valid (URL|address)$/, () => 'is not valid'],
  [/^only http and https are fetched$/, () => 'must begin with http:// or https://'],
  [/^the URL holds user information$/, () => 'must not have a name or password in it'],
  [/^port (\d+) is not allowed$/, (port) => `has port ${port}, which is closed to crawls`],
  [/^the address is not public$/, () => 'is not one of the public web'],
  [/^holds control characters$/, () => 'has characters that cannot be shown'],
  [/^shows no character$/, () => 'needs a character that can be seen'],
  [/^must be one line$/, () => 'must be a single line'],
  [/^(\d+) at most$/, (count) => `can be at most ${count}`],
];
// Rules that lack their subject, and those that lack a verb too. Others are sentences.
const NEEDS_SUBJECT = /^(must|can|cannot|may|needs|holds|shows|has|is|are) /;
const NEEDS_VERB = /^(not|neither|(larger|smaller|longer|shorter|more|less|greater) than) /;

function subject(path: string): string {
  const last = path.split(/[./]/).pop() ?? path;
  return MEMBERS[last] ?? `“${last.replaceAll('_', ' ')}”`;
}

/** What a refusal of the API means, as a sentence; other texts stay as they are. */
export function inWords(message: string): string {
  const [, path, rule] = /^([a-z_][a-z0-9_./]*): (.+)$/.exec(message) ?? [];
  if (path === undefined || rule === undefined) return message;
  if (path === 'required' || rule === 'required') {
    const missing = rule === 'required' ? path : rule;
    const names = missing
      .split(', ')
      .map((name) => subject(name).replace(/^(The|Your) /, (word) => word.toLowerCase()));
    return `Please fill in ${names.join(' and ')}.`;
  }
  for (const [pattern, words] of RULES) {
    const found = pattern.exec(rule);
    if (found) return `${subject(path)} ${words(found[1] ?? '')}.`;
  }
  return sentence(path, rule);
}

/** A rule that is not among the known ones. */
function sentence(path: string, rule: string): string {
  let text = rule.charAt(0).toUpperCase() + rule.slice(1);
  if (NEEDS_SUBJECT.test(rule)) text = `${subject(path)} ${rule}`;
  else if (NEEDS_VERB.test(rule)) text = `${subject(path)} is ${rule}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const CAUSES: Record<string, string> = {
  refused: 'The address may not be fetched.',
  dns: 'There is no such site.',
  connect: 'The site cannot be reached.',
  timeout: 'The site took too long to answer.',
  too_large: 'The page is too large.',
  too_many_redirects: 'The page leads on without an end.',
  tls: 'The site’s certificate is not valid.',
  http: 'The site’s answer cannot be read.',
  decode: 'The page cannot be read.',
  robots_disallowed: 'The site’s robots.txt forbids it.',
  redirect_out_of_scope: 'It leads to another site.',
  internal_error: 'Something went wrong in Rookery.',
  gave_up: 'It failed too often.',
  redirect_loop: 'It leads back to itself without an end.',
  crawl_delay: 'The site asks for longer pauses than its redirects allow.',
  truncated: 'The page broke off; what came before was read.',
  not_read: 'It is not a page: nothing of it was read.',
  completed: 'Every page that could be reached was visited.',
  max_pages: 'It ended at its maximum of pages.',
  max_bytes: 'It ended at its maximum of bytes.',
  max_seconds: 'It ended at its maximum of time.',
  max_cost: 'It ended at its maximum of cost.',
  time_limit: 'It ended after a week.',
  byte_quota: 'It ended as its owner had used the bytes of a day.',
  'nothing could be fetched': 'No page could be fetched.',
  stopped_by_user: 'It was stopped.',
  account_not_active: 'The account is not active.',
  incomplete: 'Some of its pages were lost.',
};

/** Why a page was not fetched. */
export function crawlError(code: string): string {
  const status = /^http_(\d{3})$/.exec(code)?.[1];
  if (status) return `The site answered with an error (${status}).`;
  const kind = code.split(':')[0] ?? code;
  if (kind === 'robots_unreachable') {
    const cause =
      code
        .slice(kind.length + 1)
        .trim()
        .split(':')[0] ?? '';
    return `The site’s robots.txt cannot be read. ${CAUSES[cause] ?? ''}`.trim();
  }
  return CAUSES[kind] ?? code;
}
