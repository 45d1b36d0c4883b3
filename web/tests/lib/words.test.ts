import { describe, expect, it } from 'vitest';
import { isPrivateAddress } from '../../src/lib/addresses';
import { crawlError, inWords } from '../../src/lib/words';

describe('a refusal in words', () => {
  it.each([
    ['password: shorter than 8 characters', 'The password needs at least 8 characters.'],
    ['name: longer than 50 characters', 'The name can have at most 50 characters.'],
    [
      'username: does not match ^[A-Za-z0-9_]+$',
      'The username has characters that are not possible here.',
    ],
    ['required: username, email', 'Please fill in the username and the email address.'],
    ['max_pages: greater than 1000', 'The number of pages must be at most 1000.'],
    ['url: the address is not public', 'The address is not one of the public web.'],
    ['url: port 8000 is not allowed', 'The address has port 8000, which is closed to crawls.'],
    ['poll.options: more than 4 items', 'The options can have at most 4 entries.'],
    ['poll.duration_minutes: less than 5', '“duration minutes” must be at least 5.'],
    ['name: holds control characters', 'The name has characters that cannot be shown.'],
    ['name: shows no character', 'The name needs a character that can be seen.'],
    ['name: must be one line', 'The name must be a single line.'],
    ['max_pages: 100 at most', 'The number of pages can be at most 100.'],
    [
      'poll.options: options must not be blank or repeated',
      'Options must not be blank or repeated.',
    ],
    ['code: not the current one', 'The code is not the current one.'],
    ['image: larger than 5 MB', 'The picture is larger than 5 MB.'],
    ['seeds: the file has no addresses', 'The file has no addresses.'],
    ['text: must be something new', 'The text must be something new.'],
    ['quiet_hours: `from` and `to` must differ.', '`from` and `to` must differ.'],
    ['age_confirmed: required', 'Please fill in your age.'],
  ])('%s', (message, words) => {
    expect(inWords(message)).toBe(words);
  });

  it('leaves sentences as they are', () => {
    for (const text of ['This username is taken.', 'Wait: you are too fast.', 'Not Found']) {
      expect(inWords(text)).toBe(text);
    }
  });
});

describe('why a page was not fetched', () => {
  it.each([
    ['robots_unreachable: dns', 'The site’s robots.txt cannot be read. There is no such site.'],
    ['robots_disallowed', 'The site’s robots.txt forbids it.'],
    ['http_503', 'The site answered with an error (503).'],
    ['timeout', 'The site took too long to answer.'],
    ['not_read: application/pdf', 'It is not a page: nothing of it was read.'],
    ['max_pages', 'It ended at its maximum of pages.'],
    ['byte_quota', 'It ended as its owner had used the bytes of a day.'],
    ['incomplete: pages of the frontier were lost', 'Some of its pages were lost.'],
    ['something new', 'something new'],
  ])('%s', (code, words) => {
    expect(crawlError(code)).toBe(words);
  });
});

it.each([
  ['http://127.0.0.1:8000/demo/', true],
  ['http://localhost:8000', true],
  ['http://[::1]/', true],
  ['http://192.168.1.1', true],
  ['http://172.20.0.1', true],
  ['https://example.org/', false],
  ['http://172.40.0.1', false],
  ['http://1270.example', false],
  ['no address', false],
])('tells that %s is private: %s', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected);
});
